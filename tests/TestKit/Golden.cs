namespace TestKit;

/// <summary>Files that are generated and kept. UPDATE_GOLDEN=1 writes them anew; look at the diff before committing it.</summary>
public static class Golden
{
    /// <summary>The text that is wrong, with what to do; null when the file holds <paramref name="generated"/>.</summary>
    public static string? Difference(string path, string generated)
    {
        if (Environment.GetEnvironmentVariable("UPDATE_GOLDEN") == "1")
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, generated);
            return null;
        }

        if (!File.Exists(path)) return $"{path} is missing. UPDATE_GOLDEN=1 ./test writes it.";
        var kept = File.ReadAllText(path);
        if (kept == generated) return null;
        var (a, b) = (kept.Split('\n'), generated.Split('\n'));
        var line = Enumerable.Range(0, Math.Max(a.Length, b.Length)).First(i => a.ElementAtOrDefault(i) != b.ElementAtOrDefault(i));
        return $"{path}:{line + 1} differs.\n kept: {a.ElementAtOrDefault(line)}\n  now: {b.ElementAtOrDefault(line)}\nUPDATE_GOLDEN=1 ./test writes it anew.";
    }
}
