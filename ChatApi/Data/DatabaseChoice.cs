using System.Data.Common;
using Microsoft.EntityFrameworkCore;

namespace ChatApi.Data;

/// <summary>
/// Which database it is, by <c>ConnectionStrings:chatdb</c>: <c>Data Source=chat.db</c> is a SQLite file,
/// <c>Host=…;Database=…;Username=…;Password=…</c> a PostgreSQL server.
/// </summary>
internal static class DatabaseChoice
{
    /// <summary>Adds <see cref="ChatDb"/>, pooled.</summary>
    /// <exception cref="InvalidOperationException">The connection string is neither.</exception>
    public static IServiceCollection AddChatDb(this IServiceCollection services, string connectionString)
    {
        if (IsPostgres(connectionString))
        {
            services.AddPooledDbContextFactory<PostgresChatDb>(db => db.UseNpgsql(connectionString));
            services.AddSingleton<IDbContextFactory<ChatDb>, Factory<PostgresChatDb>>();
        }
        else
        {
            services.AddPooledDbContextFactory<SqliteChatDb>(db => db.UseSqlite(connectionString).AddInterceptors(new SqliteConnectionSetup()));
            services.AddSingleton<IDbContextFactory<ChatDb>, Factory<SqliteChatDb>>();
        }

        services.AddScoped(provider => provider.GetRequiredService<IDbContextFactory<ChatDb>>().CreateDbContext());
        return services;
    }

    private static bool IsPostgres(string connectionString)
    {
        DbConnectionStringBuilder parts;
        try
        {
            parts = new DbConnectionStringBuilder { ConnectionString = connectionString };
        }
        catch (ArgumentException error)
        {
            throw Neither(error);
        }

        if (parts.ContainsKey("Host") || parts.ContainsKey("Server")) return true;
        return parts.ContainsKey("Data Source") || parts.ContainsKey("DataSource") || parts.ContainsKey("Filename") ? false : throw Neither(null);
    }

    private static InvalidOperationException Neither(Exception? error) => new(
        "ConnectionStrings:chatdb is neither SQLite (\"Data Source=chat.db\") nor PostgreSQL (\"Host=…;Database=…;Username=…;Password=…\").", error);

    private sealed class Factory<T>(IDbContextFactory<T> factory) : IDbContextFactory<ChatDb> where T : ChatDb
    {
        public ChatDb CreateDbContext() => factory.CreateDbContext();
    }
}
