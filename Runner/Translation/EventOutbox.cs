using Protocol;

namespace Runner.Translation;

/// <summary>
/// The events of a turn that wait to be published, in order. The translator puts in, the publisher takes all at once;
/// text that comes while a publish is in flight grows the last waiting chunk instead of making another event.
/// </summary>
internal sealed class EventOutbox
{
    private const int MaxSpare = 64;

    private readonly Lock _lock = new();
    private readonly Signal _filled = new();
    private readonly Stack<PendingEvent> _spare = new();
    private List<PendingEvent> _waiting = [];
    private List<PendingEvent> _other = [];
    private long _bytes;

    /// <summary>Bytes that wait.</summary>
    public long Bytes => Interlocked.Read(ref _bytes);

    /// <summary>Adds text to a block.</summary>
    public void AddChunk(ChunkKey key, ReadOnlySpan<byte> escapedText)
    {
        lock (_lock)
        {
            if (_waiting.Count > 0 && _waiting[^1].TryMerge(key, escapedText))
            {
                _bytes += escapedText.Length;
                return;
            }

            var pending = Spare();
            pending.SetChunk(key, escapedText);
            Put(pending);
        }

        _filled.Set();
    }

    /// <summary>Adds a whole event.</summary>
    public void Add(ReadOnlySpan<byte> json)
    {
        lock (_lock)
        {
            var pending = Spare();
            pending.Set(json);
            Put(pending);
        }

        _filled.Set();
    }

    /// <summary>Waits until there is something, or for the time given.</summary>
    public Task WaitAsync(TimeSpan limit) => _filled.WaitAsync(limit);

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

    private void Put(PendingEvent pending)
    {
        _waiting.Add(pending);
        _bytes += pending.Json.Length;
    }
}
