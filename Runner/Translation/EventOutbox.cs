namespace Runner.Translation;

/// <summary>
/// The events of a turn that wait to be published, in order. The translator puts in, the publisher takes all at once;
/// text that comes while a publish is in flight grows the last waiting chunk instead of making another event.
/// </summary>
internal sealed class EventOutbox
{
    private const int MaxSpare = 64;

    private readonly Lock _lock = new();
    private readonly Stack<PendingEvent> _spare = new();
    private List<PendingEvent> _waiting = [];
    private List<PendingEvent> _other = [];
    private long _bytes;
    private TaskCompletionSource? _publisher;
    private bool _isWoken;

    /// <summary>Bytes that wait.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Adds text to a block.</summary>
    public void AddChunk(ChunkKey key, ReadOnlySpan<byte> escapedText)
    {
        TaskCompletionSource? publisher;
        lock (_lock)
        {
            if (_waiting.Count > 0 && _waiting[^1].TryMerge(key, escapedText))
            {
                _bytes += escapedText.Length;
                return;
            }

            var pending = Spare();
            pending.SetChunk(key, escapedText);
            publisher = Put(pending);
        }

        publisher?.SetResult();
    }

    /// <summary>Adds a whole event.</summary>
    public void Add(ReadOnlySpan<byte> json)
    {
        TaskCompletionSource? publisher;
        lock (_lock)
        {
            var pending = Spare();
            pending.Set(json);
            publisher = Put(pending);
        }

        publisher?.SetResult();
    }

    /// <summary>
    /// Waits until there is something, or <see cref="Wake"/> was called. One publisher waits; it goes on from the very thread
    /// that has put something in: from the CLI's line to Redis without a hop.
    /// </summary>
    public Task WaitAsync()
    {
        lock (_lock)
        {
            if (_waiting.Count == 0 && !_isWoken) return (_publisher = new TaskCompletionSource()).Task;
            _isWoken = false;
            return Task.CompletedTask;
        }
    }

    /// <summary>Lets the publisher go on though nothing came.</summary>
    public void Wake()
    {
        TaskCompletionSource? publisher;
        lock (_lock)
        {
            _isWoken = _publisher is null;
            publisher = TakePublisher();
        }

        publisher?.SetResult();
    }

    /// <summary>Takes all that waits. To be given back by <see cref="Return"/>.</summary>
    public IReadOnlyList<PendingEvent> TakeAll()
    {
        lock (_lock)
        {
            var taken = _waiting;
            _waiting = _other;
            _other = taken;
            _bytes = 0;
            return taken;
        }
    }

    /// <summary>Gives back what was taken, for its buffers.</summary>
    public void Return(IReadOnlyList<PendingEvent> taken)
    {
        lock (_lock)
        {
            for (var i = 0; i < taken.Count; i++) // Not foreach: its enumerator would be allocated.
            {
                var pending = taken[i];
                if (_spare.Count < MaxSpare && pending.Json.Length < 4096) _spare.Push(pending);
                else pending.Release();
            }

            _other.Clear();
        }
    }

    private PendingEvent Spare() => _spare.TryPop(out var spare) ? spare : new PendingEvent();

    private TaskCompletionSource? Put(PendingEvent pending)
    {
        _waiting.Add(pending);
        _bytes += pending.Json.Length;
        return TakePublisher();
    }

    private TaskCompletionSource? TakePublisher()
    {
        var publisher = _publisher;
        _publisher = null;
        return publisher;
    }
}
