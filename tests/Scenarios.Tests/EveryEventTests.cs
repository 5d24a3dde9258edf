using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Protocol.Events;
using Protocol.Redis;
using StackExchange.Redis;
using TestKit;

namespace Scenarios.Tests;

/// <summary>
/// A recorded turn goes through the log, and after every one of its events something is killed or cut. In the end every
/// viewer has seen exactly the log, and the database tells what it tells of the same turn undisturbed.
/// </summary>
public sealed class EveryEventTests
{
    private const string Recording = "03a-tool-bash-auto";

    [Fact]
    public async Task A_ChatApi_replica_is_killed_after_every_event()
    {
        await using var stack = await Stack.StartAsync(services: ["ChatApi", "ChatApi#2"]);
        var project = await stack.NewProjectAsync();
        var visits = 0;
        await using var stays = new ResumingViewer(after => stack.SocketAddress(project, after, "ChatApi#2"));
        // Comes back to whichever replica answers: no stickiness.
        await using var moves = new ResumingViewer(after => stack.SocketAddress(project, after, visits++ % 2 == 0 ? "ChatApi" : "ChatApi#2"));
        await using var waits = new ResumingViewer(after => stack.SocketAddress(project, after, "ChatApi"));
        await DisturbedAsync(stack, project, [stays, moves, waits], async () =>
        {
            await stack.RestartAsync("ChatApi");
            await waits.ConnectedAsync();
        });
        Assert.Equal(0, stays.Returns);
        Assert.True(waits.Returns > 10, $"The viewer of the killed replica came back {waits.Returns} times.");
    }

    [Fact]
    public async Task Redis_is_killed_after_every_event()
    {
        Assert.SkipWhen(Stack.OnPostgres, "The database plays no part in it.");
        await using var stack = await Stack.StartAsync(await RedisServer.StartDurableAsync(), services: ["ChatApi", "ChatApi#2"]);
        var project = await stack.NewProjectAsync();
        await using var one = new ResumingViewer(after => stack.SocketAddress(project, after, "ChatApi"));
        await using var two = new ResumingViewer(after => stack.SocketAddress(project, after, "ChatApi#2"));
        await DisturbedAsync(stack, project, [one, two], async () =>
        {
            await stack.Redis.KillAsync();
            await stack.Redis.StartAgainAsync();
        });
        Assert.Equal(0, one.Returns + two.Returns); // The sockets outlive Redis.
    }

    [Fact]
    public async Task The_database_is_killed_after_every_event()
    {
        var postgres = await PostgresServer.StartAsync();
        // Three replicas on an empty database: the migrations run once.
        await using var stack = await Stack.StartAsync(configure: s => s.Postgres = postgres, services: ["ChatApi", "ChatApi#2", "ChatApi#3"]);
        var project = await stack.NewProjectAsync();
        await using var one = new ResumingViewer(after => stack.SocketAddress(project, after, "ChatApi"));
        await using var two = new ResumingViewer(after => stack.SocketAddress(project, after, "ChatApi#2"));
        await DisturbedAsync(stack, project, [one, two], async () =>
        {
            await postgres.KillAsync();
            await postgres.StartAgainAsync();
        });
        Assert.Equal(0, one.Returns + two.Returns);
    }

    [Fact]
    public async Task A_database_that_is_away_during_a_whole_turn_loses_nothing_and_is_caught_up_with()
    {
        var postgres = await PostgresServer.StartAsync();
        await using var stack = await Stack.StartAsync(configure: s => s.Postgres = postgres, services: ["ChatApi"]);
        var project = await stack.NewProjectAsync();
        await using var viewer = new ResumingViewer(after => stack.SocketAddress(project, after));
        await viewer.ConnectedAsync();
        await postgres.KillAsync();
        var redis = await stack.RedisAsync();
        await new RecordedTurn(Recording, project, redis).AppendAllAsync();
        // The recorder has taken the project (its mark is put off), and will fail.
        await Eventually.IsAsync("the recorder to try", async () => await redis.GetDatabase().SortedSetScoreAsync("cc:log:unrecorded", project) > DateTimeOffset.UtcNow.AddSeconds(5).ToUnixTimeMilliseconds());
        await postgres.StartAgainAsync();
        await AgreesAsync(stack, project, [viewer]);
        Assert.Equal(0, viewer.Returns);
    }

    [Fact]
    public async Task The_gateway_is_killed_after_every_event()
    {
        Assert.SkipWhen(Stack.OnPostgres, "The database plays no part in it.");
        await using var stack = await Stack.StartAsync(services: ["ChatApi", "ProxyGateway"]);
        var project = await stack.NewProjectAsync();
        await using var one = new ResumingViewer(after => stack.SocketAddress(project, after));
        await using var direct = new ResumingViewer(after => stack.SocketAddress(project, after, "ChatApi"));
        await DisturbedAsync(stack, project, [one, direct], () => stack.RestartAsync("ProxyGateway"));
        Assert.Equal(0, direct.Returns);
    }

    [Fact]
    public async Task A_viewers_socket_is_dropped_or_reset_after_every_event()
    {
        await using var stack = await Stack.StartAsync(services: ["ChatApi"]);
        var project = await stack.NewProjectAsync();
        await using var proxy = new TcpProxy(stack.SocketAddress(project).Port);
        await using var reset = new ResumingViewer(after => Through(proxy, stack.SocketAddress(project, after)));
        await using var dropped = new ResumingViewer(after => stack.SocketAddress(project, after));
        await using var steady = new ResumingViewer(after => stack.SocketAddress(project, after));
        await DisturbedAsync(stack, project, [reset, dropped, steady], () =>
        {
            proxy.Reset();
            dropped.Drop();
            return Task.CompletedTask;
        });
        Assert.Equal(0, steady.Returns);
    }

    [Theory]
    [InlineData("one byte at a time")]
    [InlineData("latency")]
    [InlineData("half-open")]
    public async Task A_viewer_behind_a_bad_line_gets_exactly_the_log_and_delays_nobody(string line)
    {
        Assert.SkipWhen(Stack.OnPostgres, "The database plays no part in it.");
        await using var stack = await Stack.StartAsync(services: ["ChatApi"]);
        var project = await stack.NewProjectAsync();
        await using var proxy = new TcpProxy(stack.SocketAddress(project).Port) { ByteByByte = line == "one byte at a time", Latency = TimeSpan.FromMilliseconds(line == "latency" ? 30 : 0) };
        await using var bad = new ResumingViewer(after => Through(proxy, stack.SocketAddress(project, after)));
        await using var good = new ResumingViewer(after => stack.SocketAddress(project, after));
        await bad.ConnectedAsync();
        if (line == "half-open") proxy.Stall();
        await good.ConnectedAsync();
        var turn = new RecordedTurn(Recording, project, await stack.RedisAsync());
        for (var i = 0; i < turn.Count; i++) await good.WaitForAsync(await turn.AppendAsync(i));
        proxy.Flow();
        await AgreesAsync(stack, project, [bad, good]);
    }

    [Fact]
    public async Task What_a_dead_connection_to_Redis_did_not_bring_is_read_when_it_is_back()
    {
        Assert.SkipWhen(Stack.OnPostgres, "The database plays no part in it.");
        var redis = await RedisServer.StartAsync();
        await using var proxy = new TcpProxy(redis.Port);
        await using var stack = await Stack.StartAsync(redis, configure: s => s.Settings["ConnectionStrings__redis"] = $"127.0.0.1:{proxy.Port}", services: ["ChatApi"]);
        var project = await stack.NewProjectAsync();
        await using var viewer = new ResumingViewer(after => stack.SocketAddress(project, after));
        await viewer.ConnectedAsync();
        var turn = new RecordedTurn(Recording, project, await stack.RedisAsync());
        await viewer.WaitForAsync(await turn.AppendAsync(0));
        proxy.Stall();
        for (var i = 1; i < turn.Count; i++) await turn.AppendAsync(i);
        // What was on its way is gone with the connection, and nothing comes after it that would show a hole.
        proxy.Reset();
        proxy.Flow();
        await AgreesAsync(stack, project, [viewer]);
        Assert.Equal(0, viewer.Returns);
    }

    /// <summary>Disturbs after every event of the recorded turn, and looks at everything in the end.</summary>
    private static async Task DisturbedAsync(Stack stack, string project, ResumingViewer[] viewers, Func<Task> disturb)
    {
        foreach (var viewer in viewers) await viewer.ConnectedAsync();
        var turn = new RecordedTurn(Recording, project, await stack.RedisAsync());
        for (var i = 0; i < turn.Count; i++)
        {
            var seq = await turn.AppendAsync(i);
            // All have the first one: who comes back and has seen nothing begins with what comes.
            foreach (var viewer in i == 0 ? viewers : viewers[..1]) await viewer.WaitForAsync(seq);
            await disturb();
        }

        await AgreesAsync(stack, project, viewers);
    }

    /// <summary>Every viewer's sequence is exactly the log, there is one session_end, and the database agrees with the log.</summary>
    private static async Task AgreesAsync(Stack stack, string project, ResumingViewer[] viewers)
    {
        var redis = await stack.RedisAsync();
        var log = await new ProjectLog(redis.GetDatabase()).ReadAsync(project, 0, 100_000);
        var seqs = log.Select(entry => ((Event)WireJson.Read(entry.Span)).Seq).ToList();
        Assert.Equal(Enumerable.Range(0, seqs.Count).Select(i => seqs[0] + i), seqs);
        Assert.Single(log, entry => WireJson.Read(entry.Span) is SessionEnd);
        foreach (var viewer in viewers)
        {
            await viewer.WaitForAsync(seqs[^1]);
            Assert.Equal(seqs, viewer.Seqs);
            Assert.Null(viewer.Gap);
        }

        // The same turn, undisturbed, in another project.
        var control = await stack.NewProjectAsync();
        await new RecordedTurn(Recording, control, redis).AppendAllAsync();
        Assert.Equal(await ToldAsync(stack, control, redis), await ToldAsync(stack, project, redis));
    }

    // What the history says, without what differs from turn to turn.
    private static async Task<string> ToldAsync(Stack stack, string project, ConnectionMultiplexer redis)
    {
        var newest = (await new ProjectLog(redis.GetDatabase()).BoundsAsync(project)).Newest;
        var history = await stack.HistoryAsync(project, h => h.GetProperty("seq").GetInt64() == newest, $"everything up to {newest}");
        var told = new JsonArray();
        foreach (var message in history.GetProperty("messages").EnumerateArray())
            told.Add((JsonNode)new JsonObject { ["role"] = message.GetProperty("role").GetString(), ["content"] = JsonNode.Parse(message.GetProperty("content").GetRawText()), ["usage"] = JsonNode.Parse(message.GetProperty("usage").GetRawText()) });
        var turn = Assert.Single(history.GetProperty("turns").EnumerateArray());
        told.Add((JsonNode)$"{turn.GetProperty("status")} {turn.GetProperty("reason")} {turn.GetProperty("cost_usd")} {turn.GetProperty("usage")}");
        var spent = (await stack.Http.GetFromJsonAsync<JsonElement>($"projects/{project}")).GetProperty("cost_usd").GetDecimal();
        told.Add((JsonNode)JsonValue.Create(spent));
        return told.ToJsonString();
    }

    private static Uri Through(TcpProxy proxy, Uri address) => new UriBuilder(address) { Port = proxy.Port }.Uri;
}
