using System.Text;
using System.Text.Json;
using Protocol.Events;
using Runner.Translation;
using TestKit;

namespace Runner.Tests;

/// <summary>
/// Every recording of the real CLI: each stdout line in, the wire's events out, compared with what is kept beside it.
/// Rows of a recording are {"t_ms":n,"msg":LINE}, or "raw" for what is no clean JSON line.
/// </summary>
public sealed class GoldenTranscriptTests
{
    public static TheoryData<string> Recordings => [.. Directory.EnumerateFiles(Repository.Transcripts, "*.stdout.jsonl").Select(f => Path.GetFileName(f).Replace(".stdout.jsonl", "")).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Recordings))]
    public void Recording(string name)
    {
        var events = new StringBuilder();
        foreach (var json in Transcript.Translate(name))
        {
            // Each is one of the wire's types, with no field that the wire does not know.
            Assert.IsAssignableFrom<Event>(JsonSerializer.Deserialize<Frame>(json, s_strict));
            events.Append(json).Append('\n');
        }

        Assert.Null(Golden.Difference(Path.Combine(Repository.Transcripts, "events", $"{name}.jsonl"), events.ToString()));
    }

    [Theory]
    [MemberData(nameof(Recordings))]
    public void Text_chunks_add_up_to_the_finished_text(string name)
    {
        var chunks = new Dictionary<(string, int), string>();
        foreach (var frame in Transcript.Translate(name).Select(json => WireJson.Read(Encoding.UTF8.GetBytes(json))))
        {
            if (frame is AssistantChunk chunk) chunks[(chunk.MessageId, chunk.Block)] = chunks.GetValueOrDefault((chunk.MessageId, chunk.Block)) + chunk.Content;
            if (frame is AssistantMessage { ParentToolUseId: null, Discarded: null } message && chunks.TryGetValue((message.MessageId, message.Block), out var shown))
                Assert.Equal(message.Content[0].GetProperty("text").GetString(), shown);
        }
    }

    [Theory]
    [InlineData("06-multi-turn-cost")]
    [InlineData("12a-subagent")]
    [InlineData("13e-compact")]
    public void Turns_add_up_to_the_cumulative_cost(string name)
    {
        var total = Transcript.Lines(name).Select(line => JsonElement.Parse(line)).Last(l => l.GetProperty("type").GetString() == "result").GetProperty("total_cost_usd").GetDecimal();
        var ends = Transcript.Translate(name).Select(json => WireJson.Read(Encoding.UTF8.GetBytes(json))).OfType<SessionEnd>().ToList();
        Assert.Equal(Math.Round(total, 9), ends.Sum(e => e.TotalCostUsd));
        Assert.All(ends, end => Assert.Equal(end.TotalCostUsd, end.UsageSummary.Models.Values.Sum(m => m.CostUsd)));
    }

    private static readonly JsonSerializerOptions s_strict = new(WireJson.Options) { UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow };
}
