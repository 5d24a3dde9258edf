using System.Data.Common;
using ChatApi.Data;
using ChatApi.Dispatch;
using Microsoft.EntityFrameworkCore;
using Protocol.Redis;
using StackExchange.Redis;

namespace ChatApi.Messages;

/// <summary>
/// Has a session's process started while its next message is written: a start takes Claude Code a second, which the message then
/// need not wait for (docs/decisions/0016).
/// </summary>
internal sealed partial class SessionPreparation(
    IDbContextFactory<ChatDb> databases, TurnDispatcher dispatcher, Preparations preparations, TimeProvider time, ILogger<SessionPreparation> logger)
{
    /// <summary>Prepares the session given, or the project's current one; a project without any gets its first, as by its first message.</summary>
    public async Task<Refusal?> PrepareAsync(string projectId, string? sessionId, CancellationToken cancellationToken)
    {
        try
        {
            await using var db = await databases.CreateDbContextAsync(cancellationToken);
            await using var transaction = await db.Database.BeginTransactionAsync(cancellationToken);
            await db.LockProjectAsync(projectId, cancellationToken);
            var now = time.GetUtcNow().UtcDateTime;
            var found = await SessionForks.FindOrOpenAsync(db, projectId, sessionId, now, cancellationToken);
            if (found is not { Project: { } project, Session: { } session }) return found.Refusal;
            await db.SaveChangesAsync(cancellationToken);
            var unsent = new TurnRow { Id = "", ProjectId = projectId, SessionId = session.Id, Content = "", Status = TurnStatus.Queued, CreatedAt = now };
            var next = await dispatcher.QueuedAsync(db, unsent, project, session, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            await preparations.AskAsync(next);
        }
        catch (Exception error) when (error is DbUpdateException or DbException or RedisException or TimeoutException)
        {
            LogNotPrepared(error, projectId); // The message itself will say it, where it still is so.
        }

        return null;
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Project {ProjectId}: no process was asked for while a message is written.")]
    private partial void LogNotPrepared(Exception error, string projectId);
}
