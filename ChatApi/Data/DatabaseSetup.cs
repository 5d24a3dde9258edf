using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ChatApi.Data;

/// <summary>
/// Brings the database to the present schema before anything else starts. Several replicas may start together: each migration
/// runs once. A server that is not there yet is waited for.
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
                await db.MigrateAsync(cancellationToken);
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
