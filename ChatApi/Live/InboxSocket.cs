using System.Net.WebSockets;

namespace ChatApi.Live;

/// <summary>
/// The life of one WebSocket at <c>/ws/inbox</c>: what waits for people, and again whenever that changes. One that is slow
/// gets the newest and not what was between.
/// </summary>
internal sealed class InboxSocket(Inbox inbox, TimeProvider time, IHostApplicationLifetime lifetime)
{
    /// <summary>So often something is said at least, so that a browser knows that the line lives: it comes back after 40 s of silence.</summary>
    private static readonly TimeSpan s_sayEvery = TimeSpan.FromSeconds(15);

    private static readonly byte[] s_unchanged = """{"type":"unchanged"}"""u8.ToArray();

    private static readonly TimeSpan s_sendLimit = TimeSpan.FromSeconds(30);

    /// <summary>Serves a connection to its end.</summary>
    public async Task ServeAsync(WebSocket socket)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(lifetime.ApplicationStopping);
        var reading = ReadToEndAsync(socket, ended);
        try
        {
            InboxState? said = null;
            while (!ended.IsCancellationRequested)
            {
                var state = inbox.State;
                using var limit = new CancellationTokenSource(s_sendLimit, time);
                await socket.SendAsync(state == said ? s_unchanged : state.Frame, WebSocketMessageType.Text, endOfMessage: true, limit.Token);
                said = state;
                await Task.WhenAny(state.Replaced, Task.Delay(s_sayEvery, time, ended.Token));
            }

            using var goodbye = new CancellationTokenSource(TimeSpan.FromSeconds(1), time);
            if (socket.State == WebSocketState.Open) await socket.CloseOutputAsync((WebSocketCloseStatus)CloseCodes.Restart, "The server restarts; come back.", goodbye.Token);
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException)
        {
            // It left, or took nothing for too long; a browser comes back by itself.
        }

        socket.Abort();
        await reading;
    }

    // Nothing is asked of it; its end is to be noticed.
    private static async Task ReadToEndAsync(WebSocket socket, CancellationTokenSource ended)
    {
        var buffer = new byte[256];
        try
        {
            while ((await socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None)).MessageType != WebSocketMessageType.Close) { }
        }
        catch (WebSocketException)
        {
            // The line broke.
        }

        await ended.CancelAsync();
    }
}
