using System.Diagnostics;
using System.Globalization;
using Protocol.Events;
using Protocol.Redis;
using TestKit;

namespace Scenarios.Tests;

/// <summary>
/// Many projects for a long time, viewers coming and going, faults at random: <c>./test --soak MINUTES</c>. Not part of
/// <c>./test</c>. <c>SOAK_SEED</c> runs the same faults in the same order again.
/// </summary>
public sealed class SoakTests(ITestOutputHelper output)
{
    private const int Projects = 50;

    [Fact(Explicit = true)]
    public async Task Nothing_is_lost_and_memory_is_flat()
    {
        var minutes = double.Parse(Environment.GetEnvironmentVariable("SOAK_MINUTES") ?? "30", CultureInfo.InvariantCulture);
        var seed = int.Parse(Environment.GetEnvironmentVariable("SOAK_SEED") ?? Random.Shared.Next().ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        Say($"Seed {seed}, {minutes} minutes.");
        var random = new Random(seed);
        // The third replica is never killed: its memory is what must be flat.
        await using var stack = await Stack.StartAsync(await RedisServer.StartDurableAsync(), s => s.Settings["ChatApi__ReplayEvents"] = "2000", "ChatApi", "ChatApi#2", "ChatApi#3");
        var redis = await stack.RedisAsync();
        var projects = new List<(string Id, ResumingViewer[] Viewers)>();
        for (var i = 0; i < Projects; i++)
        {
            var id = await stack.NewProjectAsync();
            var visits = i;
            projects.Add((id, [
                new ResumingViewer(after => stack.SocketAddress(id, after, visits++ % 2 == 0 ? "ChatApi" : "ChatApi#2")),
                new ResumingViewer(after => stack.SocketAddress(id, after, "ChatApi#3")),
            ]));
        }

        foreach (var viewer in projects.SelectMany(p => p.Viewers)) await viewer.ConnectedAsync();
        using var end = new CancellationTokenSource(TimeSpan.FromMinutes(minutes));
        var turns = 0;
        var writing = projects.ConvertAll(project => Task.Run(async () =>
        {
            var own = new Random(seed ^ project.Id.GetHashCode(StringComparison.Ordinal));
            while (!end.IsCancellationRequested)
            {
                await new RecordedTurn(own.Next(2) == 0 ? "03a-tool-bash-auto" : "02a-thinking-multi-text", project.Id, redis).AppendAllAsync();
                Interlocked.Increment(ref turns);
                await Task.Delay(own.Next(300, 3000));
            }
        }));

        var memory = new List<long>();
        var clock = Stopwatch.StartNew();
        while (!end.IsCancellationRequested)
        {
            await Task.WhenAny(Task.Delay(random.Next(500, 3000), end.Token));
            var fault = random.Next(10);
            if (fault == 0) await stack.RestartAsync("ChatApi");
            else if (fault == 1) await stack.RestartAsync("ChatApi#2");
            else if (fault == 2)
            {
                await stack.Redis.KillAsync();
                await stack.Redis.StartAgainAsync();
            }
            else foreach (var viewer in projects.SelectMany(p => p.Viewers).Where(_ => random.Next(10) == 0)) viewer.Drop();

            memory.Add(ResidentMegabytes(stack.Service("ChatApi#3").Pid));
            if (memory.Count % 20 == 0) Say($"{clock.Elapsed:mm\\:ss}: {turns} turns, ChatApi#3 {memory[^1]} MB.");
        }

        await Task.WhenAll(writing);
        foreach (var (id, viewers) in projects)
        {
            var newest = (await new ProjectLog(redis.GetDatabase()).BoundsAsync(id)).Newest;
            foreach (var viewer in viewers)
            {
                await viewer.WaitForAsync(newest);
                Assert.Null(viewer.Gap);
                Assert.Equal(Enumerable.Range(0, viewer.Seqs.Count).Select(i => viewer.Seqs[0] + i), viewer.Seqs);
                Assert.All(viewer.Events.OfType<SessionEnd>().GroupBy(e => e.TurnId), ends => Assert.Single(ends));
            }

            Assert.Equal(viewers[0].Seqs, viewers[1].Seqs);
            await stack.HistoryAsync(id, h => h.GetProperty("seq").GetInt64() == newest, $"everything up to {newest}");
            foreach (var viewer in viewers) await viewer.DisposeAsync();
        }

        // Flat: the last third is no larger than the middle one, but for the collector's mood.
        var third = memory.Count / 3;
        var (middle, last) = (memory.Skip(third).Take(third).Average(), memory.Skip(2 * third).Average());
        Say($"{turns} turns, {projects.Sum(p => p.Viewers.Sum(v => v.Returns))} returns, memory {middle:0} MB, then {last:0} MB.");
        Assert.True(last < middle * 1.25 + 10, $"ChatApi's memory grew from {middle:0} MB to {last:0} MB.");
    }

    private void Say(string line) => output.WriteLine(line);

    private static long ResidentMegabytes(int pid) =>
        long.Parse(File.ReadLines($"/proc/{pid}/status").Single(line => line.StartsWith("VmRSS", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
}
