using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Runner.Containment;

/// <summary>
/// The small process between Runner and one CLI (<c>Runner supervise PID COMMAND ARGUMENT…</c>). It hands its own pipes
/// to the CLI, and sees to it that nothing below it outlives the CLI or the Runner: a killed CLI leaves its shell
/// command alive in a session of its own, and a CLI whose Runner died goes on using tools (fact sheet, rule 11 and 12).
/// See docs/decisions/0004.
/// </summary>
internal static class Supervisor
{
    /// <summary>The first argument that makes Runner's program a supervisor.</summary>
    public const string Verb = "supervise";

    private const int SigInt = 2;
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_watchEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>Runs until the CLI has ended, or the Runner has. Returns the CLI's exit code.</summary>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        var runner = int.Parse(arguments[0], System.Globalization.CultureInfo.InvariantCulture);
        var began = StartOf(runner);
        if (OperatingSystem.IsLinux()) ProcessTree.BecomeSubreaper();

        var start = new ProcessStartInfo(arguments[1]) { UseShellExecute = false };
        foreach (var argument in arguments[2..]) start.ArgumentList.Add(argument);
        // What this runtime needed to start is none of the CLI's business.
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("DOTNET_", StringComparison.Ordinal)).ToList())
            start.Environment.Remove(name);

        // Before the CLI is there: a signal must never find it without somebody who ends it.
        using var stopping = new ManualResetEventSlim();
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            stopping.Set();
        });
        // Ctrl-C in a terminal reaches the whole group: the Runner decides what it means.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);
        using var cli = Process.Start(start)!;

        while (!cli.WaitForExit(s_watchEvery))
        {
            if (OperatingSystem.IsLinux()) ReapOrphans(cli.Id);
            if (!stopping.IsSet && began is not null && StartOf(runner) == began) continue;
            // SIGINT is the one signal on which the CLI also ends its shell command.
            ProcessTree.Signal(cli.Id, SigInt);
            cli.WaitForExit(s_grace);
            break;
        }

        if (OperatingSystem.IsLinux()) ProcessTree.KillDescendants(Environment.ProcessId, awaited: cli.Id);
        else if (!cli.HasExited) cli.Kill(entireProcessTree: true);
        cli.WaitForExit();
        return cli.ExitCode;
    }

    // A process id alone is soon another's: the kernel begins again at 32,768.
    private static string? StartOf(int pid)
    {
        if (OperatingSystem.IsLinux()) return ProcessTree.StartOf(pid);
        try
        {
            using var process = Process.GetProcessById(pid);
            return process.HasExited ? null : process.StartTime.Ticks.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static void ReapOrphans(int cli)
    {
        foreach (var child in File.ReadAllText($"/proc/self/task/{Environment.ProcessId}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var pid = int.Parse(child, System.Globalization.CultureInfo.InvariantCulture);
            if (pid != cli) ProcessTree.Reap(pid);
        }
    }
}
