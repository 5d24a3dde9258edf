using System.Net.Sockets;
using ChatApi.Live.Framing;
using ChatApi.Live.Outlets;
using Microsoft.Extensions.Options;
using Protocol;
using Protocol.Events;

namespace ChatApi.Live;

/// <summary>
/// The life of one WebSocket: hello, then events out and frames in, until either side ends it. As a hosted service it has the
/// host wait for them, because no request does.
/// </summary>
internal sealed partial class ChatSocket(
    ProjectFeeds feeds, ViewerContext context, FrameTaker frames, IOptions<ChatApiOptions> options, TimeProvider time, IHostApplicationLifetime lifetime, ILogger<ChatSocket> logger)
    : IHostedService
{
    private static readonly TimeSpan s_closeLimit = TimeSpan.FromSeconds(2);

    private readonly Signal _ended = new();
    private int _open;

    /// <summary>Serves an upgraded connection. Returns at its end, or at once where the connection outlives its request.</summary>
    /// <param name="beginning">Where it begins.</param>
    /// <param name="connection">The upgraded connection.</param>
    /// <param name="sender">Who sends over it.</param>
    public Task ServeAsync(Beginning beginning, UpgradedConnection connection, Sender sender)
    {
        var viewer = feeds.Attach(beginning.ProjectId, feed =>
        {
            var viewer = new Viewer(FrameFormat.WebSocket, connection.Outlet, beginning.After, context) { Feed = feed };
            viewer.Send(beginning.Hello);
            return viewer;
        });
        Interlocked.Increment(ref _open);
        // It may have begun after everybody was told to go.
        if (lifetime.ApplicationStopping.IsCancellationRequested) viewer.Close(CloseCodes.Restart, "The server restarts; come back.");
        LogOpened(beginning.ProjectId, viewer.Feed.Viewers.Count);
        if (connection.Socket is null) return ServeToEndAsync(viewer, connection, sender);
        // Nothing of the request is held by what goes on, its trace included: what people send names it (Sender).
        using (ExecutionContext.SuppressFlow()) _ = ServeToEndAsync(viewer, connection, sender);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Waits until all are closed, which <see cref="ProjectFeeds"/> has begun when the host began to stop.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        while (Volatile.Read(ref _open) > 0 && !cancellationToken.IsCancellationRequested) await Task.WhenAny(_ended.WaitAsync(s_closeLimit, cancellationToken));
    }

    private async Task ServeToEndAsync(Viewer viewer, UpgradedConnection connection, Sender sender)
    {
        try
        {
            var reading = ReadAsync(connection.Input, viewer, sender);
            await viewer.Closing; // Also where reading ends.
            feeds.Detach(viewer);
            LogClosed(viewer.Feed.ProjectId, viewer.Feed.Viewers.Count);

            // Closed by us: the close goes out behind what waits, and the browser answers it; one that does not is not waited for.
            await viewer.DrainAsync(s_closeLimit);
            await Task.WhenAny(reading, Task.Delay(s_closeLimit));
            if (!reading.IsCompleted) connection.Outlet.Abort();
            await reading;
        }
        finally
        {
            connection.Close();
            Interlocked.Decrement(ref _open);
            _ended.Set();
        }
    }

    // Its end is the viewer's, whatever it is.
    private async Task ReadAsync(Stream input, Viewer viewer, Sender sender)
    {
        var budget = new FrameBudget(options.Value.MaxFramesPerSecond, time);
        var saidTooMany = long.MinValue;
        var reader = new WebSocketReader(input, options.Value.MaxMessageBytes + 4096);
        try
        {
            while (true)
            {
                var (kind, bytes) = await reader.ReadAsync();
                viewer.NoteAlive();
                switch (kind)
                {
                    case BrowserMessage.End:
                        viewer.Break();
                        return;
                    case BrowserMessage.Close:
                        viewer.Close(CloseCodes.Normal, "");
                        return;
                    case BrowserMessage.Pong:
                        continue;
                }

                if (!budget.TryTake())
                {
                    // Said once a second, not ten thousand times.
                    if (Environment.TickCount64 - 1000 < saidTooMany) continue;
                    saidTooMany = Environment.TickCount64;
                    viewer.Send(new Rejected("too_many_frames", $"More than {options.Value.MaxFramesPerSecond} frames a second; the rest was dropped. Send again more slowly."));
                }
                else if (kind == BrowserMessage.Ping)
                {
                    viewer.Send(WebSocketFrames.Frame(WebSocketFrames.Pong, bytes.Span));
                }
                else if (await AnswerAsync(viewer.Feed.ProjectId, kind, bytes, sender) is { } answer)
                {
                    viewer.Send(answer);
                }
            }
        }
        catch (WebSocketProtocolException error)
        {
            viewer.Close(error.Code, error.Message);
        }
        catch (Exception error) when (error is IOException or OperationCanceledException or SocketException or ObjectDisposedException)
        {
            viewer.Break();
        }
        catch (Exception error)
        {
            LogFailed(error, viewer.Feed.ProjectId);
            viewer.Close(CloseCodes.Failed, "The server failed on this; come back.");
        }
    }

    private async Task<Rejected?> AnswerAsync(string projectId, BrowserMessage kind, ReadOnlyMemory<byte> bytes, Sender sender) => kind switch
    {
        BrowserMessage.TooBig => new Rejected("message_too_big", $"The message is larger than {options.Value.MaxMessageBytes >> 10} KB. Put it in a file of the workspace instead."),
        BrowserMessage.Binary => new Rejected("binary_frame", "Frames are JSON text; binary frames are not taken."),
        _ => await frames.TakeAsync(projectId, BrowserFrame.Read(bytes), sender),
    };

    [LoggerMessage(Level = LogLevel.Debug, Message = "Project {ProjectId}: a viewer came, {Viewers} now.")]
    private partial void LogOpened(string projectId, int viewers);

    [LoggerMessage(Level = LogLevel.Error, Message = "Project {ProjectId}: what a viewer sent could not be taken.")]
    private partial void LogFailed(Exception error, string projectId);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Project {ProjectId}: a viewer left, {Viewers} now.")]
    private partial void LogClosed(string projectId, int viewers);
}
