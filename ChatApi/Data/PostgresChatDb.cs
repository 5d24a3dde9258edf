using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using Npgsql;

namespace ChatApi.Data;

/// <summary>The database on a PostgreSQL server: a deployment's, for any number of replicas.</summary>
public sealed class PostgresChatDb(DbContextOptions<PostgresChatDb> options) : ChatDb(options)
{
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
