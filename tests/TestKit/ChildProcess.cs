using System.Diagnostics;

namespace TestKit;

/// <summary>A process that a test started, with what it printed, for failures.</summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Queue<string> _output = new();

    /// <summary>Starts it.</summary>
    public ChildProcess(string name, string command, IEnumerable<string> arguments, IReadOnlyDictionary<string, string> environment)
    {
        Name = name;
        var start = new ProcessStartInfo(command, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        // A clean environment: nothing that is set on this machine can help, or reach the CLI.
        start.Environment.Clear();
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH");
        start.Environment["HOME"] = Path.GetTempPath();
        start.Environment["LANG"] = "C.UTF-8";
        // Where .NET is, and what ./test says of how it runs.
        foreach (var variable in (string[])["DOTNET_ROOT", "DOTNET_EnableWriteXorExecute", "DOTNET_TC_CallCountingDelayMs"])
            if (Environment.GetEnvironmentVariable(variable) is { } value) start.Environment[variable] = value;
        foreach (var (key, value) in environment) start.Environment[key] = value;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, data) => Take(data.Data);
        _process.ErrorDataReceived += (_, data) => Take(data.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>What it is, for messages.</summary>
    public string Name { get; }

    /// <summary>Its process id.</summary>
    public int Pid => _process.Id;

    /// <summary>Whether it has ended.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Its last lines.</summary>
    public string Output
    {
        get { lock (_output) return string.Join('\n', _output); }
    }

    /// <summary>Waits for its end, and gives its exit code.</summary>
    public async Task<int> WaitAsync(TimeSpan limit)
    {
        using var within = new CancellationTokenSource(limit);
        await _process.WaitForExitAsync(within.Token);
        return _process.ExitCode;
    }

    /// <summary>kill -STOP: it lives and does nothing.</summary>
    public void Freeze() => Signal("STOP");

    /// <summary>kill -CONT.</summary>
    public void Thaw() => Signal("CONT");

    private void Signal(string name) => Process.Start("kill", [$"-{name}", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]).WaitForExit();

    /// <summary>kill -9.</summary>
    public async Task KillAsync()
    {
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM, as a platform stops a container; waits for its end.</summary>
    public async Task TerminateAsync(TimeSpan? limit = null)
    {
        if (!_process.HasExited) Signal("TERM");
        using var within = new CancellationTokenSource(limit ?? TimeSpan.FromSeconds(15));
        try
        {
            await _process.WaitForExitAsync(within.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"{Name} did not end on SIGTERM. It said:\n{Output}");
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private void Take(string? line)
    {
        if (line is null) return;
        lock (_output)
        {
            _output.Enqueue(line);
            if (_output.Count > 200) _output.Dequeue();
        }
    }
}
