using System.Net.WebSockets;
using System.Text;
using Protocol.Events;

namespace TestKit;

/// <summary>A viewer: a WebSocket client that keeps every frame, and checks of each that it is one of the wire's types.</summary>
public sealed class Viewer : IAsyncDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly List<(Frame Frame, string Json)> _frames = [];
    private readonly SemaphoreSlim _arrived = new(0);
    private Task _reading = Task.CompletedTask;
    private Action<Frame>? _take;

    private Viewer() { }

    /// <summary>Why reading ended, once it has.</summary>
    public WebSocketCloseStatus? CloseStatus => _socket.CloseStatus;

    /// <summary>Completed when the socket has ended.</summary>
    public Task Closed => _reading;

    /// <summary>Every frame so far.</summary>
    public IReadOnlyList<Frame> Frames
    {
        get { lock (_frames) return [.. _frames.Select(f => f.Frame)]; }
    }

    /// <summary>The JSON of every frame so far.</summary>
    public IReadOnlyList<string> Json
    {
        get { lock (_frames) return [.. _frames.Select(f => f.Json)]; }
    }

    /// <summary>Every event so far.</summary>
    public IReadOnlyList<Event> Events => [.. Frames.OfType<Event>()];

    /// <summary>The numbers of the events so far; a chunk that was merged for a viewer that was behind stands for several.</summary>
    public IReadOnlyList<long> Seqs => [.. Events.SelectMany(NumbersOf)];

    /// <summary>The first number so far that does not follow the one before it; null when nothing is missing, twice or out of order.</summary>
    public long? FirstGap
    {
        get
        {
            var seqs = Seqs; // Once: more may come at any moment.
            return seqs.Skip(1).Where((seq, i) => seq != seqs[i] + 1).Select(seq => (long?)seq).FirstOrDefault();
        }
    }

    /// <summary>The numbers that a frame stands for.</summary>
    public static IEnumerable<long> NumbersOf(Event @event)
    {
        var first = (@event as AssistantChunk)?.FirstSeq ?? (@event as ThinkingChunk)?.FirstSeq ?? @event.Seq;
        for (var seq = first; seq <= @event.Seq; seq++) yield return seq;
    }

    /// <summary>Connects, and waits for hello.</summary>
    /// <param name="address">Where to.</param>
    /// <param name="take">Called with each frame, in order.</param>
    public static async Task<Viewer> ConnectAsync(Uri address, Action<Frame>? take = null)
    {
        var viewer = new Viewer { _take = take };
        using var limit = new CancellationTokenSource(Eventually.Limit);
        await viewer._socket.ConnectAsync(address, limit.Token);
        viewer._reading = viewer.ReadAsync();
        await viewer.WaitForAsync<Hello>();
        return viewer;
    }

    /// <summary>Sends text as it is.</summary>
    public Task SendAsync(string text) => _socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, CancellationToken.None);

    /// <summary>Sends a frame.</summary>
    public Task SendAsync<T>(T frame) where T : class => SendAsync(System.Text.Json.JsonSerializer.Serialize(frame));

    /// <summary>Sends bytes as they are.</summary>
    public Task SendAsync(byte[] bytes, WebSocketMessageType type) => _socket.SendAsync(bytes, type, true, CancellationToken.None);

    /// <summary>Writes to Claude Code.</summary>
    public Task SayAsync(string content, string? clientMessageId = null, string? sessionId = null) => SendAsync(System.Text.Json.JsonSerializer.Serialize(
        new Dictionary<string, string?> { ["type"] = "user_message", ["content"] = content, ["client_message_id"] = clientMessageId, ["session_id"] = sessionId }));

    /// <summary>Waits for a frame of a type, that has come or is to come.</summary>
    public async Task<T> WaitForAsync<T>(Func<T, bool>? that = null, TimeSpan? limit = null) where T : Frame
    {
        var deadline = DateTime.UtcNow + (limit ?? Eventually.Limit);
        while (true)
        {
            if (Frames.OfType<T>().FirstOrDefault(f => that?.Invoke(f) ?? true) is { } found) return found;
            var left = deadline - DateTime.UtcNow;
            if (left <= TimeSpan.Zero || (_reading.IsCompleted && _arrived.CurrentCount == 0) || !await _arrived.WaitAsync(left))
                throw new TimeoutException($"Waited in vain for a {typeof(T).Name}{(_reading.IsCompleted ? $" (the socket is closed: {_socket.CloseStatus} {_socket.CloseStatusDescription} {_reading.Exception?.InnerException?.Message})" : "")}. It got:\n{string.Join('\n', Json.Select(j => j.Length > 300 ? j[..300] : j).TakeLast(30))}");
        }
    }

    /// <summary>Waits for the end of the n-th turn.</summary>
    public async Task<SessionEnd> WaitForEndAsync(int turn = 1, TimeSpan? limit = null)
    {
        await WaitForAsync<SessionEnd>(_ => Frames.OfType<SessionEnd>().Count() >= turn, limit);
        return Frames.OfType<SessionEnd>().ElementAt(turn - 1);
    }

    /// <summary>Waits until the server has closed the socket.</summary>
    public async Task WaitForCloseAsync()
    {
        try
        {
            await _reading.WaitAsync(Eventually.Limit);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException("Waited in vain for the server to close the socket.");
        }
    }

    /// <summary>Drops the connection without a word.</summary>
    public void Abort() => _socket.Abort();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _socket.Abort();
        await _reading;
        _socket.Dispose();
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[1 << 16];
        var message = new MemoryStream();
        try
        {
            while (true)
            {
                var received = await _socket.ReceiveAsync(buffer.AsMemory(), CancellationToken.None);
                if (received.MessageType == WebSocketMessageType.Close) break;
                message.Write(buffer, 0, received.Count);
                if (!received.EndOfMessage) continue;
                var json = message.ToArray();
                message.SetLength(0);
                var frame = WireJson.Read(json);
                WireConformance.Check(Encoding.UTF8.GetString(json));
                lock (_frames) _frames.Add((frame, Encoding.UTF8.GetString(json)));
                _take?.Invoke(frame);
                _arrived.Release();
            }
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The socket ended; a test that still waits says for what.
        }
        finally
        {
            _arrived.Release();
        }
    }
}
