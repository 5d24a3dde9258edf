using System.Net.WebSockets;
using Microsoft.Extensions.Options;
using Protocol;
using Protocol.Events;
using Protocol.Redis;
using StackExchange.Redis;

namespace ChatApi.Live;

/// <summary>
/// One open WebSocket. Live events wait in a bounded queue; over the bound the viewer loses its queue, not its events:
/// it reads the log from where it is until it is level again. So a slow viewer costs nobody else anything.
/// </summary>
internal sealed partial class Viewer(string projectId, WebSocket socket, long after, ProjectLog log, IOptions<ChatApiOptions> options, ILogger<Viewer> logger)
{
    private const int PageSize = 256;
    private static readonly TimeSpan s_retryEvery = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private readonly Signal _filled = new();
    private readonly SemaphoreSlim _writing = new(1);
    private List<(long Seq, ReadOnlyMemory<byte> Frame)> _queue = [];
    private List<(long Seq, ReadOnlyMemory<byte> Frame)> _other = [];
    private int _queuedBytes;
    private bool _live;
    private long _feedSeq;
    private long _last = after;
    private int _presenceDue = 1;

    /// <summary>The newest event that it was sent.</summary>
    public long LastSeq => Volatile.Read(ref _last);

    /// <summary>Takes an event from the project's feed. Never waits.</summary>
    public void Deliver(long seq, ReadOnlyMemory<byte> frame)
    {
        lock (_lock)
        {
            _feedSeq = seq;
            if (_live && _queuedBytes + frame.Length > options.Value.MaxViewerBytes)
            {
                _live = false;
                _queue.Clear();
                _queuedBytes = 0;
                LogSlow(projectId, _last);
            }

            if (_live)
            {
                _queue.Add((seq, frame));
                _queuedBytes += frame.Length;
            }
        }

        _filled.Set();
    }

    /// <summary>Somebody came or went: to be told when it next writes.</summary>
    public void NotePresence()
    {
        Volatile.Write(ref _presenceDue, 1);
        _filled.Set();
    }

    /// <summary>
    /// Writes events until the socket ends: the log first, then what is live. <paramref name="presence"/> goes out when it
    /// has changed, and as a heartbeat when there is nothing else.
    /// </summary>
    public async Task WriteAsync(Func<Presence> presence, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            if (!_live)
            {
                await CatchUpAsync(cancellationToken);
                continue;
            }

            var taken = TakeQueue();
            foreach (var (seq, frame) in taken)
            {
                if (seq <= _last) continue;
                await SendAsync(frame, cancellationToken);
                Volatile.Write(ref _last, seq);
            }

            taken.Clear();
            if (!_live || _queue.Count > 0) continue;
            if (Interlocked.Exchange(ref _presenceDue, 0) == 1 || !await _filled.WaitAsync(options.Value.HeartbeatEvery, cancellationToken))
                await SendAsync(presence(), cancellationToken);
        }
    }

    /// <summary>Sends a frame about the connection.</summary>
    public Task SendAsync(ConnectionFrame frame, CancellationToken cancellationToken) => SendAsync(WireJson.Write(frame), cancellationToken);

    private async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<ReadOnlyMemory<byte>> page;
        try
        {
            page = await log.ReadAsync(projectId, _last, PageSize);
        }
        catch (Exception error) when (error is RedisException or TimeoutException)
        {
            LogRedisAway(projectId, error.Message);
            await Task.Delay(s_retryEvery, cancellationToken);
            return;
        }

        foreach (var frame in page)
        {
            if (!ProjectLog.TryReadSeq(frame.Span, out var seq) || seq <= _last) continue;
            await SendAsync(frame, cancellationToken);
            Volatile.Write(ref _last, seq);
        }

        if (page.Count > 0) return;
        lock (_lock)
        {
            // What the feed has told of is in the log: level when none of it is beyond what was sent.
            if (_feedSeq <= _last) _live = true;
        }
    }

    private async Task SendAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(options.Value.ViewerWriteLimit);
        await _writing.WaitAsync(limit.Token);
        try
        {
            await socket.SendAsync(frame, WebSocketMessageType.Text, WebSocketMessageFlags.EndOfMessage | WebSocketMessageFlags.DisableCompression, limit.Token);
        }
        finally
        {
            _writing.Release();
        }
    }

    private List<(long Seq, ReadOnlyMemory<byte> Frame)> TakeQueue()
    {
        lock (_lock)
        {
            var taken = _queue;
            (_queue, _other) = (_other, taken);
            _queuedBytes = 0;
            return taken;
        }
    }

    [LoggerMessage(Level = LogLevel.Debug, Message = "A viewer of project {ProjectId} is slow: it catches up from the log after {Seq}.")]
    private partial void LogSlow(string projectId, long seq);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Project {ProjectId}: the log cannot be read ({Reason}); the viewer waits.")]
    private partial void LogRedisAway(string projectId, string reason);
}
