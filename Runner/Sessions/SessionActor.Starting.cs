using System.Text.Json;
using Protocol.Events;
using Protocol.Redis;
using Runner.Cli;
using Runner.Translation;

namespace Runner.Sessions;

/// <summary>How a session gets its process: a warm one where that has the turn's settings, else a new one.</summary>
internal sealed partial class SessionActor
{
    private static readonly TimeSpan s_mcpLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_mcpEvery = TimeSpan.FromMilliseconds(100);

    /// <summary>Makes sure of a process that is ready and has the turn's settings. Otherwise returns how the turn ends.</summary>
    private async Task<SessionEnd?> StartProcessAsync(Turn turn, SessionFolders folders, bool resume, CancellationToken stopping)
    {
        if (IsWarm && await TakesSettingsAsync(turn, stopping)) return null;
        if (_process is not null) await StopProcessAsync();

        using var activity = RunnerTelemetry.StartCli();
        var began = _time.GetTimestamp();
        _translator = new Translator { Between = EmitBetween, CommandChanged = (task, toolUse) => Follow(folders.Temporary, task, toolUse) };
        if (_stream is { } stream) _translator.BeginTurn(turn.SessionId, turn.TurnId, stream.Outbox);
        _droppedLines = 0;
        var translator = _translator;
        var process = await _cli.StartAsync(turn, resume, folders, line => TakeLine(translator, line), WaitForRoomAsync, stopping);
        _process = process;
        (_processMode, _processModel) = (turn.PermissionMode, turn.Model);
        (_processSettings, _processBudget) = (turn.Settings?.ForProcess().ToJson(), turn.Budget?.ProcessUsd);
        _ = process.Exited.ContinueWith(
            exit => _inbox.Writer.TryWrite(new Message.Exited(process, exit.Result)), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

        var (offers, failed) = await AskAsync(ClaudeLines.Initialize, began, stopping);
        if (failed is not null) return failed;
        if (offers is { } known) _ = KeepCapabilitiesAsync(known);
        _telemetry.CliStarted(_time.GetElapsedTime(began));
        return turn.Settings?.McpServers is { Count: > 0 } ? await WaitForMcpAsync(stopping) : null;
    }

    // A warm process takes another mode or model. The rest it was started with.
    private async Task<bool> TakesSettingsAsync(Turn turn, CancellationToken stopping)
    {
        if (_processSettings != turn.Settings?.ForProcess().ToJson()) return false;
        // Its own limit counts from its start: more may be left by now (a new day, a higher budget).
        if (_processBudget - _translator.CostUsd < turn.Budget?.ProcessUsd || _processBudget is null != turn.Budget?.ProcessUsd is null) return false;
        var mode = _translator.PermissionMode ?? _processMode;
        if (mode != turn.PermissionMode)
        {
            if (!await _process!.WriteAsync(ClaudeLines.SetPermissionMode(NextControlRequest(), turn.PermissionMode), stopping)) return false;
            _processMode = turn.PermissionMode;
        }

        if (_processModel == turn.Model) return true;
        if (!await _process!.WriteAsync(ClaudeLines.SetModel(NextControlRequest(), turn.Model ?? ClaudeCommandLine.DefaultModel), stopping)) return false;
        _processModel = turn.Model;
        return true;
    }

    // Without it the first message would be answered without the servers' tools. One that does not come is not waited for long.
    private async Task<SessionEnd?> WaitForMcpAsync(CancellationToken stopping)
    {
        var began = _time.GetTimestamp();
        while (_time.GetElapsedTime(began) < s_mcpLimit)
        {
            var (answer, failed) = await AskAsync(ClaudeLines.McpStatus, _time.GetTimestamp(), stopping);
            if (failed is not null) return failed;
            if (!McpTest.Read(answer ?? default).Exists(server => server.Status == "pending")) return null;
            await Task.Delay(s_mcpEvery, CancellationToken.None);
        }

        return null;
    }

    // Waits for the answer to a request that a process gets before its turn. A start that fails (a bad resume) gives a result and
    // an exit instead.
    private async Task<(JsonElement? Answer, SessionEnd? Failed)> AskAsync(Func<string, ReadOnlyMemory<byte>> ask, long began, CancellationToken stopping)
    {
        var request = NextControlRequest();
        if (!await _process!.WriteAsync(ask(request), stopping)) return (null, await CrashedAsync());
        SessionEnd? failed = null;
        var later = new List<Message>();
        while (true)
        {
            if (_time.GetElapsedTime(began) > _options.StartLimit)
            {
                await DropProcessAsync();
                return (null, Failed(EndReasons.CliHung, $"Claude Code was not ready within {_options.StartLimit.TotalSeconds:0} s. Send the message again."));
            }

            switch (await NextAsync(stopping))
            {
                case Message.Outcome { Value: CliOutcome.ControlResponse response } when response.RequestId == request:
                    foreach (var message in later) _inbox.Writer.TryWrite(message);
                    return (response.Response, null);
                case Message.Outcome { Value: CliOutcome.TurnResult result }:
                    failed = result.End;
                    break;
                case Message.Exited exited when exited.Process == _process:
                    if (failed is null) return (null, await CrashedAsync());
                    await DropProcessAsync();
                    return (null, failed);
                case Message.Command { Value: { Type: SessionCommand.Interrupt or SessionCommand.Abandon } command } when IsForThisTurn(command):
                    await DropProcessAsync();
                    return (null, Interrupted(command.Type));
                case Message.Command command when IsForThisTurn(command.Value):
                    later.Add(command);
                    break;
                case Message.Stopping:
                    await DropProcessAsync();
                    return (null, Stopped());
            }
        }
    }

    // The page can do without; the next session tells it again.
    private async Task KeepCapabilitiesAsync(JsonElement offers)
    {
        try
        {
            await _capabilities.SaveAsync(_projectId, offers);
        }
        catch (Exception error) when (error is StackExchange.Redis.RedisException or TimeoutException)
        {
            LogCapabilitiesLost(SessionId, error.Message);
        }
    }
}
