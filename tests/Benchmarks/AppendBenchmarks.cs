using System.Text;
using BenchmarkDotNet.Attributes;
using Protocol.Redis;
using StackExchange.Redis;
using TestKit;

namespace Benchmarks;

/// <summary>The append script on a real redis-server: a number, the log, the publish, in one round trip.</summary>
[MemoryDiagnoser]
public class AppendBenchmarks
{
    private const int InFlight = 64;
    private static readonly ReadOnlyMemory<byte>[] s_event = [Encoding.UTF8.GetBytes("""{"type":"assistant_chunk","message_id":"msg_01","block":0,"content":" word","session_id":"s","turn_id":"t"}""")];
    private RedisServer _server = null!;
    private ConnectionMultiplexer _connection = null!;
    private ProjectLog _log = null!;
    private long _last;

    /// <summary>Starts the server.</summary>
    [GlobalSetup]
    public async Task StartAsync()
    {
        _server = await RedisServer.StartAsync();
        _connection = await _server.ConnectAsync();
        _log = new ProjectLog(_connection.GetDatabase());
    }

    /// <summary>Keeps the log at its window, as the recorder does.</summary>
    [IterationCleanup]
    public void Trim() => _log.MarkRecordedAsync("benchmark", _last, 1000, 1 << 20).GetAwaiter().GetResult();

    /// <summary>Ends it.</summary>
    [GlobalCleanup]
    public async Task EndAsync()
    {
        await _connection.DisposeAsync();
        await _server.DisposeAsync();
    }

    /// <summary>One after the other: a round trip each.</summary>
    [Benchmark]
    public async Task<long> Append() => _last = await _log.AppendAsync("benchmark", "", 0, s_event);

    /// <summary>64 in flight, as from many runners.</summary>
    [Benchmark(OperationsPerInvoke = InFlight)]
    public async Task AppendPipelined()
    {
        var appends = new Task<long>[InFlight];
        for (var i = 0; i < InFlight; i++) appends[i] = _log.AppendAsync("benchmark", "", 0, s_event);
        _last = (await Task.WhenAll(appends))[^1];
    }
}
