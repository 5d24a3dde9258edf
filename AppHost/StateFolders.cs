using Aspire.Hosting;

namespace AppHost;

/// <summary>Where a laptop's state lives, so that it survives a restart: a folder beside AppHost, or DATA_DIR.</summary>
/// <param name="Database">The SQLite file.</param>
/// <param name="Redis">Redis' checkpoints and append-only file.</param>
/// <param name="Runner">Workspaces and Claude Code's own state.</param>
internal sealed record StateFolders(string Database, string Redis, string Runner)
{
    /// <summary>Reads DATA_DIR.</summary>
    public static StateFolders From(IDistributedApplicationBuilder builder)
    {
        var root = Path.GetFullPath(builder.Configuration["DATA_DIR"] is { Length: > 0 } folder ? folder : "../.data", builder.AppHostDirectory);
        return new StateFolders(Path.Combine(root, "chat.db"), Path.Combine(root, "redis"), Path.Combine(root, "runner"));
    }
}
