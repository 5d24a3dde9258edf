using Microsoft.Extensions.Options;
using Protocol;
using Protocol.Redis;
using Runner.Cli;
using Runner.Transcripts;
using Runner.Workspace;
using StackExchange.Redis;

namespace Runner.Calls;

/// <summary>Answers what ChatApi asks of any runner. Some at once; each within the time that the asker waits.</summary>
internal sealed partial class CallTaker(
    IConnectionMultiplexer connection, RunnerCalls calls, FileRewind rewind, McpTest mcp, TranscriptFiles transcripts, IOptions<RunnerOptions> options, ILogger<CallTaker> logger) : BackgroundService
{
    private const int MostAtOnce = 4;
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromSeconds(1);

    private readonly Signal _rung = new();
    private readonly SemaphoreSlim _room = new(MostAtOnce);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isSubscribed = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!isSubscribed) await connection.GetSubscriber().SubscribeAsync(TurnQueue.Doorbell, (_, _) => _rung.Set());
                isSubscribed = true;
                await _room.WaitAsync(stoppingToken);
                if (await TakeAsync() is { } call)
                {
                    _ = AnswerAsync(call, stoppingToken);
                    continue;
                }
            }
            catch (Exception error) when (error is RedisException or TimeoutException)
            {
                LogRedisAway(error.Message);
            }
            catch (OperationCanceledException)
            {
                return;
            }

            await Task.WhenAny(_rung.WaitAsync(s_lookEvery, stoppingToken));
        }
    }

    private async Task<PendingCall?> TakeAsync()
    {
        PendingCall? call = null;
        try
        {
            return call = await calls.TakeAsync();
        }
        finally
        {
            if (call is null) _room.Release();
        }
    }

    private async Task AnswerAsync(PendingCall pending, CancellationToken stopping)
    {
        try
        {
            var folders = SessionFolders.Create(options.Value.StatePath, pending.Call.ProjectId);
            var files = new WorkspaceFiles(folders.Workspace);
            await (pending.Call switch
            {
                FindFiles find => calls.AnswerAsync(pending, await files.FindAsync(find.Query, find.Limit, stopping)),
                ReadFile read => calls.AnswerAsync(pending, await files.ReadAsync(read.Path, stopping)),
                KeepAttachment keep => calls.AnswerAsync(pending, await files.KeepAsync(keep, stopping)),
                RewindFiles back => calls.AnswerAsync(pending, await rewind.RewindAsync(back, folders, stopping)),
                TestMcpServers test => calls.AnswerAsync(pending, await mcp.RunAsync(test, folders, stopping)),
                ListTranscripts => calls.AnswerAsync(pending, transcripts.List(folders)),
                ImportTranscript import => calls.AnswerAsync(pending, await transcripts.ImportAsync(import, folders)),
                var unknown => calls.RefuseAsync(pending, "unknown_call", $"This runner does not know {unknown.GetType().Name}. Is it of the same version?"),
            });
        }
        catch (RunnerCallException error)
        {
            await RefuseAsync(pending, error.Code, error.Message);
        }
        catch (CliUnavailableException error)
        {
            await RefuseAsync(pending, "cli_unavailable", error.Message);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            LogFailed(error, pending.Call.GetType().Name);
            await RefuseAsync(pending, "runner_failed", $"The runner could not do this: {error.Message}");
        }
        finally
        {
            _room.Release();
        }
    }

    private async Task RefuseAsync(PendingCall pending, string code, string message)
    {
        try
        {
            await calls.RefuseAsync(pending, code, message);
        }
        catch (Exception error) when (error is RedisException or TimeoutException)
        {
            LogRedisAway(error.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Redis does not answer ({Reason}); trying again.")]
    private partial void LogRedisAway(string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Call} failed.")]
    private partial void LogFailed(Exception error, string call);
}
