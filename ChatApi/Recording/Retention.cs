using System.Text.Json.Nodes;
using ChatApi.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace ChatApi.Recording;

/// <summary>
/// Removes the detail of old turns (thinking, the tools' inputs and results) after <see cref="ChatApiOptions.KeepDetailFor"/>.
/// What was said, and what it cost, stays. Any number of replicas may do it: doing it twice changes nothing.
/// </summary>
internal sealed partial class Retention(IDbContextFactory<ChatDb> databases, IOptions<ChatApiOptions> options, TimeProvider time, ILogger<Retention> logger) : BackgroundService
{
    private const int BatchSize = 100;
    private const string Removed = "(removed)";
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromMinutes(10);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.KeepDetailFor is not { } keep) return;
        using var ticks = new PeriodicTimer(s_lookEvery, time);
        do
        {
            try
            {
                while (await RemoveAsync(time.GetUtcNow().UtcDateTime - keep, stoppingToken) == BatchSize) { }
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                LogNotRemoved(error.Message);
            }
        }
        while (await ticks.WaitForNextTickAsync(stoppingToken));
    }

    /// <summary>Removes the detail of turns that ended before <paramref name="endedBefore"/>, at most a batch. Returns how many that were.</summary>
    internal async Task<int> RemoveAsync(DateTime endedBefore, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var turns = await db.Turns.Where(t => t.Status == TurnStatus.Ended && !t.DetailRemoved && t.EndedAt < endedBefore).OrderBy(t => t.Id).Take(BatchSize).ToListAsync(cancellationToken);
        if (turns.Count == 0) return 0;
        var ids = turns.ConvertAll(t => t.Id);
        foreach (var call in await db.ToolCalls.Where(c => ids.Contains(c.TurnId)).ToListAsync(cancellationToken))
            (call.Input, call.Result, call.Detail, call.Task) = ("{}", call.Result is null ? null : $"\"{Removed}\"", null, null);
        foreach (var message in await db.Messages.Where(m => ids.Contains(m.TurnId) && m.Role == "assistant").ToListAsync(cancellationToken))
        {
            foreach (var block in message.Blocks.OfType<JsonObject>().Where(b => b["type"]?.GetValue<string>() == "thinking")) block["thinking"] = Removed;
            message.Keep();
        }

        db.Requests.RemoveRange(await db.Requests.Where(r => ids.Contains(r.TurnId)).ToListAsync(cancellationToken));
        foreach (var turn in turns) turn.DetailRemoved = true;
        await db.SaveChangesAsync(cancellationToken);
        LogRemoved(turns.Count);
        return turns.Count;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The detail of {Turns} old turns was removed.")]
    private partial void LogRemoved(int turns);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The detail of old turns could not be removed yet: {Reason}")]
    private partial void LogNotRemoved(string reason);
}
