namespace ChatApi.Live;

/// <summary>A token bucket: so many frames a second, with bursts of four times as many. Two numbers, no timer: one for each viewer.</summary>
internal sealed class FrameBudget(int perSecond, TimeProvider time)
{
    private double _left = perSecond * 4;
    private long _at = time.GetTimestamp();

    /// <summary>Takes one; false when none is left.</summary>
    public bool TryTake()
    {
        var now = time.GetTimestamp();
        _left = Math.Min(perSecond * 4, _left + time.GetElapsedTime(_at, now).TotalSeconds * perSecond);
        _at = now;
        if (_left < 1) return false;
        _left--;
        return true;
    }
}
