using Protocol.Events;
using Protocol.Redis;
using Runner.Cli;
using Runner.Translation;
using Runner.Workspace;

namespace Runner.Sessions;

/// <summary>Messages that are told to the turn that runs.</summary>
internal sealed partial class SessionActor
{
    // A message that came too late for the turn that it was told to is answered by the CLI in a turn of its own.
    private async Task AnswerSteeredAsync(CancellationToken stopping)
    {
        while (NextSteered() is { } next)
        {
            using var activity = RunnerTelemetry.StartTurn(next.TraceParent, next.ProjectId, next.SessionId, next.TurnId);
            Begin(next, "user", activity, isQueued: false);
            ReadHeld();
            var end = IsWarm ? await WaitForEndOrFailAsync(stopping) : Failed(EndReasons.CliCrashed, "Claude Code ended before it took this message. Send it again.");
            Forget(next);
            await EndAsync(end);
        }
    }

    private async Task SteerAsync(Turn message)
    {
        try
        {
            if (await _queue.SteerAsync(message, _identity.Id) is not { } claimed) return;
            lock (_steered) _steered.Add(claimed);
            var folders = SessionFolders.Create(_options.StatePath, claimed.ProjectId);
            var content = await UserContent.OfAsync(claimed, new WorkspaceFiles(folders.Workspace), CancellationToken.None);
            await _process!.WriteAsync(ClaudeLines.User(content, claimed.TurnId, steers: true), CancellationToken.None);
        }
        catch (RunnerCallException error)
        {
            Forget(message);
            await _stream!.EndSteeredAsync(message, End(EndReasons.FileMissing, isError: true, error.Message) with { TurnId = message.TurnId });
        }
        catch (Exception error) when (error is StackExchange.Redis.RedisException or TimeoutException)
        {
            LogNotSteered(message.TurnId, error.Message); // It waits its turn, as it would have without.
        }
    }

    // What was told is part of this turn from here on: the message's own turn ends, and says where it went.
    private async Task TakeSteeredAsync(CliOutcome.Taken line)
    {
        Turn? taken;
        lock (_steered) taken = _steered.Find(turn => turn.TurnId == line.MessageId);
        if (taken is null || _stream!.Turn.TurnId == line.MessageId) return;
        await _stream.EndSteeredAsync(taken, new SessionEnd
        {
            SessionId = SessionId, TurnId = taken.TurnId, TotalCostUsd = 0, UsageSummary = new UsageSummary(),
            Reason = EndReasons.Steered, IsError = false, SteeredInto = _stream.Turn.TurnId, SteeredBefore = line.Before,
        });
        Forget(taken);
    }

    private Turn? NextSteered()
    {
        lock (_steered) return _steered.FirstOrDefault();
    }

    private void Forget(Turn steered)
    {
        lock (_steered) _steered.RemoveAll(turn => turn.TurnId == steered.TurnId);
    }
}
