using System.Net;
using System.Text.Json;
using Protocol.Events;
using TestKit;

namespace Scenarios.Tests;

/// <summary>What goes on between turns, with the real CLI.</summary>
public sealed class BackgroundTests(SharedStack shared)
{
    private readonly Stack _stack = shared.Stack;

    [Fact]
    public async Task What_runs_in_the_background_is_seen_after_its_turn_and_can_be_stopped()
    {
        var project = await _stack.NewProjectAsync();
        await using var viewer = await _stack.ViewAsync(project);
        await viewer.SayAsync("""%%demo [{"blocks":[{"type":"tool_use","name":"Bash","input":{"command":"sleep 317","run_in_background":true}}]},{"text":"It runs."}]""");
        var end = await viewer.WaitForEndAsync();
        Assert.Equal(EndReasons.Completed, end.Reason);
        var started = (await viewer.WaitForAsync<Status>(s => s.State == "task")).Detail!.Value;
        Assert.Equal(("local_bash", "running"), (started.GetProperty("task_type").GetString(), started.GetProperty("status").GetString()));
        Assert.True(Processes.AnyWith("sleep 317"));
        await _stack.HistoryAsync(project, h => TaskOf(h) == "running", "a running task");

        using var stop = await _stack.Http.PostAsync($"projects/{project}/sessions/{end.SessionId}/tasks/{started.GetProperty("task_id").GetString()}/stop", null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Accepted, stop.StatusCode);
        await viewer.WaitForAsync<Status>(s => s.State == "task" && s.Detail!.Value.GetProperty("status").GetString() is "killed" or "stopped");
        await Processes.GoneAsync("the command", "sleep 317");
        await _stack.HistoryAsync(project, h => TaskOf(h) is "killed" or "stopped", "a stopped task");
    }

    [Fact]
    public async Task A_deleted_project_takes_with_it_what_runs_in_its_background()
    {
        var project = await _stack.NewProjectAsync();
        await using var viewer = await _stack.ViewAsync(project);
        await viewer.SayAsync("""%%demo [{"blocks":[{"type":"tool_use","name":"Bash","input":{"command":"sleep 326","run_in_background":true}}]},{"text":"It runs."}]""");
        var end = await viewer.WaitForEndAsync();
        Assert.True(Processes.AnyWith("sleep 326"));
        using var deleted = await _stack.Http.DeleteAsync($"projects/{project}", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        await Processes.GoneAsync("Claude Code and its command", "sleep 326", end.SessionId);
    }

    [Fact]
    public async Task A_deleted_project_takes_its_idle_process_with_it()
    {
        var project = await _stack.NewProjectAsync();
        await using var viewer = await _stack.ViewAsync(project);
        await viewer.SayAsync("""%%demo [{"text":"All is well."}]""");
        var end = await viewer.WaitForEndAsync();
        Assert.True(Processes.AnyWith(end.SessionId));
        using var deleted = await _stack.Http.DeleteAsync($"projects/{project}", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        await Processes.GoneAsync("Claude Code", end.SessionId);
    }

    [Fact]
    public async Task Claude_Code_goes_on_by_itself_when_something_in_the_background_is_done()
    {
        var project = await _stack.NewProjectAsync();
        await using var viewer = await _stack.ViewAsync(project);
        await viewer.SayAsync($$$"""%%demo [{"blocks":[{"type":"tool_use","name":"Bash","input":{"command":"{{{Stack.Gate}}}","run_in_background":true}}]},{"text":"It runs."}]""");
        await viewer.WaitForEndAsync();
        _stack.OpenGate(project);
        await viewer.WaitForAsync<TurnStart>(start => start.Origin == "task-notification", TimeSpan.FromSeconds(30));
        Assert.EndsWith("completed (exit code 0). Claude Code goes on by itself.", (await viewer.WaitForAsync<Status>(s => s.State == "continued")).Message, StringComparison.Ordinal);
        Assert.Contains(viewer.Frames.OfType<Status>(), s => s.State == "task" && s.Detail!.Value.GetProperty("status").GetString() == "completed");
        Assert.Null(viewer.FirstGap);
    }

    [Fact]
    public async Task A_process_that_dies_takes_its_background_with_it_and_says_so()
    {
        Assert.SkipWhen(Stack.OnPostgres, "The database plays no part in it.");
        var project = await _stack.NewProjectAsync();
        await using var viewer = await _stack.ViewAsync(project);
        await viewer.SayAsync("""%%demo [{"blocks":[{"type":"tool_use","name":"Bash","input":{"command":"sleep 318","run_in_background":true}}]},{"text":"It runs."}]""");
        var end = await viewer.WaitForEndAsync();
        foreach (var pid in Processes.ClisOf(end.SessionId)) Processes.Kill(pid);
        await viewer.WaitForAsync<Status>(s => s.State == "task" && s.Detail!.Value.GetProperty("status").GetString() == "stopped");
        await Processes.GoneAsync("the command", "sleep 318");
    }

    [Fact]
    public async Task A_subagents_tokens_are_known_while_it_works()
    {
        await using var viewer = await _stack.ViewAsync(await _stack.NewProjectAsync());
        await viewer.SayAsync("""%%demo [{"blocks":[{"type":"tool_use","name":"Agent","input":{"description":"Look around","prompt":"%%demo [{\"blocks\":[{\"type\":\"tool_use\",\"name\":\"Bash\",\"input\":{\"command\":\"echo from below\"}}]},{\"text\":\"Seen.\"}]","subagent_type":"general-purpose"}}]},{"text":"Done."}]""");
        var end = await viewer.WaitForEndAsync();
        Assert.Equal(EndReasons.Completed, end.Reason);
        var tasks = viewer.Frames.OfType<Status>().Where(s => s.State == "task").Select(s => s.Detail!.Value).ToList();
        Assert.Contains(tasks, t => t.TryGetProperty("usage", out var usage) && usage.GetProperty("total_tokens").GetInt32() > 0);
        Assert.Equal("completed", tasks[^1].GetProperty("status").GetString());
        Assert.All(tasks, t => Assert.StartsWith("toolu_", t.GetProperty("tool_use_id").GetString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_command_prints_is_seen_while_it_runs()
    {
        Assert.SkipWhen(Stack.OnPostgres, "The database plays no part in it.");
        var project = await _stack.NewProjectAsync();
        await using var viewer = await _stack.ViewAsync(project);
        await viewer.SayAsync($$$"""%%demo [{"blocks":[{"type":"tool_use","name":"Bash","input":{"command":"echo the first line; {{{Stack.Gate}}}; echo the last line"}}]},{"text":"Done."}]""");
        var output = await viewer.WaitForAsync<ToolOutput>();
        Assert.Equal("the first line\n", output.Content);
        Assert.Empty(viewer.Frames.OfType<ToolResult>());
        await _stack.HistoryAsync(project, h => h.GetRawText().Contains("\"output\":\"the first line", StringComparison.Ordinal), "what was printed so far");
        _stack.OpenGate(project);
        Assert.Equal(EndReasons.Completed, (await viewer.WaitForEndAsync()).Reason);
        Assert.Contains("the last line", viewer.Frames.OfType<ToolResult>().Single().Content.GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_prints_in_the_background_is_seen_between_turns()
    {
        Assert.SkipWhen(Stack.OnPostgres, "The database plays no part in it.");
        await using var viewer = await _stack.ViewAsync(await _stack.NewProjectAsync());
        await viewer.SayAsync("""%%demo [{"blocks":[{"type":"tool_use","name":"Bash","input":{"command":"echo begun; sleep 3; echo ended","run_in_background":true}}]},{"text":"It runs."}]""");
        await viewer.WaitForEndAsync();
        await viewer.WaitForAsync<ToolOutput>(_ => string.Concat(viewer.Frames.OfType<ToolOutput>().Select(o => o.Content)) == "begun\nended\n");
    }

    private static string? TaskOf(JsonElement history) => history.GetProperty("messages").EnumerateArray()
        .SelectMany(m => m.GetProperty("content").EnumerateArray())
        .Where(block => block.TryGetProperty("task", out _)).Select(block => block.GetProperty("task").GetProperty("status").GetString()).FirstOrDefault();
}
