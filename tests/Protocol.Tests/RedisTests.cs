using System.Text;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Protocol.Events;
using Protocol.Redis;
using StackExchange.Redis;
using TestKit;

namespace Protocol.Tests;

/// <summary>The real redis-server.</summary>
public sealed class ProjectLogOnRedis(ProjectLogOnRedis.Server server) : ProjectLogTests(server), IClassFixture<ProjectLogOnRedis.Server>
{
    /// <summary>Its server.</summary>
    public sealed class Server() : RedisFixture(embedded: false);
}

/// <summary>The embedded Garnet: multi-threaded, so that scripts must be transactions.</summary>
public sealed class ProjectLogOnGarnet(ProjectLogOnGarnet.Server server) : ProjectLogTests(server), IClassFixture<ProjectLogOnGarnet.Server>
{
    /// <summary>Its server.</summary>
    public sealed class Server() : RedisFixture(embedded: true);

    [Fact]
    public async Task Numbers_go_on_after_a_restart()
    {
        var before = await Log.AppendAsync("kept", Status("a"));
        await server.Redis.TerminateAsync();
        await server.Redis.StartAgainAsync();
        await using var connection = await server.Redis.ConnectAsync();
        var log = new ProjectLog(connection.GetDatabase());
        Assert.Equal(before + 1, await log.AppendAsync("kept", Status("b")));
        Assert.Equal(2, (await log.ReadAsync("kept", 0, 10)).Count);
    }
}

/// <summary>A server for a class of tests.</summary>
public abstract class RedisFixture(bool embedded) : IAsyncLifetime
{
    /// <summary>The server.</summary>
    public RedisServer Redis { get; private set; } = null!;

    /// <summary>A connection to it.</summary>
    public ConnectionMultiplexer Connection { get; private set; } = null!;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        Redis = await RedisServer.StartAsync(embedded);
        Connection = await Redis.ConnectAsync();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Connection.DisposeAsync();
        await Redis.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}

/// <summary>The append script and the turn queue, on a real server.</summary>
public abstract class ProjectLogTests(RedisFixture server)
{
    private readonly string _project = Guid.NewGuid().ToString();
    private readonly IDatabase _redis = server.Connection.GetDatabase();

    protected ProjectLog Log => new(_redis);

    private TurnQueue Queue => new(_redis);

    [Fact]
    public async Task An_event_gets_its_number_and_time_and_the_same_bytes_are_kept_and_published()
    {
        var subscription = await server.Connection.GetSubscriber().SubscribeAsync(ProjectLog.Channel(_project));
        var seq = await Log.AppendAsync(_project, Status("hello"));
        using var limit = new CancellationTokenSource(Eventually.Limit);
        byte[] published = (await subscription.ReadAsync(limit.Token)).Message!;
        var kept = Assert.Single(await Log.ReadAsync(_project, 0, 10));
        Assert.Equal(published, kept.ToArray());
        var read = Assert.IsType<Status>(WireJson.Read(published));
        Assert.Equal((seq, "hello"), (read.Seq, read.State));
        Assert.InRange(read.At, DateTimeOffset.UtcNow.AddMinutes(-1).ToUnixTimeMilliseconds(), DateTimeOffset.UtcNow.AddMinutes(1).ToUnixTimeMilliseconds());
        Assert.InRange(seq, read.At * 1000 - 60_000_000, read.At * 1000 + 60_000_000); // A new counter starts from the clock.
    }

    [Fact]
    public async Task Concurrent_appends_agree_in_number_log_and_publication()
    {
        var published = new List<long>();
        var subscription = await server.Connection.GetSubscriber().SubscribeAsync(ProjectLog.Channel(_project));
        subscription.OnMessage(message =>
        {
            ProjectLog.TryReadSeq(((ReadOnlyMemory<byte>)message.Message).Span, out var seq);
            published.Add(seq);
        });
        await using var second = await server.Redis.ConnectAsync();
        ProjectLog[] logs = [Log, new ProjectLog(second.GetDatabase())];
        await Task.WhenAll(Enumerable.Range(0, 400).Select(i => logs[i % 2].AppendAsync(_project, "", 0, [Json("a"), Json("b"), Json("c")])));

        await Eventually.IsAsync("1200 publications", () => Task.FromResult(published.Count == 1200));
        var kept = (await Log.ReadAsync(_project, 0, 5000)).Select(SeqOf).ToList();
        Assert.Equal(Enumerable.Range(0, 1200).Select(i => kept[0] + i), kept);
        Assert.Equal(kept, published);
    }

    [Fact]
    public async Task A_batch_that_is_repeated_is_appended_once()
    {
        Assert.True(await Log.AppendAsync(_project, "turn-a", 1, [Json("x")]) > 0);
        Assert.Equal(ProjectLog.AlreadyAppended, await Log.AppendAsync(_project, "turn-a", 1, [Json("x")]));
        Assert.True(await Log.AppendAsync(_project, "turn-a", 2, [Json("y")]) > 0);
        Assert.Equal(2, (await Log.ReadAsync(_project, 0, 10)).Count);
    }

    [Fact]
    public async Task Reading_after_a_number_gives_what_follows_it()
    {
        var last = await Log.AppendAsync(_project, "", 0, [.. Enumerable.Range(0, 20).Select(i => Json($"{i}"))]);
        Assert.Equal([last - 2, last - 1, last], (await Log.ReadAsync(_project, last - 3, 100)).Select(SeqOf));
        Assert.Equal([last - 2, last - 1], (await Log.ReadAsync(_project, last - 3, 2)).Select(SeqOf));
        Assert.Empty(await Log.ReadAsync(_project, last, 100));
        Assert.Equal(new LogBounds(last, last - 19), await Log.BoundsAsync(_project));
    }

    [Fact]
    public async Task Pieces_of_text_are_recorded_later_and_all_else_at_once()
    {
        while (await TakeAsync() is not null) { } // Of the tests before.
        Task<string?> TakeAsync() => Log.TakeUnrecordedAsync(TimeSpan.FromMinutes(1));
        ReadOnlyMemory<byte> Chunk() => WireJson.Write(new AssistantChunk { SessionId = "s", TurnId = "t", MessageId = "m", Block = 0, Content = "x" });
        await Log.AppendAsync(_project, "", 0, [Chunk(), Chunk()]);
        Assert.Null(await TakeAsync());
        await Log.AppendAsync(_project, "", 0, [Chunk(), Json("done")]);
        Assert.Equal(_project, await TakeAsync());
        Assert.Null(await TakeAsync());
        await Log.AppendAsync(_project, "", 0, [Json("done")]);
        await Log.AppendAsync(_project, "", 0, [Chunk()]); // Does not put it off again.
        Assert.Equal(_project, await TakeAsync());
    }

    [Fact]
    public async Task What_is_taken_and_not_recorded_is_given_again_and_what_is_recorded_is_not()
    {
        while (await Log.TakeUnrecordedAsync(TimeSpan.FromMinutes(1)) is not null) { } // Of the tests before.
        var first = await Log.AppendAsync(_project, "", 0, [Json("first")]);
        Assert.Equal(_project, await Log.TakeUnrecordedAsync(TimeSpan.FromMilliseconds(100))); // And dies.
        await Eventually.GetAsync("the project to be given again", () => Log.TakeUnrecordedAsync(TimeSpan.FromMilliseconds(100)));

        // Some came while it was recorded, which by themselves could have waited: they are looked at soon, too.
        var chunk = WireJson.Write(new AssistantChunk { SessionId = "s", TurnId = "t", MessageId = "m", Block = 0, Content = "x" });
        await Log.TakeUnrecordedAsync(TimeSpan.FromMinutes(1));
        var last = await Log.AppendAsync(_project, "", 0, [chunk]);
        await Log.MarkRecordedAsync(_project, first, 100, long.MaxValue / 2);
        await Eventually.GetAsync("the project to be given again", () => Log.TakeUnrecordedAsync(TimeSpan.FromMinutes(1)));

        await Log.MarkRecordedAsync(_project, last, 100, long.MaxValue / 2);
        Assert.Null(await _redis.SortedSetScoreAsync("cc:log:unrecorded", _project));
    }

    [Property(MaxTest = 40)]
    public void Whatever_is_appended_recorded_and_trimmed_the_log_has_no_hole_and_nothing_unrecorded_is_gone(NonEmptyArray<(PositiveInt Events, PositiveInt Recorded, PositiveInt Most)> steps) =>
        TrimAsync(steps.Get).GetAwaiter().GetResult();

    private async Task TrimAsync((PositiveInt Events, PositiveInt Recorded, PositiveInt Most)[] steps)
    {
        var project = Guid.NewGuid().ToString();
        long first = 0, newest = 0, recorded = 0;
        foreach (var (events, advance, most) in steps)
        {
            newest = await Log.AppendAsync(project, "", 0, [.. Enumerable.Range(0, events.Get).Select(i => Json(new string('x', i % 50)))]);
            if (first == 0) (first, recorded) = (newest - events.Get + 1, newest - events.Get);
            recorded = Math.Min(newest, recorded + advance.Get);
            await Log.MarkRecordedAsync(project, recorded, most.Get, mostBytes: most.Get * 200L);

            var kept = await Log.ReadAsync(project, 0, 100_000);
            var seqs = kept.Select(SeqOf).ToList();
            Assert.Equal(Enumerable.Range(0, seqs.Count).Select(i => newest - seqs.Count + 1 + i), seqs);
            Assert.True(seqs.Count >= newest - recorded, "An event that was not recorded is gone.");
            // It stops where it must, and not before.
            if (newest - seqs.Count < recorded) Assert.True(seqs.Count <= most.Get && kept.Sum(e => (long)e.Length) <= most.Get * 200L, "It kept more than it was told to.");
            var bounds = await Log.BoundsAsync(project);
            Assert.Equal((newest, newest - seqs.Count + 1), (bounds.Newest, bounds.Oldest));
        }
    }

    [Fact]
    public async Task A_turn_is_edited_and_withdrawn_until_it_is_started()
    {
        var turn = NewTurn();
        UserMessage Message(string content) => new() { SessionId = turn.SessionId, TurnId = turn.TurnId, Content = content };
        Assert.True(await Queue.EditAsync(turn with { Content = "before it is queued" }, Message("before it is queued")));
        await Queue.EnqueueAsync(turn); // With what it was when it was stored: the edit counts.
        Assert.True(await Queue.EditAsync(turn with { Content = "while it waits" }, Message("while it waits")));
        var taken = await Queue.TakeAsync("editor");
        Assert.True(await Queue.EditAsync(turn with { Content = "when it is taken" }, Message("when it is taken")));
        var started = await Queue.StartAsync(taken!, "editor");
        Assert.Equal("when it is taken", started!.Turn.Content);
        Assert.Null(started.LastRunner);
        Assert.False(await Queue.EditAsync(turn with { Content = "too late" }, Message("too late")));
        Assert.False(await Queue.WithdrawAsync(turn, End(turn)));

        var waiting = NewTurn();
        Assert.True(await Queue.WithdrawAsync(waiting, End(waiting))); // Stored, and not queued yet.
        Assert.False(await Queue.EnqueueAsync(waiting));
        Assert.False(await Queue.WithdrawAsync(waiting, End(waiting)));
    }

    [Fact]
    public async Task A_turn_that_waits_goes_into_the_running_one_once_as_it_stands_and_is_no_longer_queued()
    {
        var running = NewTurn();
        await Queue.EnqueueAsync(running);
        Assert.NotNull(await Queue.StartAsync((await Queue.TakeAsync("one"))!, "one"));
        var told = NewTurn() with { SessionId = running.SessionId };
        Assert.True(await Queue.EditAsync(told with { Content = "as it stands" }, new UserMessage { SessionId = told.SessionId, TurnId = told.TurnId, Content = "as it stands" }));
        Assert.Equal("as it stands", (await Queue.SteerAsync(told, "one"))!.Content);
        Assert.Null(await Queue.SteerAsync(told, "two"));
        var said = (await Log.ReadAsync(told.ProjectId, 0, 100)).Select(e => WireJson.Read(e.Span)).OfType<Status>().Single(s => s.TurnId == told.TurnId);
        Assert.Equal("told", said.State);
        Assert.False(await Queue.WithdrawAsync(told, End(told)));
        Assert.Equal(running.TurnId, await Queue.ActiveTurnAsync(running.SessionId));
        Assert.True(await Queue.EndAsync(running, [WireJson.Write(End(running))]));
        Assert.False(await Queue.EnqueueAsync(told)); // Its message was told; it is not said twice.

        // A runner that dies with it leaves nothing behind that nobody ends.
        await Queue.BeatAsync("one");
        await Queue.LeaveAsync("one");
        Assert.Contains(await Queue.RecoverAsync(), turn => turn.TurnId == told.TurnId);
        Assert.True(await Queue.EndRunnerLostAsync(told));
        Assert.DoesNotContain(await Queue.RecoverAsync(), turn => turn.TurnId == told.TurnId);
    }

    [Fact]
    public async Task A_runner_learns_that_another_one_had_the_sessions_last_turn()
    {
        var turn = NewTurn();
        Assert.Null((await Queue.StartAsync(turn, "one"))!.LastRunner);
        var next = NewTurn() with { SessionId = turn.SessionId };
        Assert.Equal("one", (await Queue.StartAsync(next, "two"))!.LastRunner);
        Assert.Equal("two", (await Queue.StartAsync(next, "two"))!.LastRunner); // The heartbeat.
    }

    [Fact]
    public async Task A_process_is_prepared_by_one_runner_where_the_session_has_none_and_the_turn_comes_there()
    {
        var preparations = new Preparations(_redis);
        string[] runners = [Guid.NewGuid().ToString(), Guid.NewGuid().ToString()];
        foreach (var runner in runners) await Queue.BeatAsync(runner);
        var turn = NewTurn();
        Task<bool> ClaimAsync(string runner) => preparations.ClaimAsync(turn.SessionId, runner, TimeSpan.FromMinutes(1));

        await preparations.AskAsync(turn);
        Assert.Equal(turn.SessionId, (await preparations.TakeAsync())!.SessionId);
        Assert.Null(await preparations.TakeAsync());
        Assert.True(await ClaimAsync(runners[0]));
        Assert.False(await ClaimAsync(runners[0]));
        Assert.False(await ClaimAsync(runners[1])); // It is being prepared.
        await Queue.LeaveAsync(runners[0]);
        Assert.True(await ClaimAsync(runners[1])); // Its runner is gone.

        Assert.True(await Queue.EnqueueAsync(turn));
        await Queue.ForgetWarmAsync(turn.SessionId);
        Assert.False(await ClaimAsync(runners[1])); // It has a turn.
        Assert.Equal(turn.TurnId, (await Queue.TakeAsync(runners[1]))!.TurnId);
        Assert.Equal(runners[1], (await Queue.StartAsync(turn, runners[1]))!.LastRunner); // Its process knows all that was said.
    }

    [Fact]
    public async Task Trimming_stops_at_what_is_recorded()
    {
        var last = await Log.AppendAsync(_project, "", 0, [.. Enumerable.Range(0, 20).Select(i => Json($"{i}"))]);
        Assert.Equal(5, await Log.MarkRecordedAsync(_project, last - 15, mostEvents: 2, mostBytes: long.MaxValue / 2));
        Assert.Equal(new LogBounds(last, last - 14), await Log.BoundsAsync(_project));
        Assert.Equal(13, await Log.MarkRecordedAsync(_project, last, mostEvents: 2, mostBytes: long.MaxValue / 2));
        Assert.Equal([last - 1, last], (await Log.ReadAsync(_project, 0, 100)).Select(SeqOf));
        Assert.Equal(2, await Log.MarkRecordedAsync(_project, last, mostEvents: 100, mostBytes: 1));
    }

    [Fact]
    public async Task A_turn_goes_through_the_queue_once()
    {
        var (runner, turn) = (Guid.NewGuid().ToString(), NewTurn());
        await Queue.BeatAsync(runner);
        Assert.True(await Queue.EnqueueAsync(turn));
        Assert.False(await Queue.EnqueueAsync(turn));
        Assert.False(await Queue.EnqueueAsync(NewTurn() with { SessionId = turn.SessionId })); // One active turn per session.
        Assert.Equal(turn, await TakeAsync(runner, turn.TurnId));
        Assert.NotNull(await Queue.StartAsync(turn, runner));
        Assert.Equal(turn.TurnId, await Queue.ActiveTurnAsync(turn.SessionId));
        Assert.True(await Queue.EndAsync(turn, [WireJson.Write(End(turn))]));
        Assert.False(await Queue.EndAsync(turn, [WireJson.Write(End(turn))]));
        Assert.Null(await Queue.ActiveTurnAsync(turn.SessionId));
        Assert.Empty(await Queue.TakenAsync(runner));
        Assert.Equal(ProjectLog.TurnHasEnded, await Log.AppendAsync(_project, turn.TurnId, 99, [Json("too late")]));
        Assert.IsType<SessionEnd>(WireJson.Read(Assert.Single(await Log.ReadAsync(_project, 0, 10)).Span));
    }

    [Fact]
    public async Task A_lost_runners_turns_are_given_back_or_named()
    {
        var runner = Guid.NewGuid().ToString();
        var (started, waiting) = (NewTurn(), NewTurn());
        await Queue.BeatAsync(runner);
        foreach (var turn in (Turn[])[started, waiting])
        {
            await Queue.EnqueueAsync(turn);
            await TakeAsync(runner, turn.TurnId);
        }

        await Queue.StartAsync(started, runner);
        Assert.DoesNotContain(started, await Queue.RecoverAsync()); // Its heart still beats.
        await Queue.LeaveAsync(runner);
        Assert.Contains(started, await Queue.RecoverAsync());
        Assert.Equal("ready", await Queue.StateAsync(waiting.TurnId));
        Assert.True(await Queue.EndRunnerLostAsync(started));
        Assert.False(await Queue.EndRunnerLostAsync(started));
        var other = Guid.NewGuid().ToString();
        Assert.Equal(waiting, await TakeAsync(other, waiting.TurnId));
        await Queue.EndAsync(waiting, [WireJson.Write(End(waiting))]);
    }

    [Fact]
    public async Task A_turn_that_nobody_queued_is_its_sessions_active_one_and_is_named_when_its_runner_is_lost()
    {
        var (runner, own) = (Guid.NewGuid().ToString(), NewTurn());
        var waiting = NewTurn() with { SessionId = own.SessionId };
        await Queue.BeatAsync(runner);
        await Queue.EnqueueAsync(waiting);
        Assert.True(await Queue.StartUnqueuedAsync(own, runner)); // The message came first, Claude Code began first.
        Assert.Equal(own.TurnId, await Queue.ActiveTurnAsync(own.SessionId));
        Assert.Equal(own, await Queue.FindStartedAsync(own.TurnId));
        await Queue.StartAsync(own, runner); // The heartbeat.
        Assert.Single(await Queue.TakenAsync(runner), own);
        await Queue.LeaveAsync(runner);
        Assert.Contains(own, await Queue.RecoverAsync());
        Assert.True(await Queue.EndRunnerLostAsync(own));
        Assert.False(await Queue.StartUnqueuedAsync(own, runner));
        Assert.DoesNotContain(own, await Queue.RecoverAsync());
        Assert.Equal(waiting, await TakeAsync(Guid.NewGuid().ToString(), waiting.TurnId));
        await Queue.EndAsync(waiting, [WireJson.Write(End(waiting))]);
    }

    [Fact]
    public async Task A_turn_that_waits_can_be_withdrawn_and_one_that_runs_cannot()
    {
        var (runner, turn) = (Guid.NewGuid().ToString(), NewTurn());
        await Queue.EnqueueAsync(turn);
        Assert.True(await Queue.WithdrawAsync(turn, End(turn)));
        Assert.Null(await Queue.StartAsync(turn, runner));
        var running = NewTurn();
        await Queue.EnqueueAsync(running);
        await TakeAsync(runner, running.TurnId);
        await Queue.StartAsync(running, runner);
        Assert.False(await Queue.WithdrawAsync(running, End(running)));
        await Queue.EndAsync(running, [WireJson.Write(End(running))]);
    }

    [Fact]
    public async Task A_sessions_next_turn_goes_to_the_runner_that_holds_it_warm()
    {
        var (warm, other, turn) = (Guid.NewGuid().ToString(), Guid.NewGuid().ToString(), NewTurn());
        await Queue.BeatAsync(warm);
        await Queue.KeepWarmAsync(turn.SessionId, warm, TimeSpan.FromMinutes(1));
        await Queue.EnqueueAsync(turn);
        Assert.NotEqual(turn, await Queue.TakeAsync(other));
        Assert.Equal(turn, await Queue.TakeAsync(warm));
        await Queue.StartAsync(turn, warm);
        await Queue.EndAsync(turn, [WireJson.Write(End(turn))]);
    }

    protected static Status Status(string state) => new() { SessionId = "s", TurnId = "t", State = state };

    private static ReadOnlyMemory<byte> Json(string state) => WireJson.Write(Status(state));

    private Turn NewTurn() => new() { TurnId = Guid.NewGuid().ToString(), ProjectId = _project, SessionId = Guid.NewGuid().ToString(), Content = "hi", PermissionMode = "default" };

    private static SessionEnd End(Turn turn) => new() { SessionId = turn.SessionId, TurnId = turn.TurnId, TotalCostUsd = 0, UsageSummary = new UsageSummary(), Reason = EndReasons.Completed, IsError = false };

    private static long SeqOf(ReadOnlyMemory<byte> frame) => ProjectLog.TryReadSeq(frame.Span, out var seq) ? seq : throw new InvalidOperationException(Encoding.UTF8.GetString(frame.Span));

    // Tests of a class share the queue: others' turns are put aside.
    private async Task<Turn?> TakeAsync(string runner, string turnId)
    {
        while (await Queue.TakeAsync(runner) is { } taken)
            if (taken.TurnId == turnId) return taken;
        return null;
    }
}
