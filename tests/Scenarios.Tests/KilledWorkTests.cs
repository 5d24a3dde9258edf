using System.Diagnostics;
using System.Text.Json;
using Protocol.Events;
using TestKit;

namespace Scenarios.Tests;

/// <summary>
/// The real CLI and real runners, killed after each event of a turn: it ends once, with its reason, nothing is left running,
/// and the session goes on.
/// </summary>
public sealed class KilledWorkTests
{
    private const string Turn = """%%demo [{"blocks":[{"type":"text","text":"First a word."},{"type":"tool_use","name":"Bash","input":{"command":"echo from the tool"}}],"delay_ms":25},{"text":"And a last word about it.","delay_ms":40}]""";
    private const string Quick = """%%demo [{"text":"All is well."}]""";

    [Fact]
    public async Task The_CLI_is_killed_after_every_event()
    {
        Assert.SkipWhen(Stack.OnPostgres, "The database plays no part in it.");
        await using var stack = await Stack.StartAsync();
        var project = await stack.NewProjectAsync();
        await using var viewer = await stack.ViewAsync(project);
        await viewer.SayAsync(Turn);
        var undisturbed = await viewer.WaitForEndAsync();
        Assert.Equal(EndReasons.Completed, undisturbed.Reason);
        var events = viewer.Events.Count(e => e.TurnId == undisturbed.TurnId);

        var crashes = 0;
        for (var k = 2; k < events; k++)
        {
            await viewer.SayAsync(Turn, $"turn {k}");
            var turn = (await viewer.WaitForAsync<UserMessage>(m => m.ClientMessageId == $"turn {k}")).TurnId;
            // The number of chunks may differ from turn to turn; then it ends before its k-th event.
            await viewer.WaitForAsync<Event>(e => e.TurnId == turn && (viewer.Events.Count(o => o.TurnId == turn) >= k || e is SessionEnd));
            foreach (var pid in Processes.ClisOf(undisturbed.SessionId)) Processes.Kill(pid);
            var end = await viewer.WaitForAsync<SessionEnd>(e => e.TurnId == turn);
            Assert.Contains(end.Reason, (string[])[EndReasons.CliCrashed, EndReasons.Completed]);
            if (end.Reason == EndReasons.CliCrashed) crashes++;
        }

        Assert.True(crashes > events / 2, $"Only {crashes} of {events} kills met a running turn.");
        await viewer.SayAsync(Quick, "after");
        var after = (await viewer.WaitForAsync<UserMessage>(m => m.ClientMessageId == "after")).TurnId;
        Assert.Equal(EndReasons.Completed, (await viewer.WaitForAsync<SessionEnd>(e => e.TurnId == after)).Reason);
        Assert.All(viewer.Frames.OfType<SessionEnd>().GroupBy(e => e.TurnId), ends => Assert.Single(ends));
        Assert.Null(viewer.FirstGap);
    }

    [Fact]
    public async Task Runners_are_killed_at_five_points_of_a_turn_and_the_sessions_go_on_elsewhere()
    {
        Assert.SkipWhen(Stack.OnPostgres, "The database plays no part in it.");
        // Each takes one turn, so that each killed one takes one with it; the last one survives.
        string[] runners = ["Runner", "Runner#2", "Runner#3", "Runner#4", "Runner#5", "Runner#6"];
        await using var stack = await Stack.StartAsync(configure: s =>
        {
            s.Settings["Runner__MaxSessions"] = "1";
            s.Settings["Runner__AllowBypassPermissions"] = s.Settings["ChatApi__AllowBypassPermissions"] = "true"; // Nobody is there to be asked.
        }, services: ["DemoModel", "ChatApi", .. runners]);
        Func<Event, bool>[] points = [e => e is TurnStart, e => e is AssistantChunk, e => e is ToolUse, e => e is ToolResult, e => e is UsageUpdate];
        var marks = new List<string>();
        await Task.WhenAll(points.Select(async (point, i) =>
        {
            var project = await stack.NewProjectAsync("bypassPermissions");
            await using var viewer = await stack.ViewAsync(project);
            var mark = $"sleep 35{i}.5";
            lock (marks) marks.Add(mark);
            await viewer.SayAsync($$$"""%%demo [{"blocks":[{"type":"text","text":"A word of some length, so that it takes a while."},{"type":"tool_use","name":"Bash","input":{"command":"echo tool; ({{{mark}}} &) ; sleep 0.2"}}],"delay_ms":60},{"text":"And a last word about it, also of some length.","delay_ms":120}]""");
            var start = await viewer.WaitForAsync<TurnStart>();
            await viewer.WaitForAsync<Event>(point);
            var killed = Stopwatch.StartNew();
            Processes.Kill(Processes.AncestorOf(await Processes.CliAsync(start.SessionId), runners.Select(name => stack.Service(name).Pid).ToHashSet()));

            var lost = await viewer.WaitForEndAsync();
            Assert.Equal((EndReasons.RunnerLost, true), (lost.Reason, lost.IsError));
            Assert.True(killed.Elapsed < TimeSpan.FromSeconds(15), $"It took {killed.Elapsed} to say that the runner is lost.");
            await viewer.SayAsync(Quick);
            Assert.Equal(EndReasons.Completed, (await viewer.WaitForEndAsync(2, TimeSpan.FromSeconds(60))).Reason);
            Assert.Equal(2, viewer.Frames.OfType<SessionEnd>().Count());
            Assert.Null(viewer.FirstGap);
        }));
        await Processes.GoneAsync("what the killed runners ran", [.. marks]);
    }

    [Fact]
    public async Task A_runner_that_dies_before_it_starts_a_turn_loses_nothing()
    {
        await using var stack = await Stack.StartAsync(configure: s => s.Settings["Runner__MaxSessions"] = "1");
        await using var busy = await stack.ViewAsync(await stack.NewProjectAsync());
        await using var waiting = await stack.ViewAsync(await stack.NewProjectAsync());
        await busy.SayAsync("""%%demo [{"blocks":[{"type":"tool_use","name":"Bash","input":{"command":"sleep 311"}}]}]""");
        await busy.WaitForAsync<ToolUse>();
        await waiting.SayAsync(Quick);
        await waiting.WaitForAsync<UserMessage>();
        await stack.Service("Runner").KillAsync();
        stack.Begin("Runner#2");
        Assert.Equal(EndReasons.Completed, (await waiting.WaitForEndAsync()).Reason);
        Assert.Equal(EndReasons.RunnerLost, (await busy.WaitForEndAsync()).Reason);
        await Processes.GoneAsync("the killed runner's shell command", "sleep 311");
    }

    [Fact]
    public async Task A_process_that_missed_a_turn_on_another_runner_does_not_answer_the_next_one()
    {
        Assert.SkipWhen(Stack.OnPostgres, "The database plays no part in it.");
        await using var stack = await Stack.StartAsync(services: ["DemoModel", "ChatApi", "Runner", "Runner#2"]);
        var redis = (await stack.RedisAsync()).GetDatabase();
        await using var viewer = await stack.ViewAsync(await stack.NewProjectAsync());
        await viewer.SayAsync("""%%demo [{"text":"The first."}]""");
        var first = await viewer.WaitForAsync<TurnStart>();
        await viewer.WaitForEndAsync();

        // The two runners in turn, each with a process of its own.
        var other = (await redis.SetMembersAsync("cc:runners")).Select(id => id.ToString()).Single(id => id != first.RunnerId);
        var transcript = "";
        foreach (var (runner, n) in new[] { (other, 2), (first.RunnerId, 3) })
        {
            // What a runner says ends with the process; what this test says does not.
            await Eventually.IsAsync("a runner to say that it is warm", async () => await redis.KeyTimeToLiveAsync($"cc:session:{first.SessionId}:runner") is not null);
            await redis.StringSetAsync($"cc:session:{first.SessionId}:runner", runner);
            await viewer.SayAsync($$"""%%demo [{"text":"Number {{n}}."}]""");
            await viewer.WaitForEndAsync(n);
            Assert.Equal(runner, viewer.Frames.OfType<TurnStart>().Last().RunnerId);
            transcript = await stack.TranscriptAsync(first.SessionId, $"\"text\":\"Number {n}.\"");
        }

        // What the last answer builds on, back to the beginning.
        var lines = transcript.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line)).Where(line => line.TryGetProperty("uuid", out _)).ToList();
        var chain = new List<string>();
        for (var at = lines.FindLast(l => l.GetRawText().Contains("\"text\":\"Number 3.\"", StringComparison.Ordinal)); at.ValueKind == JsonValueKind.Object;)
        {
            chain.Add(at.GetRawText());
            var parent = at.GetProperty("parentUuid").GetString();
            at = lines.Find(l => l.GetProperty("uuid").GetString() == parent);
        }

        Assert.Contains(chain, line => line.Contains("\"text\":\"Number 2.\"", StringComparison.Ordinal));
    }
}
