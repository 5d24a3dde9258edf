using System.Buffers.Text;
using StackExchange.Redis;

namespace Protocol.Redis;

/// <summary>What is in a project's log.</summary>
/// <param name="Newest">The newest event's <c>seq</c>; 0 when the project has none yet.</param>
/// <param name="Oldest">The oldest event that can still be read; <c>Newest + 1</c> when none can.</param>
public readonly record struct LogBounds(long Newest, long Oldest);

/// <summary>
/// The project log of design.md §3: append gives an event its number, keeps it and publishes it, all in one script,
/// so that the published message, the kept entry and the WebSocket payload are the same bytes.
/// </summary>
public sealed class ProjectLog(IDatabase redis)
{
    /// <summary>Nothing was appended: this batch had been appended before.</summary>
    public const long AlreadyAppended = 0;

    /// <summary>Nothing was appended: the turn had ended, so whoever still works on it must stop.</summary>
    public const long TurnHasEnded = -1;

    /// <summary>The server's clock in milliseconds, the same for all who write here.</summary>
    private const string NowFunction = """
        local function now()
          local time = redis.call('TIME')
          return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
        end

        """;

    /// <summary>
    /// Puts numbers into events, keeps and publishes them.
    ///   KEYS  seq, log, log_bytes, unrecorded, turn
    ///   ARGV  channel, project id, batch, event …
    /// An event arrives as {"type":"assistant_chunk",…} and leaves as {"seq":17,"at":1764000000000,"type":"assistant_chunk",…}.
    /// Pieces of text alone are to be recorded two seconds later, all else at once: the recorder works by what is finished.
    /// A missing counter starts from the clock in microseconds: a Redis that lost its data never re-uses a number.
    /// </summary>
    internal const string AppendFunction = NowFunction + """
        local function append(keys, channel, project, batch, first, last)
          if batch > 0 then
            if redis.call('HGET', keys[5], 'state') == 'ended' then return -1 end
            local done = tonumber(redis.call('HGET', keys[5], 'batch') or '0')
            if batch <= done then return 0 end
            redis.call('HSET', keys[5], 'batch', batch)
            redis.call('EXPIRE', keys[5], 604800)
          end
          local at = string.format('%.0f', now())
          local seq = tonumber(redis.call('GET', keys[1]) or '0')
          if seq == 0 then
            local time = redis.call('TIME')
            seq = tonumber(time[1]) * 1000000 + tonumber(time[2])
            redis.call('DEL', keys[2], keys[3])
          end
          local bytes = 0
          local isSoon = false
          for i = first, last do
            seq = seq + 1
            if not string.find(string.sub(ARGV[i], 1, 32), '_chunk"', 1, true) then isSoon = true end
            local event = '{"seq":' .. string.format('%.0f', seq) .. ',"at":' .. at .. ',' .. string.sub(ARGV[i], 2)
            bytes = bytes + #event
            redis.call('RPUSH', keys[2], event)
            redis.call('PUBLISH', channel, event)
          end
          redis.call('SET', keys[1], string.format('%.0f', seq))
          redis.call('INCRBY', keys[3], bytes)
          if isSoon then
            redis.call('ZADD', keys[4], 'LT', at, project)
          else
            redis.call('ZADD', keys[4], 'NX', string.format('%.0f', tonumber(at) + 2000), project)
          end
          return seq
        end

        """;

    private static readonly LuaScript s_append = new(AppendFunction + """
        local seq = append(KEYS, ARGV[1], ARGV[2], tonumber(ARGV[3]), 4, #ARGV)
        if seq <= 0 then return tostring(seq) end
        return string.format('%.0f', seq)
        """);

    /// <summary>
    /// Takes the mark away when all is recorded, and has the rest looked at within two seconds when not. Drops the oldest
    /// events while there are more than allowed, but never one that is not recorded.
    ///   KEYS  seq, log, log_bytes, unrecorded   ARGV  recorded seq, most events, most bytes, project id
    /// </summary>
    private static readonly LuaScript s_markRecorded = new(NowFunction + """
        local newest = tonumber(redis.call('GET', KEYS[1]) or '0')
        if newest <= tonumber(ARGV[1]) then
          redis.call('ZREM', KEYS[4], ARGV[4])
        else
          redis.call('ZADD', KEYS[4], 'LT', string.format('%.0f', now() + 2000), ARGV[4])
        end
        local length = redis.call('LLEN', KEYS[2])
        local oldest = newest - length + 1
        local bytes = tonumber(redis.call('GET', KEYS[3]) or '0')
        local dropped = 0
        while length > 0 and oldest <= tonumber(ARGV[1]) and (length > tonumber(ARGV[2]) or bytes > tonumber(ARGV[3])) do
          local size = #redis.call('LPOP', KEYS[2])
          redis.call('DECRBY', KEYS[3], size)
          bytes = bytes - size
          length = length - 1
          oldest = oldest + 1
          dropped = dropped + 1
        end
        return dropped
        """);

    /// <summary>
    /// Gives the project that is due first, and puts its mark off: who takes it and dies leaves it to another.
    ///   KEYS  unrecorded   ARGV  milliseconds to put it off
    /// </summary>
    private static readonly LuaScript s_takeUnrecorded = new(NowFunction + """
        local at = now()
        local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', string.format('%.0f', at), 'LIMIT', 0, 1)
        if #due == 0 then return false end
        redis.call('ZADD', KEYS[1], string.format('%.0f', at + tonumber(ARGV[1])), due[1])
        return due[1]
        """);

    /// <summary>Counter and length in one step, so that they belong together.</summary>
    private static readonly LuaScript s_bounds = new("""
        return { redis.call('GET', KEYS[1]) or '0', redis.call('LLEN', KEYS[2]) }
        """);

    /// <summary>
    /// Events after a number, with the counter that says which they are: a list index is an event's distance from the newest.
    ///   KEYS  seq, log   ARGV  after, most events, most bytes (at least one event comes)
    /// </summary>
    private static readonly LuaScript s_read = new("""
        local newest = tonumber(redis.call('GET', KEYS[1]) or '0')
        local length = redis.call('LLEN', KEYS[2])
        local skip = tonumber(ARGV[1]) - (newest - length)
        if skip < 0 then skip = 0 end
        local most = tonumber(ARGV[3])
        local page = redis.call('LRANGE', KEYS[2], skip, skip + tonumber(ARGV[2]) - 1)
        local bytes = 0
        for i, event in ipairs(page) do
          bytes = bytes + #event
          if bytes > most and i > 1 then
            local cut = {}
            for j = 1, i - 1 do cut[j] = page[j] end
            return cut
          end
        end
        return page
        """);

    /// <summary>Appends events of a turn. A batch that was appended before is not appended again.</summary>
    /// <param name="projectId">The project.</param>
    /// <param name="turnId">The turn whose producer numbers the batches; empty with batch 0.</param>
    /// <param name="batch">1, 2, 3… within the turn; 0 for events that need no such guard.</param>
    /// <param name="events">JSON objects without <c>seq</c> and <c>at</c>.</param>
    /// <returns>The newest <c>seq</c>, <see cref="AlreadyAppended"/> or <see cref="TurnHasEnded"/>.</returns>
    public async Task<long> AppendAsync(string projectId, string turnId, long batch, IReadOnlyList<ReadOnlyMemory<byte>> events)
    {
        var arguments = new RedisValue[3 + events.Count];
        arguments[0] = RedisKeys.Channel(projectId).ToString();
        arguments[1] = projectId;
        arguments[2] = batch;
        for (var i = 0; i < events.Count; i++) arguments[3 + i] = events[i];
        return (long)await s_append.RunAsync(redis, AppendKeys(projectId, turnId), arguments);
    }

    /// <summary>Appends one event that belongs to no producer's batches.</summary>
    public Task<long> AppendAsync(string projectId, Events.Event @event) =>
        AppendAsync(projectId, @event.TurnId, 0, [Events.WireJson.Write(@event)]);

    /// <summary>Appends a turn's user_message. Once, however often it is called.</summary>
    public Task<long> AnnounceAsync(string projectId, Events.UserMessage message) =>
        AppendAsync(projectId, RedisKeys.AnnouncementOf(message.TurnId), 1, [Events.WireJson.Write(message)]);

    /// <summary>The newest and the oldest number.</summary>
    public async Task<LogBounds> BoundsAsync(string projectId)
    {
        var result = (RedisResult[])(await s_bounds.RunAsync(redis, [RedisKeys.Seq(projectId), RedisKeys.Log(projectId)], []))!;
        var newest = (long)result[0];
        return new LogBounds(newest, newest - (long)result[1] + 1);
    }

    /// <summary>The events after <paramref name="after"/> that are still there, oldest first.</summary>
    /// <param name="projectId">The project.</param>
    /// <param name="after">The newest event that is known already.</param>
    /// <param name="mostEvents">At most so many.</param>
    /// <param name="mostBytes">At most so many bytes, but always one event when there is one.</param>
    public async Task<IReadOnlyList<ReadOnlyMemory<byte>>> ReadAsync(string projectId, long after, int mostEvents, int mostBytes = int.MaxValue)
    {
        var result = await s_read.RunAsync(redis, [RedisKeys.Seq(projectId), RedisKeys.Log(projectId)], [after, mostEvents, mostBytes]);
        return [.. ((RedisValue[])result!).Select(value => (ReadOnlyMemory<byte>)value)];
    }

    /// <summary>
    /// Says up to where the log is recorded: it is no longer marked when that is all of it, and drops what exceeds the window,
    /// oldest first, and only what is recorded. Returns how many events went.
    /// </summary>
    public async Task<long> MarkRecordedAsync(string projectId, long recordedSeq, int mostEvents, long mostBytes) =>
        (long)await s_markRecorded.RunAsync(
            redis,
            [RedisKeys.Seq(projectId), RedisKeys.Log(projectId), RedisKeys.LogBytes(projectId), RedisKeys.Unrecorded],
            [recordedSeq, mostEvents, mostBytes, projectId]);

    /// <summary>Removes the log of a project that was deleted.</summary>
    public async Task DeleteAsync(string projectId)
    {
        await redis.KeyDeleteAsync([RedisKeys.Seq(projectId), RedisKeys.Log(projectId), RedisKeys.LogBytes(projectId)]);
        await redis.SortedSetRemoveAsync(RedisKeys.Unrecorded, projectId);
    }

    /// <summary>
    /// Takes a project whose log has grown and is to be recorded now; null when there is none. It is given again after
    /// <paramref name="limit"/>, unless <see cref="MarkRecordedAsync"/> said meanwhile that there is nothing left.
    /// </summary>
    public async Task<string?> TakeUnrecordedAsync(TimeSpan limit) =>
        (string?)await s_takeUnrecorded.RunAsync(redis, [RedisKeys.Unrecorded], [(long)limit.TotalMilliseconds]);

    /// <summary>Marks a project as one whose log is to be recorded now.</summary>
    public Task MarkUnrecordedAsync(string projectId) => redis.SortedSetAddAsync(RedisKeys.Unrecorded, projectId, 0);

    /// <summary>Says on <see cref="InboxBell"/> that something else waits for people, in some project.</summary>
    public Task RingInboxAsync() => redis.PublishAsync(InboxBell, "");

    /// <summary>The pub/sub channel of <see cref="RingInboxAsync"/>.</summary>
    public static RedisChannel InboxBell => RedisKeys.InboxBell;

    /// <summary>The pub/sub channel on which the project's events are published.</summary>
    public static RedisChannel Channel(string projectId) => RedisKeys.Channel(projectId);

    /// <summary>
    /// The number in an event's bytes, without parsing the rest: {"seq":17,… gives 17. False for a frame without one.
    /// </summary>
    public static bool TryReadSeq(ReadOnlySpan<byte> frame, out long seq)
    {
        seq = 0;
        return frame.StartsWith("{\"seq\":"u8) && Utf8Parser.TryParse(frame[7..], out seq, out _);
    }

    internal static RedisKey[] AppendKeys(string projectId, string turnId) =>
    [
        RedisKeys.Seq(projectId), RedisKeys.Log(projectId), RedisKeys.LogBytes(projectId),
        RedisKeys.Unrecorded, RedisKeys.Turn(turnId),
    ];
}
