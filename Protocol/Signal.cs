namespace Protocol;

/// <summary>
/// Wakes one waiting loop. Set while nobody waits, it is remembered; set many times, it wakes once: the loop looks at
/// everything anyway.
/// </summary>
public sealed class Signal
{
    private readonly SemaphoreSlim _set = new(0, 1);

    /// <summary>Wakes the loop, now or when it next waits.</summary>
    public void Set()
    {
        if (_set.CurrentCount > 0) return;
        try
        {
            _set.Release();
        }
        catch (SemaphoreFullException)
        {
            // Somebody else has set it meanwhile.
        }
    }

    /// <summary>Waits to be woken, at most for <paramref name="limit"/>. False when that has passed.</summary>
    public Task<bool> WaitAsync(TimeSpan limit, CancellationToken cancellationToken = default) => _set.WaitAsync(limit, cancellationToken);
}
