using System.Net.WebSockets;
using System.Threading.RateLimiting;
using ChatApi.Data;
using ChatApi.Messages;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Protocol.Events;
using Protocol.Redis;

namespace ChatApi.Live;

/// <summary>The life of one WebSocket: hello, then events out and frames in, until either side ends it.</summary>
internal sealed partial class ChatSocket(
    ProjectFeeds feeds, ProjectLog log, TurnQueue queue, MessageIntake intake, IDbContextFactory<ChatDb> databases,
    IOptions<ChatApiOptions> options, IHostApplicationLifetime lifetime, ILoggerFactory loggers, ILogger<ChatSocket> logger)
{
    /// <summary>Close codes are an API. 4404: the project is gone, do not come back. 1001 and 1012: come back.</summary>
    private const WebSocketCloseStatus ProjectDeleted = (WebSocketCloseStatus)4404;
    private const WebSocketCloseStatus ServiceRestart = (WebSocketCloseStatus)1012;
    private static readonly TimeSpan s_closeLimit = TimeSpan.FromSeconds(2);

    /// <summary>Serves an accepted socket to its end.</summary>
    /// <param name="project">The project, which exists.</param>
    /// <param name="socket">The accepted socket.</param>
    /// <param name="after">The last event that the browser has seen; null to begin with what comes.</param>
    /// <param name="traceParent">Trace context for what it sends.</param>
    /// <param name="aborted">The connection's own end.</param>
    public async Task ServeAsync(ProjectRow project, WebSocket socket, long? after, string? traceParent, CancellationToken aborted)
    {
        var bounds = await log.BoundsAsync(project.Id);
        var canResume = after is null || (after >= bounds.Oldest - 1 && after <= bounds.Newest);
        var viewer = new Viewer(project.Id, socket, canResume && after is { } seen ? seen : bounds.Newest, log, options, loggers.CreateLogger<Viewer>());
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(aborted, lifetime.ApplicationStopping);
        await viewer.SendAsync(await HelloAsync(project, bounds, canResume, ended.Token), ended.Token);

        var feed = await feeds.AttachAsync(project.Id, viewer);
        LogOpened(project.Id, feed.Viewers);
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(ended.Token, feed.Gone.Token);
        // Reading is not cancelled by our own end: that would abort the socket, and the close with its code would not go out.
        using var reads = CancellationTokenSource.CreateLinkedTokenSource(aborted);
        var writing = viewer.WriteAsync(() => new Presence(feed.Viewers), gone.Token);
        var reading = ReadAsync(project.Id, socket, viewer, traceParent, reads.Token);
        try
        {
            await await Task.WhenAny(writing, reading);
        }
        catch (Exception error) when (error is OperationCanceledException or WebSocketException or IOException)
        {
            // The browser left, was too slow, or we are to end: the close below says which, where anybody still listens.
        }
        finally
        {
            await feeds.DetachAsync(project.Id, viewer);
            LogClosed(project.Id, feed.Viewers);
        }

        if (feed.Gone.IsCancellationRequested) await CloseAsync(socket, ProjectDeleted, "The project was deleted.");
        else if (lifetime.ApplicationStopping.IsCancellationRequested) await CloseAsync(socket, ServiceRestart, "The server restarts; come back.");
        else await CloseAsync(socket, WebSocketCloseStatus.NormalClosure, null);

        // The browser answers the close; one that does not is not waited for.
        await gone.CancelAsync();
        reads.CancelAfter(s_closeLimit);
        await Task.WhenAll(Swallow(reading), Swallow(writing));
    }

    private static Task Swallow(Task task) => task.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private async Task<Hello> HelloAsync(ProjectRow project, LogBounds bounds, bool canResume, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var sessions = await db.Sessions.AsNoTracking().Where(s => s.ProjectId == project.Id).OrderByDescending(s => s.UpdatedAt).Take(50).ToListAsync(cancellationToken);
        var summaries = new List<SessionSummary>();
        foreach (var session in sessions)
        {
            var active = await queue.ActiveTurnAsync(session.Id);
            summaries.Add(new SessionSummary(session.Id, session.Title, active is null ? "idle" : await queue.StateAsync(active) == "started" ? "running" : "queued"));
        }

        return new Hello(
            new ProjectSummary(project.Id, project.Name), bounds.Newest, bounds.Newest == 0 ? 0 : bounds.Oldest,
            canResume ? "ok" : "gap", summaries, options.Value.Model);
    }

    private async Task ReadAsync(string projectId, WebSocket socket, Viewer viewer, string? traceParent, CancellationToken cancellationToken)
    {
        var perSecond = options.Value.MaxFramesPerSecond;
        using var limiter = new TokenBucketRateLimiter(new TokenBucketRateLimiterOptions
        {
            TokenLimit = perSecond * 4, TokensPerPeriod = perSecond, ReplenishmentPeriod = TimeSpan.FromSeconds(1), QueueLimit = 0,
        });
        var saidTooMany = long.MinValue;
        var reader = new FrameReader(socket, options.Value.MaxMessageBytes + 4096);
        while (true)
        {
            var (type, bytes, tooBig) = await reader.ReadAsync(cancellationToken);
            if (type == WebSocketMessageType.Close) return;
            using var lease = limiter.AttemptAcquire();
            if (!lease.IsAcquired)
            {
                // Said once a second, not ten thousand times.
                if (Environment.TickCount64 - 1000 < saidTooMany) continue;
                saidTooMany = Environment.TickCount64;
                await viewer.SendAsync(new Rejected("too_many_frames", $"More than {perSecond} frames a second; the rest was dropped. Send again more slowly."), cancellationToken);
                continue;
            }

            var answer = tooBig ? new Rejected("message_too_big", $"The message is larger than {options.Value.MaxMessageBytes >> 10} KB. Put it in a file of the workspace instead.")
                : type == WebSocketMessageType.Binary ? new Rejected("binary_frame", "Frames are JSON text; binary frames are not taken.")
                : await TakeAsync(projectId, BrowserFrame.Read(bytes), traceParent, cancellationToken);
            if (answer is not null) await viewer.SendAsync(answer, cancellationToken);
        }
    }

    private async Task<Rejected?> TakeAsync(string projectId, BrowserFrame frame, string? traceParent, CancellationToken cancellationToken)
    {
        switch (frame)
        {
            case BrowserFrame.Bad bad:
                return new Rejected(bad.Code, bad.Message, bad.ClientMessageId);
            case BrowserFrame.UserMessage message:
                var outcome = await intake.SendAsync(projectId, message.Content, message.ClientMessageId, message.SessionId, traceParent, cancellationToken);
                return outcome.Refusal is { } refusal ? new Rejected(refusal.Code, refusal.Message, message.ClientMessageId) : null;
            case BrowserFrame.Interrupt interrupt:
                var refused = await intake.InterruptAsync(projectId, interrupt.SessionId, cancellationToken);
                return refused is { } reason ? new Rejected(reason.Code, reason.Message) : null;
            default:
                return null;
        }
    }

    private static async Task CloseAsync(WebSocket socket, WebSocketCloseStatus status, string? reason)
    {
        using var limit = new CancellationTokenSource(s_closeLimit);
        try
        {
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived) await socket.CloseOutputAsync(status, reason, limit.Token);
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException or IOException)
        {
            socket.Abort();
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "Project {ProjectId}: a viewer came, {Viewers} now.")]
    private partial void LogOpened(string projectId, int viewers);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Project {ProjectId}: a viewer left, {Viewers} now.")]
    private partial void LogClosed(string projectId, int viewers);
}
