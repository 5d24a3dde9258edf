using System.Text;
using System.Text.Json;
using Protocol.Events;
using Runner.Translation;
using TestKit;

namespace Runner.Tests;

/// <summary>Recordings of the real CLI, and their translation.</summary>
internal static class Transcript
{
    /// <summary>The CLI's lines, byte for byte.</summary>
    public static IEnumerable<string> Lines(string name)
    {
        foreach (var row in File.ReadLines(Path.Combine(Repository.Transcripts, $"{name}.stdout.jsonl")))
        {
            var at = row.IndexOf("\"msg\":", StringComparison.Ordinal);
            if (at >= 0) yield return row[(at + 6)..^1];
            else if (JsonElement.Parse(row).TryGetProperty("raw", out var raw)) yield return raw.GetString()!;
        }
    }

    /// <summary>The events that a session of these lines publishes.</summary>
    public static IReadOnlyList<string> Translate(string name)
    {
        var translator = new Translator();
        var outbox = new EventOutbox();
        var turn = 0;
        var open = false;
        var events = new List<string>();
        foreach (var line in Lines(name))
        {
            if (!open && !line.StartsWith("{\"type\":\"control_", StringComparison.Ordinal))
            {
                translator.BeginTurn("session", $"turn-{++turn}", outbox);
                open = true;
            }

            var outcome = translator.Translate(Encoding.UTF8.GetBytes(line));
            events.AddRange(Take(outbox));
            if (outcome is not CliOutcome.TurnResult result) continue;
            events.Add(Encoding.UTF8.GetString(WireJson.Write(result.End)));
            translator.EndTurn();
            open = false;
        }

        return events;
    }

    /// <summary>Takes what waits in an outbox.</summary>
    public static IReadOnlyList<string> Take(EventOutbox outbox)
    {
        var taken = outbox.TakeAll();
        string[] events = [.. taken.Select(e => Encoding.UTF8.GetString(e.Json.Span))];
        outbox.Return(taken);
        return events;
    }
}
