namespace TestKit;

/// <summary>Processes of this machine (Linux).</summary>
public static class Processes
{
    /// <summary>Whether a process whose command line holds <paramref name="text"/> is alive.</summary>
    public static bool AnyWith(string text) => Of(text).Count > 0;

    /// <summary>Waits until no process is alive whose command line holds one of the texts; says which are when they do not end.</summary>
    public static Task GoneAsync(string whose, params string[] texts) => Eventually.IsAsync(
        $"{whose} to be gone", () => Task.FromResult(!texts.Any(AnyWith)), instead: () => string.Concat(texts.SelectMany(Of).Distinct().Select(pid => $"\n{pid}: {CommandLine(pid).Replace('\0', ' ')}")));

    /// <summary>The processes that a process has started.</summary>
    public static IReadOnlyList<int> ChildrenOf(int pid)
    {
        try
        {
            return [.. File.ReadAllText($"/proc/{pid}/task/{pid}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(child => int.Parse(child, System.Globalization.CultureInfo.InvariantCulture))];
        }
        catch (IOException)
        {
            return [];
        }
    }

    /// <summary>The processes whose command line holds <paramref name="text"/>; zombies do not count.</summary>
    public static IReadOnlyList<int> Of(string text) =>
    [
        .. Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), out var pid) ? pid : 0)
            .Where(pid => pid != 0 && CommandLine(pid).Replace('\0', ' ').Contains(text, StringComparison.Ordinal)),
    ];

    /// <summary>kill -9; nothing when it has ended.</summary>
    public static void Kill(int pid)
    {
        try
        {
            System.Diagnostics.Process.GetProcessById(pid).Kill();
        }
        catch (ArgumentException)
        {
            // It ended by itself.
        }
    }

    /// <summary>The processes of a session's Claude Code itself, not their supervisors.</summary>
    public static IReadOnlyList<int> ClisOf(string sessionId) =>
        [.. Of($"={sessionId}").Where(pid => CommandLine(pid).Split('\0')[0].EndsWith("/claude", StringComparison.Ordinal))];

    /// <summary>A session's Claude Code, once it is there.</summary>
    public static async Task<int> CliAsync(string sessionId)
    {
        IReadOnlyList<int> found = [];
        await Eventually.IsAsync("Claude Code to be started", () => Task.FromResult((found = ClisOf(sessionId)).Count > 0));
        return found[0];
    }

    /// <summary>That of the processes from which another descends.</summary>
    public static int AncestorOf(int pid, IReadOnlySet<int> among)
    {
        while (!among.Contains(pid)) pid = int.Parse(File.ReadAllText($"/proc/{pid}/stat").Split(") ")[1].Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
        return pid;
    }

    /// <summary>A process' command line, its parts ended by NUL (proc(5)); empty of a zombie, and when it has ended.</summary>
    private static string CommandLine(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
