using ChatApi.Data;
using Microsoft.EntityFrameworkCore;
using Protocol.Redis;


namespace ChatApi.Dispatch;

/// <summary>
/// Finds what fell between two steps: turns of lost runners, turns that were stored and not queued, and turns that a Redis
/// which lost its data no longer knows.
/// </summary>
internal sealed partial class TurnSweeper(
    IDbContextFactory<ChatDb> databases, TurnDispatcher dispatcher, TurnQueue queue, TimeProvider time, ILogger<TurnSweeper> logger) : BackgroundService
{
    private static readonly TimeSpan s_recoverEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_sweepEvery = TimeSpan.FromSeconds(5);

    /// <summary>A turn that Redis does not know is left alone this long: its runner says within a heartbeat that it works on it.</summary>
    private static readonly TimeSpan s_unknownLimit = TimeSpan.FromSeconds(12);

    private readonly Dictionary<string, DateTimeOffset> _unknownSince = [];

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var sweepAt = time.GetUtcNow();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                foreach (var turn in await queue.RecoverAsync())
                    if (await queue.EndRunnerLostAsync(turn)) LogRunnerLost(turn.TurnId);

                if (time.GetUtcNow() >= sweepAt)
                {
                    await SweepAsync(stoppingToken);
                    sweepAt = time.GetUtcNow() + s_sweepEvery;
                }
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                LogSweepFailed(error.Message);
            }

            await Task.WhenAny(Task.Delay(s_recoverEvery, stoppingToken));
        }
    }

    private async Task SweepAsync(CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var open = await db.Turns.AsNoTracking().Where(t => t.Status != TurnStatus.Ended).OrderBy(t => t.Id).ToListAsync(cancellationToken);
        var unknown = new HashSet<string>();
        foreach (var turn in open)
        {
            if (turn.AnnouncedSeq == 0 && turn.Content.Length > 0) await dispatcher.AnnounceAsync(turn);
            if (await queue.StateAsync(turn.Id) is not null) continue;
            if (turn.Status == TurnStatus.Queued)
            {
                await dispatcher.DispatchNextAsync(turn.SessionId, cancellationToken);
                continue;
            }

            unknown.Add(turn.Id);
            if (time.GetUtcNow() - _unknownSince.GetValueOrDefault(turn.Id, time.GetUtcNow()) > s_unknownLimit)
            {
                if (await queue.EndRunnerLostAsync(TurnDispatcher.Named(turn))) LogRunnerLost(turn.Id);
            }

            _unknownSince.TryAdd(turn.Id, time.GetUtcNow());
        }

        foreach (var known in _unknownSince.Keys.Where(id => !unknown.Contains(id)).ToList()) _unknownSince.Remove(known);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Turn {TurnId}: its runner is gone; ended.")]
    private partial void LogRunnerLost(string turnId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Open turns could not be looked through: {Reason}")]
    private partial void LogSweepFailed(string reason);
}
