using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Protocol.Events;
using TestKit;

namespace Scenarios.Tests;

/// <summary>What the real CLI asks of people, and what their answers do.</summary>
public sealed class PeopleTests(SharedStack shared)
{
    private readonly Stack _stack = shared.Stack;

    [Fact]
    public async Task A_tool_waits_until_it_is_allowed_and_everybody_sees_by_whom()
    {
        var project = await _stack.NewProjectAsync("default");
        await using var ada = await _stack.ViewAsync(project, name: "Ada");
        await using var bob = await _stack.ViewAsync(project);
        await ada.SayAsync(Run("mkdir made && echo it is made"));
        var request = await bob.WaitForAsync<PermissionRequest>();
        Assert.Equal("mkdir made && echo it is made", request.Input.GetProperty("command").GetString());
        Assert.InRange(request.ExpiresAt, DateTimeOffset.UtcNow.AddHours(23).ToUnixTimeMilliseconds(), DateTimeOffset.UtcNow.AddHours(24).ToUnixTimeMilliseconds());
        Assert.False(Directory.Exists(Path.Combine(_stack.Workspace(project), "made")));

        await ada.SendAsync(new { type = "permission_response", request_id = request.RequestId, decision = "allow" });
        var resolved = await bob.WaitForAsync<PermissionResolved>();
        Assert.Equal((request.RequestId, "allow", "Ada"), (resolved.RequestId, resolved.Decision, resolved.DecidedBy));
        Assert.Contains("it is made", (await bob.WaitForAsync<ToolResult>()).Content.GetRawText(), StringComparison.Ordinal);
        Assert.Equal(EndReasons.Completed, (await bob.WaitForEndAsync()).Reason);
        Assert.True(Directory.Exists(Path.Combine(_stack.Workspace(project), "made")));
        Assert.Equal("Ada", ada.Frames.OfType<UserMessage>().Single().SentBy);

        // The second answer comes too late, and says so.
        await bob.SendAsync(new { type = "permission_response", request_id = request.RequestId, decision = "deny" });
        Assert.Contains((await bob.WaitForAsync<Rejected>()).Code, (string[])["already_answered", "not_asked"]);
        Assert.Single(bob.Frames.OfType<PermissionResolved>());
    }

    [Fact]
    public async Task Of_two_answers_at_once_one_counts()
    {
        var project = await _stack.NewProjectAsync("default");
        await using var viewer = await _stack.ViewAsync(project);
        await viewer.SayAsync(Run("touch once"));
        var request = await viewer.WaitForAsync<PermissionRequest>();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => AnswerAsync(project, request, new { decision = i % 2 == 0 ? "allow" : "deny" }, $"person {i}")));
        await viewer.WaitForEndAsync();
        var resolved = Assert.Single(viewer.Frames.OfType<PermissionResolved>());
        Assert.Equal(resolved.Decision == "allow", File.Exists(Path.Combine(_stack.Workspace(project), "once")));
    }

    [Fact]
    public async Task An_edited_input_is_what_runs()
    {
        var (project, viewer, request) = await AskedAsync(Run("touch wrong"));
        await using var _ = viewer;
        await AnswerAsync(project, request, new { decision = "allow", updated_input = new { command = "touch right" } });
        await viewer.WaitForEndAsync();
        Assert.True(File.Exists(Path.Combine(_stack.Workspace(project), "right")));
        Assert.False(File.Exists(Path.Combine(_stack.Workspace(project), "wrong")));
        Assert.Equal("touch right", viewer.Frames.OfType<PermissionResolved>().Single().UpdatedInput?.GetProperty("command").GetString());
    }

    [Fact]
    public async Task A_denial_is_told_to_Claude_Code_with_its_reason_and_the_turn_goes_on()
    {
        var (project, viewer, request) = await AskedAsync(Run("touch no"));
        await using var _ = viewer;
        await AnswerAsync(project, request, new { decision = "deny", message = "Put it into notes/ instead." }, "Ada");
        var result = await viewer.WaitForAsync<ToolResult>();
        Assert.True(result.IsError);
        Assert.Contains("Ada denied this: Put it into notes/ instead.", result.Content.GetRawText(), StringComparison.Ordinal);
        Assert.Equal(EndReasons.Completed, (await viewer.WaitForEndAsync()).Reason);
    }

    [Fact]
    public async Task A_denial_can_end_the_turn_and_the_session_goes_on()
    {
        var (project, viewer, request) = await AskedAsync(Run("touch no"));
        await using var _ = viewer;
        await AnswerAsync(project, request, new { decision = "deny", interrupt = true });
        Assert.Equal(EndReasons.Interrupted, (await viewer.WaitForEndAsync()).Reason);
        await viewer.SayAsync("""%%demo [{"text":"On we go."}]""");
        Assert.Equal(EndReasons.Completed, (await viewer.WaitForEndAsync(2)).Reason);
    }

    [Fact]
    public async Task Stopping_withdraws_what_was_asked()
    {
        var (project, viewer, request) = await AskedAsync(Run("touch no"));
        await using var _ = viewer;
        await viewer.SendAsync("""{"type":"interrupt"}""");
        Assert.Equal("withdrawn", (await viewer.WaitForAsync<PermissionResolved>()).Decision);
        Assert.Equal(EndReasons.Interrupted, (await viewer.WaitForEndAsync()).Reason);
        await Eventually.IsAsync("the inbox to be without it", async () => !(await InboxAsync()).Any(item => item.GetProperty("request").GetProperty("id").GetString() == request.RequestId));
        Assert.Equal(HttpStatusCode.Conflict, (await AnswerAsync(project, request, new { decision = "allow" })).StatusCode);
    }

    [Fact]
    public async Task What_waits_is_in_the_history_and_in_the_inbox_of_all_projects()
    {
        var (project, viewer, request) = await AskedAsync(Run("touch later"));
        await using var _ = viewer;
        var history = await _stack.HistoryAsync(project, h => h.GetProperty("requests").GetArrayLength() == 1, "the request");
        var open = history.GetProperty("requests")[0];
        Assert.True(open.GetProperty("is_open").GetBoolean());
        Assert.Equal("touch later", open.GetProperty("request").GetProperty("input").GetProperty("command").GetString());
        var item = Assert.Single(await InboxAsync(), i => i.GetProperty("request").GetProperty("project_id").GetString() == project);
        Assert.StartsWith("project ", item.GetProperty("project_name").GetString(), StringComparison.Ordinal);

        await AnswerAsync(project, request, new { decision = "allow" }, "Ada");
        await viewer.WaitForEndAsync();
        history = await _stack.HistoryAsync(project, h => !h.GetProperty("requests")[0].GetProperty("is_open").GetBoolean(), "the resolution");
        Assert.Equal("Ada", history.GetProperty("requests")[0].GetProperty("resolution").GetProperty("decided_by").GetString());
        Assert.DoesNotContain(await InboxAsync(), i => i.GetProperty("request").GetProperty("project_id").GetString() == project);
    }

    [Fact]
    public async Task Questions_are_answered_in_one_go()
    {
        var (project, viewer, request) = await AskedAsync<QuestionRequest>("""%%demo [{"blocks":[{"type":"tool_use","name":"AskUserQuestion","input":{"questions":[{"question":"Which one?","header":"One","multiSelect":false,"options":[{"label":"This","description":"d"},{"label":"That","description":"d"}]},{"question":"Which of them?","header":"Them","multiSelect":true,"options":[{"label":"A","description":"d"},{"label":"B","description":"d"}]}]}}]},{"text":"Thanks."}]""", "acceptEdits");
        await using var _ = viewer;
        Assert.Equal(["Which one?", "Which of them?"], request.Questions.Select(q => q.Text));
        await viewer.SendAsync(new { type = "question_response", request_id = request.RequestId, answers = new Dictionary<string, string> { ["Which one?"] = "Neither, thanks", ["Which of them?"] = "A, B" } });
        Assert.Equal("answered", (await viewer.WaitForAsync<QuestionResolved>()).Decision);
        var result = (await viewer.WaitForAsync<ToolResult>()).Content.GetRawText();
        Assert.Contains("Neither, thanks", result, StringComparison.Ordinal);
        Assert.Contains("A, B", result, StringComparison.Ordinal);
        Assert.Equal(EndReasons.Completed, (await viewer.WaitForEndAsync()).Reason);
    }

    [Fact]
    public async Task A_plan_is_sent_back_then_approved_and_edits_are_accepted_from_there()
    {
        var project = await _stack.NewProjectAsync("plan");
        var file = Path.Combine(_stack.Workspace(project), "planned.txt");
        await using var viewer = await _stack.ViewAsync(project);
        string Plan(string plan) => $$$"""{"blocks":[{"type":"tool_use","name":"ExitPlanMode","input":{"plan":"{{{plan}}}"}}]}""";
        await viewer.SayAsync($$$"""%%demo [{{{Plan("# One")}}},{{{Plan("# Two")}}},{"blocks":[{"type":"tool_use","name":"Write","input":{"file_path":"{{{file}}}","content":"x"}}]},{"text":"Done."}]""");

        var first = await viewer.WaitForAsync<PermissionRequest>();
        Assert.Equal(("ExitPlanMode", "# One"), (first.ToolName, first.Input.GetProperty("plan").GetString()));
        await AnswerAsync(project, first, new { decision = "deny", message = "Smaller steps." }, "Ada");
        Assert.Contains("Ada comments: Smaller steps.", (await viewer.WaitForAsync<ToolResult>()).Content.GetRawText(), StringComparison.Ordinal);

        var second = await viewer.WaitForAsync<PermissionRequest>(r => r.RequestId != first.RequestId);
        await AnswerAsync(project, second, new { decision = "allow", permission_mode = "acceptEdits" });
        Assert.Equal(EndReasons.Completed, (await viewer.WaitForEndAsync()).Reason);
        Assert.True(File.Exists(file));
        Assert.Equal(2, viewer.Frames.OfType<PermissionRequest>().Count()); // The edit itself was not asked for.
        await Eventually.IsAsync("the session to keep its mode", async () => await ModeAsync(project) == "acceptEdits");
    }

    [Fact]
    public async Task A_session_takes_another_permission_mode_for_what_runs_and_for_what_comes()
    {
        var (project, viewer, request) = await AskedAsync($$"""%%demo [{{Use("touch one")}},{{Use("touch two")}},{"text":"Done."}]""");
        await using var _ = viewer;
        await viewer.SendAsync("""{"type":"set_permission_mode","permission_mode":"acceptEdits"}""");
        Assert.Equal("acceptEdits", (await viewer.WaitForAsync<SessionUpdate>()).PermissionMode);
        await viewer.WaitForAsync<Status>(s => s.State == "mode_changed");
        await AnswerAsync(project, request, new { decision = "allow" });
        Assert.Equal(EndReasons.Completed, (await viewer.WaitForEndAsync()).Reason);
        Assert.Single(viewer.Frames.OfType<PermissionRequest>()); // "touch two" is a thing that acceptEdits allows.

        await viewer.SayAsync($$"""%%demo [{{Use("touch three")}},{"text":"Done."}]""");
        Assert.Equal(EndReasons.Completed, (await viewer.WaitForEndAsync(2)).Reason);
        Assert.Single(viewer.Frames.OfType<PermissionRequest>());
        Assert.Equal("acceptEdits", await ModeAsync(project));

        // And back, in the process that is warm.
        await viewer.SendAsync("""{"type":"set_permission_mode","permission_mode":"default"}""");
        await viewer.WaitForAsync<SessionUpdate>(u => u.PermissionMode == "default");
        await viewer.SayAsync($$"""%%demo [{{Use("touch four")}},{"text":"Done."}]""");
        var again = await viewer.WaitForAsync<PermissionRequest>(r => r.RequestId != request.RequestId);
        await AnswerAsync(project, again, new { decision = "allow" });
        await viewer.WaitForEndAsync(3);
    }

    [Fact]
    public async Task What_is_always_allowed_in_a_project_is_so_for_another_process()
    {
        var (project, viewer, request) = await AskedAsync(Run("touch d1"));
        await using var _ = viewer;
        var rule = request.Suggestions!.Value.EnumerateArray().ToList().FindIndex(s => s.GetProperty("type").GetString() == "addRules");
        await AnswerAsync(project, request, new { decision = "allow", suggestions = (int[])[rule] });
        var resolved = await viewer.WaitForAsync<PermissionResolved>();
        Assert.Equal("userSettings", resolved.Allowed?[0].GetProperty("destination").GetString());
        await viewer.WaitForEndAsync();

        // A session of its own has a process of its own, which has read what was saved.
        var session = (await (await _stack.Http.PostAsync($"projects/{project}/sessions", null, TestContext.Current.CancellationToken)).Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("id").GetString();
        await viewer.SayAsync(Run("touch d1"), sessionId: session);
        Assert.Equal(EndReasons.Completed, (await viewer.WaitForEndAsync(2)).Reason);
        Assert.Single(viewer.Frames.OfType<PermissionRequest>());
    }

    [Theory]
    [InlineData("""{"decision":"maybe"}""", HttpStatusCode.BadRequest, "bad_decision")]
    [InlineData("""{}""", HttpStatusCode.BadRequest, "missing_decision")]
    [InlineData("""{"decision":"allow","updated_input":"text"}""", HttpStatusCode.BadRequest, "bad_input")]
    [InlineData("""{"decision":"allow","permission_mode":"bypassPermissions"}""", HttpStatusCode.BadRequest, "invalid_permission_mode")]
    [InlineData("""{"decision":"allow"}""", HttpStatusCode.Conflict, "not_asked")]
    public async Task A_bad_answer_says_what_is_wrong(string body, HttpStatusCode status, string code)
    {
        var project = await _stack.NewProjectAsync();
        var answer = await _stack.Http.PostAsync($"projects/{project}/requests/{Guid.NewGuid()}:r/answer", new StringContent(body, System.Text.Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
        Assert.Equal((status, code), (answer.StatusCode, (await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("code").GetString()));
    }

    [Fact]
    public async Task A_project_does_not_answer_for_another()
    {
        var (project, viewer, request) = await AskedAsync(Run("touch mine"));
        await using var _ = viewer;
        Assert.Equal(HttpStatusCode.Conflict, (await AnswerAsync(await _stack.NewProjectAsync(), request, new { decision = "allow" })).StatusCode);
        Assert.Empty(viewer.Frames.OfType<PermissionResolved>());
        await AnswerAsync(project, request, new { decision = "deny" });
        await viewer.WaitForEndAsync();
    }

    [Fact]
    public async Task A_session_is_forked_before_a_message_and_Claude_Code_knows_what_was_before_it()
    {
        var project = await _stack.NewProjectAsync();
        await using var viewer = await _stack.ViewAsync(project);
        await viewer.SayAsync("""%%demo [{"text":"First things."}]""");
        var first = await viewer.WaitForEndAsync();
        Assert.NotNull(first.ResumeAt);
        await viewer.SayAsync("""%%demo [{"text":"A wrong turn."}]""");
        var wrong = await viewer.WaitForEndAsync(2);

        var fork = await ForkAsync(project, new { fork_of = first.SessionId, before_turn = wrong.TurnId });
        await viewer.SayAsync("""%%demo [{"text":"The right turn."}]""", sessionId: fork);
        Assert.Equal(EndReasons.Completed, (await viewer.WaitForEndAsync(3)).Reason);
        var knows = await _stack.TranscriptAsync(fork, "The right turn.");
        Assert.Contains("First things.", knows, StringComparison.Ordinal);
        Assert.DoesNotContain("A wrong turn.", knows, StringComparison.Ordinal);

        // Its history is what was before, and its own.
        var texts = await TextsAsync(project, fork, "The right turn.");
        Assert.Equal(["First things.", "The right turn."], texts);
        // And so for a fork of the fork, which goes on from its end, also in another process.
        var second = await ForkAsync(project, new { fork_of = fork });
        await viewer.SayAsync("""%%demo [{"text":"Further on."}]""", sessionId: second);
        Assert.Equal(EndReasons.Completed, (await viewer.WaitForEndAsync(4)).Reason);
        Assert.Equal(["First things.", "The right turn.", "Further on."], await TextsAsync(project, second, "Further on."));
        Assert.Equal(["First things.", "A wrong turn."], await TextsAsync(project, first.SessionId, "A wrong turn."));

        // What is said in one of them after that is not the other's.
        await viewer.SayAsync("""%%demo [{"text":"Elsewhere."}]""", sessionId: fork);
        Assert.Equal(EndReasons.Completed, (await viewer.WaitForEndAsync(5)).Reason);
        Assert.Equal(["First things.", "The right turn.", "Elsewhere."], await TextsAsync(project, fork, "Elsewhere."));
        Assert.Equal(["First things.", "The right turn.", "Further on."], await TextsAsync(project, second, "Further on."));
    }

    [Fact]
    public async Task Before_the_first_message_there_is_nothing_to_know()
    {
        var project = await _stack.NewProjectAsync();
        await using var viewer = await _stack.ViewAsync(project);
        await viewer.SayAsync("""%%demo [{"text":"First things."}]""");
        var first = await viewer.WaitForEndAsync();
        var fork = await ForkAsync(project, new { fork_of = first.SessionId, before_turn = first.TurnId });
        await viewer.SayAsync("""%%demo [{"text":"Anew."}]""", sessionId: fork);
        Assert.Equal(EndReasons.Completed, (await viewer.WaitForEndAsync(2)).Reason);
        Assert.Equal(["Anew."], await TextsAsync(project, fork, "Anew."));
    }

    [Fact]
    public async Task What_Claude_Code_offers_is_what_it_says()
    {
        var project = await _stack.NewProjectAsync();
        var offers = (JsonElement)await Eventually.GetAsync<object>("what the CLI offers", async () =>
        {
            var answer = await _stack.Http.GetFromJsonAsync<JsonElement>($"projects/{project}/capabilities");
            return answer.GetProperty("commands").GetArrayLength() > 0 ? answer : null;
        });
        Assert.Contains(offers.GetProperty("commands").EnumerateArray(), c => c.GetProperty("name").GetString() == "compact");
        Assert.Contains(offers.GetProperty("models").EnumerateArray(), m => m.GetProperty("value").GetString() == "haiku");
        Assert.Contains(offers.GetProperty("agents").EnumerateArray(), a => a.GetProperty("name").GetString() == "Explore");
    }

    [Fact]
    public async Task A_session_takes_another_model()
    {
        var project = await _stack.NewProjectAsync();
        await using var viewer = await _stack.ViewAsync(project);
        await viewer.SayAsync("""%%demo [{"text":"One."}]""");
        await viewer.WaitForEndAsync();
        await viewer.SendAsync("""{"type":"set_model","model":"haiku"}""");
        await viewer.WaitForAsync<SessionUpdate>(u => u.Model == "haiku");
        await viewer.SayAsync("""%%demo [{"text":"Two."}]""");
        Assert.Contains((await viewer.WaitForEndAsync(2)).UsageSummary.Models.Keys, model => model.Contains("haiku", StringComparison.Ordinal));
        // And back to the default.
        await viewer.SendAsync("""{"type":"set_model","model":""}""");
        await viewer.WaitForAsync<SessionUpdate>(u => u.Model == "");
        await viewer.SayAsync("""%%demo [{"text":"Three."}]""");
        Assert.DoesNotContain((await viewer.WaitForEndAsync(3)).UsageSummary.Models.Keys, model => model.Contains("haiku", StringComparison.Ordinal));
    }

    private async Task<string> ForkAsync(string project, object how)
    {
        var answer = await _stack.Http.PostAsJsonAsync($"projects/{project}/sessions", how);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("id").GetString()!;
    }

    private async Task<string[]> TextsAsync(string project, string session, string last)
    {
        return (string[])await Eventually.GetAsync<object>($"\"{last}\" to be recorded", async () =>
        {
            var history = await _stack.Http.GetFromJsonAsync<JsonElement>($"projects/{project}/messages?session_id={session}");
            string[] texts = [.. history.GetProperty("messages").EnumerateArray().Where(m => m.GetProperty("role").GetString() == "assistant").Select(m => m.GetProperty("content")[0].GetProperty("text").GetString()!)];
            return texts.LastOrDefault() == last ? texts : null;
        });
    }

    private static string Use(string command) => $$$"""{"blocks":[{"type":"tool_use","name":"Bash","input":{"command":"{{{command}}}"}}]}""";

    private static string Run(string command) => $$"""%%demo [{{Use(command)}},{"text":"So it is."}]""";

    private Task<(string Project, Viewer Viewer, PermissionRequest Request)> AskedAsync(string message) => AskedAsync<PermissionRequest>(message, "default");

    private async Task<(string Project, Viewer Viewer, T Request)> AskedAsync<T>(string message, string mode) where T : PeopleRequest
    {
        var project = await _stack.NewProjectAsync(mode);
        var viewer = await _stack.ViewAsync(project);
        await viewer.SayAsync(message);
        return (project, viewer, await viewer.WaitForAsync<T>());
    }

    private Task<HttpResponseMessage> AnswerAsync(string project, PeopleRequest request, object answer, string name = "Somebody") =>
        _stack.AnswerAsync(project, request, answer, name);

    private async Task<List<JsonElement>> InboxAsync() => [.. (await _stack.Http.GetFromJsonAsync<JsonElement>("requests")).EnumerateArray()];

    private async Task<string?> ModeAsync(string project) => (await _stack.Http.GetFromJsonAsync<JsonElement>($"projects/{project}/sessions"))[0].GetProperty("permission_mode").GetString();
}
