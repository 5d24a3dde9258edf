using System.Collections.Concurrent;
using System.Text.Json;
using Protocol.Redis;
using Runner.Translation;

namespace Runner.Cli;

/// <summary>A CLI that is started only to be asked something over its control protocol, and then ended.</summary>
internal sealed class AskedCli : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource<CliOutcome.ControlResponse>> _waiting = new();
    private readonly TimeSpan _limit;
    private ClaudeProcess _process = null!;

    private AskedCli(TimeSpan limit) => _limit = limit;

    /// <summary>What it offers: its answer to <c>initialize</c>.</summary>
    public JsonElement Offers { get; private set; }

    /// <summary>Starts it and waits until it is ready.</summary>
    /// <exception cref="CliUnavailableException">It does not start, or does not answer within <see cref="RunnerOptions.StartLimit"/>.</exception>
    public static async Task<AskedCli> StartAsync(ClaudeCli cli, Turn turn, bool resume, SessionFolders folders, RunnerOptions options, CancellationToken cancellationToken)
    {
        var asked = new AskedCli(options.StartLimit);
        var translator = new Translator();
        asked._process = await cli.StartAsync(turn, resume, folders, line =>
        {
            if (translator.Translate(line) is CliOutcome.ControlResponse response && asked._waiting.TryGetValue(response.RequestId, out var waiting)) waiting.TrySetResult(response);
        }, () => ValueTask.CompletedTask, cancellationToken);
        try
        {
            asked.Offers = await asked.AskAsync("initialize", _ => { }, cancellationToken);
            return asked;
        }
        catch (Exception)
        {
            await asked.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends a control request and waits for its answer.</summary>
    /// <exception cref="RunnerCallException">The CLI refuses.</exception>
    /// <exception cref="CliUnavailableException">It ends, or does not answer in time.</exception>
    public async Task<JsonElement> AskAsync(string subtype, Action<Utf8JsonWriter> arguments, CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid().ToString("N");
        var answered = _waiting[id] = new TaskCompletionSource<CliOutcome.ControlResponse>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _process.WriteAsync(ClaudeLines.Request(id, subtype, arguments), cancellationToken);
        await Task.WhenAny(answered.Task, _process.Exited, Task.Delay(_limit, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
        if (!answered.Task.IsCompletedSuccessfully) throw new CliUnavailableException($"Claude Code does not answer. {_process.StderrTail}".TrimEnd());
        var response = await answered.Task;
        return response.Success
            ? response.Response ?? default
            : throw new RunnerCallException("refused_by_cli", $"Claude Code did not do this: {response.Error}");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _process.StopAsync();
        await _process.DisposeAsync();
    }
}
