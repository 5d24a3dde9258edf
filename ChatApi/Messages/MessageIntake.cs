using System.Data.Common;
using System.Text;
using System.Text.Json;
using ChatApi.Data;
using ChatApi.Dispatch;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Protocol.Events;
using Protocol.Redis;
using StackExchange.Redis;

namespace ChatApi.Messages;

/// <summary>Why a message or a command was not taken. <c>Status</c>: what REST answers with.</summary>
internal sealed record Refusal(int Status, string Code, string Message, string? Field = null);

/// <summary>What a person wrote.</summary>
/// <param name="Content">The text.</param>
/// <param name="ClientMessageId">The sender's own id, so that sending twice is sending once.</param>
/// <param name="SessionId">The session; null for the project's current one, or a new one.</param>
/// <param name="SentBy">The sender's name, where one is known.</param>
/// <param name="TraceParent">W3C trace context of the request.</param>
/// <param name="Steer">Whether it goes into the turn that runs, where one does.</param>
/// <param name="Attachments">Files of the workspace that go with it.</param>
internal sealed record IncomingMessage(
    string Content, string? ClientMessageId, string? SessionId, string? SentBy, string? TraceParent, bool Steer = false, IReadOnlyList<Attachment>? Attachments = null);

/// <summary>A message that was stored as a turn, or why not.</summary>
internal sealed record IntakeOutcome(TurnRow? Turn, Refusal? Refusal);

/// <summary>
/// Takes what a person writes, from a socket or over REST alike: stored first, then announced and queued. What is stored is
/// not lost: if Redis is away, the sweeper queues it when it is back.
/// </summary>
internal sealed partial class MessageIntake(
    IDbContextFactory<ChatDb> databases, TurnDispatcher dispatcher, TurnQueue queue, IOptions<ChatApiOptions> options, TimeProvider time, ILogger<MessageIntake> logger)
{
    private const int MaxIdLength = 100;
    private const int MaxTitleLength = 80;
    private const int MaxAttachments = 20;

    /// <summary>Stores a message as a turn of the session given, of the project's current one, or of a new one.</summary>
    public async Task<IntakeOutcome> SendAsync(string projectId, IncomingMessage message, CancellationToken cancellationToken)
    {
        var sessionId = message.SessionId;
        if (Validate(message.Content, message.ClientMessageId, ref sessionId, message.Attachments) is { } invalid) return new IntakeOutcome(null, invalid);
        TurnRow turn;
        bool isNew;
        Turn? next;
        try
        {
            var stored = await StoreAsync(projectId, message with { SessionId = sessionId }, cancellationToken);
            if (stored.Turn is null) return stored.Refused();
            (turn, isNew, next) = (stored.Turn, stored.IsNew, stored.Next);
        }
        catch (Exception error) when (error is DbUpdateException or DbException)
        {
            LogNotStored(projectId, error.GetBaseException().Message);
            return new IntakeOutcome(null, new Refusal(StatusCodes.Status503ServiceUnavailable, "not_stored", $"The message could not be stored ({error.GetBaseException().Message}). Send it again when the server has recovered."));
        }

        if (isNew) await QueueAsync(turn, next, cancellationToken);
        // Only Redis knows what Claude Code has just begun by itself. Where nothing runs, the message is the next one anyway.
        if (isNew && message.Steer) await SteerAsync(projectId, turn.Id, cancellationToken);
        return new IntakeOutcome(turn, null);
    }

    /// <summary>Changes a message that no runner has started.</summary>
    public async Task<IntakeOutcome> EditAsync(string projectId, string turnId, string content, CancellationToken cancellationToken)
    {
        string? noSession = null;
        if (Validate(content, null, ref noSession) is { } invalid) return new IntakeOutcome(null, invalid);
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        if (await FindAsync(db, projectId, turnId, cancellationToken) is not var (turn, project, session)) return new IntakeOutcome(null, NoSuchTurn());
        turn.Content = content;
        var edited = await queue.EditAsync(await dispatcher.QueuedAsync(db, turn, project, session, cancellationToken), TurnDispatcher.Announcement(turn));
        if (!edited) return new IntakeOutcome(null, Started());
        await db.SaveChangesAsync(cancellationToken);
        return new IntakeOutcome(turn, null);
    }

    /// <summary>Takes back a message that no runner has started.</summary>
    public async Task<Refusal?> WithdrawAsync(string projectId, string turnId, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var turn = await db.Turns.AsNoTracking().SingleOrDefaultAsync(t => t.Id == turnId && t.ProjectId == projectId, cancellationToken);
        if (turn is null) return NoSuchTurn();
        return await WithdrawAsync(turn, EndReasons.Withdrawn) ? null : Started();
    }

    /// <summary>Tells a message that waits to the turn that runs: Claude Code gets it with its next step.</summary>
    public async Task<Refusal?> SteerAsync(string projectId, string turnId, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        if (await FindAsync(db, projectId, turnId, cancellationToken) is not var (turn, project, session)) return NoSuchTurn();
        try
        {
            if (await queue.StateAsync(turnId) is "started" or "ended") return Started();
            if (await queue.ActiveTurnAsync(turn.SessionId) is not { } active || active == turnId)
                return new Refusal(StatusCodes.Status409Conflict, "nothing_to_steer", "Nothing runs that it could go into; it is the next one.");
            await queue.SendAsync(turn.SessionId, new SessionCommand(SessionCommand.Steer, active, Message: await dispatcher.QueuedAsync(db, turn, project, session, cancellationToken)));
            return null;
        }
        catch (Exception error) when (error is RedisException or TimeoutException)
        {
            return new Refusal(StatusCodes.Status503ServiceUnavailable, "not_sent", $"The message waits its turn; the runner could not be told ({error.Message}).");
        }
    }

    /// <summary>A turn of a session in which nothing runs.</summary>
    public async Task<IntakeOutcome> FindEndedAsync(string projectId, string turnId, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        if (await db.Turns.AsNoTracking().SingleOrDefaultAsync(t => t.Id == turnId && t.ProjectId == projectId, cancellationToken) is not { } turn) return new IntakeOutcome(null, NoSuchTurn());
        try
        {
            // Redis knows it at once; the database a moment later.
            return await queue.ActiveTurnAsync(turn.SessionId) is not null
                ? new IntakeOutcome(null, new Refusal(StatusCodes.Status409Conflict, "turn_runs", "Claude Code works in this session. Stop it, or wait for its end."))
                : new IntakeOutcome(turn, null);
        }
        catch (Exception error) when (error is RedisException or TimeoutException)
        {
            return new IntakeOutcome(null, new Refusal(StatusCodes.Status503ServiceUnavailable, "redis_away", $"Redis does not answer ({error.Message}). Try again in a moment."));
        }
    }

    private static async Task<(TurnRow Turn, ProjectRow Project, SessionRow Session)?> FindAsync(ChatDb db, string projectId, string turnId, CancellationToken cancellationToken) =>
        await (from turn in db.Turns
               where turn.Id == turnId && turn.ProjectId == projectId
               join project in db.Projects on turn.ProjectId equals project.Id
               join session in db.Sessions on turn.SessionId equals session.Id
               select new { turn, project, session }).SingleOrDefaultAsync(cancellationToken) is { } found ? (found.turn, found.project, found.session) : null;

    private static Refusal NoSuchTurn() => new(StatusCodes.Status404NotFound, "unknown_turn", "There is no such turn in this project.", "turn_id");

    private static Refusal Started() => new(StatusCodes.Status409Conflict, "already_started", "Claude Code has begun with this message. Stop it, or write another one.");

    /// <summary>Stops the running turn of the session given, or every running turn of the project.</summary>
    public async Task<Refusal?> InterruptAsync(string projectId, string? sessionId, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var open = await db.Turns.AsNoTracking()
            .Where(t => t.ProjectId == projectId && t.Status != TurnStatus.Ended && (sessionId == null || t.SessionId == sessionId))
            .ToListAsync(cancellationToken);
        var sessions = open.Select(t => t.SessionId).ToHashSet();
        // What Claude Code has just begun by itself is not recorded yet.
        if (sessionId is not null && await db.Sessions.AnyAsync(s => s.ProjectId == projectId && s.Id == sessionId, cancellationToken)) sessions.Add(sessionId);

        var isRunning = open.Count > 0;
        foreach (var session in sessions)
        {
            if (await queue.ActiveTurnAsync(session) is not { } active) continue;
            isRunning = true;
            if (open.Find(t => t.Id == active) is { } waiting && await WithdrawAsync(waiting, EndReasons.Interrupted)) continue;
            await queue.SendAsync(session, new SessionCommand(SessionCommand.Interrupt, active));
        }

        return isRunning ? null : new Refusal(StatusCodes.Status409Conflict, "nothing_to_interrupt", "Nothing is running.");
    }

    /// <summary>Stops everything of a project that is being deleted.</summary>
    public async Task AbandonAsync(string projectId, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var queued = await db.Turns.AsNoTracking().Where(t => t.ProjectId == projectId && t.Status == TurnStatus.Queued).ToListAsync(cancellationToken);
        foreach (var turn in queued) await WithdrawAsync(turn, EndReasons.ProjectDeleted);
        // Also where no turn runs: what goes on in the background would have Claude Code begin one.
        foreach (var session in await db.Sessions.Where(s => s.ProjectId == projectId).Select(s => s.Id).ToListAsync(cancellationToken))
            await queue.SendToProcessAsync(session, new SessionCommand(SessionCommand.Abandon, ""));
    }

    private Refusal? Validate(string content, string? clientMessageId, ref string? sessionId, IReadOnlyList<Attachment>? attachments = null)
    {
        if (attachments?.Count > MaxAttachments)
            return new Refusal(StatusCodes.Status400BadRequest, "too_many_attachments", $"A message takes at most {MaxAttachments} files.", "attachments");
        if (attachments?.FirstOrDefault(a => string.IsNullOrEmpty(a.Path) || string.IsNullOrEmpty(a.Name) || a.MediaType is null || a.Path.Length > 1000 || a.Name.Length > 300) is not null)
            return new Refusal(StatusCodes.Status400BadRequest, "bad_attachment", "Each attachment has path, name, media_type and size, as POST /projects/{id}/attachments answers.", "attachments");
        if (string.IsNullOrWhiteSpace(content) && attachments is not { Count: > 0 })
            return new Refusal(StatusCodes.Status400BadRequest, "empty_content", "The message is empty. Write something.", "content");
        if (Encoding.UTF8.GetByteCount(content) > options.Value.MaxMessageBytes)
            return new Refusal(StatusCodes.Status413PayloadTooLarge, "message_too_big", $"The message is larger than {options.Value.MaxMessageBytes >> 10} KB. Put it in a file of the workspace instead.", "content");
        if (clientMessageId is { Length: 0 or > MaxIdLength })
            return new Refusal(StatusCodes.Status400BadRequest, "bad_client_message_id", $"client_message_id has 1 to {MaxIdLength} characters.", "client_message_id");
        if (sessionId is null) return null;
        if (!Guid.TryParse(sessionId, out var session))
            return new Refusal(StatusCodes.Status400BadRequest, "bad_session_id", "session_id is a UUID.", "session_id");
        sessionId = session.ToString();
        return null;
    }

    private async Task<Stored> StoreAsync(string projectId, IncomingMessage message, CancellationToken cancellationToken)
    {
        var (content, clientMessageId, sessionId, sentBy, traceParent, _, attachments) = message;
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        // One after the other: a message sent twice finds itself.
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.LockProjectAsync(projectId, cancellationToken);
        if (clientMessageId is not null
            && await db.Turns.AsNoTracking().FirstOrDefaultAsync(t => t.ProjectId == projectId && t.ClientMessageId == clientMessageId, cancellationToken) is { } before)
            return new Stored(before, IsNew: false);
        var now = time.GetUtcNow().UtcDateTime;
        var found = await SessionForks.FindOrOpenAsync(db, projectId, sessionId, now, cancellationToken);
        if (found is not { Project: { } project, Session: { } session }) return new Stored(null, false, found.Refusal);
        if (session.Title.Length == 0) session.Title = TitleOf(string.IsNullOrWhiteSpace(content) ? attachments![0].Name : content);
        session.UpdatedAt = now;
        var turn = new TurnRow
        {
            Id = Guid.CreateVersion7(time.GetUtcNow()).ToString(), ProjectId = projectId, SessionId = session.Id, ClientMessageId = clientMessageId,
            Content = content, SentBy = sentBy, Status = TurnStatus.Queued, TraceParent = traceParent, CreatedAt = now,
            Attachments = attachments is { Count: > 0 } ? JsonSerializer.Serialize(attachments, WireJson.Options) : null,
        };
        // Of an idle session it is the next one, and need not be looked for again.
        var isIdle = !await db.Turns.AnyAsync(t => t.SessionId == session.Id && t.Status != TurnStatus.Ended, cancellationToken);
        db.Add(turn);
        await db.SaveChangesAsync(cancellationToken);
        var next = isIdle ? await dispatcher.QueuedAsync(db, turn, project, session, cancellationToken) : null;
        await transaction.CommitAsync(cancellationToken);
        return new Stored(turn, IsNew: true, Next: next);
    }

    private async Task QueueAsync(TurnRow turn, Turn? next, CancellationToken cancellationToken)
    {
        try
        {
            await dispatcher.AnnounceAsync(turn);
            if (next is not null) await queue.EnqueueAsync(next);
            else await dispatcher.DispatchNextAsync(turn.SessionId, cancellationToken);
        }
        catch (Exception error) when (error is RedisException or TimeoutException)
        {
            LogQueuedLater(turn.Id, error.Message);
        }
    }

    private Task<bool> WithdrawAsync(TurnRow turn, string reason) => queue.WithdrawAsync(
        TurnDispatcher.Named(turn),
        new SessionEnd
        {
            SessionId = turn.SessionId, TurnId = turn.Id, TotalCostUsd = 0, UsageSummary = new UsageSummary(), Reason = reason, IsError = false,
        });

    private static string TitleOf(string content)
    {
        var line = content.AsSpan().Trim();
        if (line.IndexOfAny('\r', '\n') is var end and >= 0) line = line[..end];
        return line.Length <= MaxTitleLength ? line.ToString() : $"{line[..(MaxTitleLength - 1)].TrimEnd()}…";
    }

    private sealed record Stored(TurnRow? Turn, bool IsNew, Refusal? Refusal = null, Turn? Next = null)
    {
        public IntakeOutcome Refused() => new(null, Refusal);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Project {ProjectId}: a message could not be stored: {Reason}")]
    private partial void LogNotStored(string projectId, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Turn {TurnId} is stored and is queued when Redis is back ({Reason}).")]
    private partial void LogQueuedLater(string turnId, string reason);
}
