using System.Text;
using ChatApi.Live;
using ChatApi.Live.Framing;
using ChatApi.Live.Outlets;
using ChatApi.Live.Subscription;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Protocol.Events;
using Protocol.Redis;
using StackExchange.Redis;
using TestKit;
using Viewer = ChatApi.Live.Viewer;

namespace ChatApi.Tests;

/// <summary>What one viewer is sent, whatever its bound and however its connection takes it: the log after where it was, each event once, in order.</summary>
public sealed class ViewerTests(ViewerTests.Server server) : IClassFixture<ViewerTests.Server>
{
    [Property(MaxTest = 60)]
    public void Every_viewer_gets_exactly_the_log(PositiveInt events, NonNegativeInt seenBefore, PositiveInt bound, PositiveInt takes, bool slow, bool asEventStream) =>
        RunAsync(Math.Min(events.Get * 7, 400), seenBefore.Get, 4096 + bound.Get * 10, takes.Get, slow, asEventStream ? FrameFormat.EventStream : FrameFormat.WebSocket).GetAwaiter().GetResult();

    private async Task RunAsync(int events, int seenBefore, int maxViewerBytes, int takes, bool slow, FrameFormat format)
    {
        var project = Guid.NewGuid().ToString();
        var log = new ProjectLog(server.Connection.GetDatabase());
        var first = await log.AppendAsync(project, Chunk(0));
        for (var i = 1; i < 10; i++) await log.AppendAsync(project, Chunk(i));
        var after = first - 1 + seenBefore % 11;

        var outlet = new RecordingOutlet(takes * 37 % 1000 + 1, slow);
        var feed = server.Feed(project);
        server.Subscription.Subscribe(feed);
        var viewer = new Viewer(format, outlet, after, server.Context(maxViewerBytes)) { Feed = feed };
        feed.Add(viewer);
        var appending = Task.Run(async () =>
        {
            for (var i = 10; i < 10 + events; i++) await log.AppendAsync(project, Chunk(i));
        });
        viewer.Start();
        await appending;
        var last = (await log.BoundsAsync(project)).Newest;
        await Eventually.IsAsync($"event {last}; the viewer has {viewer.LastSeq}", () => Task.FromResult(viewer.LastSeq == last && outlet.Sent(format).Sum(f => f.Seq - (f.FirstSeq ?? f.Seq) + 1) >= last - after));
        viewer.Close(CloseCodes.Normal, "");
        await viewer.DrainAsync(TimeSpan.FromSeconds(10));
        server.Subscription.Unsubscribe(feed);
        feed.End();

        var sent = outlet.Sent(format);
        Assert.Equal(Enumerable.Range(0, (int)(last - after)).Select(i => after + 1 + i), sent.SelectMany(f => Numbers(f.FirstSeq ?? f.Seq, f.Seq)));
        // Merged or not, the text of each block is its text.
        Assert.Equal(Blocks(Enumerable.Range((int)(after - first + 1), (int)(last - after)).Select(Chunk)), Blocks(sent));
    }

    [Fact]
    public void A_viewer_goes_live_without_an_event_only_after_the_log_was_read_for_that_very_event()
    {
        var viewer = new Viewer(FrameFormat.WebSocket, new RecordingOutlet(int.MaxValue, slow: false), 10, server.Context(1 << 20)) { Feed = server.Feed(Guid.NewGuid().ToString()) };
        Assert.False(viewer.GoLive(11)); // The log was read before 11 was there.
        Assert.False(viewer.GoLive(12)); // It was read for 11; 12 came since.
        Assert.True(viewer.GoLive(12));
        Assert.Equal(12, viewer.LastSeq);
    }

    /// <summary>
    /// Events that the subscription brings or not, bytes of it that are sent on or not yet, and connections that break in
    /// between: found by a soak, where one event of a million was lost between the last two.
    /// </summary>
    [Property(MaxTest = 150)]
    public void A_subscription_that_breaks_anywhere_loses_nothing(NonEmptyArray<byte> steps) => BreakingAsync(steps.Get).GetAwaiter().GetResult();

    private async Task BreakingAsync(byte[] steps)
    {
        var project = Guid.NewGuid().ToString();
        var log = new ProjectLog(server.Connection.GetDatabase());
        var first = await log.AppendAsync(project, Chunk(0));
        var outlet = new RecordingOutlet(int.MaxValue, slow: false);
        var feed = server.Feed(project); // Not subscribed: here the test is the subscription.
        var viewer = new Viewer(FrameFormat.WebSocket, outlet, first, server.Context(1 << 20)) { Feed = feed };
        feed.Add(viewer);
        viewer.Start();
        feed.OnSubscribed();
        await feed.WhenLevel.WaitAsync(Eventually.Limit);
        await Eventually.IsAsync("the viewer to be live", () => Task.FromResult(feed.TryGoLive(viewer)));

        var last = first;
        foreach (var step in steps)
        {
            if (step % 8 < 5)
            {
                last = await log.AppendAsync(project, Chunk((int)(last + 1 - first)));
                if (step % 8 < 4) feed.Take((await log.ReadAsync(project, last - 1, 1))[0].Span);
            }
            else if (step % 8 < 7) feed.Flush();
            else feed.OnSubscribed();
        }

        feed.OnSubscribed();
        feed.Flush();
        await Eventually.IsAsync($"event {last}; the viewer has {viewer.LastSeq}", () => Task.FromResult(viewer.LastSeq == last));
        viewer.Close(CloseCodes.Normal, "");
        await viewer.DrainAsync(TimeSpan.FromSeconds(10));
        feed.End();
        Assert.Equal(Numbers(first + 1, last), outlet.Sent(FrameFormat.WebSocket).SelectMany(f => Numbers(f.FirstSeq ?? f.Seq, f.Seq)));
    }

    [Fact]
    public async Task A_hole_in_the_subscription_is_filled_from_the_log()
    {
        var project = Guid.NewGuid().ToString();
        var redis = server.Connection.GetDatabase();
        var log = new ProjectLog(redis);
        var first = await log.AppendAsync(project, Chunk(0));
        var (viewer, feed, outlet) = await LiveAsync(project, first);

        // Appended as the script does, but the first two are never published.
        var key = $"cc:project:{project}";
        string Frame(long seq) => $$"""{"seq":{{seq}},"at":1,"type":"status","state":"x","session_id":"s","turn_id":"t"}""";
        for (var i = 1; i <= 3; i++) await redis.ListRightPushAsync($"{key}:log", Frame(first + i));
        await redis.StringSetAsync($"{key}:seq", first + 3);
        await server.Connection.GetSubscriber().PublishAsync(ProjectLog.Channel(project), Frame(first + 3));

        await Eventually.IsAsync("three events", () => Task.FromResult(viewer.LastSeq == first + 3));
        Assert.Equal([first + 1, first + 2, first + 3], outlet.Seqs());
        server.Subscription.Unsubscribe(feed);
    }

    [Fact]
    public async Task A_viewer_that_has_read_an_event_off_the_log_is_not_sent_it_again_by_the_feed()
    {
        var project = Guid.NewGuid().ToString();
        var log = new ProjectLog(server.Connection.GetDatabase());
        var first = await log.AppendAsync(project, Chunk(0));
        var feed = server.Feed(project); // Its subscription is this test: what it takes, and when it flushes.
        feed.OnSubscribed();
        await feed.WhenLevel.WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken);
        async Task TakeNextAsync(int number)
        {
            var seq = await log.AppendAsync(project, Chunk(number));
            feed.Take((await log.ReadAsync(project, seq - 1, 1))[0].Span);
        }

        await TakeNextAsync(1);
        var outlet = new RecordingOutlet(int.MaxValue, slow: false);
        var viewer = new Viewer(FrameFormat.WebSocket, outlet, first, server.Context(1 << 20)) { Feed = feed };
        feed.Add(viewer);
        viewer.Start();
        await Eventually.IsAsync("the viewer to be live", () => Task.FromResult(feed.TryGoLive(viewer)));
        feed.Flush();
        await TakeNextAsync(2);
        feed.Flush();
        Assert.Equal([first + 1, first + 2], outlet.Seqs());
        feed.End();
    }

    [Fact]
    public async Task A_server_with_a_password_that_restarts_is_subscribed_to_again()
    {
        await using var redis = await RedisServer.StartWithPasswordAsync("secret");
        await using var connection = await ConnectionMultiplexer.ConnectAsync(new ConfigurationOptions { EndPoints = { { "127.0.0.1", redis.Port } }, Password = "secret", AbortOnConnectFail = false });
        using var subscription = new RedisSubscription(new ConfigurationOptions { EndPoints = { { "127.0.0.1", redis.Port } }, Password = "secret" }, NullLogger<RedisSubscription>.Instance);
        var log = new ProjectLog(connection.GetDatabase());
        var feed = new ProjectFeed("p", log, server.Telemetry, NullLogger<ProjectFeed>.Instance);
        subscription.Subscribe(feed);
        await feed.WhenLevel.WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken);
        var outlet = new RecordingOutlet(int.MaxValue, slow: false);
        var viewer = new Viewer(FrameFormat.WebSocket, outlet, 0, new ViewerContext(log, new ChatApiOptions(), server.Telemetry, NullLogger.Instance)) { Feed = feed };
        feed.Add(viewer);
        viewer.Start();
        var first = await log.AppendAsync("p", Chunk(0));
        await Eventually.IsAsync("the first event", () => Task.FromResult(viewer.LastSeq == first));
        await redis.KillAsync();
        await redis.StartAgainAsync();
        long next = 0;
        await Eventually.IsAsync("an event after the restart", async () =>
        {
            try
            {
                if (next == 0) next = await log.AppendAsync("p", Chunk(1));
            }
            catch (Exception error) when (error is RedisException or TimeoutException)
            {
                return false;
            }

            return viewer.LastSeq >= next;
        });
        Assert.Equal([first, next], outlet.Seqs());
        feed.End();
    }

    [Fact]
    public async Task What_was_announced_and_is_gone_from_the_log_is_a_jump_and_the_feed_goes_on()
    {
        var project = Guid.NewGuid().ToString();
        var redis = server.Connection.GetDatabase();
        var log = new ProjectLog(redis);
        var first = await log.AppendAsync(project, Chunk(0));
        var (viewer, feed, outlet) = await LiveAsync(project, first);

        // Redis has lost its data and gone on with a number far beyond.
        await redis.KeyDeleteAsync([$"cc:project:{project}:seq", $"cc:project:{project}:log"]);
        var next = await log.AppendAsync(project, Chunk(1));
        Assert.True(next > first + 1);
        var then = await log.AppendAsync(project, Chunk(2));
        await Eventually.IsAsync("what came after the loss", () => Task.FromResult(viewer.LastSeq == then));
        Assert.Equal([next, then], outlet.Seqs());
        server.Subscription.Unsubscribe(feed);
    }

    [Fact]
    public async Task A_viewer_that_takes_nothing_is_bounded_gets_its_close_code_and_delays_nobody()
    {
        var project = Guid.NewGuid().ToString();
        var log = new ProjectLog(server.Connection.GetDatabase());
        var first = await log.AppendAsync(project, Chunk(0));
        var (live, feed, outlet) = await LiveAsync(project, first);
        var stuckOutlet = new RecordingOutlet(1, slow: false) { IsStuck = true };
        var context = server.Context(8192);
        context.Options.ViewerWriteLimit = TimeSpan.FromMilliseconds(50);
        var stuck = new Viewer(FrameFormat.WebSocket, stuckOutlet, first, context) { Feed = feed };
        feed.Add(stuck);
        stuck.Start();
        await Eventually.IsAsync("the stuck viewer to be live", () => Task.FromResult(feed.TryGoLive(stuck)));
        long last = 0;
        var large = new string('x', 4000);
        for (var i = 0; i < 300; i++) last = await log.AppendAsync(project, Chunk(i) with { Content = large });
        await Eventually.IsAsync("the other viewer to have everything", () => Task.FromResult(live.LastSeq == last));

        await Eventually.IsAsync("the stuck viewer to be closed", () =>
        {
            stuck.Beat([]);
            return Task.FromResult(stuck.Closing.IsCompleted);
        });
        // What it was given when it was last level, or a page of the log: a fraction of the 1.2 MB that came.
        Assert.True(stuck.WaitingBytes <= 8192 + (1 << 18), $"{stuck.WaitingBytes} bytes wait for a viewer that takes nothing.");
        stuckOutlet.IsStuck = false; // It reads on after all, and learns why.
        await stuck.DrainAsync(TimeSpan.FromSeconds(10));
        Assert.Equal(CloseCodes.TooSlow, stuckOutlet.CloseCode);
        server.Subscription.Unsubscribe(feed);
    }

    private async Task<(Viewer Viewer, ProjectFeed Feed, RecordingOutlet Outlet)> LiveAsync(string project, long after)
    {
        var outlet = new RecordingOutlet(int.MaxValue, slow: false);
        var feed = server.Feed(project);
        server.Subscription.Subscribe(feed);
        var viewer = new Viewer(FrameFormat.WebSocket, outlet, after, server.Context(1 << 20)) { Feed = feed };
        feed.Add(viewer);
        viewer.Start();
        await feed.WhenLevel.WaitAsync(Eventually.Limit);
        await Eventually.IsAsync("the viewer to be live", () => Task.FromResult(feed.TryGoLive(viewer)));
        return (viewer, feed, outlet);
    }

    private static IEnumerable<string> Blocks(IEnumerable<AssistantChunk> chunks) =>
        chunks.GroupBy(chunk => chunk.Block).Select(block => $"{block.Key}: {string.Concat(block.Select(chunk => chunk.Content))}");

    private static IEnumerable<long> Numbers(long first, long last)
    {
        for (var seq = first; seq <= last; seq++) yield return seq;
    }

    // Now and then another block, and text that JSON escapes.
    private static AssistantChunk Chunk(int number) => new()
    {
        SessionId = "s", TurnId = "t", MessageId = "m", Block = number / 17, Content = $"{number} \"é\\n🙂\" {new string('x', number % 5 * 40)}",
    };

    /// <summary>A real redis-server, and a subscription to it.</summary>
    public sealed class Server : IAsyncLifetime
    {
        private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().AddSingleton<LiveTelemetry>().BuildServiceProvider();
        private RedisServer _redis = null!;

        /// <summary>A connection to it.</summary>
        public ConnectionMultiplexer Connection { get; private set; } = null!;

        internal LiveTelemetry Telemetry => _services.GetRequiredService<LiveTelemetry>();

        internal RedisSubscription Subscription { get; private set; } = null!;

        /// <inheritdoc/>
        public async ValueTask InitializeAsync()
        {
            _redis = await RedisServer.StartAsync();
            Connection = await _redis.ConnectAsync();
            Subscription = new RedisSubscription(ConfigurationOptions.Parse(Connection.Configuration), NullLogger<RedisSubscription>.Instance);
        }

        /// <inheritdoc/>
        public async ValueTask DisposeAsync()
        {
            Subscription.Dispose();
            await Connection.DisposeAsync();
            await _redis.DisposeAsync();
            await _services.DisposeAsync();
        }

        internal ProjectFeed Feed(string project) => new(project, new ProjectLog(Connection.GetDatabase()), Telemetry, NullLogger<ProjectFeed>.Instance);

        internal ViewerContext Context(int maxViewerBytes) => new(
            new ProjectLog(Connection.GetDatabase()), new ChatApiOptions { MaxViewerBytes = maxViewerBytes }, Telemetry, NullLogger.Instance);
    }

    /// <summary>A connection that takes a few bytes at a time, and may be slow, or stuck.</summary>
    private sealed class RecordingOutlet(int takes, bool slow) : Outlet
    {
        private readonly MemoryStream _bytes = new();
        private int _calls;

        public volatile bool IsStuck;

        public int? CloseCode
        {
            get
            {
                var (_, close) = Parse();
                return close;
            }
        }

        public override int TrySend(ReadOnlySpan<byte> bytes)
        {
            if (IsStuck) return 0;
            // Every third time the connection has no room at all.
            var taken = _calls++ % 3 == 2 && takes < int.MaxValue ? 0 : Math.Min(takes, bytes.Length);
            lock (_bytes) _bytes.Write(bytes[..taken]);
            return taken;
        }

        public override async ValueTask<int> SendAsync(ReadOnlyMemory<byte> bytes)
        {
            if (slow) await Task.Delay(1);
            while (IsStuck) await Task.Delay(10);
            var taken = slow ? bytes.Length : Math.Min(takes, bytes.Length);
            lock (_bytes) _bytes.Write(bytes.Span[..taken]);
            return taken;
        }

        public override void Abort() => throw new InvalidOperationException("The viewer was dropped.");

        public IReadOnlyList<long> Seqs() => [.. Parse().Frames.Select(frame => ((Event)WireJson.Read(Encoding.UTF8.GetBytes(frame))).Seq)];

        public IReadOnlyList<AssistantChunk> Sent(FrameFormat format) =>
            [.. (format == FrameFormat.WebSocket ? Parse().Frames : EventStreamFrames()).Select(frame => (AssistantChunk)WireJson.Read(Encoding.UTF8.GetBytes(frame)))];

        private (List<string> Frames, int? CloseCode) Parse()
        {
            byte[] bytes;
            lock (_bytes) bytes = _bytes.ToArray();
            var frames = new List<string>();
            for (var at = 0; at + 2 <= bytes.Length;)
            {
                var (opcode, length, start) = (bytes[at] & 15, bytes[at + 1] & 127, at + 2);
                if (length == 126) (length, start) = ((bytes[at + 2] << 8) | bytes[at + 3], at + 4);
                if (start + length > bytes.Length) break;
                if (opcode == WebSocketFrames.Close) return (frames, (bytes[start] << 8) | bytes[start + 1]);
                if (opcode == WebSocketFrames.Text) frames.Add(Encoding.UTF8.GetString(bytes, start, length));
                at = start + length;
            }

            return (frames, null);
        }

        private IEnumerable<string> EventStreamFrames()
        {
            string text;
            lock (_bytes) text = Encoding.UTF8.GetString(_bytes.ToArray());
            foreach (var part in text.Split("\n\n", StringSplitOptions.RemoveEmptyEntries).SkipLast(text.EndsWith("\n\n", StringComparison.Ordinal) ? 0 : 1))
            {
                var lines = part.Split('\n');
                Assert.StartsWith("id: ", lines[0]);
                Assert.StartsWith("data: {", lines[1]);
                yield return lines[1]["data: ".Length..];
            }
        }
    }
}
