using ChatApi.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Protocol.Events;
using Protocol.Redis;

namespace ChatApi.Live;

/// <summary>Where a viewer begins, and what it is told first.</summary>
/// <param name="ProjectId">The project, which exists.</param>
/// <param name="After">Events after this one are sent.</param>
/// <param name="Hello">The first frame.</param>
internal sealed record Beginning(string ProjectId, long After, Hello Hello);

/// <summary>Makes the first frame of a connection, over WebSocket and event stream alike.</summary>
internal sealed class Hellos(ProjectLog log, TurnQueue queue, IDbContextFactory<ChatDb> databases, IOptions<ChatApiOptions> options)
{
    private const int MostSessions = 50;

    /// <summary>Says where the log is, and whether it still has what follows <paramref name="after"/> (null: begin with what comes).</summary>
    public async Task<Beginning> BeginAsync(ProjectRow project, long? after, CancellationToken cancellationToken)
    {
        var bounds = await log.BoundsAsync(project.Id);
        var canResume = after is null || (after >= bounds.Oldest - 1 && after <= bounds.Newest);
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var sessions = await db.Sessions.AsNoTracking().Where(s => s.ProjectId == project.Id).OrderByDescending(s => s.UpdatedAt).Take(MostSessions).ToListAsync(cancellationToken);
        // All at once: one round trip or two, however many sessions.
        var summaries = await Task.WhenAll(sessions.Select(async session => new SessionSummary(session.Id, session.Title, await StateAsync(session.Id), session.PermissionMode, session.Model)));
        return new Beginning(project.Id, canResume && after is { } seen ? seen : bounds.Newest, new Hello(
            new ProjectSummary(project.Id, project.Name, project.PermissionMode, project.Model), bounds.Newest, bounds.Newest == 0 ? 0 : bounds.Oldest,
            canResume ? "ok" : "gap", summaries, options.Value.Model, PermissionModes.Of(options.Value)));
    }

    private async Task<string> StateAsync(string sessionId) =>
        await queue.ActiveTurnAsync(sessionId) is not { } active ? "idle" : await queue.StateAsync(active) == "started" ? "running" : "queued";
}
