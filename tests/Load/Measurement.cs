using System.Diagnostics;

namespace Load;

/// <summary>What all viewers of a run saw. Latencies in a histogram of 2 % steps, so that millions cost nothing.</summary>
public sealed class Measurement
{
    private const double Step = 1.02;
    private readonly long[] _histogram = new long[1200];
    private long _delivered;
    private long _lost;
    private long _duplicated;

    /// <summary>Events that arrived.</summary>
    public long Delivered => Volatile.Read(ref _delivered);

    /// <summary>Numbers that were jumped over when they arrived: lost, or to come later out of order.</summary>
    public long Lost => Volatile.Read(ref _lost);

    /// <summary>Numbers that came again, or after a later one.</summary>
    public long DuplicatedOrReordered => Volatile.Read(ref _duplicated);

    /// <summary>Counts from here on.</summary>
    public void Reset()
    {
        Array.Clear(_histogram);
        (_delivered, _lost, _duplicated) = (0, 0, 0);
    }

    /// <summary>Takes an arrival.</summary>
    public void Take(long number, long last, long ticks)
    {
        Interlocked.Increment(ref _delivered);
        if (number <= last) Interlocked.Increment(ref _duplicated);
        else if (number > last + 1) Interlocked.Add(ref _lost, number - last - 1);
        var microseconds = Math.Max(1, ticks * 1e6 / Stopwatch.Frequency);
        Interlocked.Increment(ref _histogram[Math.Min(_histogram.Length - 1, (int)(Math.Log(microseconds) / Math.Log(Step)))]);
    }

    /// <summary>A percentile, in milliseconds.</summary>
    public double Percentile(double percent)
    {
        var wanted = (long)Math.Ceiling(_histogram.Sum() * percent / 100);
        long seen = 0;
        for (var i = 0; i < _histogram.Length; i++)
            if ((seen += _histogram[i]) >= wanted && seen > 0) return Math.Pow(Step, i + 0.5) / 1000;
        return 0;
    }
}
