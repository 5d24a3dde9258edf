using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace ChatApi.Data;

/// <summary>
/// For <c>dotnet ef</c>, which needs a context without a running service. A change of the schema is a migration for each:
/// <code>
/// dotnet ef migrations add NAME --project ChatApi --context SqliteChatDb --output-dir Data/Migrations/Sqlite
/// dotnet ef migrations add NAME --project ChatApi --context PostgresChatDb --output-dir Data/Migrations/PostgreSql
/// </code>
/// </summary>
internal sealed class SqliteChatDbDesign : IDesignTimeDbContextFactory<SqliteChatDb>
{
    /// <inheritdoc/>
    public SqliteChatDb CreateDbContext(string[] args) => new(new DbContextOptionsBuilder<SqliteChatDb>().UseSqlite("Data Source=design.db").Options);
}

/// <inheritdoc cref="SqliteChatDbDesign"/>
internal sealed class PostgresChatDbDesign : IDesignTimeDbContextFactory<PostgresChatDb>
{
    /// <inheritdoc/>
    public PostgresChatDb CreateDbContext(string[] args) => new(new DbContextOptionsBuilder<PostgresChatDb>().UseNpgsql("Host=design").Options);
}
