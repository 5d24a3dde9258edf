using System.Net;
using System.Net.Http.Json;
using Protocol.Events;
using TestKit;

namespace Scenarios.Tests;

/// <summary>Messages that go into the turn that runs, with the real CLI.</summary>
public sealed class SteeringTests(SharedStack shared)
{
    private const string SlowTool = $$$"""%%demo [{"blocks":[{"type":"tool_use","name":"Bash","input":{"command":"{{{Stack.Gate}}}"}}]},{"blocks":[{"type":"tool_use","name":"Bash","input":{"command":"sleep 0.1"}}]},{"text":"I looked left."}]""";
    private const string SlowText = """%%demo [{"text":"A text that is long enough for somebody to think of something meanwhile.","delay_ms":200}]""";

    [Fact]
    public async Task What_is_told_while_a_tool_runs_goes_into_that_turn()
    {
        var project = await shared.Stack.NewProjectAsync();
        await using var viewer = await shared.Stack.ViewAsync(project);
        await viewer.SayAsync(SlowTool, "first");
        await viewer.WaitForAsync<ToolUse>();
        await viewer.SendAsync("""{"type":"user_message","content":"Mind the left side.","client_message_id":"told","steer":true}""");
        var told = await viewer.WaitForAsync<UserMessage>(m => m.ClientMessageId == "told");
        await viewer.WaitForAsync<Status>(s => s.State == "told" && s.TurnId == told.TurnId);
        await shared.Stack.HistoryAsync(project, h => h.GetProperty("turns").EnumerateArray().Any(t => t.GetProperty("status").GetString() == "told"), "a message that was told");
        shared.Stack.OpenGate(project);

        await viewer.WaitForEndAsync(2);
        var ends = viewer.Frames.OfType<SessionEnd>().ToList();
        Assert.Equal((told.TurnId, EndReasons.Steered, 0m), (ends[0].TurnId, ends[0].Reason, ends[0].TotalCostUsd));
        Assert.Equal((ends[1].TurnId, EndReasons.Completed), (ends[0].SteeredInto, ends[1].Reason));
        Assert.DoesNotContain(viewer.Frames.OfType<TurnStart>(), s => s.TurnId == told.TurnId);
        await shared.Stack.TranscriptAsync(told.SessionId, "Mind the left side.");

        // In the history it stands where Claude Code got it, and says who sent it.
        var history = await shared.Stack.HistoryAsync(project, h => h.GetProperty("seq").GetInt64() >= ends[1].Seq, "the end");
        var messages = history.GetProperty("messages").EnumerateArray().ToList();
        var said = messages.FindIndex(m => m.GetProperty("id").GetString() == told.TurnId);
        Assert.Equal(ends[1].TurnId, messages[said].GetProperty("turn_id").GetString());
        Assert.True(said > 1 && messages[^1].GetProperty("content")[0].GetProperty("text").GetString() == "I looked left.");
        Assert.Contains(history.GetProperty("turns").EnumerateArray(), t => t.GetProperty("id").GetString() == told.TurnId && t.GetProperty("reason").GetString() == EndReasons.Steered);
    }

    [Fact]
    public async Task What_is_told_too_late_is_answered_next_and_what_is_told_with_it_goes_into_that()
    {
        var project = await shared.Stack.NewProjectAsync();
        await using var viewer = await shared.Stack.ViewAsync(project);
        await viewer.SayAsync(SlowText);
        await viewer.WaitForAsync<AssistantChunk>();
        await viewer.SendAsync("""{"type":"user_message","content":"%%demo [{\"text\":\"To the second.\"}]","client_message_id":"second","steer":true}""");
        await viewer.SendAsync("""{"type":"user_message","content":"And this.","client_message_id":"third","steer":true}""");
        await viewer.WaitForEndAsync(3);
        string TurnOf(string id) => viewer.Frames.OfType<UserMessage>().Single(m => m.ClientMessageId == id).TurnId;
        string ReasonOf(string turn) => viewer.Frames.OfType<SessionEnd>().Single(e => e.TurnId == turn).Reason;
        Assert.Equal((EndReasons.Completed, EndReasons.Steered), (ReasonOf(TurnOf("second")), ReasonOf(TurnOf("third"))));
        Assert.Equal("To the second.", string.Concat(viewer.Frames.OfType<AssistantChunk>().Where(c => c.TurnId == TurnOf("second")).Select(c => c.Content)));

        // And the session goes on.
        await viewer.SayAsync("""%%demo [{"text":"All is well."}]""", "last");
        Assert.Equal(EndReasons.Completed, (await viewer.WaitForEndAsync(4)).Reason);
    }

    [Fact]
    public async Task A_message_that_waits_is_told_on_wish_and_one_that_cannot_be_told_waits()
    {
        var project = await shared.Stack.NewProjectAsync();
        await using var viewer = await shared.Stack.ViewAsync(project);
        await viewer.SayAsync(SlowTool);
        await viewer.WaitForAsync<ToolUse>();
        await viewer.SayAsync("Mind the right side.", "waits");
        var waits = await viewer.WaitForAsync<UserMessage>(m => m.ClientMessageId == "waits");
        using var told = await shared.Stack.Http.PostAsync($"projects/{project}/turns/{waits.TurnId}/steer", null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Accepted, told.StatusCode);
        await viewer.WaitForAsync<Status>(s => s.State == "told" && s.TurnId == waits.TurnId);
        shared.Stack.OpenGate(project);
        Assert.Equal(EndReasons.Steered, (await viewer.WaitForEndAsync()).Reason);
        await viewer.WaitForEndAsync(2);
        using var again = await shared.Stack.Http.PostAsync($"projects/{project}/turns/{waits.TurnId}/steer", null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
        using var unknown = await shared.Stack.Http.PostAsync($"projects/{project}/turns/{Guid.NewGuid()}/steer", null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
        // Nothing runs: it is an ordinary message.
        using var sent = await shared.Stack.Http.PostAsJsonAsync($"projects/{project}/messages", new { content = """%%demo [{"text":"Hello."}]""", steer = true }, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Accepted, sent.StatusCode);
        Assert.Equal(EndReasons.Completed, (await viewer.WaitForEndAsync(3)).Reason);
    }

    [Fact]
    public async Task What_an_interrupt_leaves_running_is_ended_and_the_session_goes_on()
    {
        Assert.SkipWhen(Stack.OnPostgres, "The database plays no part in it.");
        var project = await shared.Stack.NewProjectAsync();
        await using var viewer = await shared.Stack.ViewAsync(project);
        await viewer.SayAsync("""%%demo [{"text":"Remember me."}]""");
        await viewer.WaitForEndAsync();
        // Its parent gone, it survives what the CLI ends, as a command does that begins in the moment of the interrupt.
        await viewer.SayAsync("""%%demo [{"blocks":[{"type":"tool_use","name":"Bash","input":{"command":"setsid -f sleep 341; sleep 342"}}]},{"text":"Too far."}]""");
        var request = await viewer.WaitForAsync<PermissionRequest>();
        using var allowed = await shared.Stack.AnswerAsync(project, request, new { decision = "allow" });
        await Eventually.IsAsync("both commands to run", () => Task.FromResult(Processes.Of("sleep 341").Count > 0 && Processes.Of("sleep 342").Count > 0));
        var turn = viewer.Frames.OfType<TurnStart>().Last();
        using var stop = await shared.Stack.Http.PostAsync($"projects/{project}/interrupt?session_id={turn.SessionId}", null, TestContext.Current.CancellationToken);
        Assert.Equal(EndReasons.Interrupted, (await viewer.WaitForEndAsync(2)).Reason);
        await Processes.GoneAsync("both commands", "sleep 341", "sleep 342");
        await viewer.SayAsync("""%%demo [{"text":"All is well."}]""");
        Assert.Equal(EndReasons.Completed, (await viewer.WaitForEndAsync(3)).Reason);
        var usage = viewer.Frames.OfType<UsageUpdate>().ToList();
        Assert.True(usage[^1].Usage.InputTokens > usage[0].Usage.InputTokens, "The session was not resumed: it has forgotten its first turn.");
    }

    [Fact]
    public async Task A_Redis_that_loses_its_data_learns_again_what_was_told()
    {
        await using var stack = await Stack.StartAsync();
        var project = await stack.NewProjectAsync();
        await using var viewer = await stack.ViewAsync(project);
        await viewer.SayAsync(SlowTool);
        await viewer.WaitForAsync<ToolUse>();
        await viewer.SendAsync("""{"type":"user_message","content":"Mind the left side.","client_message_id":"told","steer":true}""");
        var told = await viewer.WaitForAsync<Status>(s => s.State == "told");
        await stack.HistoryAsync(project, h => h.GetProperty("turns").EnumerateArray().Any(t => t.GetProperty("status").GetString() == "told"), "a message that was told");
        await stack.Redis.KillAsync();
        await stack.Redis.StartAgainAsync();
        await Eventually.IsAsync("the runner to tell Redis what it works on", async () => await (await stack.QueueAsync()).StateAsync(told.TurnId) == "started");
        stack.OpenGate(project);
        await viewer.WaitForEndAsync(2);
        Assert.Equal([(told.TurnId, EndReasons.Steered), (viewer.Frames.OfType<TurnStart>().First().TurnId, EndReasons.Completed)], viewer.Frames.OfType<SessionEnd>().Select(end => (end.TurnId, end.Reason)));
    }

    [Fact]
    public async Task A_CLI_that_dies_with_a_message_that_it_did_not_take_says_so_of_that_message_too()
    {
        var project = await shared.Stack.NewProjectAsync();
        await using var viewer = await shared.Stack.ViewAsync(project);
        await viewer.SayAsync(SlowText);
        var chunk = await viewer.WaitForAsync<AssistantChunk>();
        await viewer.SendAsync("""{"type":"user_message","content":"Never read.","client_message_id":"lost","steer":true}""");
        var lost = await viewer.WaitForAsync<UserMessage>(m => m.ClientMessageId == "lost");
        await Eventually.IsAsync("the runner to take the message", async () => await (await shared.Stack.QueueAsync()).StateAsync(lost.TurnId) == "started");
        foreach (var pid in Processes.ClisOf(chunk.SessionId)) Processes.Kill(pid);
        await viewer.WaitForEndAsync(2);
        Assert.All(viewer.Frames.OfType<SessionEnd>(), end => Assert.Equal(EndReasons.CliCrashed, end.Reason));
        Assert.Contains("Send it again", viewer.Frames.OfType<SessionEnd>().Single(e => e.TurnId == lost.TurnId).Message, StringComparison.Ordinal);
        await viewer.SayAsync("""%%demo [{"text":"All is well."}]""");
        Assert.Equal(EndReasons.Completed, (await viewer.WaitForEndAsync(3)).Reason);
    }
}
