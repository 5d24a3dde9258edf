using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ChatApi.Data;

/// <summary>
/// Brings the database to the present schema before anything else starts. Several replicas may start together: EF Core takes
/// a lock for the migrations. A server that is not there yet is waited for.
/// </summary>
internal sealed partial class DatabaseSetup(IDbContextFactory<ChatDb> databases, ILogger<DatabaseSetup> logger) : IHostedService
{
    private static readonly TimeSpan s_retryEvery = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                await using var db = await databases.CreateDbContextAsync(cancellationToken);
                if (db is SqliteChatDb) PrepareFile(db.Database.GetConnectionString()!);
                await db.Database.MigrateAsync(cancellationToken);
                // Readers do not wait for the recorder, nor it for them.
                if (db is SqliteChatDb) await db.Database.ExecuteSqlRawAsync("PRAGMA journal_mode=WAL", cancellationToken);
                return;
            }
            catch (DbException error) when (error is not SqliteException && error.IsTransient)
            {
                LogNotThere(error.Message);
                await Task.Delay(s_retryEvery, cancellationToken);
            }
        }
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static void PrepareFile(string connectionString)
    {
        var file = new SqliteConnectionStringBuilder(connectionString).DataSource;
        if (file.Length > 0 && Path.GetDirectoryName(Path.GetFullPath(file)) is { } folder) Directory.CreateDirectory(folder);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database is not there yet: {Reason}")]
    private partial void LogNotThere(string reason);
}

/// <summary>Whether the database answers.</summary>
internal sealed class DatabaseHealthCheck(IDbContextFactory<ChatDb> databases) : IHealthCheck
{
    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        return await db.Database.CanConnectAsync(cancellationToken)
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy("The database does not answer.");
    }
}
