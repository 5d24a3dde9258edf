using StackExchange.Redis;

namespace Protocol.Redis;

/// <summary>
/// Sessions in which somebody has begun to write: a runner starts Claude Code for them before the message is there. Hints and no
/// more: one that is lost costs the second that the start takes.
/// </summary>
public sealed class Preparations(IDatabase redis)
{
    private const int MostKept = 100;
    private static readonly TimeSpan s_keptFor = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Makes the runner the one that the session's next turn goes to, unless the session has one that lives or a turn: these have a
    /// process. What the runner starts from here on knows all that was said.
    ///   KEYS  active turn, warm runner, last runner   ARGV  runner id, seconds that it stays warm, seconds to remember the runner
    /// </summary>
    private static readonly LuaScript s_claim = new("""
        if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
        local runner = redis.call('GET', KEYS[2])
        if runner and redis.call('EXISTS', 'cc:runner:' .. runner .. ':heartbeat') == 1 then return 0 end
        redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[2])
        redis.call('SET', KEYS[3], ARGV[1], 'EX', ARGV[3])
        return 1
        """);

    /// <summary>Asks for a session's process, with the settings that its next turn would have; and rings.</summary>
    public async Task AskAsync(Turn next)
    {
        await redis.ListLeftPushAsync(RedisKeys.Preparations, next.ToJson());
        await redis.ListTrimAsync(RedisKeys.Preparations, 0, MostKept - 1);
        await redis.KeyExpireAsync(RedisKeys.Preparations, s_keptFor);
        await redis.PublishAsync(RedisKeys.Doorbell, "");
    }

    /// <summary>Takes the oldest; null when there is none.</summary>
    public async Task<Turn?> TakeAsync()
    {
        var json = await redis.ListRightPopAsync(RedisKeys.Preparations);
        return json.IsNull ? null : Turn.FromJson(((ReadOnlyMemory<byte>)json).Span);
    }

    /// <summary>Whether the runner is to start the session's process: then the session's next turn comes to it.</summary>
    public async Task<bool> ClaimAsync(string sessionId, string runnerId, TimeSpan staysWarm) => (long)await s_claim.RunAsync(
        redis, [RedisKeys.ActiveTurn(sessionId), RedisKeys.WarmRunner(sessionId), RedisKeys.LastRunner(sessionId)],
        [runnerId, Math.Max(1, (long)staysWarm.TotalSeconds), (long)TurnQueue.RunnerMemory.TotalSeconds]) == 1;
}
