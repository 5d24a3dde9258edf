using System.Text.Json;
using System.Text.Json.Nodes;
using Protocol.Events;

namespace TestKit;

/// <summary>
/// Every frame that any test sees is held against the published schema, strictly: a field too many fails as well.
/// The few words of JSON Schema that .NET's exporter writes are understood, any other one is refused; the libraries that know
/// them all are not on every package feed.
/// </summary>
public static class WireConformance
{
    private static readonly JsonNode s_schema = WireSchema.OfServerFrames(strict: true);

    /// <summary>Throws when the frame is not as the schema says.</summary>
    public static void Check(string json)
    {
        if (!IsValid(JsonElement.Parse(json), s_schema)) throw new InvalidDataException($"This frame is not what the schema says: {json}");
    }

    private static bool IsValid(JsonElement value, JsonNode? schema)
    {
        if (schema is null || schema.GetValueKind() == JsonValueKind.True) return true;
        if (schema.GetValueKind() == JsonValueKind.False) return false;
        foreach (var (word, rule) in schema.AsObject())
        {
            var holds = word switch
            {
                "type" => rule is JsonArray types ? types.Any(type => IsOf(value, type!.GetValue<string>())) : IsOf(value, rule!.GetValue<string>()),
                "const" => value.ValueKind == JsonValueKind.String && value.GetString() == rule!.GetValue<string>(),
                "enum" => rule!.AsArray().Any(one => JsonElement.DeepEquals(value, JsonSerializer.SerializeToElement(one))),
                "anyOf" => rule!.AsArray().Any(one => IsValid(value, one)),
                "required" => value.ValueKind != JsonValueKind.Object || rule!.AsArray().All(name => value.TryGetProperty(name!.GetValue<string>(), out _)),
                "properties" => value.ValueKind != JsonValueKind.Object || rule!.AsObject().All(property => !value.TryGetProperty(property.Key, out var inner) || IsValid(inner, property.Value)),
                "additionalProperties" => value.ValueKind != JsonValueKind.Object || value.EnumerateObject().All(property => schema["properties"]?[property.Name] is not null || IsValid(property.Value, rule)),
                "items" => value.ValueKind != JsonValueKind.Array || value.EnumerateArray().All(item => IsValid(item, rule)),
                "$ref" => IsValid(value, Resolve(rule!.GetValue<string>())),
                "pattern" or "description" or "default" => true,
                _ => throw new NotSupportedException($"The schema uses \"{word}\", which this check does not know."),
            };
            if (!holds) return false;
        }

        return true;
    }

    private static bool IsOf(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => value.ValueKind == JsonValueKind.Null,
        _ => throw new NotSupportedException($"There is no type \"{type}\"."),
    };

    // #/anyOf/3/properties/usage
    private static JsonNode? Resolve(string reference) => reference.TrimStart('#').Split('/', StringSplitOptions.RemoveEmptyEntries)
        .Aggregate((JsonNode?)s_schema, (node, part) => node is JsonArray array ? array[int.Parse(part, System.Globalization.CultureInfo.InvariantCulture)] : node?[part]);
}
