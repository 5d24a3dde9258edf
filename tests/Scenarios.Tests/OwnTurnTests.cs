using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Protocol;
using Protocol.Events;
using Protocol.Redis;
using TestKit;

namespace Scenarios.Tests;

/// <summary>
/// Turns that the real CLI begins by itself, when something in its background is done: from their first event on they are
/// stopped, answered, told something, limited and lost like any other.
/// </summary>
public sealed class OwnTurnTests(SharedStack shared)
{
    private readonly Stack _stack = shared.Stack;

    [Fact]
    public async Task It_is_stopped_at_once_and_what_waits_goes_on()
    {
        Assert.SkipWhen(Stack.OnPostgres, "The database plays no part in it.");
        var (project, viewer, own) = await BegunAsync(_stack, """[{"blocks":[{"type":"tool_use","name":"Bash","input":{"command":"sleep 320"}}]},{"text":"Too far."}]""");
        await using var _ = viewer;
        await viewer.SayAsync("""%%demo [{"text":"What waited."}]""", "waiting");
        await viewer.WaitForAsync<UserMessage>(m => m.ClientMessageId == "waiting");
        using var stop = await _stack.Http.PostAsync($"projects/{project}/interrupt?session_id={own.SessionId}", null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Accepted, stop.StatusCode);
        Assert.Equal(EndReasons.Interrupted, (await viewer.WaitForAsync<SessionEnd>(e => e.TurnId == own.TurnId)).Reason);
        Assert.Equal(EndReasons.Completed, (await viewer.WaitForEndAsync(3)).Reason);
        await Processes.GoneAsync("the command", "sleep 320");
    }

    [Fact]
    public async Task What_it_asks_is_answered_at_once()
    {
        Assert.SkipWhen(Stack.OnPostgres, "The database plays no part in it.");
        var (project, viewer, own) = await BegunAsync(_stack, """[{"blocks":[{"type":"tool_use","name":"Bash","input":{"command":"touch from-the-background"}}]},{"text":"Done."}]""", "default");
        await using var _ = viewer;
        var request = await viewer.WaitForAsync<PermissionRequest>(r => r.TurnId == own.TurnId);
        using var answer = await _stack.AnswerAsync(project, request, new { decision = "allow" });
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Equal(EndReasons.Completed, (await viewer.WaitForAsync<SessionEnd>(e => e.TurnId == own.TurnId)).Reason);
        Assert.True(File.Exists(Path.Combine(_stack.Workspace(project), "from-the-background")));
    }

    [Fact]
    public async Task A_message_is_told_to_it()
    {
        var (_, viewer, own) = await BegunAsync(_stack, """[{"blocks":[{"type":"tool_use","name":"Bash","input":{"command":"until [ -e .gate2 ]; do sleep 0.05; done"}}]},{"text":"Done."}]""");
        await using var __ = viewer;
        var told = await TellAsync(viewer, "By the way.");
        await File.WriteAllTextAsync(Path.Combine(_stack.Workspace(own.Project), ".gate2"), "", TestContext.Current.CancellationToken);
        var end = await viewer.WaitForAsync<SessionEnd>(e => e.TurnId == told.TurnId);
        Assert.Equal((EndReasons.Steered, own.TurnId), (end.Reason, end.SteeredInto));
    }

    [Fact]
    public async Task A_message_is_told_to_it_also_before_it_is_recorded()
    {
        await using var stack = await Stack.StartAsync(services: "ChatApi");
        var (project, queue) = (await stack.NewProjectAsync(), await stack.QueueAsync());
        await using var viewer = await stack.ViewAsync(project);
        await viewer.SayAsync("Hello.");
        var first = await Eventually.GetAsync("the message's turn", () => queue.TakeAsync("the test"));
        await queue.StartAsync(first, "the test");
        var end = new SessionEnd { SessionId = first.SessionId, TurnId = first.TurnId, TotalCostUsd = 0, UsageSummary = new UsageSummary(), Reason = EndReasons.Completed, IsError = false };
        await queue.EndAsync(first, [WireJson.Write(end)]);
        await stack.HistoryAsync(project, h => h.GetProperty("turns")[0].GetProperty("status").GetString() == "ended", "an ended turn");

        // Its first event is still on its way.
        var own = first with { TurnId = Guid.CreateVersion7().ToString() };
        await queue.StartUnqueuedAsync(own, "the test");
        await viewer.SendAsync(new { type = "user_message", content = "By the way.", steer = true });
        var command = await Eventually.GetAsync("the message for the runner", () => queue.TakeCommandAsync(first.SessionId));
        Assert.Equal((SessionCommand.Steer, own.TurnId, "By the way."), (command.Type, command.TurnId, command.Message!.Content));
    }

    [Fact]
    public async Task It_has_what_is_left_of_the_budget()
    {
        var project = await _stack.NewProjectAsync();
        using var set = await _stack.Http.PutAsJsonAsync($"projects/{project}/settings", new { turn_budget_usd = 0.035 }, TestContext.Current.CancellationToken);
        var (_, viewer, own) = await BegunAsync(_stack, """[{"blocks":[{"type":"tool_use","name":"Bash","input":{"command":"echo 1"}}]},{"blocks":[{"type":"tool_use","name":"Bash","input":{"command":"echo 2"}}]},{"blocks":[{"type":"tool_use","name":"Bash","input":{"command":"echo 3"}}]},{"blocks":[{"type":"tool_use","name":"Bash","input":{"command":"sleep 321"}}]},{"text":"Too far."}]""", project: project);
        await using var _ = viewer;
        Assert.Equal(EndReasons.BudgetReached, (await viewer.WaitForAsync<SessionEnd>(e => e.TurnId == own.TurnId)).Reason);
    }

    [Fact]
    public async Task It_is_lost_with_its_runner_and_says_so()
    {
        await using var stack = await Stack.StartAsync();
        var (_, viewer, own) = await BegunAsync(stack, """[{"blocks":[{"type":"tool_use","name":"Bash","input":{"command":"sleep 322"}}]},{"text":"Too far."}]""");
        await using var __ = viewer;
        // Once Redis knows that it runs, nobody else would find it.
        Assert.Equal("started", await (await stack.QueueAsync()).StateAsync(own.TurnId));
        await stack.RestartAsync("Runner");
        var lost = await viewer.WaitForAsync<SessionEnd>(e => e.TurnId == own.TurnId);
        Assert.Equal(EndReasons.RunnerLost, lost.Reason);
        await viewer.SayAsync("""%%demo [{"text":"On we go."}]""");
        Assert.Equal(EndReasons.Completed, (await viewer.WaitForEndAsync(3)).Reason);
    }

    [Fact]
    public async Task A_runner_that_is_asked_to_stop_ends_it_in_good_order()
    {
        Assert.SkipWhen(Stack.OnPostgres, "The database plays no part in it.");
        await using var stack = await Stack.StartAsync();
        var (_, viewer, own) = await BegunAsync(stack, """[{"blocks":[{"type":"tool_use","name":"Bash","input":{"command":"sleep 324"}}]},{"text":"Too far."}]""");
        await using var __ = viewer;
        await stack.Service("Runner").TerminateAsync();
        Assert.Equal(EndReasons.RunnerStopped, (await viewer.WaitForAsync<SessionEnd>(e => e.TurnId == own.TurnId)).Reason);
        Assert.False(Processes.AnyWith("sleep 324"));
    }

    [Fact]
    public async Task It_takes_its_place_on_the_runner()
    {
        Assert.SkipWhen(Stack.OnPostgres, "The database plays no part in it.");
        await using var stack = await Stack.StartAsync(configure: s => s.Settings["Runner__MaxSessions"] = "1");
        var (project, viewer, own) = await BegunAsync(stack, """[{"blocks":[{"type":"tool_use","name":"Bash","input":{"command":"sleep 325"}}]},{"text":"Too far."}]""");
        await using var _ = viewer;
        await using var other = await stack.ViewAsync(await stack.NewProjectAsync());
        var queue = await stack.QueueAsync();
        await other.SayAsync("""%%demo [{"text":"At last."}]""", "next");
        var next = await other.WaitForAsync<UserMessage>(m => m.ClientMessageId == "next");
        await Eventually.IsAsync("the other project's turn to be queued", async () => await queue.StateAsync(next.TurnId) == "ready");
        // Whenever the runner looks, it hands over commands and then takes turns: between these two it has looked once, whole.
        await TellAsync(viewer, "One.");
        await TellAsync(viewer, "Two.");
        Assert.Equal("ready", await queue.StateAsync(next.TurnId));
        using var stop = await stack.Http.PostAsync($"projects/{project}/interrupt?session_id={own.SessionId}", null, TestContext.Current.CancellationToken);
        Assert.Equal(EndReasons.Completed, (await other.WaitForEndAsync()).Reason);
    }

    private static async Task<UserMessage> TellAsync(Viewer viewer, string message)
    {
        await viewer.SendAsync(new { type = "user_message", content = message, client_message_id = message, steer = true });
        var told = await viewer.WaitForAsync<UserMessage>(m => m.ClientMessageId == message);
        await viewer.WaitForAsync<Status>(s => s.State == "told" && s.TurnId == told.TurnId);
        return told;
    }

    // In its background a command waits at the gate; at its end the CLI tells the model the command's description, which is a script.
    private static async Task<(string Project, Viewer Viewer, OwnTurn Own)> BegunAsync(Stack stack, string then, string mode = "acceptEdits", string? project = null)
    {
        project ??= await stack.NewProjectAsync(mode);
        var viewer = await stack.ViewAsync(project);
        var input = new { command = Stack.Gate, description = $"%%demo {then}", run_in_background = true };
        await viewer.SayAsync($$"""%%demo [{"blocks":[{"type":"tool_use","name":"Bash","input":{{JsonSerializer.Serialize(input)}}}]},{"text":"It runs."}]""");
        await viewer.WaitForEndAsync();
        stack.OpenGate(project);
        var start = await viewer.WaitForAsync<TurnStart>(s => s.Origin == "task-notification");
        await viewer.WaitForAsync<ToolUse>(u => u.TurnId == start.TurnId);
        return (project, viewer, new OwnTurn(project, start.SessionId, start.TurnId));
    }

    private sealed record OwnTurn(string Project, string SessionId, string TurnId);
}
