using Microsoft.Extensions.Options;
using Protocol;
using Protocol.Redis;
using Runner.Sessions;
using StackExchange.Redis;

namespace Runner.Turns;

/// <summary>
/// Takes turns from the queue while there is room, hands commands to sessions, starts processes for messages that are being written, and
/// keeps the runner's heartbeat.
/// The doorbell makes it prompt; a look every second makes it certain, because pub/sub may lose a ring.
/// </summary>
internal sealed partial class TurnTaker(
    IConnectionMultiplexer connection, TurnQueue queue, Preparations preparations, SessionRegistry sessions, RunnerIdentity identity,
    IOptions<RunnerOptions> options, TimeProvider time, ILogger<TurnTaker> logger) : BackgroundService
{
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_tidyEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_beatEvery = TimeSpan.FromSeconds(2);

    private readonly Signal _rung = new();
    private readonly Dictionary<string, Task> _running = [];
    private DateTimeOffset _tidyAt;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        LogStarted(identity.Id);
        var subscription = await SubscribeAsync(stoppingToken);
        var beating = BeatAsync(stoppingToken);
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await LookAsync(stoppingToken);
            }
            catch (Exception error) when (error is RedisException or TimeoutException)
            {
                LogRedisAway(error.Message);
            }

            try
            {
                await _rung.WaitAsync(s_lookEvery, stoppingToken);
            }
            catch (OperationCanceledException)
            {
                break;
            }
        }

        // Drain: the turns see the same token, and end within their limit.
        await Task.WhenAll(_running.Values);
        await Task.WhenAll(sessions.All.Select(session => session.DrainAsync(stoppingToken)));
        await beating;
        try
        {
            if (subscription is not null) await subscription.UnsubscribeAsync();
            await queue.LeaveAsync(identity.Id);
        }
        catch (Exception error) when (error is RedisException or TimeoutException)
        {
            LogRedisAway(error.Message);
        }
    }

    private async Task LookAsync(CancellationToken stopping)
    {
        foreach (var (turnId, task) in _running)
            if (task.IsCompleted) _running.Remove(turnId);

        // First: a session in which Claude Code has just begun a turn is busy from here on.
        foreach (var session in sessions.All) _ = session.TendAsync(stopping);
        foreach (var session in sessions.Busy)
        {
            while (await queue.TakeCommandAsync(session.SessionId) is { } command) session.Post(command);
        }

        foreach (var session in sessions.All.Where(session => session.IsBusy || session.IsWarm))
        {
            while (await queue.TakeProcessCommandAsync(session.SessionId) is { } command) await session.ObeyAtOnceAsync(command);
        }

        // A turn that waits for a person takes nobody's place.
        while (sessions.Busy.Count(session => !session.WaitsForPeople) < options.Value.MaxSessions && await queue.TakeAsync(identity.Id) is { } turn)
            _running[turn.TurnId] = RunAsync(turn, stopping);

        while (sessions.HasRoomToPrepare && await preparations.TakeAsync() is { } next)
            if (await preparations.ClaimAsync(next.SessionId, identity.Id, options.Value.WarmLimit)) _ = PrepareAsync(next, stopping);

        if (time.GetUtcNow() < _tidyAt) return;
        _tidyAt = time.GetUtcNow() + s_tidyEvery;
        await sessions.CoolAsync();
        // The answer to a take may have been lost with its connection: then the turn is ours, and we do not know it.
        foreach (var turn in await queue.TakenAsync(identity.Id))
            if (!_running.ContainsKey(turn.TurnId) && !sessions.All.Any(session => session.Knows(turn.TurnId))) _running[turn.TurnId] = RunAsync(turn, stopping);
    }

    private async Task RunAsync(Turn taken, CancellationToken stopping)
    {
        LogTaken(taken.TurnId, taken.SessionId);
        var session = sessions.Get(taken.SessionId);
        // It was withdrawn meanwhile, or the runner stops: then another takes it.
        if (!await session.RunTurnAsync(() => StartAsync(taken, stopping), stopping)) return;
        try
        {
            if (session.IsWarm) await sessions.AnnounceAsync(session);
            else await queue.ForgetWarmAsync(session.SessionId);
        }
        catch (Exception error) when (error is RedisException or TimeoutException)
        {
            LogRedisAway(error.Message);
        }

        _rung.Set();
    }

    private async Task PrepareAsync(Turn next, CancellationToken stopping)
    {
        await sessions.Get(next.SessionId).PrepareAsync(next, stopping);
        _rung.Set(); // It took a place for as long; its message may be here by now.
    }

    private async Task<StartedTurn?> StartAsync(Turn turn, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                return await queue.StartAsync(turn, identity.Id);
            }
            catch (Exception error) when (error is RedisException or TimeoutException)
            {
                LogRedisAway(error.Message);
                await Task.WhenAny(Task.Delay(s_lookEvery, stopping));
            }
        }

        return null;
    }

    private async Task BeatAsync(CancellationToken stopping)
    {
        while (true)
        {
            try
            {
                await queue.BeatAsync(identity.Id);
                // A Redis that lost its data learns again which turns are under way here.
                foreach (var session in sessions.Busy)
                {
                    if (session.CurrentTurn is { } turn) await queue.StartAsync(turn, identity.Id);
                    foreach (var told in session.Told) await queue.SteerAsync(told, identity.Id);
                }
            }
            catch (Exception error) when (error is RedisException or TimeoutException)
            {
                LogRedisAway(error.Message);
            }

            // Beats on while turns drain, so that nobody takes them for lost.
            if (stopping.IsCancellationRequested && !sessions.Busy.Any()) return;
            await Task.WhenAny(Task.Delay(s_beatEvery, CancellationToken.None), stopping.IsCancellationRequested ? Task.Delay(200, CancellationToken.None) : Task.Delay(Timeout.Infinite, stopping));
        }
    }

    private async Task<ChannelMessageQueue?> SubscribeAsync(CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                var doorbell = await connection.GetSubscriber().SubscribeAsync(TurnQueue.Doorbell);
                doorbell.OnMessage(_ => _rung.Set());
                return doorbell;
            }
            catch (Exception error) when (error is RedisException or TimeoutException)
            {
                LogRedisAway(error.Message);
                await Task.WhenAny(Task.Delay(s_lookEvery, stopping));
            }
        }

        return null;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Runner {RunnerId} takes turns.")]
    private partial void LogStarted(string runnerId);

    [LoggerMessage(Level = LogLevel.Information, Message = "Turn {TurnId} of session {SessionId} taken.")]
    private partial void LogTaken(string turnId, string sessionId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis does not answer ({Reason}); trying again.")]
    private partial void LogRedisAway(string reason);
}
