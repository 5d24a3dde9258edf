using System.Net.WebSockets;
using ChatApi.Live;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Protocol.Events;
using Protocol.Redis;
using StackExchange.Redis;
using TestKit;

namespace ChatApi.Tests;

/// <summary>What one viewer is sent, whatever its queue's bound and however it comes: the log after where it was, each event once, in order.</summary>
public sealed class ViewerTests(ViewerTests.Server server) : IClassFixture<ViewerTests.Server>
{
    [Property(MaxTest = 25)]
    public void Every_viewer_gets_exactly_the_log(PositiveInt events, NonNegativeInt seenBefore, PositiveInt bound, bool slow) =>
        RunAsync(Math.Min(events.Get * 7, 300), seenBefore.Get, 4096 + bound.Get * 10, slow).GetAwaiter().GetResult();

    private async Task RunAsync(int events, int seenBefore, int maxViewerBytes, bool slow)
    {
        var project = Guid.NewGuid().ToString();
        var log = new ProjectLog(server.Connection.GetDatabase());
        var first = await log.AppendAsync(project, Event(0));
        for (var i = 1; i < 10; i++) await log.AppendAsync(project, Event(i));
        var after = first - 1 + seenBefore % 11;

        var socket = new RecordingSocket(slow ? TimeSpan.FromMilliseconds(1) : TimeSpan.Zero);
        var options = Options.Create(new ChatApiOptions { MaxViewerBytes = maxViewerBytes });
        var viewer = new ChatApi.Live.Viewer(project, socket, after, log, options, NullLogger<ChatApi.Live.Viewer>.Instance);
        var feed = new ProjectFeed(project, server.Connection.GetSubscriber(), log, NullLogger<ProjectFeed>.Instance);
        using var stop = new CancellationTokenSource();
        var appending = Task.Run(async () =>
        {
            for (var i = 10; i < 10 + events; i++) await log.AppendAsync(project, Event(i));
        });
        await feed.AddAsync(viewer);
        var writing = viewer.WriteAsync(() => new Presence(1), stop.Token);
        await appending;
        var last = (await log.BoundsAsync(project)).Newest;
        await Eventually.IsAsync($"event {last}; the viewer has {viewer.LastSeq}", () => Task.FromResult(viewer.LastSeq == last));
        await stop.CancelAsync();
        await Task.WhenAny(writing);
        Assert.False(writing.IsFaulted, writing.Exception?.ToString());
        await feed.RemoveAsync(viewer);

        Assert.Equal(Enumerable.Range(0, (int)(last - after)).Select(i => after + 1 + i), socket.Seqs);
    }

    [Fact]
    public async Task A_hole_in_the_subscription_is_filled_from_the_log()
    {
        var project = Guid.NewGuid().ToString();
        var redis = server.Connection.GetDatabase();
        var log = new ProjectLog(redis);
        var first = await log.AppendAsync(project, Event(0));
        var socket = new RecordingSocket(TimeSpan.Zero);
        var viewer = new ChatApi.Live.Viewer(project, socket, first, log, Options.Create(new ChatApiOptions()), NullLogger<ChatApi.Live.Viewer>.Instance);
        var feed = new ProjectFeed(project, server.Connection.GetSubscriber(), log, NullLogger<ProjectFeed>.Instance);
        await feed.AddAsync(viewer);
        using var stop = new CancellationTokenSource();
        var writing = viewer.WriteAsync(() => new Presence(1), stop.Token);

        // Appended as the script does, but the first two are never published.
        var key = $"cc:project:{project}";
        string Frame(long seq) => $$"""{"seq":{{seq}},"at":1,"type":"status","state":"x","session_id":"s","turn_id":"t"}""";
        for (var i = 1; i <= 3; i++) await redis.ListRightPushAsync($"{key}:log", Frame(first + i));
        await redis.StringSetAsync($"{key}:seq", first + 3);
        await server.Connection.GetSubscriber().PublishAsync(ProjectLog.Channel(project), Frame(first + 3));

        await Eventually.IsAsync("three events", () => Task.FromResult(viewer.LastSeq == first + 3));
        await stop.CancelAsync();
        await Task.WhenAny(writing);
        Assert.False(writing.IsFaulted, writing.Exception?.ToString());
        Assert.Equal([first + 1, first + 2, first + 3], socket.Seqs);
        await feed.RemoveAsync(viewer);
    }

    private static Status Event(int number) => new() { SessionId = "s", TurnId = "t", State = $"event {number}", Message = new string('x', 200) };

    /// <summary>A real redis-server.</summary>
    public sealed class Server : IAsyncLifetime
    {
        private RedisServer _redis = null!;

        /// <summary>A connection to it.</summary>
        public ConnectionMultiplexer Connection { get; private set; } = null!;

        /// <inheritdoc/>
        public async ValueTask InitializeAsync()
        {
            _redis = await RedisServer.StartAsync();
            Connection = await _redis.ConnectAsync();
        }

        /// <inheritdoc/>
        public async ValueTask DisposeAsync()
        {
            await Connection.DisposeAsync();
            await _redis.DisposeAsync();
        }
    }

    /// <summary>Keeps the numbers of what is sent; may take its time, as a slow reader does.</summary>
    private sealed class RecordingSocket(TimeSpan pace) : WebSocket
    {
        private readonly List<long> _seqs = [];

        public IReadOnlyList<long> Seqs
        {
            get { lock (_seqs) return [.. _seqs]; }
        }

        public override WebSocketCloseStatus? CloseStatus => null;

        public override string? CloseStatusDescription => null;

        public override WebSocketState State => WebSocketState.Open;

        public override string? SubProtocol => null;

        public override async ValueTask SendAsync(ReadOnlyMemory<byte> buffer, WebSocketMessageType messageType, WebSocketMessageFlags messageFlags, CancellationToken cancellationToken)
        {
            if (pace > TimeSpan.Zero) await Task.Delay(pace, cancellationToken);
            if (ProjectLog.TryReadSeq(buffer.Span, out var seq))
                lock (_seqs) _seqs.Add(seq);
        }

        public override Task SendAsync(ArraySegment<byte> buffer, WebSocketMessageType messageType, bool endOfMessage, CancellationToken cancellationToken) => throw new NotSupportedException();

        public override Task<WebSocketReceiveResult> ReceiveAsync(ArraySegment<byte> buffer, CancellationToken cancellationToken) => throw new NotSupportedException();

        public override void Abort() { }

        public override Task CloseAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) => Task.CompletedTask;

        public override Task CloseOutputAsync(WebSocketCloseStatus closeStatus, string? statusDescription, CancellationToken cancellationToken) => Task.CompletedTask;

        public override void Dispose() { }
    }
}
