using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using SignalRPeer;
using TestKit;

namespace Load.Targets;

/// <summary>ASP.NET Core SignalR with its Redis backplane, JSON protocol, WebSockets only.</summary>
public sealed class SignalRTarget : Target
{
    private readonly int _port = Ports.Free();
    private ServiceProvider? _services;
    private IHubContext<ProjectHub>? _hub;

    /// <inheritdoc/>
    public override string Name => "SignalR + Redis";

    /// <inheritdoc/>
    public override string Greeting => "{\"protocol\":\"json\",\"version\":1}\u001e";

    /// <inheritdoc/>
    public override string KeepAlive => "{\"type\":6}\u001e";

    /// <inheritdoc/>
    public override async Task StartAsync(RedisServer redis, int projects)
    {
        Process = new ChildProcess("SignalRPeer", "dotnet", [Services.Path("SignalRPeer")], new Dictionary<string, string>
        {
            ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{_port}", ["Redis"] = redis.ConnectionString,
        });
        await WaitAsync($"http://127.0.0.1:{_port}/health");
        var services = new ServiceCollection().AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
        services.AddSignalR().AddStackExchangeRedis(redis.ConnectionString);
        _services = services.BuildServiceProvider();
        _hub = _services.GetRequiredService<IHubContext<ProjectHub>>();
    }

    /// <inheritdoc/>
    public override Uri SocketOf(int project) => new($"ws://127.0.0.1:{_port}/hub?project=p{project}");

    /// <inheritdoc/>
    public override Task PublishAsync(int project, long number) => _hub!.Clients.Group($"p{project}").SendAsync("event", new
    {
        type = "assistant_chunk", message_id = "msg_01", block = 0, content = Text(number),
        session_id = "0198c5a2-7c1e-7d3a-9b6e-2f1d3c4b5a69", turn_id = "0198c5a2-7c1e-7d3a-9b6e-2f1d3c4b5a70",
    });

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (_services is not null) await _services.DisposeAsync();
        await base.DisposeAsync();
    }
}
