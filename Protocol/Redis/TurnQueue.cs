using System.Text.Json;
using Protocol.Events;
using StackExchange.Redis;

namespace Protocol.Redis;

/// <summary>A turn that a runner has started.</summary>
/// <param name="Turn">As it stands.</param>
/// <param name="LastRunner">The runner that had the session's last turn, or has started its process since; null for its first. Another runner's process knows less than the transcript.</param>
public sealed record StartedTurn(Turn Turn, string? LastRunner);

/// <summary>
/// The reliable queue of design.md §4. A turn is ready, then taken (in the runner's own list), then started, then ended;
/// each step is one script, so that a crash between two steps leaves a turn that somebody finds.
/// </summary>
public sealed class TurnQueue(IDatabase redis)
{
    /// <summary>A heartbeat older than this means that the runner is gone.</summary>
    public static readonly TimeSpan HeartbeatLimit = TimeSpan.FromSeconds(8);

    /// <summary>How long an ended turn is remembered, so that nobody ends or queues it a second time.</summary>
    private static readonly TimeSpan s_endedMemory = TimeSpan.FromDays(1);

    /// <summary>Longer than any process stays warm.</summary>
    internal static readonly TimeSpan RunnerMemory = TimeSpan.FromDays(7);

    /// <summary>
    /// Queues a turn unless it was queued before or its session is busy.
    ///   KEYS  turn, active turn, ready, warm runner   ARGV  turn id, turn JSON, doorbell
    /// </summary>
    private static readonly LuaScript s_enqueue = new("""
        local active = redis.call('GET', KEYS[2])
        if active and active ~= ARGV[1] then return 0 end
        if redis.call('HEXISTS', KEYS[1], 'state') == 1 then return 0 end
        redis.call('HSET', KEYS[1], 'state', 'ready')
        redis.call('PERSIST', KEYS[1])
        -- One that was edited before it came here is kept.
        redis.call('HSETNX', KEYS[1], 'turn', ARGV[2])
        redis.call('SET', KEYS[2], ARGV[1])
        local ready = KEYS[3]
        local runner = redis.call('GET', KEYS[4])
        if runner and redis.call('EXISTS', 'cc:runner:' .. runner .. ':heartbeat') == 1 then ready = 'cc:runner:' .. runner .. ':ready' end
        redis.call('LPUSH', ready, ARGV[1])
        redis.call('PUBLISH', ARGV[3], '')
        return 1
        """);

    /// <summary>
    /// Moves a turn into the runner's own list. One that was ended while it waited (somebody pressed stop) is passed over.
    ///   KEYS  ready for it, ready, taken
    /// </summary>
    private static readonly LuaScript s_take = new("""
        for i = 1, 2 do
          while true do
            local turn = redis.call('LMOVE', KEYS[i], KEYS[3], 'RIGHT', 'LEFT')
            if not turn then break end
            local json = redis.call('HGET', 'cc:turn:' .. turn, 'turn')
            if json then return json end
            redis.call('LREM', KEYS[3], 0, turn)
          end
        end
        return false
        """);

    /// <summary>
    /// Gives the turn as it stands (what was edited until now counts, what comes later does not), and who had the session before.
    ///   KEYS  turn, active turn, last runner, taken   ARGV  turn id, runner id, turn JSON, seconds to remember the runner
    /// Repeated by the heartbeat, so that a Redis that lost its data learns it again. In the runner's own list is also what nobody
    /// queued: there it is found when the runner is lost.
    /// </summary>
    private static readonly LuaScript s_start = new("""
        if redis.call('HGET', KEYS[1], 'state') == 'ended' then return false end
        redis.call('HSET', KEYS[1], 'state', 'started', 'runner', ARGV[2])
        redis.call('HSETNX', KEYS[1], 'turn', ARGV[3])
        redis.call('SET', KEYS[2], ARGV[1])
        redis.call('LREM', KEYS[4], 0, ARGV[1])
        redis.call('LPUSH', KEYS[4], ARGV[1])
        local last = redis.call('GET', KEYS[3]) or ''
        redis.call('SET', KEYS[3], ARGV[2], 'EX', ARGV[4])
        return { redis.call('HGET', KEYS[1], 'turn'), last }
        """);

    /// <summary>
    /// Takes a turn that waits behind another one of its session, so that the runner tells it to the one that runs; and says so.
    ///   KEYS  seq, log, log_bytes, unrecorded, turn, taken   ARGV  channel, project id, turn id, runner id, turn JSON, event
    /// </summary>
    private static readonly LuaScript s_steer = new(ProjectLog.AppendFunction + """
        if redis.call('HEXISTS', KEYS[5], 'state') == 1 then return false end
        redis.call('HSET', KEYS[5], 'state', 'started', 'runner', ARGV[4])
        redis.call('PERSIST', KEYS[5])
        redis.call('HSETNX', KEYS[5], 'turn', ARGV[5])
        redis.call('LPUSH', KEYS[6], ARGV[3])
        append(KEYS, ARGV[1], ARGV[2], 0, 6, #ARGV)
        return redis.call('HGET', KEYS[5], 'turn')
        """);

    /// <summary>
    /// Changes a turn that no runner has started, and announces it anew.
    ///   KEYS  seq, log, log_bytes, unrecorded, turn, announcement   ARGV  channel, project id, turn JSON, event
    /// </summary>
    private static readonly LuaScript s_edit = new(ProjectLog.AppendFunction + """
        local state = redis.call('HGET', KEYS[5], 'state')
        if state and state ~= 'ready' then return 0 end
        redis.call('HSET', KEYS[5], 'turn', ARGV[3])
        if not state then redis.call('EXPIRE', KEYS[5], 604800) end
        redis.call('HSET', KEYS[6], 'batch', 1)
        redis.call('EXPIRE', KEYS[6], 604800)
        append(KEYS, ARGV[1], ARGV[2], 0, 4, #ARGV)
        return 1
        """);

    /// <summary>
    /// Ends a turn once, with its last events.
    ///   KEYS  seq, log, log_bytes, unrecorded, turn, active turn, ready
    ///   ARGV  channel, project id, turn id, seconds to remember, "unstarted" for only such a turn, event …
    /// </summary>
    private static readonly LuaScript s_end = new(ProjectLog.AppendFunction + """
        local state = redis.call('HGET', KEYS[5], 'state') or ''
        if state == 'ended' then return 0 end
        if ARGV[5] == 'unstarted' and state ~= '' and state ~= 'ready' then return 0 end
        append(KEYS, ARGV[1], ARGV[2], 0, 6, #ARGV)
        local runner = redis.call('HGET', KEYS[5], 'runner')
        if runner then redis.call('LREM', 'cc:runner:' .. runner .. ':taken', 0, ARGV[3]) end
        redis.call('LREM', KEYS[7], 0, ARGV[3])
        redis.call('HSET', KEYS[5], 'state', 'ended')
        redis.call('HDEL', KEYS[5], 'turn')
        redis.call('EXPIRE', KEYS[5], ARGV[4])
        if redis.call('GET', KEYS[6]) == ARGV[3] then redis.call('DEL', KEYS[6]) end
        return 1
        """);

    /// <summary>
    /// Takes away what a lost runner left: what it had not started is ready again, what it had is named.
    ///   KEYS  taken, ready for it, ready, runners, heartbeat   ARGV  runner id, doorbell
    /// </summary>
    private static readonly LuaScript s_recover = new("""
        if redis.call('EXISTS', KEYS[5]) == 1 then return {} end
        local started = {}
        for _, turn in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
          local state = redis.call('HGET', 'cc:turn:' .. turn, 'state')
          if state == 'started' then
            started[#started + 1] = turn
          else
            redis.call('LREM', KEYS[1], 0, turn)
            if state == 'ready' then redis.call('RPUSH', KEYS[3], turn) end
          end
        end
        while true do
          local turn = redis.call('RPOP', KEYS[2])
          if not turn then break end
          redis.call('LPUSH', KEYS[3], turn)
        end
        if #started == 0 then redis.call('SREM', KEYS[4], ARGV[1]) end
        redis.call('PUBLISH', ARGV[2], '')
        return started
        """);

    /// <summary>Queues a turn. False when the session has another active turn, or this one was queued already.</summary>
    public async Task<bool> EnqueueAsync(Turn turn) => (long)await s_enqueue.RunAsync(
        redis,
        [RedisKeys.Turn(turn.TurnId), RedisKeys.ActiveTurn(turn.SessionId), RedisKeys.Ready, RedisKeys.WarmRunner(turn.SessionId)],
        [turn.TurnId, turn.ToJson(), RedisKeys.Doorbell.ToString()]) == 1;

    /// <summary>Takes a turn into the runner's own list: first one of a session that it holds warm. Null when there is none.</summary>
    public async Task<Turn?> TakeAsync(string runnerId)
    {
        var json = await s_take.RunAsync(redis, [RedisKeys.ReadyFor(runnerId), RedisKeys.Ready, RedisKeys.Taken(runnerId)], []);
        return json.IsNull ? null : Turn.FromJson((byte[])json!);
    }

    /// <summary>The turns in the runner's own list that have not ended.</summary>
    public async Task<IReadOnlyList<Turn>> TakenAsync(string runnerId)
    {
        var turns = new List<Turn>();
        foreach (var turnId in await redis.ListRangeAsync(RedisKeys.Taken(runnerId)))
        {
            var json = await redis.HashGetAsync(RedisKeys.Turn(turnId.ToString()), "turn");
            if (json.IsNull) await redis.ListRemoveAsync(RedisKeys.Taken(runnerId), turnId);
            else turns.Add(Turn.FromJson(((ReadOnlyMemory<byte>)json).Span));
        }

        return turns;
    }

    /// <summary>
    /// Says that the runner executes the turn: from here on it is never given to another. Also the heartbeat of a turn.
    /// Gives the turn as it stands, which somebody may have edited; null when it has ended meanwhile.
    /// </summary>
    public async Task<StartedTurn?> StartAsync(Turn turn, string runnerId)
    {
        var answer = await s_start.RunAsync(
            redis, [RedisKeys.Turn(turn.TurnId), RedisKeys.ActiveTurn(turn.SessionId), RedisKeys.LastRunner(turn.SessionId), RedisKeys.Taken(runnerId)],
            [turn.TurnId, runnerId, turn.ToJson(), (long)RunnerMemory.TotalSeconds]);
        if (answer.IsNull) return null;
        var fields = (RedisResult[])answer!;
        return new StartedTurn(Turn.FromJson((byte[])fields[0]!), (string?)fields[1] is { Length: > 0 } last ? last : null);
    }

    /// <summary>
    /// As <see cref="StartAsync"/>, for a turn that was not queued: Claude Code has begun it. Rings, so that the runner attends to it.
    /// False when it has ended meanwhile.
    /// </summary>
    public async Task<bool> StartUnqueuedAsync(Turn turn, string runnerId)
    {
        if (await StartAsync(turn, runnerId) is null) return false;
        await redis.PublishAsync(RedisKeys.Doorbell, turn.SessionId);
        return true;
    }

    /// <summary>
    /// Takes a turn that waits behind the one that the runner executes, to tell it to that one, and says so (<c>status</c>,
    /// <c>told</c>). Gives it as it stands; null when it was withdrawn or is queued by itself meanwhile.
    /// </summary>
    public async Task<Turn?> SteerAsync(Turn turn, string runnerId)
    {
        var json = await s_steer.RunAsync(
            redis,
            [.. ProjectLog.AppendKeys(turn.ProjectId, turn.TurnId), RedisKeys.Taken(runnerId)],
            [
                ProjectLog.Channel(turn.ProjectId).ToString(), turn.ProjectId, turn.TurnId, runnerId, turn.ToJson(),
                WireJson.Write(new Status { SessionId = turn.SessionId, TurnId = turn.TurnId, State = "told" }),
            ]);
        return json.IsNull ? null : Turn.FromJson((byte[])json!);
    }

    /// <summary>Changes a turn that no runner has started, and announces it anew. False when one has, or it has ended.</summary>
    public async Task<bool> EditAsync(Turn turn, UserMessage message) => (long)await s_edit.RunAsync(
        redis,
        [.. ProjectLog.AppendKeys(turn.ProjectId, turn.TurnId), RedisKeys.Announcement(turn.TurnId)],
        [ProjectLog.Channel(turn.ProjectId).ToString(), turn.ProjectId, turn.ToJson(), WireJson.Write(message)]) == 1;

    /// <summary>Ends the turn with its last events, of which the last is its <c>session_end</c>. False when it had ended before.</summary>
    public Task<bool> EndAsync(Turn turn, IReadOnlyList<ReadOnlyMemory<byte>> events) => EndAsync(turn, events, onlyUnstarted: false);

    /// <summary>Ends a turn that no runner has started. False when one has, or it has ended.</summary>
    public Task<bool> WithdrawAsync(Turn turn, SessionEnd end) => EndAsync(turn, [WireJson.Write(end)], onlyUnstarted: true);

    /// <summary>The turn of a session that is queued or running; null when the session is idle.</summary>
    public async Task<string?> ActiveTurnAsync(string sessionId) => await redis.StringGetAsync(RedisKeys.ActiveTurn(sessionId));

    /// <summary>A turn that a runner has started and not ended; null otherwise.</summary>
    public async Task<Turn?> FindStartedAsync(string turnId)
    {
        var fields = await redis.HashGetAsync(RedisKeys.Turn(turnId), ["state", "turn"]);
        return fields[0] == "started" && !fields[1].IsNull ? Turn.FromJson(((ReadOnlyMemory<byte>)fields[1]).Span) : null;
    }

    /// <summary>Where a turn is: <c>ready</c>, <c>started</c>, <c>ended</c>, or null when Redis knows nothing of it.</summary>
    public async Task<string?> StateAsync(string turnId) => await redis.HashGetAsync(RedisKeys.Turn(turnId), "state");

    /// <summary>Says that the runner lives. To be repeated well within <see cref="HeartbeatLimit"/>.</summary>
    public async Task BeatAsync(string runnerId)
    {
        await redis.StringSetAsync(RedisKeys.Heartbeat(runnerId), "1", HeartbeatLimit);
        await redis.SetAddAsync(RedisKeys.Runners, runnerId);
    }

    /// <summary>Takes the heartbeat away at once: the runner leaves in good order.</summary>
    public Task LeaveAsync(string runnerId) => redis.KeyDeleteAsync(RedisKeys.Heartbeat(runnerId));

    /// <summary>
    /// Gives the turns of lost runners back to the queue, and returns those that they had started:
    /// the caller ends these (<see cref="EndRunnerLostAsync"/>).
    /// </summary>
    public async Task<IReadOnlyList<Turn>> RecoverAsync()
    {
        var lost = new List<Turn>();
        foreach (var runner in await redis.SetMembersAsync(RedisKeys.Runners))
        {
            var runnerId = runner.ToString();
            var started = (RedisValue[])(await s_recover.RunAsync(
                redis,
                [RedisKeys.Taken(runnerId), RedisKeys.ReadyFor(runnerId), RedisKeys.Ready, RedisKeys.Runners, RedisKeys.Heartbeat(runnerId)],
                [runnerId, RedisKeys.Doorbell.ToString()]))!;
            foreach (var turnId in started)
            {
                var json = await redis.HashGetAsync(RedisKeys.Turn(turnId.ToString()), "turn");
                if (!json.IsNull) lost.Add(Turn.FromJson(((ReadOnlyMemory<byte>)json).Span));
            }
        }

        return lost;
    }

    /// <summary>Ends a turn whose runner is gone. False when somebody else has ended it.</summary>
    public Task<bool> EndRunnerLostAsync(Turn turn) => EndAsync(turn, [WireJson.Write(new SessionEnd
    {
        SessionId = turn.SessionId,
        TurnId = turn.TurnId,
        TotalCostUsd = 0,
        UsageSummary = new UsageSummary(),
        Reason = EndReasons.RunnerLost,
        IsError = true,
        Message = "The runner that worked on this stopped. What it had written is kept; send a message to go on from there.",
    })]);

    /// <summary>Remembers which runner holds the session's process.</summary>
    public Task KeepWarmAsync(string sessionId, string runnerId, TimeSpan limit) =>
        redis.StringSetAsync(RedisKeys.WarmRunner(sessionId), runnerId, limit);

    /// <summary>Forgets it, because the process has ended.</summary>
    public Task ForgetWarmAsync(string sessionId) => redis.KeyDeleteAsync(RedisKeys.WarmRunner(sessionId));

    /// <summary>Leaves a command for the session's running turn, and rings.</summary>
    public Task SendAsync(string sessionId, SessionCommand command) => PushAsync(RedisKeys.Commands(sessionId), sessionId, command, TimeSpan.FromHours(1));

    /// <summary>Takes the oldest command for the session's running turn; null when there is none.</summary>
    public Task<SessionCommand?> TakeCommandAsync(string sessionId) => PopAsync(RedisKeys.Commands(sessionId));

    /// <summary>Sends a command to the session's process, whether a turn runs or not; and rings. One that has no process never gets it.</summary>
    public Task SendToProcessAsync(string sessionId, SessionCommand command) => PushAsync(RedisKeys.ProcessCommands(sessionId), sessionId, command, TimeSpan.FromMinutes(1));

    /// <summary>Takes the oldest command for the session's process; null when there is none.</summary>
    public Task<SessionCommand?> TakeProcessCommandAsync(string sessionId) => PopAsync(RedisKeys.ProcessCommands(sessionId));

    /// <summary>The channel that rings when there is a new turn (empty message) or a command (the session's id).</summary>
    public static RedisChannel Doorbell => RedisKeys.Doorbell;

    private async Task PushAsync(RedisKey commands, string sessionId, SessionCommand command, TimeSpan keptFor)
    {
        await redis.ListRightPushAsync(commands, JsonSerializer.SerializeToUtf8Bytes(command, WireJsonContext.Default.SessionCommand));
        await redis.KeyExpireAsync(commands, keptFor);
        await redis.PublishAsync(RedisKeys.Doorbell, sessionId);
    }

    private async Task<SessionCommand?> PopAsync(RedisKey commands)
    {
        var json = await redis.ListLeftPopAsync(commands);
        return json.IsNull ? null : JsonSerializer.Deserialize(((ReadOnlyMemory<byte>)json).Span, WireJsonContext.Default.SessionCommand);
    }

    private async Task<bool> EndAsync(Turn turn, IReadOnlyList<ReadOnlyMemory<byte>> events, bool onlyUnstarted)
    {
        RedisKey[] keys = [.. ProjectLog.AppendKeys(turn.ProjectId, turn.TurnId), RedisKeys.ActiveTurn(turn.SessionId), RedisKeys.Ready];
        RedisValue[] arguments =
        [
            ProjectLog.Channel(turn.ProjectId).ToString(), turn.ProjectId, turn.TurnId,
            (long)s_endedMemory.TotalSeconds, onlyUnstarted ? "unstarted" : "", .. events.Select(e => (RedisValue)e),
        ];
        var ended = (long)await s_end.RunAsync(redis, keys, arguments) == 1;
        if (ended) await redis.PublishAsync(RedisKeys.Doorbell, "");
        return ended;
    }
}
