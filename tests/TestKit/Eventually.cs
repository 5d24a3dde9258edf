using System.Diagnostics;

namespace TestKit;

/// <summary>Waiting with an end: what was waited for is said when it does not come.</summary>
public static class Eventually
{
    /// <summary>Long enough for the slowest step on two busy cores.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Polls until <paramref name="probe"/> gives something.</summary>
    /// <param name="what">What is waited for.</param>
    /// <param name="probe">Looks for it.</param>
    /// <param name="limit">How long; by default <see cref="Limit"/>.</param>
    /// <param name="instead">What is there instead, said when it does not come.</param>
    /// <exception cref="TimeoutException">It did not within the limit.</exception>
    public static async Task<T> GetAsync<T>(string what, Func<Task<T?>> probe, TimeSpan? limit = null, Func<string>? instead = null) where T : class
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            if (await probe() is { } found) return found;
            if (clock.Elapsed > (limit ?? Limit)) throw new TimeoutException($"Waited {clock.Elapsed.TotalSeconds:0.0} s in vain for: {what}.{instead?.Invoke()}");
            await Task.Delay(25);
        }
    }

    /// <summary>Polls until <paramref name="probe"/> is true.</summary>
    public static Task IsAsync(string what, Func<Task<bool>> probe, TimeSpan? limit = null, Func<string>? instead = null) =>
        GetAsync<object>(what, async () => await probe() ? true : null, limit, instead);
}
