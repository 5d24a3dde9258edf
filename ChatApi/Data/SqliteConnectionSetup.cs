using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace ChatApi.Data;

/// <summary>
/// What holds for a connection to a SQLite file, and is not kept in it. Waiting for the one writer is SQLite's business: it looks
/// again after 1, 2, 5 … ms, where Microsoft.Data.Sqlite by itself sleeps 150 ms. With a write-ahead log, <c>NORMAL</c> does not wait
/// for the disk at each commit: what a process wrote outlives its death, however it dies; when the machine loses its power, the last
/// moments may be gone, and the file is whole.
/// </summary>
internal sealed class SqliteConnectionSetup : DbConnectionInterceptor
{
    private const string Pragmas = "PRAGMA busy_timeout=30000; PRAGMA synchronous=NORMAL";

    /// <inheritdoc/>
    public override void ConnectionOpened(DbConnection connection, ConnectionEndEventData eventData)
    {
        using var command = connection.CreateCommand();
        command.CommandText = Pragmas;
        command.ExecuteNonQuery();
    }

    /// <inheritdoc/>
    public override Task ConnectionOpenedAsync(DbConnection connection, ConnectionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        ConnectionOpened(connection, eventData); // SQLite has no asynchronous calls.
        return Task.CompletedTask;
    }
}
