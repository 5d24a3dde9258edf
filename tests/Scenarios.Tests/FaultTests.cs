using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;
using Protocol.Events;
using Protocol.Redis;
using TestKit;

namespace Scenarios.Tests;

/// <summary>Things break: the person hears of it where they look, the system goes on, nothing shown is lost, each turn ends once.</summary>
public sealed class FaultTests
{
    private const string SlowText = """%%demo [{"text":"A text that takes a while, so that something can happen in its middle and not only after it.","delay_ms":60}]""";
    private const string Quick = """%%demo [{"text":"All is well."}]""";

    [Fact]
    public async Task CLI_killed()
    {
        Assert.SkipWhen(Stack.OnPostgres, "The database plays no part in it.");
        await using var stack = await Stack.StartAsync();
        var project = await stack.NewProjectAsync();
        await using var viewer = await stack.ViewAsync(project);
        await viewer.SayAsync("""%%demo [{"blocks":[{"type":"tool_use","name":"Bash","input":{"command":"sleep 301"}}]}]""");
        await viewer.WaitForAsync<ToolUse>();
        await Eventually.IsAsync("the shell command to run", () => Task.FromResult(Processes.AnyWith("sleep 301")));
        foreach (var pid in Processes.ClisOf(viewer.Frames.OfType<TurnStart>().Single().SessionId)) Processes.Kill(pid);

        var end = await viewer.WaitForEndAsync();
        Assert.Equal((EndReasons.CliCrashed, true), (end.Reason, end.IsError));
        await Processes.GoneAsync("the killed CLI's shell command", "sleep 301");
        await viewer.SayAsync(Quick);
        Assert.Equal(EndReasons.Completed, (await viewer.WaitForEndAsync(2)).Reason);
        Assert.Equal(2, viewer.Frames.OfType<SessionEnd>().Count());
    }

    [Fact]
    public async Task Runner_killed_mid_turn_ends_the_turn_leaves_no_process_and_the_session_goes_on_by_resume()
    {
        await using var stack = await Stack.StartAsync();
        await using var viewer = await stack.ViewAsync(await stack.NewProjectAsync());
        await viewer.SayAsync("""%%demo [{"text":"Remember me."}]""");
        await viewer.WaitForEndAsync(1);
        await viewer.SayAsync("""%%demo [{"blocks":[{"type":"tool_use","name":"Bash","input":{"command":"sleep 302"}}]}]""");
        await Eventually.IsAsync("the shell command to run", () => Task.FromResult(Processes.AnyWith("sleep 302")));
        var shown = viewer.Events.Count;
        await stack.RestartAsync("Runner");

        var lost = await viewer.WaitForEndAsync(2);
        Assert.Equal((EndReasons.RunnerLost, true), (lost.Reason, lost.IsError));
        Assert.True(viewer.Events.Count > shown);
        await Processes.GoneAsync("what the killed runner ran", "sleep 302");
        await viewer.SayAsync(Quick);
        Assert.Equal(EndReasons.Completed, (await viewer.WaitForEndAsync(3)).Reason);
        var usage = viewer.Frames.OfType<UsageUpdate>().ToList();
        Assert.True(usage[^1].Usage.InputTokens > usage[0].Usage.InputTokens, "The session was not resumed: it has forgotten its first turn.");
    }

    [Fact]
    public async Task Runner_stopped_in_good_order_finishes_or_ends_its_turn()
    {
        Assert.SkipWhen(Stack.OnPostgres, "The database plays no part in it.");
        await using var stack = await Stack.StartAsync();
        await using var viewer = await stack.ViewAsync(await stack.NewProjectAsync());
        await viewer.SayAsync("""%%demo [{"blocks":[{"type":"tool_use","name":"Bash","input":{"command":"sleep 303"}}]}]""");
        await Eventually.IsAsync("the shell command to run", () => Task.FromResult(Processes.AnyWith("sleep 303")));
        await stack.Service("Runner").TerminateAsync();
        Assert.Equal(EndReasons.RunnerStopped, (await viewer.WaitForEndAsync()).Reason);
        Assert.False(Processes.AnyWith("sleep 303"));
    }

    [Fact]
    public async Task Redis_restarting_mid_turn_loses_nothing_that_was_shown_and_the_turn_ends_once()
    {
        await using var stack = await Stack.StartAsync();
        var project = await stack.NewProjectAsync();
        await using var viewer = await stack.ViewAsync(project);
        // Its end waits for the gate: what a Redis acknowledged and lost before it was recorded, nobody knows.
        await viewer.SayAsync($$$"""%%demo [{"blocks":[{"type":"text","text":"A text that takes a while, so that something can happen in its middle and not only after it."},{"type":"tool_use","name":"Bash","input":{"command":"{{{Stack.Gate}}}"}}],"delay_ms":150},{"text":"Done."}]""");
        await viewer.WaitForAsync<AssistantChunk>();
        var before = viewer.Events[^1].Seq;
        await Eventually.IsAsync("the recorder to be level", async () => (await stack.Http.GetFromJsonAsync<JsonElement>($"projects/{project}/messages")).GetProperty("seq").GetInt64() >= before);
        await stack.Redis.KillAsync();
        await stack.Redis.StartAgainAsync();
        stack.OpenGate(project);

        var end = await viewer.WaitForEndAsync();
        Assert.Equal(EndReasons.Completed, end.Reason);
        Assert.Equal(viewer.Seqs.Order().Distinct(), viewer.Seqs); // Never a number twice.
        var history = await stack.HistoryAsync(project, h => h.GetProperty("turns")[0].GetProperty("status").GetString() == "ended", "an ended turn");
        var texts = history.GetProperty("messages").EnumerateArray().Where(m => m.GetProperty("role").GetString() == "assistant").Select(m => m.GetProperty("content")[0].GetProperty("text").GetString());
        Assert.Equal(["A text that takes a while, so that something can happen in its middle and not only after it.", "Done."], texts);
        await viewer.SayAsync(Quick);
        Assert.Equal(EndReasons.Completed, (await viewer.WaitForEndAsync(2)).Reason);
        Assert.Equal(2, viewer.Frames.OfType<SessionEnd>().Count());
    }

    [Fact]
    public async Task Redis_down_at_start_is_waited_for_and_what_was_stored_meanwhile_is_queued()
    {
        var redis = RedisServer.Prepared();
        await using var stack = await Stack.StartAsync(redis);
        var health = await stack.Http.GetAsync("health", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
        var project = await stack.NewProjectAsync();
        var sent = await stack.Http.PostAsJsonAsync($"projects/{project}/messages", new { content = Quick }, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Accepted, sent.StatusCode);

        await redis.StartAgainAsync();
        await stack.HistoryAsync(project, h => h.GetProperty("turns").EnumerateArray().Any(t => t.GetProperty("reason").GetString() == "completed"), "the turn completed after Redis came");
    }

    [Fact]
    public async Task A_disk_that_is_full_refuses_the_message_says_why_and_takes_it_when_there_is_room()
    {
        Assert.SkipWhen(Stack.OnPostgres, "The disk of a database server is not ChatApi's.");
        await using var stack = await Stack.StartAsync(configure: s => s.FileLimits["ChatApi"] = 3000);
        var project = await stack.NewProjectAsync();
        var large = $"{new string('x', 900_000)} {Quick}";
        await using (var viewer = await stack.ViewAsync(project))
        {
            for (var i = 0; i < 8 && !viewer.Frames.OfType<Rejected>().Any(); i++)
            {
                await viewer.SayAsync(large, $"message {i}");
                await viewer.WaitForAsync<Frame>(f => (f is Rejected r && r.ClientMessageId == $"message {i}") || (f is UserMessage m && m.ClientMessageId == $"message {i}"));
            }

            Assert.Equal("not_stored", Assert.Single(viewer.Frames.OfType<Rejected>()).Code);
        }

        var refused = $"message {(await stack.Http.GetFromJsonAsync<JsonElement>($"projects/{project}/turns", TestContext.Current.CancellationToken)).GetArrayLength()}";
        stack.FileLimits.Clear();
        await stack.RestartAsync("ChatApi");
        await using var again = await stack.ViewAsync(project);
        await again.SayAsync(Quick, refused);
        var taken = await again.WaitForAsync<UserMessage>(m => m.ClientMessageId == refused);
        await again.WaitForAsync<SessionEnd>(e => e.TurnId == taken.TurnId && e.Reason == EndReasons.Completed);
    }

    [Fact]
    public async Task A_workspace_that_cannot_be_written_ends_the_turn_and_says_so()
    {
        Assert.SkipWhen(Stack.OnPostgres, "The database plays no part in it.");
        await using var stack = await Stack.StartAsync();
        var project = await stack.NewProjectAsync();
        // A file where the project's folder should be.
        var folder = Path.Combine(stack.Folder, "runner", "projects");
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, project), "in the way", TestContext.Current.CancellationToken);
        await using var viewer = await stack.ViewAsync(project);
        await viewer.SayAsync(Quick);
        var end = await viewer.WaitForEndAsync();
        Assert.Equal(EndReasons.CliUnavailable, end.Reason);
        Assert.Contains("workspace cannot be written", end.Message, StringComparison.Ordinal);

        File.Delete(Path.Combine(folder, project));
        await viewer.SayAsync(Quick);
        Assert.Equal(EndReasons.Completed, (await viewer.WaitForEndAsync(2)).Reason);
    }

    [Fact]
    public async Task CLI_missing()
    {
        Assert.SkipWhen(Stack.OnPostgres, "The database plays no part in it.");
        await using var stack = await Stack.StartAsync(configure: s => s.Settings["Runner__CliPath"] = "/nowhere/claude");
        await using var viewer = await stack.ViewAsync(await stack.NewProjectAsync());
        await viewer.SayAsync(Quick);
        var end = await viewer.WaitForEndAsync();
        Assert.Equal(EndReasons.CliUnavailable, end.Reason);
        Assert.Contains("/nowhere/claude", end.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("9.9.9 (Claude Code)", "", EndReasons.CliUnavailable, "9.9.9")]
    [InlineData("2.1.197 (Claude Code)", "echo not json; echo '{broken'; head -c 100 /dev/urandom; echo; printf '%s\\n' '[1]'; exec sleep 3", EndReasons.CliCrashed, "unexpectedly")]
    [InlineData("2.1.197 (Claude Code)", "echo 'it hurts' >&2; exit 7", EndReasons.CliCrashed, "it hurts")]
    [InlineData("2.1.197 (Claude Code)", "exec sleep 600", EndReasons.CliHung, "not ready")]
    public async Task A_CLI_that_misbehaves_ends_the_turn_with_what_it_did(string version, string behaviour, string reason, string hint)
    {
        Assert.SkipWhen(Stack.OnPostgres, "The database plays no part in it.");
        var cli = FakeCli(version, behaviour);
        await using var stack = await Stack.StartAsync(configure: s =>
        {
            s.Settings["Runner__CliPath"] = cli;
            s.Settings["Runner__StartLimit"] = "00:00:04";
        });
        await using var viewer = await stack.ViewAsync(await stack.NewProjectAsync());
        await viewer.SayAsync(Quick);
        var end = await viewer.WaitForEndAsync();
        Assert.Equal((reason, true), (end.Reason, end.IsError));
        Assert.Contains(hint, end.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_CLI_that_prints_rubbish_and_a_line_of_20_MB_in_a_turn_is_read_on()
    {
        Assert.SkipWhen(Stack.OnPostgres, "The database plays no part in it.");
        const string Turn = """
            read -r init; echo '{"type":"control_response","response":{"subtype":"success","request_id":"runner-1","response":{}}}'
            read -r user
            echo 'this is not JSON'
            printf '{"type":"assistant","message":{"id":"big","role":"assistant","model":"m","content":[{"type":"text","text":"'; head -c 20000000 /dev/zero | tr '\0' 'x'; printf '"}],"usage":{"input_tokens":1,"output_tokens":2}}}\n'
            echo '{"type":"something_new","subtype":"of 2027","field":1}'
            echo '{"type":"result","subtype":"success","is_error":false,"result":"ok","total_cost_usd":0.5,"modelUsage":{},"num_turns":1}'
            exec cat >/dev/null
            """;
        var cli = FakeCli("2.1.197 (Claude Code)", Turn);
        await using var stack = await Stack.StartAsync(configure: s => s.Settings["Runner__CliPath"] = cli);
        var project = await stack.NewProjectAsync();
        await using var viewer = await stack.ViewAsync(project);
        await viewer.SayAsync("anything");
        var end = await viewer.WaitForEndAsync();
        Assert.Equal((EndReasons.Completed, 0.5m), (end.Reason, end.TotalCostUsd));
        Assert.Equal("cli_rubbish", (await viewer.WaitForAsync<Error>()).Code);
        Assert.Equal(20_000_000, Assert.Single(viewer.Frames.OfType<AssistantMessage>()).Content[0].GetProperty("text").GetString()!.Length);
        Assert.Equal("something_new", Assert.Single(viewer.Frames.OfType<Status>(), s => s.State == "unknown").Detail!.Value.GetProperty("type").GetString());
    }

    [Fact]
    public async Task A_process_that_ends_slowly_holds_up_no_other_sessions_turn()
    {
        Assert.SkipWhen(Stack.OnPostgres, "The database plays no part in it.");
        const string Turn = """
            trap '' INT
            read -r init; echo '{"type":"control_response","response":{"subtype":"success","request_id":"runner-1","response":{}}}'
            read -r user; echo '{"type":"result","subtype":"success","is_error":false,"result":"ok","total_cost_usd":0.5,"modelUsage":{},"num_turns":1}'
            cat >/dev/null
            touch ending
            exec sleep 331
            """;
        var cli = FakeCli("2.1.197 (Claude Code)", Turn);
        await using var stack = await Stack.StartAsync(configure: s => (s.Settings["Runner__CliPath"], s.Settings["Runner__MaxWarmSessions"]) = (cli, "0"));
        var project = await stack.NewProjectAsync();
        await using var viewer = await stack.ViewAsync(project);
        await viewer.SayAsync("anything");
        Assert.Equal(EndReasons.Completed, (await viewer.WaitForEndAsync()).Reason);
        await Eventually.IsAsync("the idle process to be told to end", () => Task.FromResult(File.Exists(Path.Combine(stack.Workspace(project), "ending"))));

        await using var other = await stack.ViewAsync(await stack.NewProjectAsync());
        await other.SayAsync("anything");
        Assert.Equal(EndReasons.Completed, (await other.WaitForEndAsync()).Reason);
        Assert.True(Processes.AnyWith("sleep 331"), "The other turn waited for the process that was ending.");
        await Processes.GoneAsync("the process", "sleep 331");
    }

    [Fact]
    public async Task A_turn_that_falls_silent_is_ended_as_hung()
    {
        Assert.SkipWhen(Stack.OnPostgres, "The database plays no part in it.");
        await using var stack = await Stack.StartAsync(configure: s => s.Settings["Runner__SilenceLimit"] = "00:00:03");
        await using var viewer = await stack.ViewAsync(await stack.NewProjectAsync());
        await viewer.SayAsync("""%%demo [{"text":"It begins well and then there is nothing more.","stall_after":3}]""");
        var end = await viewer.WaitForEndAsync();
        Assert.Equal((EndReasons.CliHung, true), (end.Reason, end.IsError));
        Assert.NotEmpty(viewer.Frames.OfType<AssistantChunk>());
    }

    [Fact]
    public async Task ChatApi_killed_mid_turn_comes_back_and_viewers_resume_without_a_hole()
    {
        await using var stack = await Stack.StartAsync();
        var project = await stack.NewProjectAsync();
        var viewer = await stack.ViewAsync(project);
        await viewer.SayAsync(SlowText);
        await viewer.WaitForAsync<AssistantChunk>();
        await stack.RestartAsync("ChatApi");
        await viewer.WaitForCloseAsync();
        var seen = viewer.Seqs.ToList();
        await viewer.DisposeAsync();

        await using var again = await stack.ViewAsync(project, seen[^1]);
        Assert.Equal("ok", again.Frames.OfType<Hello>().Single().Resume);
        await again.WaitForEndAsync();
        seen.AddRange(again.Seqs);
        Assert.Equal(Enumerable.Range(0, seen.Count).Select(i => seen[0] + i), seen);
    }

    [Fact]
    public async Task ChatApi_stopped_in_good_order_says_come_back_to_everybody_first_and_waits_for_nobody_who_does_not_listen()
    {
        await using var stack = await Stack.StartAsync();
        var project = await stack.NewProjectAsync();
        await using var viewer = await stack.ViewAsync(project);
        using var deaf = new ClientWebSocket(); // Neither reads nor answers.
        await deaf.ConnectAsync(stack.SocketAddress(project), TestContext.Current.CancellationToken);
        await viewer.WaitForAsync<Presence>(presence => presence.Viewers == 2);
        await viewer.SayAsync(SlowText);
        await viewer.WaitForAsync<AssistantChunk>();
        await stack.Service("ChatApi").TerminateAsync();
        await viewer.WaitForCloseAsync();
        Assert.Equal(1012, (int?)viewer.CloseStatus);
        Assert.Null(viewer.FirstGap);

        stack.Begin("ChatApi");
        await stack.WaitForAsync("ChatApi");
        await using var again = await stack.ViewAsync(project, viewer.Seqs[^1]);
        await again.WaitForEndAsync();
        long[] seen = [.. viewer.Seqs, .. again.Seqs];
        Assert.Equal(Enumerable.Range(0, seen.Length).Select(i => seen[0] + i), seen);
    }

    [Fact]
    public async Task ChatApi_stopped_in_good_order_sends_a_slow_viewer_what_waits_for_it_before_it_ends()
    {
        await using var stack = await Stack.StartAsync(services: ["ChatApi"]);
        var project = await stack.NewProjectAsync();
        using var reads = new ManualResetEventSlim();
        await using var slow = await Viewer.ConnectAsync(stack.SocketAddress(project), frame => { if (frame is Event) reads.Wait(Eventually.Limit); });
        await using var quick = await stack.ViewAsync(project);
        var log = new ProjectLog((await stack.RedisAsync()).GetDatabase());
        // More than the connection holds between the two, so that some of it waits in the server.
        for (var i = 0; i < 200; i++) await log.AppendAsync(project, new AssistantChunk { SessionId = "s", TurnId = "t", MessageId = "m", Block = i, Content = new string('x', 1 << 16) });
        await quick.WaitForAsync<AssistantChunk>(chunk => chunk.Block == 199);
        var ending = stack.Service("ChatApi").TerminateAsync();
        await quick.WaitForCloseAsync();
        reads.Set();
        await slow.WaitForCloseAsync();
        Assert.Equal(1012, (int?)slow.CloseStatus);
        Assert.Null(slow.FirstGap);
        await ending;
    }

    private static string FakeCli(string version, string behaviour)
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("cli-").FullName, "claude");
        File.WriteAllText(path, $"#!/bin/bash\nif [[ \"$1\" == --version ]]; then echo '{version}'; exit; fi\n{behaviour}\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
