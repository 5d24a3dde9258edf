using System.Text.Json;
using System.Text.RegularExpressions;
using DemoModel.Scripts;

namespace DemoModel.Messages;

/// <summary>What a request of the Messages API asks: which script, and which step of it.</summary>
/// <param name="Script">The steps.</param>
/// <param name="StepIndex">The number of answers since the user's message: stateless, so it survives retries and resume.</param>
/// <param name="Model">The model that was asked for.</param>
/// <param name="Stream">Whether the answer is streamed.</param>
/// <param name="InputCharacters">The length of the messages, for a token estimate.</param>
internal sealed partial record Conversation(IReadOnlyList<Step> Script, int StepIndex, string Model, bool Stream, int InputCharacters)
{
    /// <summary>Marks a script in a prompt.</summary>
    public const string Directive = "%%demo ";

    /// <summary>How the CLI begins when it compacts a conversation (fact sheet §10).</summary>
    private const string AsksForSummary = "CRITICAL: Respond with TEXT ONLY";

    /// <summary>Reads a request's body. Throws <see cref="JsonException"/> when it is none.</summary>
    public static Conversation Read(JsonElement body)
    {
        var messages = body.GetProperty("messages").EnumerateArray().ToList();
        var (prompt, answers, characters) = ("", 0, 0);
        foreach (var message in messages)
        {
            var role = message.GetProperty("role").GetString();
            if (role == "assistant") answers++;
            foreach (var text in Texts(message.GetProperty("content")))
            {
                characters += text.Length;
                // The CLI puts reminders of its own beside what the user wrote.
                if (role != "user" || text.StartsWith("<system-reminder>", StringComparison.Ordinal)) continue;
                (prompt, answers) = (text, 0);
            }
        }

        var script = WebSearch.IsAsked(body) ? WebSearch.Script(prompt) : ScriptOf(prompt, Workspace(body));
        return new Conversation(
            script, Math.Min(answers, script.Count - 1),
            body.TryGetProperty("model", out var model) ? model.GetString() ?? "" : "",
            body.TryGetProperty("stream", out var stream) && stream.ValueKind == JsonValueKind.True, characters);
    }

    /// <summary>The step to answer with.</summary>
    public Step Step => Script[StepIndex];

    private static IReadOnlyList<Step> ScriptOf(string prompt, string workspace)
    {
        var at = prompt.IndexOf(Directive, StringComparison.Ordinal); // The first: a subagent's script stands within its parent's.
        if (prompt.StartsWith(AsksForSummary, StringComparison.Ordinal)) return DefaultScripts.Summary;
        if (at < 0) return DefaultScripts.For(prompt, workspace);
        try
        {
            var json = prompt[(at + Directive.Length)..].Replace("$WORKSPACE", workspace, StringComparison.Ordinal);
            // What stands behind the script is left alone: the CLI joins messages that waited.
            var reader = new Utf8JsonReader(System.Text.Encoding.UTF8.GetBytes(json));
            return JsonSerializer.Deserialize(ref reader, StepJson.Default.IReadOnlyListStep) is { Count: > 0 } script ? script : [new Step { Text = "" }];
        }
        catch (JsonException error)
        {
            return [new Step { Text = $"The script behind {Directive.Trim()} is not valid: {error.Message}" }];
        }
    }

    private static IEnumerable<string> Texts(JsonElement content)
    {
        if (content.ValueKind == JsonValueKind.String) yield return content.GetString()!;
        if (content.ValueKind != JsonValueKind.Array) yield break;
        foreach (var block in content.EnumerateArray())
            if (block.TryGetProperty("type", out var type) && type.ValueEquals("text")) yield return block.GetProperty("text").GetString()!;
    }

    // In the CLI's system prompt: " - Primary working directory: /home/me/project"
    private static string Workspace(JsonElement body)
    {
        foreach (var source in (string[])["system", "messages"])
            if (body.TryGetProperty(source, out var part) && WorkingDirectory().Match(part.GetRawText()) is { Success: true } match) return match.Groups[1].Value;
        return "";
    }

    [GeneratedRegex(@"[Ww]orking directory: (/[^\\""\s]+)")]
    private static partial Regex WorkingDirectory();
}
