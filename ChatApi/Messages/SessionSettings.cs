using ChatApi.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Protocol.Events;
using Protocol.Redis;
using StackExchange.Redis;

namespace ChatApi.Messages;

/// <summary>What is to change in a session. Absent: as it is.</summary>
/// <param name="Title">1 to 80 characters.</param>
/// <param name="PermissionMode">One of the CLI's modes that the operator allows.</param>
/// <param name="Model">The CLI's name of a model; empty for the project's.</param>
internal sealed record SessionChange(string? Title, string? PermissionMode, string? Model);

/// <summary>A session that was changed, or why not.</summary>
internal sealed record SessionOutcome(SessionRow? Session, Refusal? Refusal);

/// <summary>Changes a session: for its next turns, at once for the turn that runs, and for everybody to see.</summary>
internal sealed class SessionSettings(IDbContextFactory<ChatDb> databases, ProjectLog log, TurnQueue queue, IOptions<ChatApiOptions> options)
{
    private const int MaxTitleLength = 80;
    private const int MaxModelLength = 100;

    /// <summary>Changes the session given, or the project's current one.</summary>
    public async Task<SessionOutcome> ChangeAsync(string projectId, string? sessionId, SessionChange change, string? by, CancellationToken cancellationToken)
    {
        if (Invalid(change) is { } invalid) return new SessionOutcome(null, invalid);
        SessionRow? session;
        try
        {
            session = await SaveAsync(projectId, sessionId, change, cancellationToken);
        }
        catch (Exception error) when (error is RedisException or TimeoutException)
        {
            return new SessionOutcome(null, new Refusal(StatusCodes.Status503ServiceUnavailable, "not_changed", $"Redis does not answer ({error.Message}); nothing was changed. Try again in a moment."));
        }

        if (session is null)
            return new SessionOutcome(null, new Refusal(StatusCodes.Status404NotFound, "unknown_session", "There is no such session in this project.", "session_id"));
        try
        {
            await TellAsync(session, change, by);
        }
        catch (Exception error) when (error is RedisException or TimeoutException)
        {
            return new SessionOutcome(null, new Refusal(StatusCodes.Status503ServiceUnavailable, "not_sent", $"It is saved for the next message; what runs now could not be told ({error.Message})."));
        }

        return new SessionOutcome(session, null);
    }

    private async Task<SessionRow?> SaveAsync(string projectId, string? sessionId, SessionChange change, CancellationToken cancellationToken)
    {
        var newest = (await log.BoundsAsync(projectId)).Newest;
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
        await db.LockProjectAsync(projectId, cancellationToken);
        var session = await db.FindSessionAsync(projectId, sessionId, cancellationToken);
        if (session is null) return null;
        session.Title = change.Title?.Trim() ?? session.Title;
        session.Model = change.Model is "" ? null : change.Model ?? session.Model;
        if (change.PermissionMode is { } mode) (session.PermissionMode, session.ChosenSeq) = (mode, newest);
        await db.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return session;
    }

    private async Task TellAsync(SessionRow session, SessionChange change, string? by)
    {
        await log.AppendAsync(session.ProjectId, new SessionUpdate { SessionId = session.Id, TurnId = "", By = by, Title = change.Title?.Trim(), PermissionMode = change.PermissionMode, Model = change.Model });
        if (await queue.ActiveTurnAsync(session.Id) is not { } active) return;
        if (change.PermissionMode is { } mode) await queue.SendAsync(session.Id, new SessionCommand(SessionCommand.SetPermissionMode, active, mode));
        if (change.Model is { } model) await queue.SendAsync(session.Id, new SessionCommand(SessionCommand.SetModel, active, model));
    }

    private Refusal? Invalid(SessionChange change)
    {
        if (change.Title is { } title && title.Trim() is { Length: 0 or > MaxTitleLength }) return new Refusal(StatusCodes.Status400BadRequest, "invalid_title", $"title has 1 to {MaxTitleLength} characters.", "title");
        if (change.Model is { Length: > MaxModelLength }) return new Refusal(StatusCodes.Status400BadRequest, "invalid_model", $"model has at most {MaxModelLength} characters.", "model");
        return change.PermissionMode is { } mode ? PermissionModes.Objection(mode, options.Value) : null;
    }
}
