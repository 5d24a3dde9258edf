using System.Diagnostics;
using System.Text;
using Runner.Containment;

namespace Runner.Cli;

/// <summary>
/// One CLI process: its pipes and its life. Lines go to a callback as they come; what they mean is the session's concern.
/// </summary>
internal sealed class ClaudeProcess : IAsyncDisposable
{
    private const int SigTerm = 15;
    private static readonly TimeSpan s_endLimit = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan s_eofLimit = TimeSpan.FromSeconds(2);

    private readonly Process _process;
    private readonly Stream _stdin;
    private readonly SemaphoreSlim _writing = new(1);
    private readonly Queue<string> _stderr = new();
    private readonly LineReader _lines;
    private readonly Task _pumps;

    private ClaudeProcess(Process process, int maxLineBytes, Action<ReadOnlyMemory<byte>> onLine, Func<ValueTask> afterLines)
    {
        _process = process;
        _stdin = process.StandardInput.BaseStream;
        _lines = new LineReader(process.StandardOutput.BaseStream, maxLineBytes);
        // Both pipes are drained to their end: a full pipe would stop the CLI.
        _pumps = Task.WhenAll(ReadLinesAsync(onLine, afterLines), ReadErrorsAsync());
        Exited = ExitAsync();
    }

    /// <summary>Completes with the exit code when the process has ended and everything it wrote was read.</summary>
    public Task<int> Exited { get; }

    /// <summary>Lines longer than the limit, which were dropped.</summary>
    public int DroppedLines => _lines.Dropped;

    /// <summary>The last lines on stderr. Not an error signal by itself: notices come there, too.</summary>
    public string StderrTail
    {
        get { lock (_stderr) return string.Join('\n', _stderr); }
    }

    /// <summary>Whether something that it started at most <paramref name="age"/> ago still runs. Known on Linux; elsewhere false.</summary>
    public bool RunsYoungerThan(TimeSpan age) => OperatingSystem.IsLinux() && !Exited.IsCompleted && ProcessTree.HasYoungerThan(_process.Id, age);

    /// <summary>Starts the process.</summary>
    /// <param name="supervisor">Who sees to it that nothing outlives it.</param>
    /// <param name="launch">What to start.</param>
    /// <param name="maxLineBytes">Longer lines are dropped.</param>
    /// <param name="onLine">Called for each line, one at a time; the memory is valid only within the call.</param>
    /// <param name="afterLines">Awaited between reads: a consumer that is behind holds the CLI's output back here.</param>
    /// <exception cref="CliUnavailableException">It could not be started.</exception>
    public static ClaudeProcess Start(ReadySupervisor supervisor, Launch launch, int maxLineBytes, Action<ReadOnlyMemory<byte>> onLine, Func<ValueTask> afterLines)
    {
        try
        {
            return new ClaudeProcess(supervisor.Start(launch), maxLineBytes, onLine, afterLines);
        }
        catch (Exception error) when (error is System.ComponentModel.Win32Exception or IOException)
        {
            throw new CliUnavailableException($"Claude Code could not be started: {error.Message}", error);
        }
    }

    /// <summary>Writes one line. False when the process no longer reads.</summary>
    public async Task<bool> WriteAsync(ReadOnlyMemory<byte> line, CancellationToken cancellationToken)
    {
        await _writing.WaitAsync(cancellationToken);
        try
        {
            await _stdin.WriteAsync(line, cancellationToken);
            await _stdin.FlushAsync(cancellationToken);
            return true;
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            return false;
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>
    /// Ends the process in good order, so that it can flush its transcript: end of input, and when that is not enough the
    /// supervisor's way (SIGINT, then everything below it is killed).
    /// </summary>
    public async Task StopAsync()
    {
        await CloseInputAsync();
        if (await EndsWithinAsync(s_eofLimit)) return;
        await KillAsync();
    }

    /// <summary>Ends the process and everything it started, now.</summary>
    public async Task KillAsync()
    {
        if (Exited.IsCompleted) return;
        if (OperatingSystem.IsWindows()) _process.Kill(entireProcessTree: true);
        else ProcessTree.Signal(_process.Id, SigTerm);
        if (await EndsWithinAsync(s_endLimit)) return;

        // The supervisor itself does not answer: do its work.
        if (OperatingSystem.IsLinux()) ProcessTree.KillDescendants(_process.Id);
        _process.Kill(entireProcessTree: true);
        await EndsWithinAsync(s_endLimit);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        await CloseInputAsync();
        _process.Dispose();
        _writing.Dispose();
    }

    private async Task CloseInputAsync()
    {
        try
        {
            await _stdin.DisposeAsync();
        }
        catch (IOException)
        {
            // The other end is gone; that is what was wanted.
        }
    }

    private async Task<bool> EndsWithinAsync(TimeSpan limit) => await Task.WhenAny(Exited, Task.Delay(limit)) == Exited;

    private async Task<int> ExitAsync()
    {
        await _process.WaitForExitAsync();
        // A descendant may still hold the pipes open; it is not worth waiting for.
        await Task.WhenAny(_pumps, Task.Delay(TimeSpan.FromSeconds(1)));
        return _process.ExitCode;
    }

    private async Task ReadLinesAsync(Action<ReadOnlyMemory<byte>> onLine, Func<ValueTask> afterLines)
    {
        try
        {
            while (await _lines.ReadAsync(onLine, CancellationToken.None)) await afterLines();
        }
        catch (IOException)
        {
            // The pipe broke with its process; the exit says the rest.
        }
    }

    private async Task ReadErrorsAsync()
    {
        using var reader = new StreamReader(_process.StandardError.BaseStream, Encoding.UTF8);
        while (await reader.ReadLineAsync() is { } line)
        {
            lock (_stderr)
            {
                _stderr.Enqueue(line.Length > 500 ? line[..500] : line);
                if (_stderr.Count > 10) _stderr.Dequeue();
            }
        }
    }
}
