using System.Runtime.CompilerServices;
using ChatApi.Live.Framing;
using Microsoft.Extensions.Options;
using Protocol.Events;

namespace ChatApi.Live;

/// <summary>
/// One timer for all viewers: each is looked after once in <see cref="ChatApiOptions.HeartbeatEvery"/>, spread over that time.
/// </summary>
internal sealed class Heartbeat(ProjectFeeds feeds, IOptions<ChatApiOptions> options, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(250);
    private static readonly byte[] s_ping = WebSocketFrames.Frame(WebSocketFrames.Ping, []);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var ticks = new PeriodicTimer(s_tick, time);
        var slots = Math.Max(1, (int)(options.Value.HeartbeatEvery / s_tick));
        for (var tick = 0; !stoppingToken.IsCancellationRequested; tick = (tick + 1) % slots)
        {
            foreach (var feed in feeds.All) Beat(feed, tick, slots);
            try
            {
                await ticks.WaitForNextTickAsync(stoppingToken);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private static void Beat(ProjectFeed feed, int slot, int slots)
    {
        feed.TellDuePresence();
        byte[]? socket = null, stream = null;
        foreach (var viewer in feed.Viewers)
        {
            if ((uint)RuntimeHelpers.GetHashCode(viewer) % (uint)slots != slot) continue;
            viewer.Beat(viewer.Format == FrameFormat.WebSocket
                ? socket ??= [.. Viewer.Encode(new Presence(feed.Viewers.Count), FrameFormat.WebSocket), .. s_ping]
                : stream ??= Viewer.Encode(new Presence(feed.Viewers.Count), FrameFormat.EventStream));
        }
    }
}
