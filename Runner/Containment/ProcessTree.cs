using System.Globalization;
using System.Runtime.InteropServices;

namespace Runner.Containment;

/// <summary>The processes below a process, from <c>/proc</c> (Linux), and how to end them all.</summary>
internal static partial class ProcessTree
{
    private const int SigKill = 9;
    private const int TicksPerSecond = 100; // USER_HZ, of what /proc says to programs.

    /// <summary>Every descendant of <paramref name="root"/>, itself not included.</summary>
    public static IReadOnlyList<int> Descendants(int root)
    {
        var children = new Dictionary<int, List<int>>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder.AsSpan()), CultureInfo.InvariantCulture, out var pid)) continue;
            if (TryReadParent(pid, out var parent)) (children.TryGetValue(parent, out var list) ? list : children[parent] = []).Add(pid);
        }

        var found = new List<int>();
        var waiting = new Queue<int>([root]);
        while (waiting.TryDequeue(out var pid))
        {
            if (!children.TryGetValue(pid, out var below)) continue;
            found.AddRange(below);
            below.ForEach(waiting.Enqueue);
        }

        return found;
    }

    /// <summary>
    /// Kills every descendant, and those that they start meanwhile. Below a subreaper nothing escapes:
    /// a process whose parent dies becomes the subreaper's child, also one in a session of its own.
    /// The exit of <paramref name="awaited"/> is left to who waits for it.
    /// </summary>
    public static void KillDescendants(int root, int awaited = 0)
    {
        for (var round = 0; round < 100; round++)
        {
            var alive = Descendants(root);
            foreach (var pid in alive)
            {
                _ = Kill(pid, SigKill);
                if (pid != awaited) Reap(pid);
            }

            if (alive.Count == 0) return;
            Thread.Sleep(10);
        }
    }

    /// <summary>Whether a descendant runs that began at most <paramref name="age"/> ago.</summary>
    public static bool HasYoungerThan(int root, TimeSpan age)
    {
        // /proc/uptime: 5241.47 10211.90 (seconds since the machine's start, and idle ones)
        var uptime = double.Parse(File.ReadAllText("/proc/uptime").Split(' ')[0], CultureInfo.InvariantCulture);
        var since = (uptime - age.TotalSeconds) * TicksPerSecond;
        return Descendants(root).Any(pid => StartOf(pid) is { } began && long.Parse(began, CultureInfo.InvariantCulture) >= since);
    }

    /// <summary>Sends a signal to one process; a process that is gone is no error.</summary>
    public static void Signal(int pid, int signal) => _ = Kill(pid, signal);

    /// <summary>Takes the exit of an adopted child, so that it does not stay a zombie.</summary>
    public static void Reap(int pid)
    {
        const int noHang = 1;
        _ = WaitPid(pid, out _, noHang);
    }

    /// <summary>Makes this process the parent of every orphan below it (Linux, prctl(2)).</summary>
    public static void BecomeSubreaper()
    {
        const int setChildSubreaper = 36;
        _ = Prctl(setChildSubreaper, 1, 0, 0, 0);
    }

    /// <summary>When a process began, in clock ticks since the machine's start; null when it is not there, or has ended.</summary>
    public static string? StartOf(int pid) => ReadStat(pid) is [not "Z", ..] fields ? fields[19] : null;

    private static bool TryReadParent(int pid, out int parent)
    {
        parent = 0;
        return ReadStat(pid) is { } fields && int.TryParse(fields[1], CultureInfo.InvariantCulture, out parent);
    }

    // /proc/71/stat, from the third field on (proc(5)): 71 (name, which may hold ") (") S 70 …
    private static string[]? ReadStat(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null; // It ended while we looked.
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "waitpid")]
    private static partial int WaitPid(int pid, out int status, int options);

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Prctl(int option, nuint a, nuint b, nuint c, nuint d);
}
