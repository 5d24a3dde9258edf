using System.Diagnostics;
using System.Globalization;
using Load.Targets;
using TestKit;

namespace Load;

/// <summary>The measurements themselves.</summary>
public static class Runs
{
    private const int ConnectAtOnce = 64;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(120);

    /// <summary>Opens the viewers, warms up, publishes, waits until all has arrived (at most two minutes), and reads the server's CPU.</summary>
    public static async Task<Result> FanOutAsync(Target target, Shape shape)
    {
        await using var redis = await RedisServer.StartAsync();
        await target.StartAsync(redis, shape.Projects);
        var measurement = new Measurement();
        var viewers = await ConnectAsync(target, shape, measurement);
        await using var keeping = KeepAlive(target, viewers);
        var numbers = new long[shape.Projects];

        // The JIT, the pools and the sockets' buffers first.
        await PublishAsync(target, numbers, shape with { PerSecond = shape.PerSecond == 0 ? 0 : shape.PerSecond * 2, Events = Math.Max(shape.Projects * 5, shape.PerSecond == 0 ? shape.Events / 4 : Math.Min(shape.Events / 4, 500)) });
        await ArrivedAsync(viewers, numbers, shape, s_limit);
        await Task.Delay(500);
        measurement.Reset();

        var cpu = CpuSeconds(target.Pid);
        var clock = Stopwatch.StartNew();
        await PublishAsync(target, numbers, shape);
        await ArrivedAsync(viewers, numbers, shape, s_limit);
        var seconds = clock.Elapsed.TotalSeconds;
        cpu = CpuSeconds(target.Pid) - cpu;
        foreach (var ended in viewers.Where(viewer => viewer.Ended is not null).GroupBy(viewer => viewer.Ended)) await Console.Error.WriteLineAsync($"{target.Name}: {ended.Count()} viewers were closed: {ended.Key}");
        foreach (var viewer in viewers) viewer.Dispose();

        var expected = (long)shape.Events * shape.Viewers;
        return new Result(
            target.Name, shape.Name, measurement.Delivered, expected - measurement.Delivered + measurement.DuplicatedOrReordered, measurement.DuplicatedOrReordered,
            cpu * 1e6 / Math.Max(1, measurement.Delivered), measurement.Delivered / Math.Max(0.01, cpu),
            measurement.Percentile(50), measurement.Percentile(95), measurement.Percentile(99), measurement.Percentile(99.9), seconds);
    }

    /// <summary>Kilobytes of resident memory that each idle viewer costs.</summary>
    public static async Task<double> IdleMemoryAsync(Target target, int viewers)
    {
        await using var redis = await RedisServer.StartAsync();
        await target.StartAsync(redis, 1);
        var measurement = new Measurement();
        foreach (var viewer in await ConnectAsync(target, new Shape("warm-up", 1, 200, 0, 0), measurement)) viewer.Dispose();
        await Task.Delay(1000);
        var before = ResidentKilobytes(target);
        var open = await ConnectAsync(target, new Shape("idle", 1, viewers, 0, 0), measurement);
        await using var keeping = KeepAlive(target, open);
        await Task.Delay(20_000); // A heartbeat has gone round, and the collector had time.
        var after = ResidentKilobytes(target);
        var ended = open.Count(viewer => viewer.Ended is not null);
        foreach (var viewer in open) viewer.Dispose();
        if (ended > 0) throw new InvalidOperationException($"{ended} of {viewers} idle viewers were closed.");
        return (after - before) / (double)viewers;
    }

    /// <summary>One of the viewers reads nothing while 40,000 events come in 10 seconds, more than its connection and its bound hold: what the others see, and the server's memory.</summary>
    public static async Task<(double P99, double GrownMegabytes, bool CaughtUp)> StuckViewerAsync(Target target)
    {
        await using var redis = await RedisServer.StartAsync();
        await target.StartAsync(redis, 1);
        var measurement = new Measurement();
        var shape = new Shape("stuck", 1, 100, 0, 0);
        var viewers = await ConnectAsync(target, shape, measurement);
        var stuckMeasurement = new Measurement();
        var stuck = (await ConnectAsync(target, shape with { Viewers = 1 }, stuckMeasurement))[0];
        await using var keeping = KeepAlive(target, viewers);
        var numbers = new long[1];
        await PublishAsync(target, numbers, shape with { Events = 500 });
        await ArrivedAsync(viewers, numbers, shape, s_limit);
        stuck.IsStuck = true;
        measurement.Reset();
        stuckMeasurement.Reset();
        var before = ResidentKilobytes(target);
        await PublishAsync(target, numbers, shape with { PerSecond = 4000, Events = 40_000 });
        await ArrivedAsync(viewers, numbers, shape, s_limit);
        var grown = (ResidentKilobytes(target) - before) / 1024.0;
        var p99 = measurement.Percentile(99);
        stuck.IsStuck = false;
        await ArrivedAsync([stuck], numbers, shape with { Viewers = 1 }, TimeSpan.FromSeconds(20));
        var caughtUp = stuck.Last == numbers[0] && stuckMeasurement is { Lost: 0, DuplicatedOrReordered: 0 };
        foreach (var viewer in viewers.Append(stuck)) viewer.Dispose();
        return (p99, grown, caughtUp);
    }

    private static async Task<List<LoadViewer>> ConnectAsync(Target target, Shape shape, Measurement measurement)
    {
        var viewers = new List<LoadViewer>();
        for (var project = 0; project < shape.Projects; project++)
            for (var i = 0; i < shape.Viewers; i++) viewers.Add(new LoadViewer(target.SocketOf(project), target.Greeting, measurement));
        await Parallel.ForEachAsync(viewers, new ParallelOptions { MaxDegreeOfParallelism = ConnectAtOnce }, async (viewer, _) => await viewer.ConnectAsync());
        await Task.Delay(500); // The last one's subscription.
        return viewers;
    }

    private static Timer? KeepAlive(Target target, List<LoadViewer> viewers) => target.KeepAlive is not { } text ? null : new Timer(_ =>
    {
        foreach (var viewer in viewers) viewer.Say(text);
    }, null, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(10));

    private static async Task PublishAsync(Target target, long[] numbers, Shape shape)
    {
        var inFlight = new Queue<Task>();
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < shape.Events; i++)
        {
            if (shape.PerSecond > 0)
            {
                var due = TimeSpan.FromSeconds((double)i / shape.PerSecond);
                // In steps of a millisecond: several events may be due at once, as from several runners.
                if (due > clock.Elapsed) await Task.Delay(TimeSpan.FromMilliseconds(Math.Max(1, (due - clock.Elapsed).TotalMilliseconds)));
            }

            var project = i % shape.Projects;
            inFlight.Enqueue(target.PublishAsync(project, ++numbers[project]));
            if (inFlight.Count >= 256) await inFlight.Dequeue();
        }

        await Task.WhenAll(inFlight);
    }

    private static async Task ArrivedAsync(List<LoadViewer> viewers, long[] numbers, Shape shape, TimeSpan limit)
    {
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < viewers.Count; i++)
            while (viewers[i].Last < numbers[i / shape.Viewers] && clock.Elapsed < limit) await Task.Delay(5);
    }

    private static double CpuSeconds(int pid)
    {
        var fields = File.ReadAllText($"/proc/{pid}/stat").Split(") ")[1].Split(' ');
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / 100.0;
    }

    private static long ResidentKilobytes(Target target) => target.HasEnded
        ? throw new InvalidOperationException($"{target.Name} has ended:\n{target.Output}")
        : long.Parse(File.ReadLines($"/proc/{target.Pid}/status").Single(line => line.StartsWith("VmRSS", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
}
