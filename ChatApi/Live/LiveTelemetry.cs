using System.Diagnostics.Metrics;

namespace ChatApi.Live;

/// <summary>What the fan-out says of itself: meter <c>ChatApi</c>.</summary>
internal sealed class LiveTelemetry(IMeterFactory meters)
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "ChatApi";

    private readonly Meter _meter = meters.Create(MeterName);
    private UpDownCounter<int>? _viewers;
    private Counter<long>? _deliveries;
    private Counter<long>? _behind;
    private Counter<long>? _tooSlow;
    private Counter<long>? _heals;

    /// <summary>A viewer came (1) or left (-1).</summary>
    public void ViewersChanged(int by) => (_viewers ??= _meter.CreateUpDownCounter<int>("chat.viewers", "{viewer}", "Open WebSockets and event streams.")).Add(by);

    /// <summary>Events times viewers that a feed has handed on.</summary>
    public void Delivered(long deliveries) => (_deliveries ??= _meter.CreateCounter<long>("chat.deliveries", "{event}", "Live events handed to viewers.")).Add(deliveries);

    /// <summary>A viewer could not keep up and catches up from the log.</summary>
    public void FellBehind() => (_behind ??= _meter.CreateCounter<long>("chat.viewers.behind", "{viewer}", "Viewers that were switched to catching up from the log.")).Add(1);

    /// <summary>A viewer was closed because it took nothing.</summary>
    public void TooSlow() => (_tooSlow ??= _meter.CreateCounter<long>("chat.viewers.too_slow", "{viewer}", "Viewers closed because they took nothing.")).Add(1);

    /// <summary>A feed read the log because the subscription had a hole.</summary>
    public void Healed() => (_heals ??= _meter.CreateCounter<long>("chat.feeds.healed", "{feed}", "Holes of a subscription that were filled from the log.")).Add(1);
}
