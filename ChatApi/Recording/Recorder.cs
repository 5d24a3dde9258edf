using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using ChatApi.Data;
using ChatApi.Dispatch;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Protocol.Events;
using Protocol.Redis;
using StackExchange.Redis;

namespace ChatApi.Recording;

/// <summary>
/// Folds the project logs into the database. The cursor moves in the same transaction as the rows, compare-and-set, so any
/// number of replicas may try and each event counts once. Nothing is trimmed before it is recorded: a database that is away
/// for an hour loses nothing.
/// </summary>
internal sealed partial class Recorder(
    ProjectLog log, IDbContextFactory<ChatDb> databases, TurnDispatcher dispatcher, IOptions<ChatApiOptions> options, ILogger<Recorder> logger) : BackgroundService
{
    private const int BatchSize = 500;
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_retryEvery = TimeSpan.FromSeconds(1);

    /// <summary>What a recorder has taken and not recorded by then, because it died, another one takes.</summary>
    private static readonly TimeSpan s_takenLimit = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await MarkAllAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            string? project = null;
            try
            {
                project = await log.TakeUnrecordedAsync(s_takenLimit);
                if (project is null)
                {
                    await Task.WhenAny(Task.Delay(s_lookEvery, stoppingToken));
                    continue;
                }

                await RecordAsync(project, stoppingToken);
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                LogNotRecorded(project ?? "(none)", error.Message);
                await Task.WhenAny(Task.Delay(s_retryEvery, stoppingToken));
                if (project is not null) await MarkAsync(project);
            }
        }
    }

    /// <summary>Records what is new in a project's log.</summary>
    public async Task RecordAsync(string projectId, CancellationToken cancellationToken)
    {
        while (await RecordBatchAsync(projectId, cancellationToken)) { }
    }

    // True when there may be more.
    private async Task<bool> RecordBatchAsync(string projectId, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var project = await db.Projects.AsNoTracking().SingleOrDefaultAsync(p => p.Id == projectId, cancellationToken);
        if (project is null)
        {
            await log.DeleteAsync(projectId); // It was deleted; a runner may have said its last words since.
            return false;
        }

        var entries = await log.ReadAsync(projectId, project.RecordedSeq, BatchSize);
        if (entries.Count == 0)
        {
            await MarkRecordedAsync(projectId, project.RecordedSeq);
            return false;
        }

        ProjectLog.TryReadSeq(entries[0].Span, out var first);
        ProjectLog.TryReadSeq(entries[^1].Span, out var last);
        if (project.RecordedSeq > 0 && first > project.RecordedSeq + 1) LogGap(projectId, project.RecordedSeq, first);
        var events = Read(entries);

        // Taken before the rows are read: what a person changes meanwhile waits, and is not written over.
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        var moved = await db.Projects
            .Where(p => p.Id == projectId && p.RecordedSeq == project.RecordedSeq)
            .ExecuteUpdateAsync(set => set.SetProperty(p => p.RecordedSeq, last), cancellationToken);
        if (moved == 0) return true; // Another replica was faster, perhaps with fewer.
        var fold = await LoadAsync(db, projectId, events, cancellationToken);
        foreach (var @event in events) fold.Apply(@event);
        fold.Complete();
        Save(db, fold);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);

        if (fold.Requests.Count > 0) await log.RingInboxAsync();
        await MarkRecordedAsync(projectId, last);
        // Somebody who asked for this may have gone; the next turn goes all the same.
        foreach (var session in fold.Freed) await dispatcher.DispatchNextAsync(session, CancellationToken.None);
        return entries.Count == BatchSize;
    }

    private Task<long> MarkRecordedAsync(string projectId, long seq) => log.MarkRecordedAsync(projectId, seq, options.Value.ReplayEvents, options.Value.ReplayBytes);

    private static async Task<HistoryFold> LoadAsync(ChatDb db, string projectId, List<Event> events, CancellationToken cancellationToken)
    {
        var turns = events.Select(e => e.TurnId).Distinct().ToList();
        var sessions = events.Select(e => e.SessionId).Distinct().ToList();
        var messages = events.Select(MessageIdOf).Concat(events.OfType<SessionEnd>().Select(e => e.SteeredBefore)).OfType<string>().Distinct().ToList();
        var calls = events.Select(ToolUseIdOf).OfType<string>().Distinct().ToList();

        var fold = new HistoryFold(projectId);
        await db.Turns.Where(t => turns.Contains(t.Id)).ForEachAsync(t => fold.Turns[t.Id] = t, cancellationToken);
        await db.Sessions.Where(s => sessions.Contains(s.Id)).ForEachAsync(s => fold.Sessions[s.Id] = s, cancellationToken);
        await db.Messages.Where(m => m.ProjectId == projectId && messages.Contains(m.Id)).ForEachAsync(m => fold.Messages[m.Id] = m, cancellationToken);
        await db.ToolCalls.Where(c => c.ProjectId == projectId && calls.Contains(c.Id)).ForEachAsync(c => fold.ToolCalls[c.Id] = c, cancellationToken);
        // A turn's end closes what was asked in it.
        var ended = events.OfType<SessionEnd>().Select(e => e.TurnId).ToList();
        var requests = events.Select(RequestIdOf).OfType<string>().Distinct().ToList();
        await db.Requests.Where(r => r.ProjectId == projectId && (requests.Contains(r.Id) || (r.IsOpen && ended.Contains(r.TurnId)))).ForEachAsync(r => fold.Requests[r.Id] = r, cancellationToken);
        return fold;
    }

    private static void Save(ChatDb db, HistoryFold fold)
    {
        foreach (var message in fold.Messages.Values) message.Keep();
        AddNew(db, fold.Sessions.Values);
        AddNew(db, fold.Turns.Values);
        AddNew(db, fold.Messages.Values);
        AddNew(db, fold.ToolCalls.Values);
        AddNew(db, fold.Requests.Values);
        AddNew(db, fold.Usage.Values);
        foreach (var discarded in db.ChangeTracker.Entries<MessageRow>().Where(entry => fold.Discarded.Contains(entry.Entity.Id)).ToList())
            discarded.State = discarded.State == EntityState.Added ? EntityState.Detached : EntityState.Deleted;
    }

    private static void AddNew<T>(ChatDb db, IEnumerable<T> rows) where T : class
    {
        foreach (var row in rows)
            if (db.Entry(row).State == EntityState.Detached) db.Add(row);
    }

    private static string? MessageIdOf(Event @event) => @event switch
    {
        UserMessage e => e.TurnId,
        SessionEnd { SteeredInto: not null } e => e.TurnId,
        AssistantChunk e => e.MessageId,
        ThinkingChunk e => e.MessageId,
        AssistantMessage e => e.MessageId,
        ToolUse e => e.MessageId,
        UsageUpdate e => e.MessageId,
        _ => null,
    };

    private static string? ToolUseIdOf(Event @event) => @event switch
    {
        ToolUse e => e.ToolUseId,
        ToolResult e => e.ToolUseId,
        ToolOutput e => e.ToolUseId,
        Status { State: "task", Detail: { } task } when task.TryGetProperty("tool_use_id", out var of) => of.GetString(),
        _ => null,
    };

    private static string? RequestIdOf(Event @event) => @event switch
    {
        PeopleRequest e => e.RequestId,
        PermissionResolved e => e.RequestId,
        QuestionResolved e => e.RequestId,
        _ => null,
    };

    private List<Event> Read(IReadOnlyList<ReadOnlyMemory<byte>> log)
    {
        var events = new List<Event>(log.Count);
        foreach (var entry in log)
        {
            try
            {
                if (WireJson.Read(entry.Span) is Event @event) events.Add(@event);
            }
            catch (JsonException)
            {
                // Half a surrogate pair is legal in the CLI's JSON and nowhere else: "\ud83d" becomes U+FFFD.
                try
                {
                    var mended = LoneSurrogate().Replace(Encoding.UTF8.GetString(entry.Span), @"\ufffd");
                    if (WireJson.Read(Encoding.UTF8.GetBytes(mended)) is Event @event) events.Add(@event);
                }
                catch (JsonException error)
                {
                    ProjectLog.TryReadSeq(entry.Span, out var seq);
                    LogUnreadable(seq, error.Message);
                }
            }
        }

        return events;
    }

    private async Task MarkAllAsync(CancellationToken cancellationToken)
    {
        // What was appended while no recorder ran is marked already; this is for a Redis that lost its marks.
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                await using var db = await databases.CreateDbContextAsync(cancellationToken);
                await foreach (var id in db.Projects.Select(p => p.Id).AsAsyncEnumerable().WithCancellation(cancellationToken)) await log.MarkUnrecordedAsync(id);
                return;
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                LogNotRecorded("(all)", error.Message);
                await Task.WhenAny(Task.Delay(s_retryEvery, cancellationToken));
            }
        }
    }

    private async Task MarkAsync(string projectId)
    {
        try
        {
            await log.MarkUnrecordedAsync(projectId);
        }
        catch (Exception error) when (error is RedisException or TimeoutException)
        {
            LogNotRecorded(projectId, error.Message);
        }
    }

    [GeneratedRegex(@"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F][0-9a-fA-F]{2})|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}")]
    private static partial Regex LoneSurrogate();

    [LoggerMessage(Level = LogLevel.Warning, Message = "Project {ProjectId} could not be recorded yet: {Reason}")]
    private partial void LogNotRecorded(string projectId, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Project {ProjectId}: events between {Recorded} and {Next} are gone (Redis lost its data).")]
    private partial void LogGap(string projectId, long recorded, long next);

    [LoggerMessage(Level = LogLevel.Error, Message = "Event {Seq} cannot be read and is not recorded: {Reason}")]
    private partial void LogUnreadable(long seq, string reason);
}
