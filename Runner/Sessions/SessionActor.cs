using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.Extensions.Options;
using Protocol.Events;
using Protocol.Redis;
using Runner.Cli;
using Runner.Translation;
using Runner.Turns;
using Runner.Workspace;

namespace Runner.Sessions;

/// <summary>
/// One session on this runner: at most one CLI process, kept warm between turns, and one turn at a time.
/// Everything that happens to it (a line's outcome, a command, the process' exit, a watchdog) is a message in one inbox,
/// so nothing here needs a lock.
/// </summary>
internal sealed partial class SessionActor : IAsyncDisposable
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(500);

    // How long an interrupted command may take to die, and how long before the interrupt one may have begun that it missed. What else is
    // that young (the process itself, what a command put into the background) ends with it: to go on costs a start, to miss it a command.
    private static readonly TimeSpan s_dying = TimeSpan.FromMilliseconds(300);
    private static readonly TimeSpan s_beginning = TimeSpan.FromSeconds(2);

    private readonly RunnerOptions _options;
    private readonly RunnerIdentity _identity;
    private readonly ClaudeCli _cli;
    private readonly ProjectLog _log;
    private readonly TurnQueue _queue;
    private readonly CliCapabilities _capabilities;
    private readonly RunnerTelemetry _telemetry;
    private readonly TimeProvider _time;
    private readonly ILogger<SessionActor> _logger;
    private readonly Channel<Message> _inbox = Channel.CreateUnbounded<Message>(new UnboundedChannelOptions { SingleReader = true });

    private readonly SemaphoreSlim _oneTurn = new(1);

    // Messages that were told to the turn that runs; the CLI has not yet said that it took them.
    private readonly List<Turn> _steered = [];

    // What shell commands print while they run, by task.
    private readonly Dictionary<string, CancellationTokenSource> _tails = [];

    // What the CLI writes between a turn's last line and that turn's end in the log, to be read when the next one can begin.
    private readonly Lock _reading = new();
    private List<byte[]>? _held;

    private readonly OpenRequests _asked;
    private Translator _translator = new();
    private ClaudeProcess? _process;
    private string? _processMode;
    private string? _processModel;
    private string? _processSettings;
    private decimal? _processBudget;

    // What the next turn may cost, by what the last one from the queue might.
    private TurnBudget? _budget;
    private CostWatch _costs = new(null);
    private string _projectId = "";
    private TurnStream? _stream;
    private long _lastLine;
    private long _interruptedAt;
    private IReadOnlyCollection<string> _tasksAtInterrupt = [];
    private int _droppedLines;
    private int _controlRequests;
    private volatile bool _begun;
    private volatile bool _isAbandoned;
    private int _turns;
    private long _heldBytes;

    public SessionActor(
        string sessionId, IOptions<RunnerOptions> options, RunnerIdentity identity, ClaudeCli cli, ProjectLog log, TurnQueue queue,
        CliCapabilities capabilities, RunnerTelemetry telemetry, TimeProvider time, ILogger<SessionActor> logger)
    {
        (SessionId, _options, _identity, _cli, _log, _queue, _capabilities, _telemetry, _time, _logger) =
            (sessionId, options.Value, identity, cli, log, queue, capabilities, telemetry, time, logger);
        _asked = new OpenRequests(_time, _options.AnswerLimit);
        LastUsed = _time.GetTimestamp();
    }

    /// <summary>The session.</summary>
    public string SessionId { get; }

    /// <summary>Whether a turn is under way, or about to be.</summary>
    public bool IsBusy => Volatile.Read(ref _turns) > 0;

    /// <summary>Whether the turn under way waits for a person; it works on nothing meanwhile.</summary>
    public bool WaitsForPeople { get; private set; }

    /// <summary>Whether a process is kept.</summary>
    public bool IsWarm => _process is { Exited.IsCompleted: false };

    /// <summary>Whether something runs in the background of its process.</summary>
    public bool RunsTasks => IsWarm && _translator.RunsTasks;

    /// <summary>When it last had a turn, as a timestamp of the clock.</summary>
    public long LastUsed { get; private set; }

    /// <summary>The turn under way, for the heartbeat; null when there is none.</summary>
    public Turn? CurrentTurn => _stream?.Turn;

    /// <summary>Messages that were told to the turn that runs here, and that Claude Code has not taken.</summary>
    public IReadOnlyList<Turn> Told
    {
        get { lock (_steered) return [.. _steered]; }
    }

    /// <summary>Whether a turn that this runner has started is under way here, or was told to the one that is.</summary>
    public bool Knows(string turnId) => CurrentTurn?.TurnId == turnId || Told.Any(told => told.TurnId == turnId);

    /// <summary>
    /// Executes a turn from its start to its <c>session_end</c>, after what is under way here. Never throws: whatever happens ends the
    /// turn with its reason.
    /// </summary>
    /// <param name="start">Starts it, from where on it cannot be edited; null when it is not to be executed here.</param>
    /// <param name="stopping">The runner is asked to stop.</param>
    /// <returns>Whether it was started.</returns>
    public async Task<bool> RunTurnAsync(Func<Task<StartedTurn?>> start, CancellationToken stopping)
    {
        Interlocked.Increment(ref _turns);
        // The queue gives the next turn as soon as this one's end is in the log, a moment before we are done with it here.
        await _oneTurn.WaitAsync(CancellationToken.None);
        try
        {
            await FinishOwnTurnAsync(stopping);
            if (await start() is not { } started) return false;
            await RunStartedAsync(started, stopping);
            return true;
        }
        finally
        {
            LastUsed = _time.GetTimestamp();
            Interlocked.Decrement(ref _turns);
            _oneTurn.Release();
        }
    }

    private async Task RunStartedAsync(StartedTurn started, CancellationToken stopping)
    {
        var turn = started.Turn;
        _projectId = turn.ProjectId;
        _budget = turn.Budget;
        using var activity = RunnerTelemetry.StartTurn(turn.TraceParent, turn.ProjectId, turn.SessionId, turn.TurnId);
        SessionEnd end;
        try
        {
            // A process that is warm here has missed what was said on another runner.
            if (started.LastRunner is { } last && last != _identity.Id) await StopProcessAsync();
            Begin(turn, "user", activity);
            end = await ExecuteAsync(turn, stopping);
        }
        catch (CliUnavailableException error)
        {
            LogCliUnavailable(turn.TurnId, error.Message);
            end = Failed(EndReasons.CliUnavailable, error.Message);
        }
        catch (RunnerCallException error)
        {
            end = Failed(EndReasons.FileMissing, error.Message);
        }
        catch (Exception error)
        {
            LogTurnFailed(error, turn.TurnId);
            await DropProcessAsync();
            if (_stream is null) Begin(turn, "user", activity); // It failed before it began.
            end = Failed(EndReasons.CliCrashed, $"The runner failed on this turn: {error.Message} Send the message again.");
        }

        activity?.SetTag("turn.reason", end.Reason);
        if (end.IsError) activity?.SetStatus(ActivityStatusCode.Error, end.Message);
        await EndAsync(end);
        await AnswerSteeredAsync(stopping);
    }

    /// <summary>Hands over what a viewer wants of the running turn.</summary>
    public void Post(SessionCommand command) => _inbox.Writer.TryWrite(new Message.Command(command));

    /// <summary>Does what is wanted of the process, whether a turn runs or not.</summary>
    public async Task ObeyAtOnceAsync(SessionCommand command)
    {
        if (command.Type == SessionCommand.Abandon)
        {
            _isAbandoned = true;
            Post(command);
        }
        else if (_process is { } process)
        {
            await process.WriteAsync(ClaudeLines.StopTask(NextControlRequest(), command.Value!), CancellationToken.None);
        }
    }

    /// <summary>
    /// Looks after the process between turns: takes in a turn that Claude Code begins by itself, and notices its exit.
    /// </summary>
    public async Task TendAsync(CancellationToken stopping)
    {
        if (await _oneTurn.WaitAsync(0, CancellationToken.None)) await TendAloneAsync(stopping);
    }

    /// <summary>Waits for the end of what is under way. The runner is asked to stop: it comes within <c>DrainLimit</c>.</summary>
    public async Task DrainAsync(CancellationToken stopping)
    {
        await _oneTurn.WaitAsync(CancellationToken.None);
        await TendAloneAsync(stopping);
    }

    /// <summary>Ends the process in good order, unless it is in use. A turn that comes meanwhile waits, and starts another.</summary>
    public async Task CoolAsync()
    {
        if (!await _oneTurn.WaitAsync(0, CancellationToken.None)) return;
        try
        {
            if (_stream is null) await StopProcessAsync();
        }
        finally
        {
            _oneTurn.Release();
        }
    }

    private async Task TendAloneAsync(CancellationToken stopping)
    {
        var begunByItself = _stream is not null;
        if (begunByItself) Interlocked.Increment(ref _turns);
        try
        {
            if (begunByItself) await FinishOwnTurnAsync(stopping);
            else if (_isAbandoned || _process is { Exited.IsCompleted: true }) await DropProcessAsync();
        }
        finally
        {
            if (begunByItself) Interlocked.Decrement(ref _turns);
            _oneTurn.Release();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await StopProcessAsync();

    private void Begin(Turn turn, string origin, Activity? activity, bool isQueued = true)
    {
        var stream = new TurnStream(turn, _log, _queue, isQueued ? null : _identity.Id, _logger);
        _translator.BeginTurn(turn.SessionId, turn.TurnId, stream.Outbox);
        _stream = stream;
        _interruptedAt = 0;
        _costs = new CostWatch(turn.Budget);
        _lastLine = _time.GetTimestamp();
        Emit(new TurnStart
        {
            SessionId = turn.SessionId, TurnId = turn.TurnId, RunnerId = _identity.Id, Origin = origin,
            TraceId = activity?.TraceId.ToString(),
        });
    }

    private async Task EndAsync(SessionEnd end)
    {
        var stream = _stream!;
        foreach (var withdrawn in _asked.WithdrawAll(SessionId, stream.Turn.TurnId)) Emit(withdrawn);
        WaitsForPeople = false;
        _translator.EndTurn();
        await stream.CompleteAsync(end);
        if (_budget is { Of: not "turn" } shared) _budget = shared with { Usd = shared.Usd - end.TotalCostUsd };
        _telemetry.TurnEnded(end);
        LogTurnEnded(stream.Turn.TurnId, end.Reason, end.TotalCostUsd);
        if (stream.WasEndedElsewhere || await LeavesCommandAsync()) await DropProcessAsync();
        _stream = null;
        if (NextSteered() is null) ReadHeld();
    }

    private async Task<SessionEnd> ExecuteAsync(Turn turn, CancellationToken stopping)
    {
        if (CostWatch.Objection(turn.Budget) is { } objection) return Failed(EndReasons.BudgetReached, objection);
        var folders = SessionFolders.Create(_options.StatePath, turn.ProjectId);
        var content = await UserContent.OfAsync(turn, new WorkspaceFiles(folders.Workspace), stopping);
        var resume = folders.HasTranscript(turn.SessionId);
        for (var attempt = 1; ; attempt++)
        {
            var wasWarm = IsWarm;
            if (await StartProcessAsync(turn, folders, resume, stopping) is { } failed)
            {
                // The transcript was elsewhere than we thought: begin instead of resuming, or the other way round, once.
                var mistaken = ResultReading.IsUnknownSession(failed) || failed.Message?.Contains("already in use", StringComparison.Ordinal) == true;
                if (!mistaken || attempt > 1) return failed;
                resume = !resume;
                continue;
            }

            _begun = false;
            var end = await _process!.WriteAsync(ClaudeLines.User(content, turn.TurnId), stopping) ? await WaitForEndAsync(stopping) : await CrashedAsync();
            // A warm process that died before it began with this message: nothing was done, so another one may do it.
            if (end.Reason != EndReasons.CliCrashed || !wasWarm || _begun) return end;
            resume = folders.HasTranscript(turn.SessionId);
        }
    }

    private async Task<SessionEnd> WaitForEndAsync(CancellationToken stopping)
    {
        var stopBy = long.MaxValue;
        while (true)
        {
            switch (await NextAsync(stopping, stopBy != long.MaxValue))
            {
                case Message.Outcome { Value: CliOutcome.TurnResult result }:
                    return _costs.Reached is { } used ? result.End with { Reason = EndReasons.BudgetReached, IsError = true, Message = used } : result.End;
                case Message.Outcome { Value: CliOutcome.ControlResponse response } when response.RequestId == _costs.Asked:
                    foreach (var told in _costs.Take(response.Response is { } answer ? _translator.SoFar(answer) : null, SessionId, _stream!.Turn.TurnId)) Emit(told);
                    if (_costs.Reached is not null && _interruptedAt == 0) await InterruptAsync();
                    break;
                case Message.Outcome { Value: CliOutcome.ControlRequest { Subtype: "can_use_tool" } request }:
                    Emit(_asked.Open(request, SessionId, _stream!.Turn.TurnId));
                    break;
                case Message.Outcome { Value: CliOutcome.ControlRequest request }:
                    await _process!.WriteAsync(ClaudeLines.Refuse(request.RequestId, $"{request.Subtype} is not supported here"), CancellationToken.None);
                    break;
                case Message.Outcome { Value: CliOutcome.Taken taken }:
                    await TakeSteeredAsync(taken);
                    break;
                case Message.Outcome { Value: CliOutcome.ControlCancel cancel }:
                    if (_asked.Withdraw(cancel.RequestId, SessionId, _stream!.Turn.TurnId) is { } withdrawn) Emit(withdrawn);
                    break;
                case Message.Outcome { Value: CliOutcome.ControlResponse { Success: false } refused }:
                    Emit(Error("refused_by_cli", $"Claude Code did not take that: {refused.Error}"));
                    break;
                case Message.Outcome { Value: CliOutcome.Rubbish rubbish }:
                    LogRubbish(SessionId, rubbish.Start);
                    Emit(Error("cli_rubbish", "Claude Code printed a line that is not part of its protocol; it was skipped."));
                    break;
                case Message.Exited exited when exited.Process == _process:
                    return await CrashedAsync();
                case Message.Command command when IsForThisTurn(command.Value):
                    if (command.Value.Type == SessionCommand.Abandon)
                    {
                        await DropProcessAsync();
                        return Interrupted(SessionCommand.Abandon);
                    }

                    await ObeyAsync(command.Value);
                    break;
                case Message.Stopping:
                    stopBy = _time.GetTimestamp() + (long)(_options.DrainLimit.TotalSeconds * _time.TimestampFrequency);
                    break;
            }

            if (_process is not null && _costs.IsDue(_translator.CountedMessages, NextControlRequest)) await _process.WriteAsync(ClaudeLines.GetUsage(_costs.Asked!), CancellationToken.None);
            foreach (var expired in _asked.Expire(SessionId, _stream!.Turn.TurnId)) await ResolveAsync(expired);
            WaitsForPeople = _asked.Any;
            if (_process is { } process && process.DroppedLines > _droppedLines)
            {
                _droppedLines = process.DroppedLines;
                Emit(Error("line_too_long", $"Claude Code printed a line of more than {_options.MaxLineBytes >> 20} MB; it was skipped."));
            }

            if (_stream!.WasEndedElsewhere) return Failed(EndReasons.RunnerLost, "Another part of the system took this runner for lost.");
            if (_time.GetTimestamp() > stopBy)
            {
                await DropProcessAsync();
                return Stopped();
            }

            if (_interruptedAt != 0 && _time.GetElapsedTime(_interruptedAt) > _options.InterruptLimit)
            {
                await DropProcessAsync();
                if (_costs.Reached is { } used) return Failed(EndReasons.BudgetReached, used);
                return Interrupted(SessionCommand.Interrupt) with { Message = "Claude Code did not stop when asked, so its process was ended. The session goes on with your next message." };
            }

            var silence = _translator.ToolRuns ? _options.ToolSilenceLimit : _options.SilenceLimit;
            if (!WaitsForPeople && _time.GetElapsedTime(Volatile.Read(ref _lastLine)) > silence)
            {
                await DropProcessAsync();
                return Failed(EndReasons.CliHung, $"Claude Code was silent for {silence.TotalMinutes:0.#} minutes, so its process was ended. What it had written is kept; send a message to go on.");
            }
        }
    }

    // Claude Code begins turns by itself, too (a background task that finished). One is finished before the next turn is given to it.
    private async Task FinishOwnTurnAsync(CancellationToken stopping)
    {
        if (_stream is null) return;
        await EndAsync(await WaitForEndOrFailAsync(stopping));
        await AnswerSteeredAsync(stopping);
    }

    // Of a turn that Claude Code has begun: it cannot be tried again.
    private async Task<SessionEnd> WaitForEndOrFailAsync(CancellationToken stopping)
    {
        try
        {
            return await WaitForEndAsync(stopping);
        }
        catch (Exception error)
        {
            LogTurnFailed(error, _stream!.Turn.TurnId);
            await DropProcessAsync();
            return Failed(EndReasons.CliCrashed, $"The runner failed on this turn: {error.Message} Send the message again.");
        }
    }

    private async Task ObeyAsync(SessionCommand command)
    {
        switch (command.Type)
        {
            case SessionCommand.Interrupt when _interruptedAt == 0:
                await InterruptAsync();
                break;
            case SessionCommand.Reply when _asked.Answer(command.Answer!, SessionId, command.TurnId) is { } resolution:
                await ResolveAsync(resolution);
                break;
            case SessionCommand.Steer when command.Message is { } message:
                await SteerAsync(message);
                break;
            case SessionCommand.SetPermissionMode:
                await _process!.WriteAsync(ClaudeLines.SetPermissionMode(NextControlRequest(), command.Value!), CancellationToken.None);
                break;
            case SessionCommand.SetModel:
                _processModel = command.Value is { Length: > 0 } model ? model : null;
                await _process!.WriteAsync(ClaudeLines.SetModel(NextControlRequest(), _processModel ?? ClaudeCommandLine.DefaultModel), CancellationToken.None);
                break;
        }
    }

    // Said before it is done: then nobody sees a tool's result before the permission for it.
    private async Task ResolveAsync(Resolution resolution)
    {
        Emit(resolution.Event);
        Volatile.Write(ref _lastLine, _time.GetTimestamp()); // The time that a person took is no silence of the CLI's.
        await _process!.WriteAsync(resolution.Line, CancellationToken.None);
    }

    private async Task InterruptAsync()
    {
        (_interruptedAt, _tasksAtInterrupt) = (_time.GetTimestamp(), _translator.Tasks);
        await _process!.WriteAsync(ClaudeLines.Interrupt(NextControlRequest()), CancellationToken.None);
    }

    // An interrupt in the very moment in which a command begins leaves it running (2.1.197, up to some 5 ms behind the tool_use, more
    // where the machine is busy). Either the turn ends after three seconds, when Claude Code has made a background task of the command:
    // that is stopped. Or it knows nothing of it: then it ends with the process, unless something runs that is meant to go on.
    private async Task<bool> LeavesCommandAsync()
    {
        if (_interruptedAt == 0 || _process is not { } process) return false;
        foreach (var task in _translator.Tasks.Except(_tasksAtInterrupt)) await process.WriteAsync(ClaudeLines.StopTask(NextControlRequest(), task), CancellationToken.None);
        if (_translator.RunsTasks || NextSteered() is not null) return false;
        await Task.Delay(s_dying, CancellationToken.None);
        return process.RunsYoungerThan(_time.GetElapsedTime(_interruptedAt) + s_beginning);
    }

    /// <summary>Runs on the process' reading task: translates at once; only what the session must decide on goes to the inbox.</summary>
    private void TakeLine(Translator translator, ReadOnlyMemory<byte> line)
    {
        Volatile.Write(ref _lastLine, _time.GetTimestamp());
        lock (_reading)
        {
            if (_held is null) Translate(translator, line);
            else Hold(line.ToArray());
        }
    }

    private void Hold(byte[] line)
    {
        _held!.Add(line);
        _heldBytes += line.Length;
    }

    private void Translate(Translator translator, ReadOnlyMemory<byte> line)
    {
        if (Translator.BeginsTurn(line.Span))
        {
            _begun = true;
            if (_stream is null && _process is not null) BeginOwnTurn(); // One that is being ended begins nothing: nobody would end it.
        }

        if (translator.Translate(line) is not { } outcome) return;
        // Only the end of a turn of ours: nobody would read what is held behind another.
        if (outcome is CliOutcome.TurnResult && _stream is not null) _held = [];
        _inbox.Writer.TryWrite(new Message.Outcome(outcome));
    }

    private void ReadHeld()
    {
        lock (_reading)
        {
            var lines = _held ?? [];
            (_held, _heldBytes) = (null, 0);
            foreach (var line in lines)
            {
                if (_held is null) Translate(_translator, line);
                else Hold(line);
            }
        }
    }

    private void BeginOwnTurn()
    {
        var turn = new Turn
        {
            TurnId = Guid.CreateVersion7().ToString(), ProjectId = _projectId, SessionId = SessionId,
            Content = "", PermissionMode = _translator.PermissionMode ?? _processMode ?? "default", Budget = _budget,
        };
        var done = _translator.DoneInBackground is { } words ? $"{words}. " : "";
        Begin(turn, "task-notification", null, isQueued: false);
        Emit(new Status { SessionId = SessionId, TurnId = turn.TurnId, State = "continued", Message = $"{done}Claude Code goes on by itself." });
    }

    // On the reading task, or when the process is dropped: under the reading lock either way.
    private void Follow(string folder, string taskId, string? toolUseId)
    {
        if (_tails.Remove(taskId, out var before)) before.Cancel();
        if (toolUseId is null) return;
        var stop = _tails[taskId] = new CancellationTokenSource();
        var tail = new OutputTail(folder, taskId, text =>
        {
            var stream = _stream;
            var output = new ToolOutput { SessionId = SessionId, TurnId = stream?.Turn.TurnId ?? "", ToolUseId = toolUseId, Content = text };
            if (stream is null) EmitBetween(output);
            else stream.Outbox.Add(WireJson.Write(output));
        });
        _ = Task.Run(() => tail.RunAsync(stop.Token));
    }

    private async Task<Message> NextAsync(CancellationToken stopping, bool drains = false)
    {
        using var tick = CancellationTokenSource.CreateLinkedTokenSource(drains ? CancellationToken.None : stopping);
        tick.CancelAfter(s_tick);
        try
        {
            return await _inbox.Reader.ReadAsync(tick.Token);
        }
        catch (OperationCanceledException)
        {
            return !drains && stopping.IsCancellationRequested ? new Message.Stopping() : new Message.Tick();
        }
    }

    private async ValueTask WaitForRoomAsync()
    {
        if (_stream is { } stream) await stream.WaitForRoomAsync();
        while (Volatile.Read(ref _heldBytes) > TurnStream.MaxWaitingBytes) await Task.Delay(s_tick);
    }

    private async Task<SessionEnd> CrashedAsync()
    {
        var process = _process!;
        await process.KillAsync();
        var exit = process.Exited.IsCompleted ? await process.Exited : -1;
        var said = process.StderrTail;
        await DropProcessAsync();
        LogCrashed(SessionId, exit, said);
        var message = new StringBuilder($"Claude Code ended unexpectedly (exit code {exit}).");
        if (said.Length > 0) message.Append(" It said: ").Append(said);
        message.Append(" What it had written is kept; send a message to go on.");
        return Failed(EndReasons.CliCrashed, message.ToString());
    }

    private async Task StopProcessAsync()
    {
        if (_process is { } process) await process.StopAsync();
        await DropProcessAsync();
    }

    private async Task DropProcessAsync()
    {
        ClaudeProcess? dropped;
        lock (_reading)
        {
            (_held, _heldBytes) = (null, 0);
            _translator.StopTasks();
            (dropped, _process) = (_process, null);
        }

        if (dropped is not null) await dropped.DisposeAsync();
    }

    private bool IsForThisTurn(SessionCommand command) => command.Type == SessionCommand.Abandon || command.TurnId == _stream?.Turn.TurnId;

    private SessionEnd Failed(string reason, string message) => End(reason, isError: true, message);

    private SessionEnd Stopped() => End(EndReasons.RunnerStopped, isError: true, "The runner was stopped before this was done. What it had written is kept; send a message to go on.");

    private SessionEnd Interrupted(string command) => command == SessionCommand.Abandon
        ? End(EndReasons.ProjectDeleted, isError: true, "The project was deleted.")
        : End(EndReasons.Interrupted, isError: false, null);

    private SessionEnd End(string reason, bool isError, string? message) => new()
    {
        SessionId = SessionId, TurnId = _stream?.Turn.TurnId ?? "", TotalCostUsd = 0, UsageSummary = new UsageSummary(),
        Reason = reason, IsError = isError, Message = message,
    };

    private Error Error(string code, string message) => new() { SessionId = SessionId, TurnId = _stream!.Turn.TurnId, Code = code, Message = message };

    private void Emit(Event @event) => _stream?.Outbox.Add(WireJson.Write(@event));

    // Without a turn to go with, and so at once. When Redis is away it is lost: the task's end is said again by the turn that it begins.
    private void EmitBetween(Event @event) => _ = AppendBetweenAsync(@event);

    private async Task AppendBetweenAsync(Event @event)
    {
        try
        {
            await _log.AppendAsync(_projectId, @event);
        }
        catch (Exception error) when (error is StackExchange.Redis.RedisException or TimeoutException)
        {
            LogBetweenLost(SessionId, error.Message);
        }
    }

    private string NextControlRequest() => $"runner-{++_controlRequests}";

    private abstract record Message
    {
        public sealed record Outcome(CliOutcome Value) : Message;
        public sealed record Exited(ClaudeProcess Process, int Code) : Message;
        public sealed record Command(SessionCommand Value) : Message;
        public sealed record Stopping : Message;
        public sealed record Tick : Message;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Turn {TurnId} ended: {Reason}, {CostUsd} USD.")]
    private partial void LogTurnEnded(string turnId, string reason, decimal costUsd);

    [LoggerMessage(Level = LogLevel.Error, Message = "Turn {TurnId} failed in the runner.")]
    private partial void LogTurnFailed(Exception error, string turnId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Turn {TurnId} was not told to the running turn ({Reason}); it waits for its end.")]
    private partial void LogNotSteered(string turnId, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Session {SessionId}: what its background did could not be told ({Reason}).")]
    private partial void LogBetweenLost(string sessionId, string reason);

    [LoggerMessage(Level = LogLevel.Debug, Message = "Session {SessionId}: what the CLI offers was not kept ({Reason}).")]
    private partial void LogCapabilitiesLost(string sessionId, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Turn {TurnId}: {Reason}")]
    private partial void LogCliUnavailable(string turnId, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Session {SessionId}: Claude Code ended with exit code {ExitCode}. {Stderr}")]
    private partial void LogCrashed(string sessionId, int exitCode, string stderr);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Session {SessionId}: skipped a line that is no JSON object: {Start}")]
    private partial void LogRubbish(string sessionId, string start);
}
