using System.Text;
using ChatApi.Live.Framing;
using Protocol.Events;
using Protocol.Redis;
using StackExchange.Redis;

namespace ChatApi.Live;

/// <summary>
/// A project's events on this replica: one Redis subscription for all its viewers. Pub/sub may lose messages, the log does
/// not: when there is a hole in the numbers, or the subscription is new, the feed reads the log until it is level, and takes
/// nothing from the subscription meanwhile, for that is in the log, too.
/// </summary>
internal sealed partial class ProjectFeed(string projectId, ProjectLog log, LiveTelemetry telemetry, ILogger<ProjectFeed> logger)
{
    private const int PageEvents = 500;
    private const int PageBytes = 1 << 20;
    private const int LargestBatch = 1 << 18;
    private const int PresenceEveryMs = 250;
    private static readonly TimeSpan s_retryEvery = TimeSpan.FromMilliseconds(250);

    private readonly Lock _lock = new();
    private FrameBatch? _open;
    private TaskCompletionSource _level = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _isLevel;
    private bool _isHealing;
    private bool _ended;
    private int _wantsHealing;
    private long _last = Unknown;
    private long _missed;
    private long _presenceAt;
    private bool _presenceDue;

    private const long Unknown = -1;

    /// <summary>Published instead of an event when the project was deleted.</summary>
    public static ReadOnlySpan<byte> Deleted => "{\"type\":\"deleted\"}"u8;

    /// <summary>The project.</summary>
    public string ProjectId => projectId;

    /// <summary>Its channel's name in Redis.</summary>
    public byte[] Channel { get; } = Encoding.UTF8.GetBytes(ProjectLog.Channel(projectId).ToString());

    /// <summary>Who looks on.</summary>
    public ViewerList Viewers { get; } = new();

    /// <summary>Completed when it has read everything that the subscription did not bring.</summary>
    public Task WhenLevel
    {
        get { lock (_lock) return _level.Task; }
    }

    /// <summary>Adds a viewer; it reads the log and joins the live events when it is level.</summary>
    public void Add(Viewer viewer)
    {
        lock (_lock) Viewers.Add(viewer);
    }

    /// <summary>Removes a viewer. True when none is left.</summary>
    public bool Remove(Viewer viewer)
    {
        lock (_lock) Viewers.Remove(viewer);
        return Viewers.Count == 0;
    }

    /// <summary>The last viewer has left: nothing is read any more.</summary>
    public void End()
    {
        lock (_lock) _ended = true;
    }

    /// <summary>The subscription is confirmed, for the first time or again: what was published before is only in the log.</summary>
    public void OnSubscribed()
    {
        lock (_lock) Heal();
    }

    /// <summary>Takes a message off the subscription. True when the feed is to be flushed once the socket's bytes are all taken.</summary>
    public bool Take(ReadOnlySpan<byte> message)
    {
        if (!ProjectLog.TryReadSeq(message, out var seq))
        {
            if (message.SequenceEqual(Deleted))
                foreach (var viewer in Viewers) viewer.Close(CloseCodes.ProjectDeleted, "The project was deleted.");
            return false;
        }

        lock (_lock)
        {
            if (_isLevel && seq <= _last) return false;
            if (_isLevel && seq != _last + 1 && _last > 0) Heal();

            if (!_isLevel)
            {
                Keep(seq, message);
                return false;
            }

            var isFirst = _open is null;
            _open ??= FrameBatch.Rent();
            _open.Add(seq, message);
            _last = seq;
            if (_open.Length > LargestBatch) SendOpen();
            return isFirst;
        }
    }

    /// <summary>Sends what was taken; what is kept while the log is read has to wait for what lies before it.</summary>
    public void Flush()
    {
        lock (_lock)
            if (_isLevel) SendOpen();
    }

    /// <summary>Makes a viewer live when it has everything that was delivered.</summary>
    public bool TryGoLive(Viewer viewer)
    {
        lock (_lock) return _isLevel && viewer.GoLive(_last);
    }

    /// <summary>Tells the viewers how many they are: at once, but not for each of a crowd.</summary>
    public void TellPresence()
    {
        lock (_lock)
        {
            _presenceDue = true;
            if (Environment.TickCount64 - _presenceAt < PresenceEveryMs + Viewers.Count) return;
        }

        TellDuePresence();
    }

    /// <summary>Tells what <see cref="TellPresence"/> has put off.</summary>
    public void TellDuePresence()
    {
        lock (_lock)
        {
            if (!_presenceDue) return;
            (_presenceDue, _presenceAt) = (false, Environment.TickCount64);
        }

        var encoded = new Dictionary<FrameFormat, byte[]>();
        foreach (var viewer in Viewers)
        {
            if (!encoded.TryGetValue(viewer.Format, out var frame)) encoded[viewer.Format] = frame = Viewer.Encode(new Presence(Viewers.Count), viewer.Format);
            viewer.Send(frame);
        }
    }

    // While the log is read, what comes is kept as far as there is room: the reading ends where this begins, however fast it comes.
    private void Keep(long seq, ReadOnlySpan<byte> message)
    {
        _missed = Math.Max(_missed, seq);
        if (_open is not null && (seq != _open.LastSeq + 1 || _open.Length > LargestBatch)) Discard();
        _open ??= FrameBatch.Rent();
        _open.Add(seq, message);
    }

    private void Discard()
    {
        _open?.Return();
        _open = null;
    }

    private void SendOpen()
    {
        if (_open is not { } batch) return;
        _open = null;
        Deliver(batch);
    }

    private void Deliver(FrameBatch batch)
    {
        foreach (var viewer in Viewers) viewer.Deliver(batch);
        telemetry.Delivered((long)batch.Count * Viewers.Count);
        batch.Return();
    }

    private void Heal()
    {
        // What was taken counts as delivered, so it goes out first: the connection may have broken before its flush.
        if (_isLevel) SendOpen();
        _wantsHealing++;
        _isLevel = false;
        if (_isHealing) return;
        _isHealing = true;
        if (_level.Task.IsCompleted) _level = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _ = Task.Run(HealAsync);
    }

    private async Task HealAsync()
    {
        while (true)
        {
            try
            {
                int wanted;
                long missed;
                lock (_lock) (wanted, missed) = (_wantsHealing, _missed);
                if (_last == Unknown)
                {
                    var newest = (await log.BoundsAsync(projectId)).Newest;
                    lock (_lock) _last = newest;
                }

                while (await log.ReadAsync(projectId, _last, PageEvents, PageBytes) is { Count: > 0 } page && Deliver(page)) { }
                lock (_lock)
                {
                    if (_ended)
                    {
                        _level.TrySetResult();
                        return;
                    }

                    if (_open is { } kept && kept.FirstSeq <= _last + 1 && kept.LastSeq > _last)
                    {
                        _last = kept.LastSeq;
                        SendOpen();
                    }

                    if (wanted != _wantsHealing || _missed > Math.Max(_last, missed)) continue;
                    // What was announced before this reading and is not in the log is gone with Redis' data: the next number shows the jump.
                    _last = Math.Max(_last, _missed);
                    Discard();
                    (_isLevel, _isHealing) = (true, false);
                    _level.TrySetResult();
                    telemetry.Healed();
                    return;
                }
            }
            catch (Exception error) when (error is RedisException or TimeoutException)
            {
                LogNotHealed(projectId, error.Message);
                lock (_lock)
                    if (_ended) return;
                await Task.Delay(s_retryEvery);
            }
        }
    }

    // False when nothing of it was new.
    private bool Deliver(IReadOnlyList<ReadOnlyMemory<byte>> page)
    {
        lock (_lock)
        {
            var batch = FrameBatch.Rent();
            foreach (var entry in page)
            {
                if (!ProjectLog.TryReadSeq(entry.Span, out var seq) || seq <= _last) continue;
                batch.Add(seq, entry.Span);
                _last = seq;
            }

            if (batch.Count == 0)
            {
                batch.Return();
                return false;
            }

            Deliver(batch);
            return true;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Project {ProjectId}: the log cannot be read yet: {Reason}")]
    private partial void LogNotHealed(string projectId, string reason);
}
