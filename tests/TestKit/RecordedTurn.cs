using System.Text;
using Protocol.Events;
using Protocol.Redis;
using StackExchange.Redis;

namespace TestKit;

/// <summary>
/// A turn of the real CLI, as it was recorded and translated, appended to a project's log event by event, the way a runner
/// does it: each in a numbered batch, tried until it is in.
/// </summary>
public sealed class RecordedTurn
{
    private readonly List<ReadOnlyMemory<byte>> _events = [];
    private readonly Turn _turn;
    private readonly IDatabase _redis;

    /// <summary>Reads <c>tests/Transcripts/events/NAME.jsonl</c> for a project.</summary>
    public RecordedTurn(string name, string projectId, IConnectionMultiplexer redis)
    {
        _redis = redis.GetDatabase();
        _turn = new Turn { TurnId = Guid.CreateVersion7().ToString(), ProjectId = projectId, SessionId = Guid.NewGuid().ToString(), Content = "recorded", PermissionMode = "default" };
        _events.Add(WireJson.Write(new UserMessage { SessionId = _turn.SessionId, TurnId = _turn.TurnId, Content = _turn.Content }));
        _events.Add(WireJson.Write(new TurnStart { SessionId = _turn.SessionId, TurnId = _turn.TurnId, RunnerId = "recorded", Origin = "user" }));
        foreach (var line in File.ReadLines(Path.Combine(Repository.Transcripts, "events", $"{name}.jsonl")))
            _events.Add(Encoding.UTF8.GetBytes(line.Replace("\"session_id\":\"session\"", $"\"session_id\":\"{_turn.SessionId}\"").Replace("\"turn_id\":\"turn-1\"", $"\"turn_id\":\"{_turn.TurnId}\"")));
    }

    /// <summary>How many events it has.</summary>
    public int Count => _events.Count;

    /// <summary>Appends one event, and gives the newest number of the log.</summary>
    public async Task<long> AppendAsync(int index)
    {
        var log = new ProjectLog(_redis);
        long newest = 0;
        await Eventually.IsAsync($"event {index} to be appended", async () =>
        {
            try
            {
                if (index == 0) await new TurnQueue(_redis).StartAsync(_turn, "recorded");
                if (index == Count - 1) await new TurnQueue(_redis).EndAsync(_turn, [_events[index]]);
                else await log.AppendAsync(_turn.ProjectId, _turn.TurnId, index + 1, [_events[index]]);
                newest = (await log.BoundsAsync(_turn.ProjectId)).Newest;
                return true;
            }
            catch (Exception error) when (error is RedisException or TimeoutException)
            {
                return false;
            }
        });
        return newest;
    }

    /// <summary>Appends all of it.</summary>
    public async Task AppendAllAsync()
    {
        for (var i = 0; i < Count; i++) await AppendAsync(i);
    }
}
