using ChatApi.Data;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using TestKit;

namespace ChatApi.Tests;

/// <summary>Replicas that start together, on both databases; and one that died in the middle.</summary>
public sealed class MigrationTests
{
    private const int Replicas = 6;

    [Fact]
    public async Task Replicas_that_start_together_on_PostgreSQL_run_each_migration_once()
    {
        await using var server = await PostgresServer.StartAsync();
        for (var round = 0; round < 5; round++) await StartTogetherAsync($"{await server.NewDatabaseAsync()};Pooling=false");
        // And when there is no database yet.
        await StartTogetherAsync((await server.NewDatabaseAsync()).Replace("Database=chat", "Database=new_chat", StringComparison.Ordinal) + ";Pooling=false");
    }

    [Fact]
    public async Task Replicas_that_start_together_on_SQLite_run_each_migration_once()
    {
        var folder = Directory.CreateTempSubdirectory("migrations-");
        for (var round = 0; round < 5; round++) await StartTogetherAsync($"Data Source={folder.FullName}/{round}/chat.db;Pooling=false");
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_replica_that_died_while_it_migrated_SQLite_holds_up_nobody()
    {
        var file = Path.GetTempFileName();
        await using (var connection = new SqliteConnection($"Data Source={file};Pooling=false"))
        {
            await connection.OpenAsync(TestContext.Current.CancellationToken);
            await using var command = connection.CreateCommand();
            command.CommandText = """CREATE TABLE "__EFMigrationsLock" ("Id" INTEGER NOT NULL CONSTRAINT "PK___EFMigrationsLock" PRIMARY KEY, "Timestamp" TEXT NOT NULL); INSERT INTO "__EFMigrationsLock" VALUES (1, '2026-11-23')""";
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }

        await StartTogetherAsync($"Data Source={file};Pooling=false");
        File.Delete(file);
    }

    [Fact]
    public async Task Connections_to_SQLite_wait_for_the_one_writer_in_small_steps_and_for_no_disk()
    {
        var file = Path.GetTempFileName();
        await using (var services = new ServiceCollection().AddChatDb($"Data Source={file};Pooling=false").BuildServiceProvider())
        {
            await using var db = services.GetRequiredService<IDbContextFactory<ChatDb>>().CreateDbContext();
            Assert.Equal(30_000, await db.Database.SqlQuery<long>($"SELECT timeout AS Value FROM pragma_busy_timeout").SingleAsync(TestContext.Current.CancellationToken));
            Assert.Equal(1, await db.Database.SqlQuery<long>($"SELECT synchronous AS Value FROM pragma_synchronous").SingleAsync(TestContext.Current.CancellationToken));
        }

        File.Delete(file);
    }

    private static async Task StartTogetherAsync(string connectionString)
    {
        await using var services = new ServiceCollection().AddChatDb(connectionString).BuildServiceProvider();
        var databases = services.GetRequiredService<IDbContextFactory<ChatDb>>();
        using var together = new Barrier(Replicas);
        await Task.WhenAll(Enumerable.Range(0, Replicas).Select(_ => Task.Factory.StartNew(
            () =>
            {
                together.SignalAndWait();
                return new DatabaseSetup(databases, NullLogger<DatabaseSetup>.Instance).StartAsync(TestContext.Current.CancellationToken);
            },
            TaskCreationOptions.LongRunning).Unwrap())).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        await using var db = databases.CreateDbContext();
        Assert.Empty(await db.Database.GetPendingMigrationsAsync(TestContext.Current.CancellationToken));
        Assert.Equal(0, await db.Projects.CountAsync(TestContext.Current.CancellationToken));
    }
}
