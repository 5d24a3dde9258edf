using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Runner.Containment;

/// <summary>
/// The small process between Runner and one CLI (<c>Runner supervise PID</c>). It reads off its stdin what to start (<see cref="Launch"/>),
/// hands its own pipes to the CLI, and sees to it that nothing below it outlives the CLI or the Runner: a killed CLI leaves its
/// shell command alive in a session of its own, and a CLI whose Runner died goes on using tools (fact sheet, rule 11 and 12).
/// See docs/decisions/0004.
/// </summary>
internal static class Supervisor
{
    /// <summary>The first argument that makes Runner's program a supervisor.</summary>
    public const string Verb = "supervise";

    private const int SigInt = 2;
    private const int CannotStart = 126; // As a shell says it.
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_watchEvery = TimeSpan.FromMilliseconds(500);

    /// <summary>Starts a supervisor, which waits for its <see cref="Launch"/>.</summary>
    /// <param name="runner">The process with which it ends all that it supervises.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">It cannot be started.</exception>
    public static Process Start(int runner)
    {
        // By "dotnet Runner.dll", not by the app host: that would need DOTNET_ROOT where .NET is not installed system-wide.
        var dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));
        var start = new ProcessStartInfo(dotnet, [typeof(Supervisor).Assembly.Location, Verb, runner.ToString(CultureInfo.InvariantCulture)])
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        // What is below it can read its environment, so there is nothing of the Runner's in it.
        start.Environment.Clear();
        // It is small and starts often: no tiers, no diagnostics port, few threads' worth of heap.
        start.Environment["DOTNET_TieredPGO"] = "0";
        start.Environment["DOTNET_TC_QuickJitForLoops"] = "1";
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        start.Environment["DOTNET_gcServer"] = "0";
        start.Environment["DOTNET_GCHeapHardLimit"] = "0x4000000";
        return Process.Start(start)!;
    }

    /// <summary>Runs until the CLI has ended, or the Runner has. Returns the CLI's exit code.</summary>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        var runner = int.Parse(arguments[0], CultureInfo.InvariantCulture);
        var began = StartOf(runner);
        if (OperatingSystem.IsLinux()) ProcessTree.BecomeSubreaper();

        // Before the CLI is there: a signal must never find it without somebody who ends it.
        using var stopping = new ManualResetEventSlim();
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            stopping.Set();
        });
        // Ctrl-C in a terminal reaches the whole group: the Runner decides what it means.
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);
        // Unbuffered: what comes behind is the CLI's.
        if (Launch.Read(new FileStream(new SafeFileHandle(0, ownsHandle: false), FileAccess.Read, bufferSize: 0)) is not { } launch) return 0;
        if (StartCli(launch) is not { } cli) return CannotStart;

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

    private static Process? StartCli(Launch launch)
    {
        var start = new ProcessStartInfo(launch.Command, launch.Arguments) { UseShellExecute = false, WorkingDirectory = launch.Folder };
        start.Environment.Clear();
        foreach (var (name, value) in launch.Environment) start.Environment[name] = value;
        try
        {
            return Process.Start(start);
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            Console.Error.WriteLine(error.Message);
            return null;
        }
    }

    // A process id alone is soon another's: the kernel begins again at 32,768.
    private static string? StartOf(int pid)
    {
        if (OperatingSystem.IsLinux()) return ProcessTree.StartOf(pid);
        try
        {
            using var process = Process.GetProcessById(pid);
            return process.HasExited ? null : process.StartTime.Ticks.ToString(CultureInfo.InvariantCulture);
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
            var pid = int.Parse(child, CultureInfo.InvariantCulture);
            if (pid != cli) ProcessTree.Reap(pid);
        }
    }
}
