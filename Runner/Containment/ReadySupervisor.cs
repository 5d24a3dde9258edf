using System.Diagnostics;

namespace Runner.Containment;

/// <summary>
/// A supervisor that has started ahead, so that nobody waits for it: its runtime takes some 40 ms, which would be the most that
/// the Runner adds to a session's first answer.
/// </summary>
internal sealed class ReadySupervisor : IDisposable
{
    /// <summary>The CLI that has just begun to start has the machine to itself first.</summary>
    private static readonly TimeSpan s_startNextAfter = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly ITimer _next;
    private Process? _ready;
    private bool _disposed;

    public ReadySupervisor(TimeProvider time)
    {
        _next = time.CreateTimer(_ => StartNext(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        StartNextLater();
    }

    /// <summary>Starts a command under a supervisor: the one that is ready, or else a new one. Its pipes are the command's.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">No supervisor can be started.</exception>
    /// <exception cref="IOException">It ended at once.</exception>
    public Process Start(Launch launch)
    {
        Process? ready;
        lock (_lock) (ready, _ready) = (_ready, null);
        StartNextLater();
        var order = launch.ToBytes();
        if (ready is not null)
        {
            try
            {
                return Order(ready);
            }
            catch (IOException)
            {
                ready.Dispose(); // Something has ended it while it waited.
            }
        }

        return Order(Supervisor.Start(Environment.ProcessId));

        Process Order(Process supervisor)
        {
            var stdin = supervisor.StandardInput.BaseStream;
            stdin.Write(order);
            stdin.Flush();
            return supervisor;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Process? ready;
        lock (_lock) (ready, _ready, _disposed) = (_ready, null, true);
        _next.Dispose();
        if (ready is null) return;
        ready.StandardInput.Close(); // At the end of its input it ends.
        ready.Dispose();
    }

    private void StartNextLater() => _next.Change(s_startNextAfter, Timeout.InfiniteTimeSpan);

    private void StartNext()
    {
        lock (_lock)
        {
            if (_disposed || _ready is not null) return;
            try
            {
                _ready = Supervisor.Start(Environment.ProcessId);
            }
            catch (System.ComponentModel.Win32Exception)
            {
                // Who needs one tries again, and says why it cannot be had.
            }
        }
    }
}
