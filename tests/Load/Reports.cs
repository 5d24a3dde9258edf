using Load.Targets;
using TestKit;

namespace Load;

/// <summary>Tables in Markdown, as docs/performance.md shows them. Targets take turns, so that a slow minute of the machine meets all.</summary>
public static class Reports
{
    /// <summary>The shapes of design.md §9, each target beside SignalR.</summary>
    public static async Task ShapesAsync(IReadOnlyList<Func<Target>> targets, IReadOnlyList<Shape> shapes, int rounds)
    {
        Console.WriteLine("| shape | server | CPU µs per delivery | of SignalR | deliveries per CPU s | p50 ms | p95 | p99 | p99.9 | p99 of SignalR | delivered | lost | twice or out of order |");
        Console.WriteLine("| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        foreach (var shape in shapes)
        {
            var results = new List<Result>();
            for (var round = 0; round < rounds; round++)
                foreach (var make in targets)
                {
                    await using var target = make();
                    results.Add(await Runs.FanOutAsync(target, shape));
                    Console.Error.WriteLine(results[^1]);
                }

            // Ratios are taken within a round: both met the same machine.
            var first = results.Select(r => r.Target).Distinct().First();
            var reference = results.Where(r => r.Target == first).ToList();
            foreach (var of in results.GroupBy(r => r.Target))
            {
                var runs = of.ToList();
                var cpu = Median(runs.Select((run, i) => run.CpuPerDelivery / reference[i].CpuPerDelivery));
                var p99 = Median(runs.Select((run, i) => run.P99 / reference[i].P99));
                Console.WriteLine($"| {shape.Name} | {of.Key} | {Median(runs.Select(r => r.CpuPerDelivery)):0.00} | {cpu:0.000} | {Median(runs.Select(r => r.DeliveriesPerCpuSecond)):#,0} | {Median(runs.Select(r => r.P50)):0.00} | {Median(runs.Select(r => r.P95)):0.00} | {Median(runs.Select(r => r.P99)):0.00} | {Median(runs.Select(r => r.P999)):0.00} | {p99:0.00} | {runs.Sum(r => r.Delivered):#,0} | {runs.Sum(r => r.Missing):#,0} | {runs.Sum(r => r.DuplicatedOrReordered):#,0} |");
            }
        }
    }

    /// <summary>Resident memory of idle viewers.</summary>
    public static async Task MemoryAsync(IReadOnlyList<Func<Target>> targets, int viewers, int rounds)
    {
        Console.WriteLine($"| server | KB per idle viewer, of {viewers:#,0} |\n| --- | ---: |");
        foreach (var make in targets)
        {
            var figures = new List<double>();
            var name = "";
            for (var round = 0; round < rounds; round++)
            {
                await using var target = make();
                name = target.Name;
                figures.Add(await Runs.IdleMemoryAsync(target, viewers));
                Console.Error.WriteLine($"{name}: {figures[^1]:0.0}");
            }

            Console.WriteLine($"| {name} | {Median(figures):0.0} |");
        }
    }

    /// <summary>One of 101 viewers reads nothing.</summary>
    public static async Task StuckAsync(IReadOnlyList<Func<Target>> targets, int rounds)
    {
        Console.WriteLine("| server | p99 ms of the 100 others | server's memory grew by MB | the stuck one had everything in the end |\n| --- | ---: | ---: | --- |");
        foreach (var make in targets)
        {
            var figures = new List<(double P99, double Grown, bool CaughtUp)>();
            var name = "";
            for (var round = 0; round < rounds; round++)
            {
                await using var target = make();
                name = target.Name;
                figures.Add(await Runs.StuckViewerAsync(target));
                Console.Error.WriteLine($"{name}: {figures[^1]}");
            }

            Console.WriteLine($"| {name} | {Median(figures.Select(f => f.P99)):0.00} | {Median(figures.Select(f => f.Grown)):0.0} | {(figures.TrueForAll(f => f.CaughtUp) ? "yes" : "no")} |");
        }
    }

    /// <summary>ChatApi alone: the cost of a delivery must not rise with viewers or projects.</summary>
    public static async Task ScaleAsync(int rounds)
    {
        Console.WriteLine("| projects | viewers of each | deliveries/s | CPU µs per delivery | p50 ms | p99 ms | lost |\n| ---: | ---: | ---: | ---: | ---: | ---: | ---: |");
        Shape[] shapes =
        [
            new("10 viewers", 1, 10, 500, 5000), new("100 viewers", 1, 100, 150, 1500), new("1,000 viewers", 1, 1000, 15, 150), new("10,000 viewers", 1, 10_000, 2, 20),
            new("1 project", 1, 5, 2000, 20_000), new("10 projects", 10, 5, 2000, 20_000), new("100 projects", 100, 5, 2000, 20_000), new("1,000 projects", 1000, 5, 2000, 20_000),
        ];
        foreach (var shape in shapes)
        {
            var runs = new List<Result>();
            for (var round = 0; round < rounds; round++)
            {
                await using var target = new ChatApiTarget(records: false);
                runs.Add(await Runs.FanOutAsync(target, shape));
            }

            Console.WriteLine($"| {shape.Projects:#,0} | {shape.Viewers:#,0} | {Median(runs.Select(r => r.Delivered / r.Seconds)):#,0} | {Median(runs.Select(r => r.CpuPerDelivery)):0.00} | {Median(runs.Select(r => r.P50)):0.00} | {Median(runs.Select(r => r.P99)):0.00} | {runs.Sum(r => r.Missing)} |");
        }
    }

    /// <summary>What the way through the product adds to Claude Code's own time.</summary>
    public static async Task TurnsAsync(int rounds)
    {
        var frames = new List<Measurement>();
        for (var round = 0; round < rounds; round++) frames.Add(await Turns.LineToFrameAsync(viewers: 100, turns: 5));
        Console.WriteLine("| | p50 ms | p99 ms | lost |\n| --- | ---: | ---: | ---: |");
        Console.WriteLine($"| a line on the CLI's stdout → its frame at 100 viewers | {Median(frames.Select(m => m.Percentile(50))):0.00} | {Median(frames.Select(m => m.Percentile(99))):0.00} | {frames.Sum(m => m.Lost)} |");

        await using var stack = await Stack.StartAsync(await RedisServer.StartAsync(), s =>
        {
            s.Settings["DemoModel__TokenDelayMs"] = "0";
            s.Settings["Runner__MaxWarmSessions"] = "100"; // None is ended while another is measured.
        });
        var (alone, through, written) = (new List<(double Cold, double Warm)>(), new List<(Steps Cold, Steps Warm)>(), new List<Steps>());
        for (var round = 0; round < rounds * 2 + 1; round++)
        {
            var (a, b) = (await Turns.ByTheCliAloneAsync(stack), await Turns.ThroughTheProductAsync(stack));
            // The next supervisor starts five seconds after a session: no way is to have that in its measure.
            await Task.Delay(TimeSpan.FromSeconds(5));
            var c = await Turns.WrittenAsync(stack);
            if (round > 0) (alone, through, written) = ([.. alone, a], [.. through, b], [.. written, c]); // The first one pays for the JIT.
            await Task.Delay(TimeSpan.FromSeconds(5));
        }

        Console.WriteLine("\n| message → first piece of the answer, ms | the CLI alone | through the product | added | stored and announced after | taken by the runner after | model asked after |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |");
        Report("first turn of a session", alone.Select(run => run.Cold), through.Select(run => run.Cold));
        Report("the same, after two seconds of writing", alone.Select(run => run.Cold), written);
        Report("second turn, warm", alone.Select(run => run.Warm), through.Select(run => run.Warm));

        static void Report(string name, IEnumerable<double> without, IEnumerable<Steps> with)
        {
            var (cli, all) = (Median(without), Median(with.Select(s => s.Answered)));
            Console.WriteLine($"| {name} | {cli:0.0} | {all:0.0} | {all - cli:0.0} | {Median(with.Select(s => s.Announced)):0.0} | {Median(with.Select(s => s.Taken)):0.0} | {Median(with.Select(s => s.Asked)):0.0} |");
        }
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
