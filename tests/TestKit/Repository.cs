namespace TestKit;

/// <summary>Folders of this checkout.</summary>
public static class Repository
{
    /// <summary>The Claude Code that is tested: the pinned one, or that of <c>./test --cli-version</c>.</summary>
    public static string Cli => OtherCli ?? PinnedCli;

    /// <summary>Another Claude Code than the pinned one; null usually.</summary>
    public static string? OtherCli => Environment.GetEnvironmentVariable("TEST_CLI") is { Length: > 0 } path ? path : null;

    /// <summary>The pinned Claude Code.</summary>
    public static string PinnedCli => Directory.GetDirectories(Path.Combine(Root, "Runner", "npm", "node_modules", "@anthropic-ai"), "claude-code-*").Select(package => Path.Combine(package, "claude")).First(File.Exists);

    /// <summary>The folder with Aspire.sln.</summary>
    public static string Root { get; } = Find("Aspire.sln");

    /// <summary>The recordings of the real CLI: a copy of those golden tests need is kept here.</summary>
    public static string Transcripts => Path.Combine(Root, "tests", "Transcripts");

    private static string Find(string file)
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, file))) return folder.FullName;
        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds {file}.");
    }
}
