using System.Text;
using System.Text.Json;
using BenchmarkDotNet.Attributes;
using Protocol.Events;
using Runner.Translation;

namespace Benchmarks;

/// <summary>One line of the CLI (a text delta, the most common by far) to one wire event.</summary>
[MemoryDiagnoser]
public class TranslatorBenchmarks
{
    private static readonly byte[] s_delta = Encoding.UTF8.GetBytes("""{"type":"stream_event","event":{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":" word"}},"session_id":"0198c5a2-7c1e-7d3a-9b6e-2f1d3c4b5a69","parent_tool_use_id":null,"uuid":"0198c5a2-7c1e-7d3a-9b6e-2f1d3c4b5a70"}""");
    private readonly EventOutbox _outbox = new();
    private readonly Translator _translator = new();

    /// <summary>A turn whose message has begun.</summary>
    [GlobalSetup]
    public void Start()
    {
        _translator.BeginTurn("0198c5a2-7c1e-7d3a-9b6e-2f1d3c4b5a69", "0198c5a2-7c1e-7d3a-9b6e-2f1d3c4b5a71", _outbox);
        _translator.Translate("""{"type":"stream_event","event":{"type":"message_start","message":{"id":"msg_01","model":"m","usage":{"input_tokens":1,"output_tokens":1}}},"session_id":"s","parent_tool_use_id":null}"""u8.ToArray());
        _outbox.Return(_outbox.TakeAll());
    }

    /// <summary>One pass with a Utf8JsonReader into a pooled buffer.</summary>
    [Benchmark]
    public void Translator()
    {
        _translator.Translate(s_delta);
        _outbox.Return(_outbox.TakeAll());
    }

    /// <summary>The usual way: a document, a record, the serializer.</summary>
    [Benchmark(Baseline = true)]
    public byte[] DocumentAndSerializer()
    {
        using var document = JsonDocument.Parse(s_delta);
        var @event = document.RootElement.GetProperty("event");
        var delta = @event.GetProperty("delta");
        return JsonSerializer.SerializeToUtf8Bytes<Frame>(
            new AssistantChunk
            {
                SessionId = document.RootElement.GetProperty("session_id").GetString()!, TurnId = "0198c5a2-7c1e-7d3a-9b6e-2f1d3c4b5a71",
                MessageId = "msg_01", Block = @event.GetProperty("index").GetInt32(), Content = delta.GetProperty("text").GetString()!,
            },
            WireJson.Options);
    }
}
