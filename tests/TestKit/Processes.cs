namespace TestKit;

/// <summary>Processes of this machine (Linux).</summary>
public static class Processes
{
    /// <summary>Whether a process whose command line holds <paramref name="text"/> is alive.</summary>
    public static bool AnyWith(string text) => Of(text).Count > 0;

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
    public static IReadOnlyList<int> Of(string text)
    {
        var found = new List<int>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), out var pid)) continue;
            try
            {
                if (File.ReadAllText($"{folder}/cmdline").Replace('\0', ' ').Contains(text, StringComparison.Ordinal)) found.Add(pid);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // It ended while we looked.
            }
        }

        return found;
    }

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

    /// <summary>Whether a process is the CLI itself, not its supervisor.</summary>
    public static bool IsCli(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Split('\0')[0].EndsWith("/claude", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
