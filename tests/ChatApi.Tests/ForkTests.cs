using System.Text.Json;
using ChatApi.Data;
using ChatApi.Messages;
using ChatApi.Recording;
using Protocol.Events;
using Protocol.Redis;

namespace ChatApi.Tests;

/// <summary>A fork has what Claude Code knows in it: whole turns, up to the one that it goes on from.</summary>
public sealed class ForkTests(ViewerTests.Server server) : IClassFixture<ViewerTests.Server>, IAsyncLifetime
{
    private readonly SqliteDatabases _databases = new();
    private readonly string _project = Guid.NewGuid().ToString();

    private ProjectLog Log => new(server.Connection.GetDatabase());

    private Recorder Recorder => RecorderTests.NewRecorder(_databases, Log, new TurnQueue(server.Connection.GetDatabase()));

    private SessionForks Forks => new(_databases, Recorder, TimeProvider.System);

    public async ValueTask InitializeAsync() => await _databases.AddProjectAsync(_project);

    public ValueTask DisposeAsync()
    {
        _databases.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task It_goes_on_from_the_end_though_no_recorder_has_come_to_that_and_what_comes_later_is_not_its()
    {
        await SayAsync(Asked("one"), Began("one"), Answered("one", "1"), Ended("one"));
        var fork = await ForkAsync(null);
        Assert.Equal(("s", "end of one"), (fork.ForkOf, fork.ForkAt));
        await SayAsync(Asked("two"), Began("two"), Answered("two", "2"), Ended("two"));
        Assert.Equal(["one?", "one 1"], await TextsAsync(fork.Id));
        Assert.Equal(["one?", "one 1", "two?", "two 2"], await TextsAsync("s"));
    }

    [Fact]
    public async Task Before_a_message_that_waited_while_the_turn_before_it_ran_is_that_whole_turn()
    {
        await SayAsync(Asked("one"), Began("one"), Answered("one", "1"), Asked("two"), Answered("one", "2"), Ended("one"), Began("two"), Answered("two", "3"), Ended("two"));
        Assert.Equal(["one?", "one 1", "one 2"], await TextsAsync((await ForkAsync("two")).Id));
    }

    [Fact]
    public async Task What_was_edited_after_others_waited_has_its_place_by_when_it_began()
    {
        await SayAsync(Asked("one"), Began("one"), Asked("two"), Asked("three"), Asked("two"), Ended("one"), Began("two"), Answered("two", "1"), Ended("two"), Began("three"), Answered("three", "1"), Ended("three"));
        Assert.Equal(["one?", "two?", "two 1"], await TextsAsync((await ForkAsync("three")).Id));
    }

    [Fact]
    public async Task A_turn_that_Claude_Code_began_by_itself_is_gone_on_from_too_and_one_that_runs_is_not()
    {
        await SayAsync(Asked("one"), Began("one"), Answered("one", "1"), Ended("one"), Began("task"), Answered("task", "1"), Ended("task"), Asked("two"), Began("two"), Answered("two", "1"));
        var fork = await ForkAsync(null);
        Assert.Equal("end of task", fork.ForkAt);
        Assert.Equal(["one?", "one 1", "task 1"], await TextsAsync(fork.Id));
    }

    private static UserMessage Asked(string turn) => new() { SessionId = "s", TurnId = turn, Content = $"{turn}?" };

    private static TurnStart Began(string turn) => new() { SessionId = "s", TurnId = turn, RunnerId = "r", Origin = "user" };

    private static AssistantMessage Answered(string turn, string what) => new()
    {
        SessionId = "s", TurnId = turn, MessageId = $"{turn}-{what}", Block = 0, Content = JsonSerializer.SerializeToElement(new[] { new { type = "text", text = $"{turn} {what}" } }),
    };

    private static SessionEnd Ended(string turn) => new()
    {
        SessionId = "s", TurnId = turn, TotalCostUsd = 0, UsageSummary = new UsageSummary(), Reason = EndReasons.Completed, IsError = false, ResumeAt = $"end of {turn}",
    };

    private async Task SayAsync(params Event[] events)
    {
        foreach (var @event in events) await Log.AppendAsync(_project, @event);
    }

    private async Task<SessionRow> ForkAsync(string? beforeTurn)
    {
        var outcome = await Forks.OpenAsync(_project, "s", beforeTurn, TestContext.Current.CancellationToken);
        Assert.Null(outcome.Refusal);
        return outcome.Session!;
    }

    private async Task<List<string>> TextsAsync(string session)
    {
        await Recorder.RecordAsync(_project, TestContext.Current.CancellationToken);
        await using var db = _databases.CreateDbContext();
        var page = await HistoryPage.ReadAsync(db, _project, session, long.MaxValue, 100, TestContext.Current.CancellationToken);
        return page.Messages.ConvertAll(m => JsonElement.Parse(m.Content)[0].GetProperty("text").GetString()!);
    }
}
