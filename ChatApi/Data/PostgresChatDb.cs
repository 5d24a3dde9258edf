using System.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using Npgsql;

namespace ChatApi.Data;

/// <summary>The database on a PostgreSQL server: a deployment's, for any number of replicas.</summary>
public sealed class PostgresChatDb(DbContextOptions<PostgresChatDb> options) : ChatDb(options)
{
    // Any number that no other program on this database takes for its own lock.
    private const long MigrationLock = 0x43686174_44620001;
    private static readonly TimeSpan s_migrationLimit = TimeSpan.FromMinutes(30);

    /// <inheritdoc/>
    public override async Task MigrateAsync(CancellationToken cancellationToken)
    {
        await CreateAsync(cancellationToken);
        Database.SetCommandTimeout(s_migrationLimit);
        await Database.OpenConnectionAsync(cancellationToken);
        try
        {
            // EF Core's own lock goes with the transaction of each migration: between two of them another replica would slip in.
            await Database.ExecuteSqlAsync($"SELECT pg_advisory_lock({MigrationLock})", cancellationToken);
            await Database.MigrateAsync(cancellationToken);
        }
        finally
        {
            // A connection that goes back to the pool keeps its locks. One that broke has lost them.
            if (Database.GetDbConnection().State == ConnectionState.Open)
                await Database.ExecuteSqlAsync($"SELECT pg_advisory_unlock({MigrationLock})", CancellationToken.None);
            await Database.CloseConnectionAsync();
        }
    }

    private async Task CreateAsync(CancellationToken cancellationToken)
    {
        var creator = Database.GetService<IRelationalDatabaseCreator>();
        if (await creator.ExistsAsync(cancellationToken)) return;
        try
        {
            await creator.CreateAsync(cancellationToken);
        }
        catch (PostgresException error) when (error.SqlState is PostgresErrorCodes.DuplicateDatabase or PostgresErrorCodes.UniqueViolation)
        {
            // Another replica was faster.
        }
    }

    /// <inheritdoc/>
    public override Task LockProjectAsync(string projectId, CancellationToken cancellationToken) =>
        Database.ExecuteSqlAsync($"SELECT 1 FROM \"Projects\" WHERE \"Id\" = {projectId} FOR UPDATE", cancellationToken);

    /// <inheritdoc/>
    public override bool IsDuplicate(DbUpdateException error) => error.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation };

    /// <inheritdoc/>
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        base.ConfigureConventions(configurationBuilder);
        // Ids sort as bytes, as they do in SQLite, whatever the server's language.
        configurationBuilder.Properties<string>().UseCollation("C").HaveConversion<WithoutNul>();
    }

    // PostgreSQL's text cannot hold U+0000, which a person may paste and a tool may print.
    private sealed class WithoutNul() : ValueConverter<string, string>(text => text.Replace('\0', '\ufffd'), text => text);
}
