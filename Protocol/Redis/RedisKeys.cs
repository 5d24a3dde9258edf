using StackExchange.Redis;

namespace Protocol.Redis;

/// <summary>Every name in Redis. One prefix, so that an instance can be shared and looked through.</summary>
internal static class RedisKeys
{
    /// <summary>Counter of the project's newest <c>seq</c>.</summary>
    public static RedisKey Seq(string projectId) => $"cc:project:{projectId}:seq";

    /// <summary>List of the project's events, oldest first; the bytes that were published.</summary>
    public static RedisKey Log(string projectId) => $"cc:project:{projectId}:log";

    /// <summary>Counter of the log's size in bytes.</summary>
    public static RedisKey LogBytes(string projectId) => $"cc:project:{projectId}:log_bytes";

    /// <summary>Pub/sub channel of the project's events.</summary>
    public static RedisChannel Channel(string projectId) => RedisChannel.Literal($"cc:project:{projectId}:events");

    /// <summary>Pub/sub channel that says that something else waits for people; the message is empty.</summary>
    public static RedisChannel InboxBell => RedisChannel.Literal("cc:inbox");

    /// <summary>Sorted set of projects whose log has grown, by when they are to be recorded (milliseconds).</summary>
    public static RedisKey Unrecorded => "cc:log:unrecorded";

    /// <summary>Hash of a turn: <c>turn</c> (JSON), <c>state</c> (ready, started, ended), <c>runner</c>, <c>batch</c>.</summary>
    public static RedisKey Turn(string turnId) => $"cc:turn:{turnId}";

    /// <summary>Hash that says whether the turn's user_message is in the log.</summary>
    public static RedisKey Announcement(string turnId) => Turn(AnnouncementOf(turnId));

    /// <summary>Under which id the announcement's batch counts, for <see cref="ProjectLog.AppendAsync(string, string, long, IReadOnlyList{ReadOnlyMemory{byte}})"/>.</summary>
    public static string AnnouncementOf(string turnId) => $"{turnId}:announced";

    /// <summary>The one turn of a session that is queued or running.</summary>
    public static RedisKey ActiveTurn(string sessionId) => $"cc:session:{sessionId}:active_turn";

    /// <summary>List of commands for the session's running turn.</summary>
    public static RedisKey Commands(string sessionId) => $"cc:session:{sessionId}:commands";

    /// <summary>List of commands for the session's process and what runs in its background, whether a turn runs or not.</summary>
    public static RedisKey ProcessCommands(string sessionId) => $"cc:session:{sessionId}:process_commands";

    /// <summary>The runner that holds the session's process warm.</summary>
    public static RedisKey WarmRunner(string sessionId) => $"cc:session:{sessionId}:runner";

    /// <summary>The runner that executed the session's last turn, or has started its process since.</summary>
    public static RedisKey LastRunner(string sessionId) => $"cc:session:{sessionId}:last_runner";

    /// <summary>What the project's CLI offers, as JSON of its <c>initialize</c> answer.</summary>
    public static RedisKey Capabilities(string projectId) => $"cc:project:{projectId}:capabilities";

    /// <summary>What some CLI offered last.</summary>
    public static RedisKey AnyCapabilities => "cc:capabilities";

    /// <summary>Somebody is asking the CLI what it offers.</summary>
    public static RedisKey CapabilitiesProbe => "cc:capabilities:probe";

    /// <summary>List of turns that any runner may take.</summary>
    public static RedisKey Ready => "cc:turns:ready";

    /// <summary>List of turns meant for one runner, because it holds their session warm.</summary>
    public static RedisKey ReadyFor(string runnerId) => $"cc:runner:{runnerId}:ready";

    /// <summary>List of turns that a runner has taken and not yet ended.</summary>
    public static RedisKey Taken(string runnerId) => $"cc:runner:{runnerId}:taken";

    /// <summary>The runner's heartbeat: gone when it stops.</summary>
    public static RedisKey Heartbeat(string runnerId) => $"cc:runner:{runnerId}:heartbeat";

    /// <summary>Set of runners that have ever announced themselves and were not yet cleared away.</summary>
    public static RedisKey Runners => "cc:runners";

    /// <summary>List of turns that nobody has sent yet: their sessions' processes are to be started.</summary>
    public static RedisKey Preparations => "cc:preparations";

    /// <summary>List of questions to any runner.</summary>
    public static RedisKey Calls => "cc:calls";

    /// <summary>Pub/sub channel that wakes runners: the message is a session id, or empty for a new turn.</summary>
    public static RedisChannel Doorbell => RedisChannel.Literal("cc:runners:doorbell");
}
