using System.Text;
using System.Text.Json;
using ChatApi.Data;
using ChatApi.Dispatch;
using ChatApi.Messages;
using ChatApi.Recording;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Protocol.Events;
using Protocol.Redis;
using TestKit;

namespace ChatApi.Tests;

/// <summary>Any number of recorders, at any moment: each event counts once.</summary>
public sealed class RecorderTests(ViewerTests.Server server) : IClassFixture<ViewerTests.Server>
{
    private static readonly string[] s_recordings = ["02a-thinking-multi-text", "03a-tool-bash-auto", "09i-cut-mid-then-ok", "12a-subagent"];

    [Property(MaxTest = 25)]
    public void However_appends_and_recorders_interleave_the_database_is_the_fold_of_the_log(PositiveInt recording, NonEmptyArray<PositiveInt> batches, PositiveInt recorders) =>
        RunAsync(s_recordings[recording.Get % s_recordings.Length], [.. batches.Get.Select(b => b.Get % 9 + 1)], recorders.Get % 3 + 1).GetAwaiter().GetResult();

    private async Task RunAsync(string recording, int[] batches, int recorders)
    {
        using var databases = new SqliteDatabases();
        var project = Guid.NewGuid().ToString();
        await databases.AddProjectAsync(project);
        var redis = server.Connection.GetDatabase();
        var log = new ProjectLog(redis);
        var recorder = NewRecorder(databases, log, new TurnQueue(redis), new ChatApiOptions { ReplayEvents = 5 });

        // A few lines of the recording, then as many recorders at once as there are replicas; again, until it is over.
        var lines = File.ReadLines(Path.Combine(Repository.Transcripts, "events", $"{recording}.jsonl")).Select(line => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(line)).ToList();
        for (var (at, round) = (0, 0); at < lines.Count; round++)
        {
            var batch = lines.Skip(at).Take(batches[round % batches.Length]).ToList();
            at += batch.Count;
            var appending = log.AppendAsync(project, "", 0, batch);
            await Task.WhenAll(Enumerable.Range(0, recorders).Select(_ => Task.Run(() => RecordAsync(recorder, project))));
            await appending;
        }

        await RecordAsync(recorder, project);
        await using var db = databases.CreateDbContext();
        var newest = (await log.BoundsAsync(project)).Newest;
        Assert.Equal(newest, (await db.Projects.SingleAsync()).RecordedSeq);
        Assert.True((await log.ReadAsync(project, 0, 1000)).Count <= 5, "The log was not trimmed behind the recorder.");

        var fold = new HistoryFold(project);
        foreach (var line in lines) fold.Apply((Event)WireJson.Read(line.Span));
        fold.Complete();
        foreach (var message in fold.Messages.Values) message.Keep();
        Assert.Equal(
            fold.Messages.Values.Select(m => $"{m.Id} {m.Role} {m.Content} {m.Usage}").Order(StringComparer.Ordinal),
            (await db.Messages.ToListAsync()).Select(m => $"{m.Id} {m.Role} {m.Content} {m.Usage}").Order(StringComparer.Ordinal));
        Assert.Equal(
            fold.ToolCalls.Values.Select(c => $"{c.Id} {c.Name} {c.Input} {c.Result} {c.IsError}").Order(StringComparer.Ordinal),
            (await db.ToolCalls.ToListAsync()).Select(c => $"{c.Id} {c.Name} {c.Input} {c.Result} {c.IsError}").Order(StringComparer.Ordinal));
        Assert.Equal(fold.Turns.Values.Select(t => $"{t.Id} {t.Status} {t.Reason} {t.CostUsd}"), (await db.Turns.OrderBy(t => t.Id).ToListAsync()).Select(t => $"{t.Id} {t.Status} {t.Reason} {t.CostUsd}"));
        Assert.Equal(fold.Sessions.Values.Sum(s => s.CostUsd), (await db.Sessions.ToListAsync()).Sum(s => s.CostUsd));
    }

    [Fact]
    public async Task What_a_person_chose_is_not_written_over_by_older_events_that_are_recorded_later()
    {
        using var databases = new SqliteDatabases();
        var project = Guid.NewGuid().ToString();
        await databases.AddProjectAsync(project);
        var redis = server.Connection.GetDatabase();
        var (log, queue) = (new ProjectLog(redis), new TurnQueue(redis));
        var recorder = NewRecorder(databases, log, queue);
        var settings = new SessionSettings(databases, log, queue, Options.Create(new ChatApiOptions()));
        await log.AppendAsync(project, new TurnStart { SessionId = "s", TurnId = "t", RunnerId = "r", Origin = "user" });
        await recorder.RecordAsync(project, CancellationToken.None);

        Task ChooseAsync(SessionChange change) => settings.ChangeAsync(project, "s", change, "Ada", CancellationToken.None);
        Task SaysAsync(string mode) => log.AppendAsync(project, new Status { SessionId = "s", TurnId = "t", State = "mode_changed", Detail = JsonSerializer.SerializeToElement(new { permissionMode = mode }) });
        async Task<(string?, string?)> RecordedAsync()
        {
            await recorder.RecordAsync(project, CancellationToken.None);
            await using var db = databases.CreateDbContext();
            var session = await db.Sessions.SingleAsync();
            return (session.Model, session.PermissionMode);
        }

        await ChooseAsync(new SessionChange(null, null, "haiku"));
        await SaysAsync("acceptEdits");
        await ChooseAsync(new SessionChange(null, "plan", null));
        await ChooseAsync(new SessionChange(null, null, ""));
        Assert.Equal((null, "plan"), await RecordedAsync());
        await SaysAsync("default"); // Claude Code has left the plan since.
        Assert.Equal((null, "default"), await RecordedAsync());
    }

    [Fact]
    public async Task What_came_while_another_replica_recorded_less_of_it_is_recorded_too()
    {
        using var databases = new SqliteDatabases();
        var project = Guid.NewGuid().ToString();
        await databases.AddProjectAsync(project);
        var redis = server.Connection.GetDatabase();
        var (log, queue) = (new ProjectLog(redis), new TurnQueue(redis));
        Task SayAsync(string turn) => log.AppendAsync(project, new TurnStart { SessionId = "s", TurnId = turn, RunnerId = "r", Origin = "user" });

        // One has read the first; the other has read both, and comes second.
        var (hasRead, isRecorded) = (new TaskCompletionSource(), new TaskCompletionSource());
        Task? behind = null;
        var slower = NewRecorder(databases.Before(() => { hasRead.TrySetResult(); return isRecorded.Task; }), log, queue);
        var faster = NewRecorder(databases.Before(async () =>
        {
            await SayAsync("second");
            behind = RecordAsync(slower, project);
            await hasRead.Task.WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken);
        }), log, queue);
        await SayAsync("first");
        await RecordAsync(faster, project);
        isRecorded.SetResult();
        await behind!.WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken);

        await using var db = databases.CreateDbContext();
        Assert.Equal(["first", "second"], await db.Turns.OrderBy(t => t.Id).Select(t => t.Id).ToListAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_two_replicas_have_read_counts_once()
    {
        using var databases = new SqliteDatabases();
        var project = Guid.NewGuid().ToString();
        await databases.AddProjectAsync(project);
        var redis = server.Connection.GetDatabase();
        var (log, queue) = (new ProjectLog(redis), new TurnQueue(redis));
        await log.AppendAsync(project, new TurnStart { SessionId = "s", TurnId = "t", RunnerId = "r", Origin = "user" });
        await log.AppendAsync(project, new AssistantChunk { SessionId = "s", TurnId = "t", MessageId = "m", Block = 0, Content = "once" });

        var (hasRead, isRecorded) = (new TaskCompletionSource(), new TaskCompletionSource());
        var slower = NewRecorder(databases.Before(() => { hasRead.TrySetResult(); return isRecorded.Task; }), log, queue);
        var behind = RecordAsync(slower, project);
        await hasRead.Task.WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken);
        await RecordAsync(NewRecorder(databases, log, queue), project);
        isRecorded.SetResult();
        await behind.WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken);

        await using var db = databases.CreateDbContext();
        var message = await db.Messages.SingleAsync(TestContext.Current.CancellationToken);
        Assert.Equal("once", Assert.Single(JsonElement.Parse(message.Content).EnumerateArray()).GetProperty("text").GetString());
    }

    internal static Recorder NewRecorder(IDbContextFactory<ChatDb> databases, ProjectLog log, TurnQueue queue, ChatApiOptions? options = null) =>
        new(log, databases, new TurnDispatcher(databases, log, queue, TimeProvider.System), Options.Create(options ?? new ChatApiOptions()), NullLogger<Recorder>.Instance);

    private static async Task RecordAsync(Recorder recorder, string project)
    {
        try
        {
            await recorder.RecordAsync(project, CancellationToken.None);
        }
        catch (Exception error) when (error is DbUpdateException or Microsoft.Data.Sqlite.SqliteException)
        {
            // Another one was faster; the service looks again. What counts is the end.
        }
    }
}
