using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Protocol.Events;
using TestKit;

namespace Scenarios.Tests;

/// <summary>What people do with Claude Code, over the real path.</summary>
public sealed class ConversationTests(SharedStack shared)
{
    private readonly Stack _stack = shared.Stack;

    [Fact]
    public async Task A_tool_really_runs_in_the_workspace_and_history_tells_the_same_as_the_events()
    {
        var project = await _stack.NewProjectAsync();
        await using var viewer = await _stack.ViewAsync(project);
        await viewer.SayAsync("Create a file");
        var end = await viewer.WaitForEndAsync();

        Assert.Contains("def greet", await File.ReadAllTextAsync(Path.Combine(_stack.Workspace(project), "hello.py"), TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.NotEmpty(viewer.Frames.OfType<ThinkingChunk>());
        Assert.Equal(["Write", "Read"], viewer.Frames.OfType<ToolUse>().Select(t => t.Name));
        Assert.All(viewer.Frames.OfType<ToolResult>(), result => Assert.False(result.IsError));

        var history = await _stack.HistoryAsync(project, h => h.GetProperty("seq").GetInt64() >= end.Seq, "the end of the turn");
        Assert.Equal(end.Seq, history.GetProperty("seq").GetInt64());
        var messages = history.GetProperty("messages").EnumerateArray().ToList();
        Assert.Equal(["user", "assistant", "assistant", "assistant"], messages.Select(m => m.GetProperty("role").GetString()));
        Assert.Equal(["thinking", "text", "tool_use"], messages[1].GetProperty("content").EnumerateArray().Select(b => b.GetProperty("type").GetString()));
        Assert.False(messages[1].GetProperty("content")[2].GetProperty("result").GetProperty("is_error").GetBoolean());
        var turn = Assert.Single(history.GetProperty("turns").EnumerateArray());
        Assert.Equal(("ended", "completed"), (turn.GetProperty("status").GetString(), turn.GetProperty("reason").GetString()));
        Assert.Equal((double)end.TotalCostUsd, turn.GetProperty("cost_usd").GetDouble(), 9);
    }

    [Fact]
    public async Task The_second_turn_is_warm_and_remembers_the_first()
    {
        await using var viewer = await _stack.ViewAsync(await _stack.NewProjectAsync());
        await viewer.SayAsync("""%%demo [{"text":"One."}]""");
        await viewer.WaitForEndAsync(1);
        await viewer.SayAsync("""%%demo [{"text":"Two."}]""");
        var end = await viewer.WaitForEndAsync(2);

        var started = viewer.Frames.OfType<TurnStart>().Last();
        var first = viewer.Events.First(e => e.TurnId == end.TurnId && e is AssistantChunk);
        Assert.True(first.At - started.At < 700, $"The second turn took {first.At - started.At} ms to its first token: its process was not warm.");
        Assert.True(viewer.Frames.OfType<UsageUpdate>().Last().Usage.InputTokens > viewer.Frames.OfType<UsageUpdate>().First().Usage.InputTokens, "The second call had no more context than the first.");
    }

    [Fact]
    public async Task Interrupt_stops_the_answer_and_the_session_goes_on()
    {
        await using var viewer = await _stack.ViewAsync(await _stack.NewProjectAsync());
        await viewer.SayAsync("""%%demo [{"text":"This answer would take a very long time to be written to its end, which nobody wants to wait for.","delay_ms":500}]""");
        await viewer.WaitForAsync<AssistantChunk>();
        await viewer.SendAsync("""{"type":"interrupt"}""");
        var end = await viewer.WaitForEndAsync(1);
        Assert.Equal((EndReasons.Interrupted, false), (end.Reason, end.IsError));

        await viewer.SayAsync("""%%demo [{"text":"Still here."}]""");
        Assert.Equal(EndReasons.Completed, (await viewer.WaitForEndAsync(2)).Reason);
    }

    [Fact]
    public async Task A_message_sent_twice_is_taken_once()
    {
        var project = await _stack.NewProjectAsync();
        await using var viewer = await _stack.ViewAsync(project);
        var id = Guid.NewGuid().ToString();
        await viewer.SayAsync("""%%demo [{"text":"Once."}]""", id);
        await viewer.SayAsync("""%%demo [{"text":"Once."}]""", id);
        await using var other = await _stack.ViewAsync(project);
        await other.SayAsync("""%%demo [{"text":"Once."}]""", id);
        await viewer.WaitForEndAsync();
        await viewer.SayAsync("""%%demo [{"text":"Another."}]""");
        await viewer.WaitForEndAsync(2);
        Assert.Equal(2, viewer.Frames.OfType<UserMessage>().Count());
        Assert.Equal(id, viewer.Frames.OfType<UserMessage>().First().ClientMessageId);
    }

    [Fact]
    public async Task Messages_sent_while_a_turn_runs_wait_and_go_in_order()
    {
        await using var viewer = await _stack.ViewAsync(await _stack.NewProjectAsync());
        foreach (var word in (string[])["one", "two", "three"]) await viewer.SayAsync($$"""%%demo [{"text":"{{word}}"}]""");
        await viewer.WaitForEndAsync(3);
        Assert.Equal(["one", "two", "three"], viewer.Frames.OfType<AssistantMessage>().Select(m => m.Content[0].GetProperty("text").GetString()));
        // One turn after the other: each ends before the next begins.
        Assert.Equal(
            ["TurnStart", "SessionEnd", "TurnStart", "SessionEnd", "TurnStart", "SessionEnd"],
            viewer.Frames.Where(f => f is TurnStart or SessionEnd).Select(f => f.GetType().Name));
    }

    [Fact]
    public async Task What_a_mode_denies_unasked_is_shown_with_its_reason()
    {
        await using var viewer = await _stack.ViewAsync(await _stack.NewProjectAsync("dontAsk"));
        await viewer.SayAsync("""%%demo [{"blocks":[{"type":"tool_use","name":"WebFetch","input":{"url":"http://127.0.0.1:9/","prompt":"x"}}]},{"text":"Then not."}]""");
        var resolved = await viewer.WaitForAsync<PermissionResolved>();
        Assert.Equal(("deny", "mode"), (resolved.Decision, resolved.DecidedBy));
        Assert.Equal(EndReasons.Completed, (await viewer.WaitForEndAsync()).Reason);
        Assert.Empty(viewer.Frames.OfType<PermissionRequest>());
        Assert.True((await viewer.WaitForAsync<ToolResult>()).IsError);
    }

    [Fact]
    public async Task A_viewer_that_comes_back_gets_everything_once_and_in_order()
    {
        var project = await _stack.NewProjectAsync();
        await using var steady = await _stack.ViewAsync(project);
        await steady.SayAsync("""%%demo [{"text":"A text that is long enough to be cut off somewhere in its middle, several times over, by somebody who leaves.","delay_ms":20}]""");
        var seen = new List<long> { (await steady.WaitForAsync<UserMessage>()).Seq };
        for (var ended = false; !ended;)
        {
            await using var leaving = await _stack.ViewAsync(project, seen[^1]);
            Assert.Equal("ok", leaving.Frames.OfType<Hello>().Single().Resume);
            await leaving.WaitForAsync<Event>(e => e.Seq >= seen[^1] + 5 || e is SessionEnd);
            var got = leaving.Events;
            seen.AddRange(got.SelectMany(Viewer.NumbersOf));
            ended = got[^1] is SessionEnd;
        }

        await steady.WaitForEndAsync();
        Assert.Equal(Enumerable.Range(0, seen.Count).Select(i => seen[0] + i), seen);
        Assert.Equal(steady.Events[^1].Seq, seen[^1]);
    }

    [Fact]
    public async Task A_stream_that_breaks_is_repeated_and_what_was_shown_of_it_is_taken_back()
    {
        var project = await _stack.NewProjectAsync();
        await using var viewer = await _stack.ViewAsync(project);
        // A reset connection drops what its reader had not read yet: the tokens before the cut must have had their time.
        await viewer.SayAsync("""%%demo [{"text":"This text is cut in the middle of its stream, once.","delay_ms":50,"cut_after":4,"times":1}]""");
        var end = await viewer.WaitForEndAsync();
        Assert.Equal(EndReasons.Completed, end.Reason);
        var discarded = Assert.Single(viewer.Frames.OfType<AssistantMessage>(), m => m.Discarded == true);
        var history = await _stack.HistoryAsync(project, h => h.GetProperty("seq").GetInt64() >= end.Seq, "the end");
        var answer = Assert.Single(history.GetProperty("messages").EnumerateArray(), m => m.GetProperty("role").GetString() == "assistant");
        Assert.NotEqual(discarded.MessageId, answer.GetProperty("id").GetString());
        Assert.Equal("This text is cut in the middle of its stream, once.", answer.GetProperty("content")[0].GetProperty("text").GetString());
    }

    [Theory]
    [InlineData(401, "API key")]
    [InlineData(429, "")]
    [InlineData(500, "again")]
    [InlineData(529, "")]
    public async Task A_model_that_fails_ends_the_turn_with_an_error_that_says_so(int status, string hint)
    {
        await using var viewer = await _stack.ViewAsync(await _stack.NewProjectAsync());
        await viewer.SayAsync($$"""%%demo [{"status":{{status}}}]""");
        var end = await viewer.WaitForEndAsync();
        Assert.Equal((EndReasons.ApiError, true), (end.Reason, end.IsError));
        Assert.Contains(hint, end.Message, StringComparison.Ordinal);
        Assert.Contains(viewer.Frames.OfType<Status>(), s => s.State == "retrying" && s.Message!.Contains("trying again in", StringComparison.Ordinal));

        await viewer.SayAsync("""%%demo [{"text":"Better."}]""");
        Assert.Equal(EndReasons.Completed, (await viewer.WaitForEndAsync(2)).Reason);
    }

    [Fact]
    public async Task A_message_that_waits_can_be_edited_and_withdrawn_and_the_rest_goes_in_order()
    {
        var project = await shared.Stack.NewProjectAsync();
        await using var viewer = await shared.Stack.ViewAsync(project);
        await viewer.SayAsync($$$"""%%demo [{"blocks":[{"type":"tool_use","name":"Bash","input":{"command":"{{{Stack.Gate}}}"}}]},{"text":"The first one takes its time."}]""", "first");
        await viewer.WaitForAsync<ToolUse>();
        await viewer.SayAsync("""%%demo [{"text":"Never said."}]""", "second");
        await viewer.SayAsync("""%%demo [{"text":"Before the edit."}]""", "third");
        await viewer.SayAsync("""%%demo [{"text":"The last."}]""", "fourth");
        var second = await viewer.WaitForAsync<UserMessage>(m => m.ClientMessageId == "second");
        var third = await viewer.WaitForAsync<UserMessage>(m => m.ClientMessageId == "third");
        await viewer.WaitForAsync<UserMessage>(m => m.ClientMessageId == "fourth");

        using var edited = await shared.Stack.Http.PutAsJsonAsync($"projects/{project}/turns/{third.TurnId}", new { content = """%%demo [{"text":"After the edit."}]""" }, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, edited.StatusCode);
        using var withdrawn = await shared.Stack.Http.DeleteAsync($"projects/{project}/turns/{second.TurnId}", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NoContent, withdrawn.StatusCode);
        shared.Stack.OpenGate(project);

        await viewer.WaitForEndAsync(4, TimeSpan.FromSeconds(60));
        Assert.Equal(EndReasons.Withdrawn, viewer.Frames.OfType<SessionEnd>().Single(e => e.TurnId == second.TurnId).Reason);
        Assert.Equal("The first one takes its time.After the edit.The last.", string.Concat(viewer.Frames.OfType<AssistantChunk>().Select(c => c.Content)));
        Assert.Equal(2, viewer.Frames.OfType<UserMessage>().Count(m => m.TurnId == third.TurnId));
        Assert.DoesNotContain(viewer.Frames.OfType<TurnStart>(), s => s.TurnId == second.TurnId);

        // What has begun stays as it was said.
        using var late = await shared.Stack.Http.PutAsJsonAsync($"projects/{project}/turns/{third.TurnId}", new { content = "too late" }, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Conflict, late.StatusCode);
        using var gone = await shared.Stack.Http.DeleteAsync($"projects/{project}/turns/{Guid.NewGuid()}", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        var history = await shared.Stack.HistoryAsync(project, h => h.GetProperty("turns").EnumerateArray().All(t => t.GetProperty("status").GetString() == "ended"), "four ended turns");
        var said = history.GetProperty("messages").EnumerateArray().Single(m => m.GetProperty("id").GetString() == third.TurnId);
        Assert.Contains("After the edit.", said.GetProperty("content")[0].GetProperty("text").GetString());
    }

    [Fact]
    public async Task The_same_events_come_as_server_sent_events_and_resume_after_Last_Event_ID()
    {
        var project = await shared.Stack.NewProjectAsync();
        await using var viewer = await shared.Stack.ViewAsync(project);
        await viewer.SayAsync("""%%demo [{"text":"Over both ways, with an é and a line\nend."}]""");
        await viewer.WaitForEndAsync();

        var half = viewer.Events[viewer.Events.Count / 2].Seq;
        using var request = new HttpRequestMessage(HttpMethod.Get, $"projects/{project}/events");
        request.Headers.Add("Last-Event-ID", half.ToString(System.Globalization.CultureInfo.InvariantCulture));
        using var answer = await shared.Stack.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.ToString());
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        using var limit = new CancellationTokenSource(Eventually.Limit);
        var frames = new List<Frame>();
        while (frames is [] || frames[^1] is not SessionEnd)
        {
            var line = await lines.ReadLineAsync(limit.Token) ?? throw new InvalidOperationException("The stream ended.");
            if (line.StartsWith("data: ", StringComparison.Ordinal)) frames.Add(WireJson.Read(System.Text.Encoding.UTF8.GetBytes(line["data: ".Length..])));
        }

        Assert.Equal("ok", Assert.IsType<Hello>(frames[0]).Resume);
        Assert.Equal(viewer.Seqs.Where(seq => seq > half), frames.OfType<Event>().SelectMany(Viewer.NumbersOf));
        using var malformed = await shared.Stack.Http.GetAsync($"projects/{project}/events?after=x", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, malformed.StatusCode);
        using var unknown = await shared.Stack.Http.GetAsync($"projects/{Guid.NewGuid()}/events", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }
}
