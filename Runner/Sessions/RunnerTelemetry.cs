using System.Diagnostics;
using System.Diagnostics.Metrics;
using Protocol.Events;

namespace Runner.Sessions;

/// <summary>What the dashboard shows of a Runner: a span for each turn, joined to the request that sent it, and counts.</summary>
internal sealed class RunnerTelemetry : IDisposable
{
    private static readonly ActivitySource s_source = new("Runner");
    private readonly Meter _meter;
    private readonly Counter<long> _turns;
    private readonly Counter<double> _cost;
    private readonly Counter<long> _tokens;
    private readonly Histogram<double> _start;

    public RunnerTelemetry(IMeterFactory meters)
    {
        _meter = meters.Create("Runner");
        _turns = _meter.CreateCounter<long>("runner.turns", "{turn}", "Turns that ended, by reason.");
        _cost = _meter.CreateCounter<double>("runner.cost", "USD", "What turns cost.");
        _tokens = _meter.CreateCounter<long>("runner.tokens", "{token}", "Tokens, by kind.");
        _start = _meter.CreateHistogram<double>("runner.cli.start", "s", "From spawning the CLI to its readiness.");
    }

    /// <summary>Opens the span of a turn. <paramref name="traceParent"/>: W3C, from the queue.</summary>
    public static Activity? StartTurn(string? traceParent, string projectId, string sessionId, string turnId)
    {
        _ = ActivityContext.TryParse(traceParent, null, isRemote: true, out var parent);
        var activity = s_source.StartActivity("turn", ActivityKind.Consumer, parent);
        activity?.SetTag("project.id", projectId).SetTag("session.id", sessionId).SetTag("turn.id", turnId);
        return activity;
    }

    /// <summary>Opens the span of a CLI start.</summary>
    public static Activity? StartCli() => s_source.StartActivity("start claude");

    /// <summary>Counts a started process.</summary>
    public void CliStarted(TimeSpan took) => _start.Record(took.TotalSeconds);

    /// <summary>Counts an ended turn.</summary>
    public void TurnEnded(SessionEnd end)
    {
        _turns.Add(1, new KeyValuePair<string, object?>("reason", end.Reason));
        _cost.Add((double)end.TotalCostUsd);
        _tokens.Add(end.UsageSummary.InputTokens, new KeyValuePair<string, object?>("kind", "input"));
        _tokens.Add(end.UsageSummary.OutputTokens, new KeyValuePair<string, object?>("kind", "output"));
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
