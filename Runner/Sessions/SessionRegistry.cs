using System.Collections.Concurrent;
using Microsoft.Extensions.Options;
using Protocol.Redis;

namespace Runner.Sessions;

/// <summary>The sessions that live on this runner, and which of them stay warm.</summary>
internal sealed class SessionRegistry(IServiceProvider services, TurnQueue queue, IOptions<RunnerOptions> options, RunnerIdentity identity, TimeProvider time)
    : IAsyncDisposable
{
    private static readonly TimeSpan s_rested = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, SessionActor> _sessions = new();

    /// <summary>Sessions with a turn under way.</summary>
    public IEnumerable<SessionActor> Busy => _sessions.Values.Where(session => session.IsBusy);

    /// <summary>All sessions on this runner.</summary>
    public IEnumerable<SessionActor> All => _sessions.Values;

    /// <summary>
    /// Whether a process may be started for a message that is only being written: where one of those that are kept is to spare, or has
    /// rested for a moment and goes for it (<see cref="CoolAsync"/>), as it would for the message. Who writes on gets it back.
    /// </summary>
    public bool HasRoomToPrepare =>
        Busy.Count() < options.Value.MaxSessions
        && All.Count(session => session.IsBusy || (session.IsWarm && time.GetElapsedTime(session.LastUsed) < s_rested)) < options.Value.MaxWarmSessions;

    /// <summary>The session's actor, made when it is not here yet.</summary>
    public SessionActor Get(string sessionId) =>
        _sessions.GetOrAdd(sessionId, id => ActivatorUtilities.CreateInstance<SessionActor>(services, id));

    /// <summary>The session's actor when it is here.</summary>
    public SessionActor? Find(string sessionId) => _sessions.GetValueOrDefault(sessionId);

    /// <summary>Says that the session is warm here, so that its next turn comes here.</summary>
    public Task AnnounceAsync(SessionActor session) => queue.KeepWarmAsync(session.SessionId, identity.Id, options.Value.WarmLimit);

    /// <summary>
    /// Begins to end processes that were idle for too long, and the least recently used where there are too many; forgets the sessions
    /// whose process has ended. One takes seconds to end where much else runs: only its own session's next turn waits for that.
    /// </summary>
    public async Task CoolAsync()
    {
        var idle = _sessions.Values.Where(session => !session.IsBusy && session.CurrentTurn is null).OrderByDescending(session => session.LastUsed).ToList();
        for (var i = 0; i < idle.Count; i++)
        {
            var tooMany = i >= options.Value.MaxWarmSessions;
            var rested = time.GetElapsedTime(idle[i].LastUsed);
            if (!tooMany && rested <= options.Value.WarmLimit && idle[i].IsWarm) continue;
            // Its process would take with it what still runs in its background.
            if (idle[i].RunsTasks && rested <= options.Value.BackgroundLimit) continue;
            await queue.ForgetWarmAsync(idle[i].SessionId);
            if (idle[i].IsWarm)
            {
                _ = idle[i].CoolAsync();
            }
            else
            {
                _sessions.TryRemove(idle[i].SessionId, out _);
                await idle[i].DisposeAsync();
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() =>
        await Task.WhenAll(_sessions.Values.Select(session => session.DisposeAsync().AsTask()));
}
