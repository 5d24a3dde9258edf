using System.Text;
using BenchmarkDotNet.Attributes;
using ChatApi.Live.Framing;
using ChatApi.Live.Subscription;

namespace Benchmarks;

/// <summary>What an event costs between the subscription's socket and the send, without the kernel.</summary>
[MemoryDiagnoser]
public class FanOutBenchmarks
{
    private static readonly byte[] s_event = Encoding.UTF8.GetBytes("""{"seq":1764000000000017,"at":1764000000000,"type":"assistant_chunk","message_id":"msg_01","block":0,"content":" word","session_id":"0198c5a2-7c1e-7d3a-9b6e-2f1d3c4b5a69","turn_id":"0198c5a2-7c1e-7d3a-9b6e-2f1d3c4b5a70"}""");
    private static readonly byte[] s_message = [.. Encoding.UTF8.GetBytes($"*3\r\n$7\r\nmessage\r\n$54\r\ncc:project:0198c5a2-7c1e-7d3a-9b6e-2f1d3c4b5a69:event\r\n${s_event.Length}\r\n"), .. s_event, .. "\r\n"u8];

    /// <summary>A published message, read in place.</summary>
    [Benchmark]
    public int ReadMessage() => RespMessage.TryRead(s_message, out _, out var length) ? length : 0;

    /// <summary>An event framed for all viewers.</summary>
    [Benchmark]
    public int Frame()
    {
        var batch = FrameBatch.Rent();
        batch.Add(1764000000000017, s_event);
        var length = batch.After(0, FrameFormat.WebSocket).Length;
        batch.Return();
        return length;
    }
}
