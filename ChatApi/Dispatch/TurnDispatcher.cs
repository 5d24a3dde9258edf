using System.Text.Json;
using ChatApi.Data;
using Microsoft.EntityFrameworkCore;
using Protocol.Events;
using Protocol.Redis;

namespace ChatApi.Dispatch;

/// <summary>
/// Brings stored turns to the queue: announced once in the log, and one active turn per session. Everything here may be
/// repeated by anybody at any time; the scripts in Redis make the second time do nothing.
/// </summary>
internal sealed class TurnDispatcher(IDbContextFactory<ChatDb> databases, ProjectLog log, TurnQueue queue, TimeProvider time)
{
    /// <summary>Announces a stored turn to the viewers. Once, however often it is called.</summary>
    public Task AnnounceAsync(TurnRow turn) => log.AnnounceAsync(turn.ProjectId, Announcement(turn));

    /// <summary>What the viewers are told of a turn that was stored or edited.</summary>
    public static UserMessage Announcement(TurnRow turn) => new()
    {
        SessionId = turn.SessionId, TurnId = turn.Id, Content = turn.Content, ClientMessageId = turn.ClientMessageId, SentBy = turn.SentBy, Attachments = AttachmentsOf(turn),
    };

    /// <summary>What the queue holds of a turn: with the session's settings, or else the project's, and what it may cost.</summary>
    public async Task<Turn> QueuedAsync(ChatDb db, TurnRow turn, ProjectRow project, SessionRow session, CancellationToken cancellationToken)
    {
        var settings = ClaudeSettings.FromJson(project.Settings).With(session.Settings is null ? null : ClaudeSettings.FromJson(session.Settings));
        return Named(turn) with
        {
            PermissionMode = session.PermissionMode ?? project.PermissionMode, Model = session.Model ?? project.Model,
            Settings = settings.ForProcess().ToJson() is null ? null : settings.ForProcess(),
            Budget = await Budgets.LeftAsync(db, session, settings, time.GetUtcNow().UtcDateTime, cancellationToken),
            ForkOf = session.ForkOf, ForkAt = session.ForkAt,
        };
    }

    /// <summary>Enough of a turn to end it.</summary>
    public static Turn Named(TurnRow turn) => new()
    {
        TurnId = turn.Id, ProjectId = turn.ProjectId, SessionId = turn.SessionId, Content = turn.Content, Attachments = AttachmentsOf(turn), PermissionMode = "", TraceParent = turn.TraceParent,
    };

    private static List<Attachment>? AttachmentsOf(TurnRow turn) =>
        turn.Attachments is { } json ? JsonSerializer.Deserialize<List<Attachment>>(json, WireJson.Options) : null;

    /// <summary>Queues the session's oldest stored turn, unless one of it is active.</summary>
    public async Task DispatchNextAsync(string sessionId, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var next = await (from turn in db.Turns
                          where turn.SessionId == sessionId && turn.Status == TurnStatus.Queued
                          orderby turn.Id
                          join project in db.Projects on turn.ProjectId equals project.Id
                          join session in db.Sessions on turn.SessionId equals session.Id
                          select new { turn, project, session }).FirstOrDefaultAsync(cancellationToken);
        if (next is not null) await queue.EnqueueAsync(await QueuedAsync(db, next.turn, next.project, next.session, cancellationToken));
    }
}
