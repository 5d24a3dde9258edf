using System.Text.Json;

namespace Drift;

/// <summary>What kinds of lines there were, which fields they had, of which types, and in what order they came.</summary>
internal sealed class Shapes
{
    // Members that are named by data: one model, one question, one question's answer.
    private static readonly HashSet<string> s_named = ["modelUsage", "model_usage", "answers", "input", "tool_input", "env"];

    /// <summary>Fields (as paths) by the kind of line, each with the types that it had.</summary>
    public SortedDictionary<string, SortedDictionary<string, SortedSet<string>>> Kinds { get; } = new(StringComparer.Ordinal);

    /// <summary>The kinds of lines of each conversation, in order; the same one again is left out.</summary>
    public Dictionary<string, List<string>> Orders { get; } = [];

    /// <summary>The tools that a session names.</summary>
    public SortedSet<string> Tools { get; } = new(StringComparer.Ordinal);

    /// <summary>Takes in a conversation's lines.</summary>
    public void Add(string conversation, IReadOnlyList<JsonElement> lines)
    {
        var order = Orders[conversation] = [];
        foreach (var line in lines)
        {
            var kind = KindOf(line);
            if (order.Count == 0 || order[^1] != kind) order.Add(kind);
            if (!Kinds.TryGetValue(kind, out var fields)) Kinds[kind] = fields = new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal);
            AddFields(fields, "", line);
            if (kind == "system/init") Tools.UnionWith(line.GetProperty("tools").EnumerateArray().Select(tool => tool.GetString()!));
        }
    }

    private static string KindOf(JsonElement line)
    {
        var type = Text(line, "type") ?? "(no type)";
        var kind = type switch
        {
            "stream_event" => Text(line, "event", "type"),
            "control_request" => Text(line, "request", "subtype"),
            "control_response" => Text(line, "response", "request_id") is { } id && id.Length < 20 ? id : null,
            _ => Text(line, "subtype"),
        };
        return kind is null ? type : $"{type}/{kind}";
    }

    private static void AddFields(SortedDictionary<string, SortedSet<string>> fields, string path, JsonElement value)
    {
        if (path.Length > 0)
        {
            if (!fields.TryGetValue(path, out var types)) fields[path] = types = new SortedSet<string>(StringComparer.Ordinal);
            types.Add(value.ValueKind is JsonValueKind.True or JsonValueKind.False ? "Boolean" : value.ValueKind.ToString());
        }

        if (value.ValueKind == JsonValueKind.Array)
            foreach (var item in value.EnumerateArray()) AddFields(fields, $"{path}[]", item);
        if (value.ValueKind != JsonValueKind.Object) return;
        var isNamed = s_named.Contains(path.Split('.')[^1]);
        foreach (var member in value.EnumerateObject()) AddFields(fields, isNamed ? $"{path}.*" : path.Length == 0 ? member.Name : $"{path}.{member.Name}", member.Value);
    }

    private static string? Text(JsonElement element, params string[] path)
    {
        foreach (var name in path)
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element)) return null;
        return element.ValueKind == JsonValueKind.String ? element.GetString() : null;
    }
}
