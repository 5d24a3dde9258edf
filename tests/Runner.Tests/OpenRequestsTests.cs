using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Protocol.Events;
using Protocol.Redis;
using Runner.Sessions;
using Runner.Translation;

namespace Runner.Tests;

/// <summary>What people are asked, by recorded requests of the real CLI, and what it is answered.</summary>
public sealed class OpenRequestsTests
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void Allowing_once_echoes_the_input()
    {
        var (open, request) = Asked("04a-perm-allow");
        Assert.Equal("Write", Assert.IsType<PermissionRequest>(request).ToolName);
        var resolution = open.Answer(Allow(request), "s", "t")!.Value;
        AssertLine("""{"behavior":"allow","updatedInput":{"file_path":"/workspace/a.txt","content":"x\n"}}""", resolution);
        var resolved = Assert.IsType<PermissionResolved>(resolution.Event);
        Assert.Equal(("allow", "Ada", request.ToolUseId, null), (resolved.Decision, resolved.DecidedBy, resolved.ToolUseId, resolved.Allowed));
        Assert.False(open.Any);
    }

    [Fact]
    public void The_first_answer_counts()
    {
        var (open, request) = Asked("04a-perm-allow");
        Assert.NotNull(open.Answer(Allow(request), "s", "t"));
        Assert.Null(open.Answer(new RequestAnswer { RequestId = request.RequestId, By = "Bob", Allow = false }, "s", "t"));
        Assert.Null(open.Answer(new RequestAnswer { RequestId = "t:unknown", By = "Bob", Allow = false }, "s", "t"));
    }

    [Fact]
    public void An_edited_input_is_what_runs_and_what_is_told()
    {
        var (open, request) = Asked("04b-perm-allow-updatedInput");
        var edited = JsonElement.Parse("""{"file_path":"/workspace/b.txt","content":"y\n"}""");
        var resolution = open.Answer(Allow(request) with { UpdatedInput = edited }, "s", "t")!.Value;
        AssertLine("""{"behavior":"allow","updatedInput":{"file_path":"/workspace/b.txt","content":"y\n"}}""", resolution);
        Assert.Equal("/workspace/b.txt", ((PermissionResolved)resolution.Event).UpdatedInput?.GetProperty("file_path").GetString());
    }

    [Fact]
    public void What_is_allowed_always_is_what_the_CLI_proposed_saved_with_the_project()
    {
        var (open, request) = Asked("04h-perm-allow-session-rule");
        var suggestions = ((PermissionRequest)request).Suggestions!.Value;
        Assert.Equal(["userSettings", "session", "session"], suggestions.EnumerateArray().Select(s => s.GetProperty("destination").GetString()));
        // A place that is not there is nobody's.
        var resolution = open.Answer(Allow(request) with { Suggestions = [0, 0, 7, -1] }, "s", "t")!.Value;
        AssertLine(
            """{"behavior":"allow","updatedInput":{"command":"touch d1","description":"d"},"updatedPermissions":[{"type":"addRules","rules":[{"toolName":"Bash","ruleContent":"touch d1 *"}],"behavior":"allow","destination":"userSettings"}]}""",
            resolution);
        Assert.Equal(1, ((PermissionResolved)resolution.Event).Allowed?.GetArrayLength());
    }

    [Fact]
    public void A_denial_says_whose_it_is_and_why()
    {
        var (open, request) = Asked("04d-perm-deny-message");
        var resolution = open.Answer(new RequestAnswer { RequestId = request.RequestId, By = "Ada", Allow = false, Message = "Use the other folder.", Interrupt = true }, "s", "t")!.Value;
        AssertLine("""{"behavior":"deny","message":"Ada denied this: Use the other folder.","interrupt":true}""", resolution);
        Assert.Equal(("deny", "Use the other folder."), (((PermissionResolved)resolution.Event).Decision, ((PermissionResolved)resolution.Event).Message));
    }

    [Fact]
    public void A_plan_is_approved_with_the_mode_that_follows_or_sent_back()
    {
        var (open, request) = Asked("11g-exitplanmode-approved-plain");
        AssertLine(
            """{"behavior":"allow","updatedInput":{"plan":"# Plan\n\n1. Do a thing\n2. Verify it"},"updatedPermissions":[{"type":"setMode","mode":"acceptEdits","destination":"session"}]}""",
            open.Answer(Allow(request) with { PermissionMode = "acceptEdits" }, "s", "t")!.Value);

        (open, request) = Asked("11h-exitplanmode-rejected");
        AssertLine(
            """{"behavior":"deny","message":"The plan is not approved yet. Ada comments: Smaller steps.","interrupt":false}""",
            open.Answer(new RequestAnswer { RequestId = request.RequestId, By = "Ada", Allow = false, Message = "Smaller steps." }, "s", "t")!.Value);
    }

    [Fact]
    public void Questions_are_asked_as_such_and_answered_beside_their_input()
    {
        var (open, request) = Asked("11c-askuserquestion-allow-no-answers");
        var asked = Assert.IsType<QuestionRequest>(request);
        Assert.Equal([("Which database?", false, 2), ("Which extras?", true, 3)], asked.Questions.Select(q => (q.Text, q.MultiSelect, q.Options.Count)));
        var answers = new Dictionary<string, string> { ["Which database?"] = "SQLite", ["Which extras?"] = "Cache, Search" };
        var resolution = open.Answer(Allow(request) with { Answers = answers }, "s", "t")!.Value;
        var line = JsonElement.Parse(resolution.Line.Span).GetProperty("response").GetProperty("response").GetProperty("updatedInput");
        Assert.Equal("Cache, Search", line.GetProperty("answers").GetProperty("Which extras?").GetString());
        Assert.Equal(2, line.GetProperty("questions").GetArrayLength());
        Assert.Equal("answered", Assert.IsType<QuestionResolved>(resolution.Event).Decision);
    }

    [Theory]
    [InlineData("""{"questions":[]}""")]
    [InlineData("""{"questions":"no list"}""")]
    [InlineData("""{"questions":[{"header":"no question"}]}""")]
    [InlineData("""{"questions":[7]}""")]
    [InlineData("{}")]
    public void Questions_that_cannot_be_read_are_a_permission_to_give(string input)
    {
        var open = new OpenRequests(_clock, TimeSpan.FromHours(1));
        var request = JsonElement.Parse($$"""{"subtype":"can_use_tool","tool_name":"AskUserQuestion","input":{{input}},"tool_use_id":"toolu_1"}""");
        Assert.IsType<PermissionRequest>(open.Open(new CliOutcome.ControlRequest("r", "can_use_tool", request), "s", "t"));
    }

    [Fact]
    public void What_nobody_answers_is_denied_in_time_and_not_before()
    {
        var (open, request) = Asked("04a-perm-allow");
        Assert.Equal(_clock.GetUtcNow().AddHours(1).ToUnixTimeMilliseconds(), request.ExpiresAt);
        _clock.Advance(TimeSpan.FromMinutes(59));
        Assert.Empty(open.Expire("s", "t"));
        _clock.Advance(TimeSpan.FromMinutes(1));
        var expired = Assert.Single(open.Expire("s", "t"));
        Assert.Equal(("deny", "expiry", "Nobody answered within 1 hours."), (((PermissionResolved)expired.Event).Decision, ((PermissionResolved)expired.Event).DecidedBy, ((PermissionResolved)expired.Event).Message));
        Assert.Empty(open.Expire("s", "t"));
    }

    [Fact]
    public void What_the_CLI_withdraws_or_the_turn_leaves_open_is_closed()
    {
        var (open, request) = Asked("04k-perm-interrupt-while-pending");
        Assert.Null(open.Withdraw("another", "s", "t"));
        Assert.Equal("withdrawn", Assert.IsType<PermissionResolved>(open.Withdraw(request.RequestId[2..], "s", "t")).Decision);
        (open, _) = Asked("11c-askuserquestion-allow-no-answers");
        Assert.Equal("withdrawn", Assert.IsType<QuestionResolved>(Assert.Single(open.WithdrawAll("s", "t"))).Decision);
        Assert.False(open.Any);
    }

    private (OpenRequests Open, PeopleRequest Request) Asked(string recording)
    {
        var line = Transcript.Lines(recording).First(l => l.Contains("\"can_use_tool\"", StringComparison.Ordinal));
        var asked = Assert.IsType<CliOutcome.ControlRequest>(new Translator().Translate(Encoding.UTF8.GetBytes(line)));
        var open = new OpenRequests(_clock, TimeSpan.FromHours(1));
        return (open, open.Open(asked, "s", "t"));
    }

    private static RequestAnswer Allow(PeopleRequest request) => new() { RequestId = request.RequestId, By = "Ada", Allow = true };

    private static void AssertLine(string response, Resolution resolution)
    {
        var line = JsonElement.Parse(resolution.Line.Span);
        Assert.Equal(("control_response", "success"), (line.GetProperty("type").GetString(), line.GetProperty("response").GetProperty("subtype").GetString()));
        Assert.Equal(response, line.GetProperty("response").GetProperty("response").GetRawText());
        Assert.Equal((byte)'\n', resolution.Line.Span[^1]);
        Assert.Equal(0, resolution.Line.Span[..^1].IndexOf((byte)'\n') + 1);
    }
}
