using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace ChatApi.Data;

/// <summary>The database in a file: a laptop's.</summary>
public sealed class SqliteChatDb(DbContextOptions<SqliteChatDb> options) : ChatDb(options)
{
    /// <summary>Nothing to do: a transaction of Microsoft.Data.Sqlite takes the write lock when it begins.</summary>
    public override Task LockProjectAsync(string projectId, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public override bool IsDuplicate(DbUpdateException error) => error.InnerException is SqliteException { SqliteErrorCode: SQLitePCL.raw.SQLITE_CONSTRAINT };
}
