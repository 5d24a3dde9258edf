using System.Diagnostics;
using Protocol.Events;
using Protocol.Redis;
using Runner.Translation;
using StackExchange.Redis;

namespace Runner.Turns;

/// <summary>
/// The way of one turn's events to the project log: what waits goes out in one script call, numbered, so that a call whose
/// answer was lost is repeated and still counts once. Redis being away holds the events, and with them the CLI's output.
/// </summary>
internal sealed partial class TurnStream
{
    /// <summary>With more than this waiting, the CLI's output is no longer read.</summary>
    public const long MaxWaitingBytes = 16 << 20;

    /// <summary>One append stays a small command.</summary>
    private const int MaxBatchEvents = 256;

    private static readonly TimeSpan s_retryEvery = TimeSpan.FromMilliseconds(250);

    private readonly ProjectLog _log;
    private readonly TurnQueue _queue;
    private readonly ILogger _logger;
    private readonly string? _unqueuedBy;
    private readonly Task _publishing;
    private volatile bool _completing;
    private long _batch;

    /// <summary>Begins to publish.</summary>
    /// <param name="turn">The turn.</param>
    /// <param name="log">Where its events go.</param>
    /// <param name="queue">Where its end goes.</param>
    /// <param name="unqueuedBy">The runner, where Claude Code began the turn: whoever sees its first event can stop it.</param>
    /// <param name="logger">For what Redis does not take.</param>
    public TurnStream(Turn turn, ProjectLog log, TurnQueue queue, string? unqueuedBy, ILogger logger)
    {
        (Turn, _log, _queue, _unqueuedBy, _logger) = (turn, log, queue, unqueuedBy, logger);
        _publishing = PublishAsync();
    }

    /// <summary>The turn.</summary>
    public Turn Turn { get; }

    /// <summary>Where the turn's events are put.</summary>
    public EventOutbox Outbox { get; } = new();

    /// <summary>Somebody else has ended the turn (this runner was taken for lost): stop working on it.</summary>
    public bool WasEndedElsewhere { get; private set; }

    /// <summary>Waits while too much waits to be published.</summary>
    public async ValueTask WaitForRoomAsync()
    {
        while (Outbox.Bytes > MaxWaitingBytes && !WasEndedElsewhere) await Task.Delay(20);
    }

    /// <summary>Ends another turn, whose message went into this one.</summary>
    public Task EndSteeredAsync(Turn steered, SessionEnd end) => RetryAsync(() => _queue.EndAsync(steered, [WireJson.Write(end)]));

    /// <summary>Publishes what is left, then the turn's end, once. However long Redis is away.</summary>
    public async Task CompleteAsync(SessionEnd end)
    {
        _completing = true;
        Outbox.Wake();
        await _publishing;
        await RetryAsync(async () =>
        {
            await _queue.EndAsync(Turn, [WireJson.Write(end)]);
            return true;
        });
    }

    private async Task PublishAsync()
    {
        if (_unqueuedBy is { } runner) WasEndedElsewhere = !await RetryAsync(() => _queue.StartUnqueuedAsync(Turn, runner));
        while (true)
        {
            var last = _completing;
            var events = Outbox.TakeAll();
            try
            {
                for (var i = 0; i < events.Count && !WasEndedElsewhere; i += MaxBatchEvents)
                {
                    ReadOnlyMemory<byte>[] part = [.. events.Skip(i).Take(MaxBatchEvents).Select(e => e.Json)];
                    var batch = ++_batch;
                    var seq = await RetryAsync(() => _log.AppendAsync(Turn.ProjectId, Turn.TurnId, batch, part));
                    WasEndedElsewhere |= seq == ProjectLog.TurnHasEnded;
                }
            }
            finally
            {
                Outbox.Return(events);
            }

            if (last) return;
            if (events.Count == 0 && !_completing) await Outbox.WaitAsync();
        }
    }

    private async Task<T> RetryAsync<T>(Func<Task<T>> act)
    {
        var since = Stopwatch.StartNew();
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return await act();
            }
            catch (Exception error) when (error is RedisException or TimeoutException)
            {
                if (attempt == 0) LogRedisAway(Turn.TurnId, error.Message);
                await Task.Delay(s_retryEvery);
            }
            finally
            {
                if (attempt > 0) LogRedisBack(Turn.TurnId, since.Elapsed);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Turn {TurnId}: Redis does not take events ({Reason}); they wait here.")]
    private partial void LogRedisAway(string turnId, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Turn {TurnId}: tried Redis again after {Elapsed}.")]
    private partial void LogRedisBack(string turnId, TimeSpan elapsed);
}
