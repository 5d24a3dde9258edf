using ChatApi.Data;
using ChatApi.Recording;
using Microsoft.EntityFrameworkCore;
using StackExchange.Redis;

namespace ChatApi.Messages;

/// <summary>Opens sessions: empty ones, and ones that go on from a point of another.</summary>
internal sealed class SessionForks(IDbContextFactory<ChatDb> databases, Recorder recorder, TimeProvider time)
{
    /// <summary>Opens an empty session, which gets its title from its first message.</summary>
    private static SessionRow NewSession(string projectId, DateTime now) =>
        new() { Id = Guid.NewGuid().ToString(), ProjectId = projectId, Title = "", CreatedAt = now, UpdatedAt = now };

    /// <summary>
    /// The session given, or the project's current one, or a new one where it has none, which the caller saves. Under the project's
    /// lock: two first messages find one another's session.
    /// </summary>
    public static async Task<(ProjectRow? Project, SessionRow? Session, Refusal? Refusal)> FindOrOpenAsync(ChatDb db, string projectId, string? sessionId, DateTime now, CancellationToken cancellationToken)
    {
        if (await db.Projects.AsNoTracking().SingleOrDefaultAsync(p => p.Id == projectId, cancellationToken) is not { } project)
            return (null, null, new Refusal(StatusCodes.Status404NotFound, "unknown_project", "There is no such project. It may have been deleted.", "project_id"));
        if (await db.FindSessionAsync(projectId, sessionId, cancellationToken) is { } session) return (project, session, null);
        if (sessionId is not null)
            return (null, null, new Refusal(StatusCodes.Status404NotFound, "unknown_session", "There is no such session in this project. Leave session_id out to use the current one.", "session_id"));
        var opened = NewSession(projectId, now);
        db.Add(opened);
        return (project, opened, null);
    }

    /// <summary>
    /// Opens a session. With <paramref name="forkOf"/> it knows what that session knew: up to <paramref name="beforeTurn"/>, which it
    /// leaves out, or to its end.
    /// </summary>
    public async Task<SessionOutcome> OpenAsync(string projectId, string? forkOf, string? beforeTurn, CancellationToken cancellationToken)
    {
        // What somebody has just seen is in the log; the history may be a moment behind.
        if (forkOf is not null && await RecordAsync(projectId, cancellationToken) is { } reason)
            return Refused(StatusCodes.Status503ServiceUnavailable, "not_recorded", $"What was said last is not in the history yet ({reason}). Try again in a moment.", "fork_of");

        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var now = time.GetUtcNow().UtcDateTime;
        var opened = forkOf is null ? new SessionOutcome(NewSession(projectId, now), null) : await ForkAsync(db, projectId, forkOf, beforeTurn, now, cancellationToken);
        if (opened.Session is null) return opened;
        db.Add(opened.Session);
        await db.SaveChangesAsync(cancellationToken);
        return opened;
    }

    private async Task<string?> RecordAsync(string projectId, CancellationToken cancellationToken)
    {
        try
        {
            await recorder.RecordAsync(projectId, cancellationToken);
            return null;
        }
        catch (Exception error) when (error is RedisException or TimeoutException)
        {
            return error.Message;
        }
    }

    private static async Task<SessionOutcome> ForkAsync(ChatDb db, string projectId, string forkOf, string? beforeTurn, DateTime now, CancellationToken cancellationToken)
    {
        var origin = await db.Sessions.AsNoTracking().SingleOrDefaultAsync(s => s.ProjectId == projectId && s.Id == forkOf, cancellationToken);
        if (origin is null) return Refused(StatusCodes.Status404NotFound, "unknown_session", "There is no such session in this project.", "fork_of");

        // The turn may be one that a fork shows and its origin had.
        var before = beforeTurn is null ? null : await db.Turns.AsNoTracking().SingleOrDefaultAsync(t => t.ProjectId == projectId && t.Id == beforeTurn, cancellationToken);
        if (beforeTurn is not null && before is null) return Refused(StatusCodes.Status404NotFound, "unknown_turn", "There is no such turn in this project.", "before_turn");
        if (before is { Status: not TurnStatus.Ended }) return Refused(StatusCodes.Status409Conflict, "turn_runs", "This turn has not ended. Stop it, or wait for its end.", "before_turn");

        var seq = before?.AnnouncedSeq ?? long.MaxValue;
        TurnRow? at = null;
        for (var session = origin; session is not null && at is null;)
        {
            var id = session.Id;
            at = await db.Turns.AsNoTracking().Where(t => t.SessionId == id && t.AnnouncedSeq > 0 && t.AnnouncedSeq < seq && t.ResumeAt != null).OrderByDescending(t => t.AnnouncedSeq).FirstOrDefaultAsync(cancellationToken);
            seq = session.ForkedFrom is null ? seq : Math.Min(seq, session.ForkSeq);
            session = session.ForkedFrom is { } parent ? await db.Sessions.AsNoTracking().SingleOrDefaultAsync(s => s.Id == parent, cancellationToken) : null;
        }

        // Nothing was said before: it begins anew, as the first message did.
        return new SessionOutcome(new SessionRow
        {
            Id = Guid.NewGuid().ToString(), ProjectId = projectId, Title = at is null ? "" : origin.Title, PermissionMode = origin.PermissionMode, Model = origin.Model,
            ForkedFrom = at is null ? null : forkOf, ForkSeq = at is null ? 0 : at.AnnouncedSeq + 1, ForkOf = at?.SessionId, ForkAt = at?.ResumeAt,
            CreatedAt = now, UpdatedAt = now,
        }, null);
    }

    private static SessionOutcome Refused(int status, string code, string message, string field) => new(null, new Refusal(status, code, message, field));
}
