using System.Data.Common;
using ChatApi.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace ChatApi.Tests;

/// <summary>A database in a file of its own.</summary>
internal sealed class SqliteDatabases : IDbContextFactory<ChatDb>, IDisposable
{
    private readonly string _file = Path.GetTempFileName();
    private readonly DbContextOptions<SqliteChatDb> _options;

    public SqliteDatabases()
    {
        _options = OptionsWith();
        using var db = CreateDbContext();
        db.Database.Migrate();
    }

    public ChatDb CreateDbContext() => new SqliteChatDb(_options);

    /// <summary>The same database, seen by another replica: something is done each time before it begins a transaction.</summary>
    public IDbContextFactory<ChatDb> Before(Func<Task> transaction) => new Replica(OptionsWith(new BeforeTransaction(transaction)));

    private DbContextOptions<SqliteChatDb> OptionsWith(params IInterceptor[] interceptors) =>
        new DbContextOptionsBuilder<SqliteChatDb>().UseSqlite($"Data Source={_file};Pooling=False").AddInterceptors(interceptors).Options;

    /// <summary>Adds an empty project.</summary>
    public async Task AddProjectAsync(string id, long recordedSeq = 0)
    {
        await using var db = CreateDbContext();
        db.Add(new ProjectRow { Id = id, Name = id, PermissionMode = "default", CreatedAt = DateTime.UtcNow, UpdatedAt = DateTime.UtcNow, RecordedSeq = recordedSeq });
        await db.SaveChangesAsync();
    }

    public void Dispose() => File.Delete(_file);

    private sealed class Replica(DbContextOptions<SqliteChatDb> options) : IDbContextFactory<ChatDb>
    {
        public ChatDb CreateDbContext() => new SqliteChatDb(options);
    }

    private sealed class BeforeTransaction(Func<Task> then) : DbTransactionInterceptor
    {
        public override async ValueTask<InterceptionResult<DbTransaction>> TransactionStartingAsync(
            DbConnection connection, TransactionStartingEventData eventData, InterceptionResult<DbTransaction> result, CancellationToken cancellationToken = default)
        {
            await then();
            return result;
        }
    }
}
