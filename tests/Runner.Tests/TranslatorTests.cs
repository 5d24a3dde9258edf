using System.Text;
using FsCheck.Xunit;
using Protocol.Events;
using Runner.Translation;

namespace Runner.Tests;

/// <summary>What the recordings do not show.</summary>
public sealed class TranslatorTests
{
    private readonly Translator _translator = new();
    private readonly EventOutbox _outbox = new();

    public TranslatorTests() => _translator.BeginTurn("s", "t", _outbox);

    [Theory]
    [InlineData("not json")]
    [InlineData("{\"type\":")]
    [InlineData("[1,2]")]
    [InlineData("{\"no\":\"type\"}")]
    [InlineData("{\"type\":\"stream_event\",\"event\":{\"type\":\"content_block_delta\",\"index\":\"x\"}}")]
    public void Rubbish_is_named_and_gives_no_event(string line)
    {
        Assert.IsType<CliOutcome.Rubbish>(Translate(line));
        Assert.Empty(Transcript.Take(_outbox));
    }

    [Fact]
    public void Invalid_UTF8_is_rubbish() => Assert.IsType<CliOutcome.Rubbish>(_translator.Translate(new byte[] { 0x7b, 0x22, 0xff, 0x22, 0x7d }));

    [Fact]
    public void An_unknown_line_is_kept_raw()
    {
        Assert.Null(Translate("""{"type":"brand_new","data":[1,{"a":"ü"}]}"""));
        Assert.Equal(["""{"type":"status","state":"unknown","detail":{"type":"brand_new","data":[1,{"a":"ü"}]},"session_id":"s","turn_id":"t"}"""], Transcript.Take(_outbox));
    }

    [Fact]
    public void Deltas_that_wait_merge_into_one_event_with_their_escapes_untouched()
    {
        Start();
        Delta("""one \"quoted\" """);
        Delta("""\u00fc \n""");
        Delta("""\ud83c\udf89""");
        Assert.Equal(["""{"type":"assistant_chunk","session_id":"s","turn_id":"t","message_id":"m","block":0,"content":"one \"quoted\" \u00fc \n\ud83c\udf89"}"""], Transcript.Take(_outbox));
    }

    // The space makes it a line that only the JSON reader knows.
    [Property(MaxTest = 500)]
    public void A_delta_is_read_alike_without_a_JSON_reader(byte[] bytes, bool thinks, bool isRaw)
    {
        var text = isRaw ? Encoding.Latin1.GetString(bytes) : System.Text.Json.JsonEncodedText.Encode(Encoding.Latin1.GetString(bytes)).ToString();
        var (kind, field) = thinks ? ("thinking_delta", "thinking") : ("text_delta", "text");
        (CliOutcome? Outcome, IReadOnlyList<string> Events) Read(string space)
        {
            Start();
            Transcript.Take(_outbox); // What the message before left unfinished.
            var outcome = Translate($$$$"""{"type":"stream_event","event":{"type":"content_block_delta","index":{{{{space}}}}0,"delta":{"type":"{{{{kind}}}}","{{{{field}}}}":"{{{{text}}}}"}},"session_id":"s"}""");
            return (outcome, Transcript.Take(_outbox));
        }

        var (read, known) = (Read(" "), Read(""));
        Assert.Equal(read.Outcome?.GetType(), known.Outcome?.GetType());
        Assert.Equal(read.Events, known.Events);
    }

    [Theory]
    [InlineData("""a\\""", true)]
    [InlineData("""\"a\" \/\b\f\n\r\t""", true)]
    [InlineData("""a\""", false)]
    [InlineData("""\u00fc""", false)]
    [InlineData("a\tb", false)]
    [InlineData("""a","b":"c""", false)]
    public void Only_text_that_is_sure_to_be_a_JSON_string_goes_past_the_JSON_reader(string text, bool isSure) =>
        Assert.Equal(isSure, DeltaLine.TryRead(Encoding.UTF8.GetBytes($$$$"""{"type":"stream_event","event":{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"{{{{text}}}}"}}}"""), out _));

    [Fact]
    public void Deltas_of_different_blocks_do_not_merge()
    {
        Start();
        Delta("a", 0);
        Delta("b", 1);
        Delta("c", 1);
        Assert.Equal(["a", "bc"], Transcript.Take(_outbox).Select(json => ((AssistantChunk)WireJson.Read(Encoding.UTF8.GetBytes(json))).Content));
    }

    [Fact]
    public void A_merged_chunk_stays_below_its_limit()
    {
        Start();
        for (var i = 0; i < 100; i++) Delta(new string('x', 1000));
        var events = Transcript.Take(_outbox);
        Assert.All(events, json => Assert.InRange(json.Length, 1, 17 * 1024));
        Assert.Equal(100_000, events.Sum(json => ((AssistantChunk)WireJson.Read(Encoding.UTF8.GetBytes(json))).Content.Length));
    }

    [Fact]
    public void Translating_a_delta_allocates_nothing_once_it_runs()
    {
        Start();
        var line = Encoding.UTF8.GetBytes("""{"type":"stream_event","event":{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" word"}},"session_id":"s","parent_tool_use_id":null,"uuid":"u"}""");
        void Round()
        {
            for (var i = 0; i < 100; i++) _translator.Translate(line);
            _outbox.Return(_outbox.TakeAll());
        }

        for (var i = 0; i < 20; i++) Round();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) Round();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void A_large_tool_result_is_cut_and_says_so()
    {
        Translate("{\"type\":\"user\",\"message\":{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"x\",\"content\":\"" + new string('y', 1_000_000) + "\"}]}}");
        var result = Assert.IsType<ToolResult>(WireJson.Read(Encoding.UTF8.GetBytes(Assert.Single(Transcript.Take(_outbox)))));
        Assert.InRange(result.Content.GetString()!.Length, 1000, 300_000);
        Assert.Contains("more characters are not shown", result.Content.GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"subtype":"success","is_error":false,"terminal_reason":"completed"}""", EndReasons.Completed, false, null)]
    [InlineData("""{"subtype":"success","is_error":true,"api_error_status":401,"result":"Invalid key."}""", EndReasons.ApiError, true, "Invalid key. Check the API key that the Runner uses (ANTHROPIC_API_KEY), then send the message again.")]
    [InlineData("""{"subtype":"error_during_execution","is_error":true,"terminal_reason":"aborted_streaming","errors":["[ede_diagnostic] x"]}""", EndReasons.Interrupted, false, null)]
    [InlineData("""{"subtype":"error_during_execution","is_error":true,"errors":["[ede_diagnostic] x","No conversation found with session ID: 7"]}""", EndReasons.ApiError, true, "No conversation found with session ID: 7")]
    [InlineData("""{"subtype":"error_max_turns","is_error":true,"terminal_reason":"max_turns"}""", EndReasons.MaxTurns, true, "Claude Code reached the limit of steps for one message. Send a message to let it go on, or raise the limit in the settings.")]
    [InlineData("""{"subtype":"error_max_budget_usd","is_error":true}""", EndReasons.BudgetReached, true, "The budget is used up, so Claude Code was stopped. Raise it in the settings to go on.")]
    public void The_reason_of_an_end_is_read_from_its_result(string result, string reason, bool isError, string? message) =>
        Assert.Equal((reason, isError, message), ResultReading.Read(System.Text.Json.JsonElement.Parse(result)));

    [Theory]
    [InlineData(400, "Credit balance is too low", "billing_error", "has no credit left")]
    [InlineData(null, "Not logged in · Please run /login", "authentication_failed", "has no API key")]
    [InlineData(403, "Forbidden", "oauth_org_not_allowed", "Check the API key")]
    [InlineData(404, "No such model", "model_not_found", "Choose another model")]
    [InlineData(429, "Slow down", "rate_limit", "Wait a little")]
    [InlineData(529, "Overloaded", "overloaded", "or choose another model")]
    [InlineData(500, "Oops", "server_error", "Send the message again in a moment.")]
    [InlineData(null, "Connection error.", "unknown", "Send the message again in a moment.")]
    [InlineData(413, "Too large", "invalid_request", "/compact")]
    public void Each_failure_of_the_model_has_its_next_step(int? status, string said, string failure, string next)
    {
        _translator.Translate(Encoding.UTF8.GetBytes($$$"""{"type":"assistant","message":{"id":"m","model":"<synthetic>","role":"assistant","content":[{"type":"text","text":"x"}]},"error":"{{{failure}}}"}"""));
        var result = Translate($$"""{"type":"result","subtype":"success","is_error":true,"api_error_status":{{(status is { } code ? code : "null")}},"result":"{{said}}"}""");
        var message = Assert.IsType<CliOutcome.TurnResult>(result).End.Message!;
        Assert.StartsWith(said, message, StringComparison.Ordinal);
        Assert.Contains(next, message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"status":"allowed","resetsAt":1795450000}""", null)]
    [InlineData("""{"status":"allowed_warning","resetsAt":1795450000,"utilization":0.91}""", "The rate limit is nearly reached; it counts until 2026-11-23 16:06 UTC.")]
    [InlineData("""{"status":"rejected"}""", "The rate limit is reached.")]
    public void A_rate_limit_is_said_when_it_matters(string info, string? message)
    {
        Translate($$"""{"type":"rate_limit_event","rate_limit_info":{{info}},"uuid":"u","session_id":"s"}""");
        Assert.Equal(message, Transcript.Take(_outbox).Select(json => ((Status)WireJson.Read(Encoding.UTF8.GetBytes(json))).Message).SingleOrDefault());
    }

    private CliOutcome? Translate(string line) => _translator.Translate(Encoding.UTF8.GetBytes(line));

    private void Start() => Translate("""{"type":"stream_event","event":{"type":"message_start","message":{"id":"m","usage":{"input_tokens":1}}}}""");

    private void Delta(string escaped, int block = 0) =>
        Translate($$$$"""{"type":"stream_event","event":{"type":"content_block_delta","index":{{{{block}}}},"delta":{"type":"text_delta","text":"{{{{escaped}}}}"}}}""");
}
