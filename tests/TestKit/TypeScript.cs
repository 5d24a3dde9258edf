using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Protocol.Events;

namespace TestKit;

/// <summary>Writes types in TypeScript, from the same description that serialises them.</summary>
public sealed class TypeScript
{
    private readonly JsonSerializerOptions _options;
    private readonly Dictionary<Type, string> _known = [];
    private readonly StringBuilder _text;

    private TypeScript(JsonSerializerOptions options, string from) => (_options, _text) = (options, new StringBuilder($"// Generated from {from}. Do not edit: UPDATE_GOLDEN=1 ./test --filter TypeScript\n"));

    /// <summary>The whole of webapp/lib/chat/wire.ts.</summary>
    public static string OfTheWire()
    {
        var script = new TypeScript(WireJson.Options, "Protocol/Events by tests/Protocol.Tests");
        var frames = WireJson.Options.GetTypeInfo(typeof(Frame)).PolymorphismOptions!.DerivedTypes;
        var sent = WireJson.Options.GetTypeInfo(typeof(BrowserFrame)).PolymorphismOptions!.DerivedTypes;
        foreach (var frame in frames.Concat(sent)) script.Interface(frame.DerivedType, $"{frame.DerivedType.Name}Frame", (string)frame.TypeDiscriminator!);
        script.InterfacesOfKnown();

        static string Union(IEnumerable<JsonDerivedType> types) => string.Concat(types.Select(type => $"\n  | {type.DerivedType.Name}Frame"));
        script._text.Append($"\n/** A numbered event of a project. */\nexport type WireEvent ={Union(frames.Where(f => f.DerivedType.IsAssignableTo(typeof(Event))))};\n");
        script._text.Append($"\n/** Anything that the server sends. */\nexport type WireFrame =\n  | WireEvent{Union(frames.Where(f => !f.DerivedType.IsAssignableTo(typeof(Event))))};\n");
        script._text.Append($"\n/** Anything that a browser sends. */\nexport type BrowserFrame ={Union(sent)};\n");
        return script._text.ToString();
    }

    /// <summary>Types of REST, as they are answered: snake_case, and null where there is nothing.</summary>
    public static string OfRest(string from, params Type[] types)
    {
        var script = new TypeScript(new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, TypeInfoResolver = new DefaultJsonTypeInfoResolver() }, from);
        foreach (var type in types) script._known.TryAdd(type, type.Name);
        script.InterfacesOfKnown();
        return script._text.ToString();
    }

    // Types that others hold come after them; writing one may name another.
    private void InterfacesOfKnown()
    {
        for (var written = 0; written < _known.Count; written++) Interface(_known.Keys.ElementAt(written), _known.Values.ElementAt(written), null);
    }

    private void Interface(Type type, string name, string? discriminator)
    {
        _text.Append($"\nexport interface {name} {{\n");
        if (discriminator is not null) _text.Append($"  type: \"{discriminator}\";\n");
        var isOmitted = _options.DefaultIgnoreCondition == JsonIgnoreCondition.WhenWritingNull;
        foreach (var property in _options.GetTypeInfo(type).Properties)
        {
            var isOptional = property.IsGetNullable || Nullable.GetUnderlyingType(property.PropertyType) is not null;
            _text.Append($"  {property.Name}{(isOptional && isOmitted ? "?" : "")}: {NameOf(property.PropertyType)}{(isOptional && !isOmitted ? " | null" : "")};\n");
        }

        _text.Append("}\n");
    }

    private string NameOf(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type == typeof(string) || type == typeof(DateTime) || type == typeof(DateOnly) || type == typeof(Guid)) return "string";
        if (type == typeof(bool)) return "boolean";
        if (type == typeof(int) || type == typeof(long) || type == typeof(decimal)) return "number";
        if (type == typeof(JsonArray)) return "unknown[]";
        if (type == typeof(JsonElement) || type.IsAssignableTo(typeof(JsonNode))) return "unknown";
        var info = _options.GetTypeInfo(type);
        switch (info.Kind)
        {
            case JsonTypeInfoKind.Enumerable: return $"{NameOf(info.ElementType!)}[]";
            case JsonTypeInfoKind.Dictionary: return $"Record<string, {NameOf(info.ElementType!)}>";
            default:
                _known.TryAdd(type, type.Name);
                return type.Name;
        }
    }
}
