using System.Text;
using System.Text.Json;
using Protocol.Events;
using Protocol.Redis;
using TestKit;

namespace Protocol.Tests;

/// <summary>The wire's JSON: what the specification fixes field for field, and that TypeScript agrees.</summary>
public sealed class WireTests
{
    [Fact]
    public void Assistant_chunk_has_the_fields_of_the_specification() => Assert.Equal(
        """{"type":"assistant_chunk","message_id":"msg_1","block":0,"content":"Hi – \"you\"","session_id":"s","turn_id":"t"}""",
        Json(new AssistantChunk { SessionId = "s", TurnId = "t", MessageId = "msg_1", Block = 0, Content = "Hi – \"you\"" }));

    [Fact]
    public void Session_end_has_cost_and_usage_summary() => Assert.Equal(
        """{"type":"session_end","total_cost_usd":0.0125,"usage_summary":{"models":{},"input_tokens":1,"output_tokens":2,"cache_read_input_tokens":3,"cache_creation_input_tokens":4},"reason":"completed","is_error":false,"session_id":"s","turn_id":"t"}""",
        Json(new SessionEnd
        {
            SessionId = "s", TurnId = "t", TotalCostUsd = 0.0125m, Reason = EndReasons.Completed, IsError = false,
            UsageSummary = new UsageSummary { InputTokens = 1, OutputTokens = 2, CacheReadInputTokens = 3, CacheCreationInputTokens = 4 },
        }));

    [Fact]
    public void A_frame_is_read_back_as_it_comes_off_the_log_with_seq_before_type()
    {
        var read = WireJson.Read("""{"seq":17,"at":1764000000000,"type":"thinking_chunk","session_id":"s","turn_id":"t","message_id":"m","block":1,"content":"…"}"""u8);
        Assert.Equal(new ThinkingChunk { Seq = 17, At = 1764000000000, SessionId = "s", TurnId = "t", MessageId = "m", Block = 1, Content = "…" }, read);
    }

    [Theory]
    [InlineData("""{"seq":17,"at":1,"type":"x"}""", true, 17)]
    [InlineData("""{"seq":1764000000000001,"type":"x"}""", true, 1764000000000001)]
    [InlineData("""{"type":"presence","viewers":2}""", false, 0)]
    [InlineData("", false, 0)]
    public void Seq_is_read_without_parsing_the_frame(string frame, bool has, long seq)
    {
        Assert.Equal(has, ProjectLog.TryReadSeq(Encoding.UTF8.GetBytes(frame), out var read));
        Assert.Equal(seq, read);
    }

    [Fact]
    public void An_unknown_type_is_refused() => Assert.Throws<JsonException>(() => WireJson.Read("""{"type":"nonsense"}"""u8));

    [Fact]
    public void The_TypeScript_types_are_those_of_the_wire() =>
        Assert.Null(Golden.Difference(Path.Combine(Repository.Root, "webapp", "lib", "chat", "wire.ts"), TypeScript.OfTheWire()));

    [Theory]
    [InlineData("""{"type":"presence","viewers":2}""", true)]
    [InlineData("""{"seq":1,"at":2,"type":"assistant_chunk","session_id":"s","turn_id":"t","message_id":"m","block":0,"content":"x"}""", true)]
    [InlineData("""{"type":"presence"}""", false)] // a field is missing
    [InlineData("""{"type":"presence","viewers":"two"}""", false)] // of another type
    [InlineData("""{"type":"presence","viewers":2,"more":1}""", false)] // one too many
    [InlineData("""{"type":"nonsense"}""", false)]
    public void The_schema_takes_what_the_wire_is_and_nothing_else(string json, bool valid) =>
        Assert.Equal(valid, Record.Exception(() => WireConformance.Check(json)) is null);

    [Fact]
    public void Every_recorded_event_is_as_the_schema_says()
    {
        foreach (var file in Directory.EnumerateFiles(Path.Combine(Repository.Transcripts, "events"), "*.jsonl"))
            foreach (var line in File.ReadLines(file)) WireConformance.Check(line);
    }

    [Fact]
    public void The_document_names_every_frame()
    {
        var document = WireSchema.ToAsyncApi().ToJsonString();
        foreach (var type in (string[])["hello", "session_end", "assistant_chunk", "user_message", "interrupt"]) Assert.Contains($"\"const\":\"{type}\"", document, StringComparison.Ordinal);
    }

    private static string Json(Frame frame) => Encoding.UTF8.GetString(WireJson.Write(frame));
}
