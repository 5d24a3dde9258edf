using Microsoft.Extensions.Options;
using Protocol.Redis;
using Runner.Translation;
using StackExchange.Redis;

namespace Runner.Cli;

/// <summary>
/// Asks the CLI once what it offers, before anybody has written to it, so that the page can complete commands and show models
/// from the first moment; and says in the log at once when the CLI cannot be used.
/// </summary>
internal sealed partial class CliProbe(ClaudeCli cli, CliCapabilities capabilities, IOptions<RunnerOptions> options, ILogger<CliProbe> logger) : BackgroundService
{
    private const string Request = "probe";

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            if (!await capabilities.IsToBeProbedAsync()) return;
            var answered = new TaskCompletionSource<CliOutcome.ControlResponse>(TaskCreationOptions.RunContinuationsAsynchronously);
            var turn = new Turn { TurnId = "", ProjectId = Request, SessionId = Guid.NewGuid().ToString(), Content = "", PermissionMode = "default" };
            var folders = SessionFolders.Create(options.Value.StatePath, Request);
            var start = ClaudeCommandLine.StartInfo(
                await cli.PathAsync(stoppingToken), ClaudeCommandLine.Arguments(turn, resume: false, options.Value), ClaudeCommandLine.Environment(options.Value, folders), folders.Workspace);
            var translator = new Translator();
            await using var process = ClaudeProcess.Start(start, options.Value.MaxLineBytes, line =>
            {
                if (translator.Translate(line) is CliOutcome.ControlResponse { RequestId: Request } response) answered.TrySetResult(response);
            }, () => ValueTask.CompletedTask);
            await process.WriteAsync(ClaudeLines.Initialize(Request), stoppingToken);
            await Task.WhenAny(answered.Task, process.Exited, Task.Delay(options.Value.StartLimit, stoppingToken));
            if (answered.Task is { IsCompletedSuccessfully: true, Result: { Success: true, Response: { } offers } }) await capabilities.SaveAsync(null, offers);
            else if (!stoppingToken.IsCancellationRequested) LogSilent(process.StderrTail);
            await process.StopAsync();
        }
        catch (CliUnavailableException error)
        {
            LogUnavailable(error.Message);
        }
        catch (Exception error) when (error is RedisException or TimeoutException or OperationCanceledException)
        {
            LogPutOff(error.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Reason}")]
    private partial void LogUnavailable(string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "Claude Code starts and does not answer. It says: {Stderr}")]
    private partial void LogSilent(string stderr);

    [LoggerMessage(Level = LogLevel.Debug, Message = "What Claude Code offers is learned with the first session: {Reason}")]
    private partial void LogPutOff(string reason);
}
