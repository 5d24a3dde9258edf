using Protocol.Redis;
using Runner.Cli;

namespace Runner.Sessions;

/// <summary>How a session gets its process before the message that it is for.</summary>
internal sealed partial class SessionActor
{
    /// <summary>
    /// Starts a process with the settings of a turn that nobody has sent yet. That turn waits for it, and starts its own where this one
    /// fails or has other settings. Never throws.
    /// </summary>
    public async Task PrepareAsync(Turn next, CancellationToken stopping)
    {
        Interlocked.Increment(ref _turns); // Busy: nobody forgets it meanwhile.
        try
        {
            if (!await _oneTurn.WaitAsync(0, CancellationToken.None)) return;
            try
            {
                if (!IsWarm && _stream is null && CostWatch.Objection(next.Budget) is null) await PrepareAloneAsync(next, stopping);
            }
            finally
            {
                _oneTurn.Release();
            }
        }
        finally
        {
            LastUsed = _time.GetTimestamp();
            Interlocked.Decrement(ref _turns);
        }
    }

    private async Task PrepareAloneAsync(Turn next, CancellationToken stopping)
    {
        _projectId = next.ProjectId;
        var failure = "";
        try
        {
            var folders = SessionFolders.Create(_options.StatePath, next.ProjectId);
            if (await StartProcessAsync(next, folders, folders.HasTranscript(SessionId), stopping) is not { } failed) return;
            failure = failed.Message ?? failed.Reason;
        }
        catch (Exception error)
        {
            failure = error.Message;
        }

        LogNotPrepared(SessionId, failure);
        await DropProcessAsync();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Session {SessionId}: no process was ready before its message: {Reason}")]
    private partial void LogNotPrepared(string sessionId, string reason);
}
