using System.Text;
using System.Text.Json;
using Protocol.Events;
using Runner.Translation;

namespace Runner.Transcripts;

/// <summary>A turn of a transcript: its id, what a person wrote, and its events, of which the last is its end.</summary>
internal sealed record TranscriptTurn(string TurnId, string Content, IReadOnlyList<byte[]> Events);

/// <summary>
/// Reads Claude Code's own record of a session (JSON lines, 2.1.197) as the events that it would have given here. It is a tree: what
/// counts is the way from its last message back to the first. Costs are not in it.
/// <code>
/// {"parentUuid":null,"isSidechain":false,"type":"user","message":{"role":"user","content":"Hi"},"uuid":"…","timestamp":"2026-11-23T15:25:45.863Z","cwd":"/w",…}
/// {"parentUuid":"…","type":"attachment",…}
/// {"parentUuid":"…","isSidechain":false,"type":"assistant","message":{"id":"msg_1","role":"assistant","content":[{"type":"tool_use",…}],…},"uuid":"…",…}
/// {"parentUuid":"…","type":"user","message":{"role":"user","content":[{"type":"tool_result",…}]},"toolUseResult":{…},"uuid":"…",…}
/// </code>
/// </summary>
internal static class TranscriptReading
{
    // What the CLI puts into the conversation in a person's name.
    private static readonly string[] s_notWritten = ["<command-", "<local-command-", "<system-reminder>", "Caveat: ", "[Request interrupted", "<task-notification>", "<bash-"];

    /// <summary>The turns, oldest first. Lines that are no JSON are passed over.</summary>
    public static IReadOnlyList<TranscriptTurn> Read(IEnumerable<string> lines, string sessionId)
    {
        var turns = new List<TranscriptTurn>();
        var translator = new Translator();
        EventOutbox? outbox = null;
        (string Id, string Content) open = ("", "");
        string? lastSaid = null;
        foreach (var line in MainLine(lines))
        {
            if (Written(line) is { } content && Text(line, "uuid") is { } turnId)
            {
                Close();
                (open, outbox) = ((turnId, content), new EventOutbox());
                translator.BeginTurn(sessionId, turnId, outbox);
                translator.Emit(new UserMessage { SessionId = sessionId, TurnId = turnId, Content = content });
                translator.Emit(new TurnStart { SessionId = sessionId, TurnId = turnId, RunnerId = "", Origin = "terminal" });
            }
            else if (outbox is not null && (Text(line, "type") is "user" or "assistant" || Text(line, "subtype") == "compact_boundary"))
            {
                if (Text(line, "type") == "assistant") lastSaid = Text(line, "uuid");
                translator.Translate(AsPrinted(line));
            }
        }

        Close();
        return turns;

        void Close()
        {
            if (outbox is null) return;
            translator.Emit(new SessionEnd
            {
                SessionId = sessionId, TurnId = open.Id, TotalCostUsd = 0, UsageSummary = new UsageSummary(), Reason = EndReasons.Completed, IsError = false, ResumeAt = lastSaid,
            });
            turns.Add(new TranscriptTurn(open.Id, open.Content, [.. outbox.TakeAll().Select(pending => pending.Json.ToArray())]));
            outbox = null;
        }
    }

    /// <summary>What a person wrote, of a line that is that.</summary>
    public static string? Written(JsonElement line)
    {
        if (Text(line, "type") != "user" || IsTrue(line, "isMeta") || IsTrue(line, "isCompactSummary") || IsTrue(line, "isSidechain")) return null;
        if (!line.TryGetProperty("message", out var message) || message.ValueKind != JsonValueKind.Object || !message.TryGetProperty("content", out var content)) return null;
        var text = content.ValueKind switch
        {
            JsonValueKind.String => content.GetString()!,
            JsonValueKind.Array when content.EnumerateArray().All(block => Text(block, "type") != "tool_result") =>
                string.Join('\n', content.EnumerateArray().Select(block => Text(block, "type") == "text" ? Text(block, "text") : $"[{Text(block, "type")}]")),
            _ => null,
        };
        return string.IsNullOrWhiteSpace(text) || Array.Exists(s_notWritten, beginning => text.StartsWith(beginning, StringComparison.Ordinal)) ? null : text;
    }

    /// <summary>A line of the file; null for what is none.</summary>
    public static JsonElement? Parse(string line)
    {
        try
        {
            return JsonElement.Parse(line) is { ValueKind: JsonValueKind.Object } element ? element : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static List<JsonElement> MainLine(IEnumerable<string> lines)
    {
        var known = new Dictionary<string, JsonElement>();
        JsonElement? last = null;
        foreach (var line in lines)
        {
            if (Parse(line) is not { } element || Text(element, "uuid") is not { } uuid || IsTrue(element, "isSidechain")) continue;
            known[uuid] = element;
            if (Text(element, "type") is "user" or "assistant") last = element;
        }

        var way = new List<JsonElement>();
        for (var at = last; at is { } element;)
        {
            way.Add(element);
            // Where it was compacted, what is before is named in another way.
            at = (Text(element, "parentUuid") ?? Text(element, "logicalParentUuid")) is { } parent && known.Remove(parent, out var before) ? before : null;
        }

        way.Reverse();
        return way;
    }

    // The file says toolUseResult where stdout says tool_use_result.
    private static byte[] AsPrinted(JsonElement line) => Encoding.UTF8.GetBytes(line.GetRawText().Replace("\"toolUseResult\":", "\"tool_use_result\":", StringComparison.Ordinal));

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool IsTrue(JsonElement element, string name) => element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;
}
