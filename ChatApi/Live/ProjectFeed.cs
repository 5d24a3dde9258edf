using Protocol.Events;
using Protocol.Redis;
using StackExchange.Redis;

namespace ChatApi.Live;

/// <summary>
/// A project's events on this replica: one Redis subscription for all its viewers. Pub/sub may lose messages, the log does
/// not: a hole in the numbers is filled from the log before anything behind it goes out.
/// </summary>
internal sealed partial class ProjectFeed(string projectId, ISubscriber subscriber, ProjectLog log, ILogger<ProjectFeed> logger)
{
    /// <summary>Published instead of an event when the project was deleted.</summary>
    public static ReadOnlySpan<byte> Deleted => "{\"type\":\"deleted\"}"u8;

    private readonly SemaphoreSlim _one = new(1);
    private Viewer[] _viewers = [];
    private ChannelMessageQueue? _subscription;
    private long _last;

    /// <summary>How many viewers look on.</summary>
    public int Viewers => _viewers.Length;

    /// <summary>Cancelled when the project was deleted.</summary>
    public CancellationTokenSource Gone { get; } = new();

    /// <summary>Adds a viewer; with the first one the subscription begins. Throws <see cref="RedisException"/> when Redis is away.</summary>
    public async Task AddAsync(Viewer viewer)
    {
        await _one.WaitAsync();
        try
        {
            if (_subscription is null)
            {
                // Subscribed before the log is read: what comes between is seen twice and dropped once, never missed.
                var subscription = await subscriber.SubscribeAsync(ProjectLog.Channel(projectId));
                _last = (await log.BoundsAsync(projectId)).Newest;
                subscription.OnMessage(message => TakeAsync(message.Message));
                _subscription = subscription;
            }

            _viewers = [.. _viewers, viewer];
            NotePresence();
            viewer.Deliver(_last, default); // It now knows how far the log is; it reads up to there by itself.
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Removes a viewer; with the last one the subscription ends. True when none is left.</summary>
    public async Task<bool> RemoveAsync(Viewer viewer)
    {
        await _one.WaitAsync();
        try
        {
            _viewers = [.. _viewers.Where(v => v != viewer)];
            NotePresence();
            if (_viewers.Length > 0) return false;
            if (_subscription is { } subscription)
            {
                _subscription = null;
                try
                {
                    await subscription.UnsubscribeAsync();
                }
                catch (Exception error) when (error is RedisException or TimeoutException)
                {
                    LogHealFailed(projectId, error.Message);
                }
            }

            return true;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Reads what the log has and the subscription did not bring. After Redis came back.</summary>
    public async Task HealAsync()
    {
        await _one.WaitAsync();
        try
        {
            if (_subscription is not null) await FillAsync(long.MaxValue);
        }
        finally
        {
            _one.Release();
        }
    }

    // One at a time and in order: StackExchange.Redis' queue awaits this before the next message.
    private async Task TakeAsync(RedisValue message)
    {
        var frame = (ReadOnlyMemory<byte>)message;
        if (!ProjectLog.TryReadSeq(frame.Span, out var seq))
        {
            if (frame.Span.SequenceEqual(Deleted)) await Gone.CancelAsync();
            return;
        }

        await _one.WaitAsync();
        try
        {
            if (seq <= _last) return;
            if (seq > _last + 1 && _last > 0) await FillAsync(seq);
            if (seq <= _last) return;
            Deliver(seq, frame);
        }
        finally
        {
            _one.Release();
        }
    }

    private async Task FillAsync(long before)
    {
        try
        {
            while (_last + 1 < before && await log.ReadAsync(projectId, _last, 500) is { Count: > 0 } page)
            {
                var from = _last;
                foreach (var entry in page)
                    if (ProjectLog.TryReadSeq(entry.Span, out var seq) && seq > _last && seq < before) Deliver(seq, entry);
                if (_last == from) return; // The rest is the message in hand, or was lost with Redis' data: the viewers see the jump.
            }
        }
        catch (Exception error) when (error is RedisException or TimeoutException)
        {
            LogHealFailed(projectId, error.Message);
        }
    }

    private void NotePresence()
    {
        foreach (var viewer in _viewers) viewer.NotePresence();
    }

    private void Deliver(long seq, ReadOnlyMemory<byte> frame)
    {
        _last = seq;
        foreach (var viewer in _viewers) viewer.Deliver(seq, frame);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Project {ProjectId}: {Reason}")]
    private partial void LogHealFailed(string projectId, string reason);
}
