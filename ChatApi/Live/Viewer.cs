using System.Buffers;
using ChatApi.Live.Framing;
using ChatApi.Live.Outlets;
using Protocol.Events;
using Protocol.Redis;
using StackExchange.Redis;

namespace ChatApi.Live;

/// <summary>
/// One open WebSocket or event stream. Live events go out at once, from the thread that has them; what the connection does
/// not take waits here, up to a bound. Over the bound the viewer is no longer live: it reads the log from where it is, text
/// merged, until it is level. So a slow viewer costs nobody else anything, and memory is bounded.
/// </summary>
internal sealed partial class Viewer(FrameFormat format, Outlet outlet, long after, ViewerContext context)
{
    private const int PageEvents = 256;
    private const int PageBytes = 1 << 18;
    private const int SliceBytes = 1 << 14;
    private static readonly TimeSpan s_retryEvery = TimeSpan.FromMilliseconds(500);

    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _closing = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private byte[]? _waiting;
    private int _waitingBytes;
    private int _inFlightBytes;
    private long _last = after;
    private long _lookedFor;
    private long _progressAt = Environment.TickCount64;
    private Task _pump = Task.CompletedTask;
    private State _state = State.Behind;
    private bool _pumping;
    private int _unanswered;

    private enum State
    {
        /// <summary>Reads the log.</summary>
        Behind,

        /// <summary>Gets events as they come.</summary>
        Live,

        /// <summary>Gets no more events; what waits goes out, the close frame last.</summary>
        Closing,

        /// <summary>The connection is broken.</summary>
        Broken,
    }

    /// <summary>How its frames are laid on the connection.</summary>
    public FrameFormat Format => format;

    /// <summary>Its feed.</summary>
    public required ProjectFeed Feed { get; init; }

    /// <summary>Completed when nothing more is to be sent: it was closed from this side, or the connection is broken.</summary>
    public Task Closing => _closing.Task;

    /// <summary>The newest event that it was sent.</summary>
    public long LastSeq => Volatile.Read(ref _last);

    /// <summary>Bytes that wait for its connection.</summary>
    public int WaitingBytes
    {
        get { lock (_lock) return _waitingBytes + _inFlightBytes; }
    }

    /// <summary>Begins to read the log, after what was sent first.</summary>
    public void Start()
    {
        lock (_lock) StartPump();
    }

    /// <summary>Takes events from the project's feed. Never waits.</summary>
    public void Deliver(FrameBatch batch)
    {
        lock (_lock)
        {
            if (_state != State.Live) return;
            var bytes = batch.After(_last, format);
            if (bytes.IsEmpty) return;
            if (TryWrite(bytes))
            {
                Volatile.Write(ref _last, batch.LastSeq);
                return;
            }

            if (_state != State.Live) return;
            _state = State.Behind; // The pump is running, for something waits; it goes on with the log.
            context.Telemetry.FellBehind();
        }
    }

    /// <summary>Sends a frame about the connection, unless too much waits already.</summary>
    public void Send(ConnectionFrame frame) => Send(Encode(frame, format));

    /// <summary>Sends a whole encoded frame, unless too much waits already.</summary>
    public void Send(ReadOnlySpan<byte> frame)
    {
        lock (_lock)
        {
            if (_state is State.Behind or State.Live) TryWrite(frame);
        }
    }

    /// <summary>
    /// Joins the live events if it has everything up to <paramref name="newest"/>. Called by its feed, which delivers nothing
    /// meanwhile, after the log had nothing more. Refused once for each number that is missing: the log is read again then, and
    /// what is not in it after that is gone with Redis' data, and the jump shows.
    /// </summary>
    /// <param name="newest">The newest event that the feed has delivered.</param>
    public bool GoLive(long newest)
    {
        lock (_lock)
        {
            if (_state != State.Behind) return true;
            if (newest > _last && newest != _lookedFor)
            {
                _lookedFor = newest;
                return false;
            }

            _state = State.Live;
            Volatile.Write(ref _last, Math.Max(_last, newest));
            return true;
        }
    }

    /// <summary>Ends the events; the close frame goes out behind what waits. Once.</summary>
    public void Close(int code, string reason)
    {
        lock (_lock)
        {
            if (_state is State.Closing or State.Broken) return;
            _state = State.Closing;
            if (format == FrameFormat.WebSocket) Write(WebSocketFrames.CloseFrame(code, reason));
            _closing.TrySetResult();
        }
    }

    /// <summary>Drops the connection.</summary>
    public void Break()
    {
        lock (_lock)
        {
            if (_state == State.Broken) return;
            _state = State.Broken;
            _closing.TrySetResult();
        }

        outlet.Abort();
    }

    /// <summary>Waits until what was to be sent has been, at most for <paramref name="limit"/>; what is left then is dropped with the connection. The viewer's end.</summary>
    public async Task DrainAsync(TimeSpan limit)
    {
        await Task.WhenAny(_pump, Task.Delay(limit));
        if (!_pump.IsCompleted) Break();
        await _pump;
        // From here on the connection is somebody else's: nobody may drop it in this viewer's name.
        lock (_lock) _state = State.Broken;
    }

    /// <summary>
    /// Now and then: shows the browser that the connection lives (a frame that it can see, and a ping that it must answer),
    /// and ends a viewer that takes nothing, or has gone without a word.
    /// </summary>
    public void Beat(ReadOnlySpan<byte> heartbeat)
    {
        long stalledFor;
        lock (_lock) stalledFor = WaitingBytes == 0 ? 0 : Environment.TickCount64 - _progressAt;
        if (stalledFor > context.Options.ViewerWriteLimit.TotalMilliseconds)
        {
            context.Telemetry.TooSlow();
            // Where it reads on after all it learns why; where it does not, the connection goes a moment later.
            Close(CloseCodes.TooSlow, "Too slow; come back and resume.");
        }
        else if (format == FrameFormat.WebSocket && stalledFor == 0 && Interlocked.Increment(ref _unanswered) > 3)
        {
            Break();
        }
        else
        {
            Send(heartbeat);
        }
    }

    /// <summary>The browser has said something: it lives.</summary>
    public void NoteAlive() => Volatile.Write(ref _unanswered, 0);

    /// <summary>A frame about the connection, as it is laid on the wire.</summary>
    public static byte[] Encode(ConnectionFrame frame, FrameFormat format)
    {
        var json = WireJson.Write(frame);
        return format == FrameFormat.WebSocket ? WebSocketFrames.Frame(WebSocketFrames.Text, json) : [.. "data: "u8, .. json, .. "\n\n"u8];
    }

    // True when the bytes went out or wait; false when there was no room for them.
    private bool TryWrite(ReadOnlySpan<byte> bytes)
    {
        var waiting = WaitingBytes;
        if (waiting > 0 && waiting + bytes.Length > context.Options.MaxViewerBytes) return false;
        Write(bytes);
        return true;
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        if (_waitingBytes + _inFlightBytes == 0)
        {
            var sent = outlet.TrySend(bytes);
            if (sent == bytes.Length) return;
            if (sent < 0)
            {
                _state = State.Broken;
                _closing.TrySetResult();
                ThreadPool.UnsafeQueueUserWorkItem(static o => o.Abort(), outlet, preferLocal: false);
                return;
            }

            bytes = bytes[sent..];
            _progressAt = Environment.TickCount64;
        }

        var needed = _waitingBytes + bytes.Length;
        if (_waiting is null || _waiting.Length < needed)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, 4096));
            if (_waiting is not null)
            {
                _waiting.AsSpan(0, _waitingBytes).CopyTo(larger);
                ArrayPool<byte>.Shared.Return(_waiting);
            }

            _waiting = larger;
        }

        bytes.CopyTo(_waiting.AsSpan(_waitingBytes));
        _waitingBytes = needed;
        StartPump();
    }

    private void StartPump()
    {
        if (_pumping) return;
        _pumping = true;
        _pump = Task.Run(PumpAsync);
    }

    // Runs only while something waits or the viewer is behind; a viewer at rest has no task.
    private async Task PumpAsync()
    {
        try
        {
            while (true)
            {
                byte[]? sending;
                int length;
                bool isBehind;
                lock (_lock)
                {
                    (sending, length, isBehind) = (_waiting, _waitingBytes, _state == State.Behind);
                    if (_state == State.Broken || (sending is null && !isBehind))
                    {
                        (_pumping, _pump) = (false, Task.CompletedTask); // Nothing of it is held at rest.
                        return;
                    }

                    (_waiting, _waitingBytes, _inFlightBytes) = (null, 0, length);
                }

                if (sending is not null) await SendAsync(sending, length);
                else await CatchUpAsync();
            }
        }
        catch (IOException)
        {
            lock (_lock) _pumping = false;
            Break();
        }
    }

    private async Task SendAsync(byte[] sending, int length)
    {
        try
        {
            for (var sent = 0; sent < length;)
            {
                sent += await outlet.SendAsync(sending.AsMemory(sent, Math.Min(SliceBytes, length - sent)));
                _progressAt = Environment.TickCount64;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(sending);
            lock (_lock) _inFlightBytes = 0;
        }
    }

    private async Task CatchUpAsync()
    {
        IReadOnlyList<ReadOnlyMemory<byte>> page;
        try
        {
            page = await context.Log.ReadAsync(Feed.ProjectId, _last, PageEvents, PageBytes);
        }
        catch (Exception error) when (error is RedisException or TimeoutException)
        {
            LogRedisAway(context.Logger, Feed.ProjectId, error.Message);
            await Task.WhenAny(Task.Delay(s_retryEvery), Closing);
            return;
        }

        if (page.Count == 0)
        {
            if (!Feed.TryGoLive(this)) await Task.WhenAny(Feed.WhenLevel, Task.Delay(s_retryEvery), Closing);
            return;
        }

        var batch = FrameBatch.Rent();
        ChunkMerge.AddTo(batch, page, _last);
        lock (_lock)
        {
            if (_state == State.Behind && batch.Count > 0)
            {
                Write(batch.After(0, format));
                Volatile.Write(ref _last, batch.LastSeq);
            }
        }

        batch.Return();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Project {ProjectId}: the log cannot be read ({Reason}); the viewer waits.")]
    private static partial void LogRedisAway(ILogger logger, string projectId, string reason);
}

/// <summary>What all viewers share.</summary>
internal sealed record ViewerContext(ProjectLog Log, ChatApiOptions Options, LiveTelemetry Telemetry, ILogger Logger);
