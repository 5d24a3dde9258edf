using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Protocol.Events;
using Protocol.Redis;
using StackExchange.Redis;
using TestKit;

namespace Load.Targets;

/// <summary>Ours.</summary>
/// <param name="records">
/// True: as it runs, events come through the project log, and this replica records history beside. False: fan-out alone, with
/// events published as the peers' are, so that the same work is compared and Redis' scripts do not limit the rate.
/// </param>
public sealed class ChatApiTarget(bool records) : Target
{
    private readonly string _folder = Directory.CreateTempSubdirectory("load-").FullName;
    private readonly int _port = Ports.Free();
    private List<string> _projects = [];
    private ConnectionMultiplexer? _redis;
    private ProjectLog? _log;

    /// <inheritdoc/>
    public override string Name => records ? "ChatApi, recording" : "ChatApi";

    /// <inheritdoc/>
    public override async Task StartAsync(RedisServer redis, int projects)
    {
        Process = new ChildProcess("ChatApi", "dotnet", [Services.Path("ChatApi")], new Dictionary<string, string>
        {
            ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{_port}", ["ConnectionStrings__redis"] = redis.ConnectionString,
            ["ConnectionStrings__chatdb"] = $"Data Source={Path.Combine(_folder, "chat.db")}", ["ChatApi__RecordsHistory"] = records ? "true" : "false",
            // One project here gets the events of hundreds: its log keeps as many, for the viewer that was stuck.
            ["ChatApi__ReplayEvents"] = "1000000", ["ChatApi__ReplayBytes"] = "268435456",
            ["Logging__LogLevel__Default"] = "Warning",
        });
        await WaitAsync($"http://127.0.0.1:{_port}/health");
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{_port}/") };
        for (var i = 0; i < projects; i++)
        {
            var answer = await http.PostAsJsonAsync("projects", new { name = $"Load {i}" });
            _projects.Add((await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!);
        }

        _redis = await redis.ConnectAsync();
        _log = new ProjectLog(_redis.GetDatabase());
    }

    /// <inheritdoc/>
    public override Uri SocketOf(int project) => new($"ws://127.0.0.1:{_port}/ws/chat/{_projects[project]}");

    /// <inheritdoc/>
    public override Task PublishAsync(int project, long number)
    {
        var chunk = new AssistantChunk { SessionId = "0198c5a2-7c1e-7d3a-9b6e-2f1d3c4b5a69", TurnId = "0198c5a2-7c1e-7d3a-9b6e-2f1d3c4b5a70", MessageId = $"msg_{number / 200}", Block = 0, Content = Text(number) };
        if (records) return _log!.AppendAsync(_projects[project], "", 0, [WireJson.Write(chunk)]);
        var frame = $"{{\"seq\":{number},{Encoding.UTF8.GetString(WireJson.Write(chunk))[1..]}";
        return _redis!.GetDatabase().PublishAsync(ProjectLog.Channel(_projects[project]), frame);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (_redis is not null) await _redis.DisposeAsync();
        await base.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
