using Microsoft.Extensions.Options;
using Protocol.Redis;
using StackExchange.Redis;

namespace Runner.Cli;

/// <summary>
/// Asks the CLI once what it offers, before anybody has written to it, so that the page can complete commands and show models
/// from the first moment; and says in the log at once when the CLI cannot be used.
/// </summary>
internal sealed partial class CliProbe(ClaudeCli cli, CliCapabilities capabilities, IOptions<RunnerOptions> options, ILogger<CliProbe> logger) : BackgroundService
{
    private const string Project = "probe";

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            if (!await capabilities.IsToBeProbedAsync()) return;
            var turn = new Turn { TurnId = "", ProjectId = Project, SessionId = Guid.NewGuid().ToString(), Content = "", PermissionMode = "default" };
            await using var asked = await AskedCli.StartAsync(cli, turn, resume: false, SessionFolders.Create(options.Value.StatePath, Project), options.Value, stoppingToken);
            await capabilities.SaveAsync(null, asked.Offers);
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

    [LoggerMessage(Level = LogLevel.Debug, Message = "What Claude Code offers is learned with the first session: {Reason}")]
    private partial void LogPutOff(string reason);
}
