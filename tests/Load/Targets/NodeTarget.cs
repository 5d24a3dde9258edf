using System.Text.Json;
using StackExchange.Redis;
using TestKit;

namespace Load.Targets;

/// <summary>Node's ws with ioredis.</summary>
public sealed class NodeTarget : Target
{
    private readonly int _port = Ports.Free();
    private ConnectionMultiplexer? _redis;

    /// <inheritdoc/>
    public override string Name => "Node ws + ioredis";

    /// <inheritdoc/>
    public override async Task StartAsync(RedisServer redis, int projects)
    {
        Process = new ChildProcess("node", "node", [Path.Combine(Repository.Root, "tests", "Load", "Peers", "NodeWs", "server.mjs")], new Dictionary<string, string>
        {
            ["PORT"] = _port.ToString(System.Globalization.CultureInfo.InvariantCulture), ["REDIS"] = $"redis://{redis.ConnectionString}",
        });
        await WaitAsync($"http://127.0.0.1:{_port}/");
        _redis = await redis.ConnectAsync();
    }

    /// <inheritdoc/>
    public override Uri SocketOf(int project) => new($"ws://127.0.0.1:{_port}/?project=p{project}");

    /// <inheritdoc/>
    public override Task PublishAsync(int project, long number) => _redis!.GetDatabase().PublishAsync(RedisChannel.Literal($"p{project}"), JsonSerializer.SerializeToUtf8Bytes(new
    {
        type = "assistant_chunk", message_id = "msg_01", block = 0, content = Text(number),
        session_id = "0198c5a2-7c1e-7d3a-9b6e-2f1d3c4b5a69", turn_id = "0198c5a2-7c1e-7d3a-9b6e-2f1d3c4b5a70",
    }));

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (_redis is not null) await _redis.DisposeAsync();
        await base.DisposeAsync();
    }
}
