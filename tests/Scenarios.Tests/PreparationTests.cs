using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Protocol.Events;
using TestKit;

namespace Scenarios.Tests;

/// <summary>Claude Code is started while the message is written, with the real CLI and two runners.</summary>
public sealed class PreparationTests(PreparationTests.TwoRunners runners) : IClassFixture<PreparationTests.TwoRunners>
{
    /// <summary>Nothing but these tests prepares anything here.</summary>
    public sealed class TwoRunners : IAsyncLifetime
    {
        /// <summary>The path with two runners.</summary>
        public Stack Stack { get; private set; } = null!;

        /// <inheritdoc/>
        public async ValueTask InitializeAsync() =>
            Stack = await Stack.StartAsync(configure: stack => stack.Settings["Runner__MaxWarmSessions"] = "50", services: ["DemoModel", "ChatApi", "Runner", "Runner#2"]);

        /// <inheritdoc/>
        public ValueTask DisposeAsync() => Stack.DisposeAsync();
    }

    private const string Writing = """{"type":"prepare"}""";
    private readonly Stack _stack = runners.Stack;

    [Fact]
    public async Task A_process_is_there_before_the_message_and_answers_it()
    {
        var project = await _stack.NewProjectAsync();
        await using var viewer = await _stack.ViewAsync(project);
        await viewer.SendAsync(Writing);
        await viewer.SendAsync(Writing);
        var session = await SessionAsync(_stack, project);
        var prepared = await Processes.CliAsync(session);
        await viewer.SendAsync(Writing);
        await viewer.SayAsync("Hello");
        var end = await viewer.WaitForEndAsync();
        Assert.Equal((session, EndReasons.Completed), (end.SessionId, end.Reason));
        Assert.Equal([prepared], Processes.ClisOf(session));
        await viewer.SayAsync("And again");
        Assert.Equal(EndReasons.Completed, (await viewer.WaitForEndAsync(2)).Reason);
        Assert.Equal([prepared], Processes.ClisOf(session));
        Assert.DoesNotContain(viewer.Frames, frame => frame is Rejected);
    }

    [Fact]
    public async Task A_session_that_has_rested_is_resumed_before_its_next_message()
    {
        var project = await _stack.NewProjectAsync();
        await using var viewer = await _stack.ViewAsync(project);
        await viewer.SayAsync("""%%demo [{"text":"The word is juniper."}]""");
        var session = (await viewer.WaitForEndAsync()).SessionId;
        await _stack.TranscriptAsync(session, "juniper");
        await Eventually.IsAsync("the session to be kept warm", async () => await WarmRunnerAsync(session) is not null);
        Processes.Kill(Assert.Single(Processes.ClisOf(session)));
        await Eventually.IsAsync("the session's end to be noticed", async () => await WarmRunnerAsync(session) is null);

        await viewer.SendAsync(Writing);
        var prepared = await Processes.CliAsync(session);
        await viewer.SayAsync("Go on");
        var end = await viewer.WaitForEndAsync(2);
        Assert.Equal((session, EndReasons.Completed), (end.SessionId, end.Reason));
        Assert.Equal([prepared], Processes.ClisOf(session));
        await _stack.TranscriptAsync(session, "Go on"); // One record, of both.
    }

    [Fact]
    public async Task A_message_with_other_settings_than_the_process_gets_one_of_its_own()
    {
        var project = await _stack.NewProjectAsync();
        await using var viewer = await _stack.ViewAsync(project);
        await viewer.SendAsync(Writing);
        var session = await SessionAsync(_stack, project);
        var prepared = await Processes.CliAsync(session);
        using (var put = await _stack.Http.PutAsJsonAsync($"projects/{project}/settings", new { append_system_prompt = "Mind the gap." }, TestContext.Current.CancellationToken)) put.EnsureSuccessStatusCode();
        await viewer.SayAsync("Hello");
        Assert.Equal(EndReasons.Completed, (await viewer.WaitForEndAsync()).Reason);
        Assert.NotEqual(prepared, Assert.Single(Processes.ClisOf(session)));
    }

    [Fact]
    public async Task A_runner_that_dies_with_the_process_loses_no_message()
    {
        await using var stack = await Stack.StartAsync(services: ["DemoModel", "ChatApi", "Runner", "Runner#2"]);
        var project = await stack.NewProjectAsync();
        await using var viewer = await stack.ViewAsync(project);
        await viewer.SendAsync(Writing);
        var session = await SessionAsync(stack, project);
        var prepared = await Processes.CliAsync(session);
        Processes.Kill(Processes.AncestorOf(prepared, new HashSet<int> { stack.Service("Runner").Pid, stack.Service("Runner#2").Pid }));
        await viewer.SayAsync("Hello");
        var end = await viewer.WaitForEndAsync(limit: TimeSpan.FromSeconds(60));
        Assert.Equal((session, EndReasons.Completed), (end.SessionId, end.Reason));
        Assert.NotEqual(prepared, Assert.Single(Processes.ClisOf(session)));
    }

    [Fact]
    public async Task Writing_takes_no_process_from_a_conversation_under_way()
    {
        await using var stack = await Stack.StartAsync(configure: s => s.Settings["Runner__MaxWarmSessions"] = "1");
        var (busy, other) = (await stack.NewProjectAsync(), await stack.NewProjectAsync());
        await using var viewer = await stack.ViewAsync(busy);
        await using var writer = await stack.ViewAsync(other);
        await viewer.SayAsync("Hello");
        var end = await viewer.WaitForEndAsync();
        var kept = Assert.Single(Processes.ClisOf(end.SessionId));

        await writer.SendAsync(Writing);
        var session = await SessionAsync(stack, other);
        var redis = (await stack.RedisAsync()).GetDatabase();
        await Eventually.IsAsync("nobody to have taken what was asked for", async () => await redis.KeyExistsAsync("cc:preparations"));
        await Eventually.IsAsync("it to be forgotten", async () => !await redis.KeyExistsAsync("cc:preparations"));
        Assert.Empty(Processes.ClisOf(session));
        Assert.Equal([kept], Processes.ClisOf(end.SessionId));
    }

    [Fact]
    public async Task A_deleted_project_takes_it_along()
    {
        var project = await _stack.NewProjectAsync();
        await using var viewer = await _stack.ViewAsync(project);
        await viewer.SendAsync(Writing);
        var session = await SessionAsync(_stack, project);
        await Processes.CliAsync(session);
        using var deleted = await _stack.Http.DeleteAsync($"projects/{project}", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        await Processes.GoneAsync("Claude Code", session);
    }

    private static Task<string> SessionAsync(Stack stack, string project) => Eventually.GetAsync("the project's first session", async () =>
        (await stack.Http.GetFromJsonAsync<JsonElement>($"projects/{project}/sessions")).EnumerateArray().Select(session => session.GetProperty("id").GetString()).SingleOrDefault());

    private async Task<string?> WarmRunnerAsync(string session) => await (await _stack.RedisAsync()).GetDatabase().StringGetAsync($"cc:session:{session}:runner");
}
