using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace ChatApi.Data;

/// <summary>The database in a file: a laptop's.</summary>
public sealed class SqliteChatDb(DbContextOptions<SqliteChatDb> options) : ChatDb(options)
{
    private static readonly TimeSpan s_lookAgainEvery = TimeSpan.FromMilliseconds(100);

    /// <inheritdoc/>
    public override async Task MigrateAsync(CancellationToken cancellationToken)
    {
        var file = Path.GetFullPath(new SqliteConnectionStringBuilder(Database.GetConnectionString()).DataSource);
        if (Path.GetDirectoryName(file) is { } folder) Directory.CreateDirectory(folder);
        await using (await LockAsync($"{file}.migrating", cancellationToken))
        {
            // EF Core's own lock is a row, which outlives the process that died holding it; whoever comes next would wait for ever.
            if (await Database.SqlQuery<int>($"SELECT 1 AS Value FROM sqlite_master WHERE name = '__EFMigrationsLock'").AnyAsync(cancellationToken))
                await Database.ExecuteSqlAsync($"DELETE FROM \"__EFMigrationsLock\"", cancellationToken);
            await Database.MigrateAsync(cancellationToken);
            // Readers do not wait for the recorder, nor it for them.
            await Database.ExecuteSqlAsync($"PRAGMA journal_mode=WAL", cancellationToken);
        }
    }

    // The system lets go of a file when its process ends, however it ends. The file stays: to remove it would let in two at once.
    private static async Task<FileStream> LockAsync(string file, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return new FileStream(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (File.Exists(file))
            {
                await Task.Delay(s_lookAgainEvery, cancellationToken);
            }
        }
    }

    /// <summary>Nothing to do: a transaction of Microsoft.Data.Sqlite takes the write lock when it begins.</summary>
    public override Task LockProjectAsync(string projectId, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public override bool IsDuplicate(DbUpdateException error) => error.InnerException is SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_CONSTRAINT };
}
