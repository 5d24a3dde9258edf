using ChatApi.Data;
using Microsoft.EntityFrameworkCore;

namespace ChatApi.Tests;

/// <summary>A database in a file of its own.</summary>
internal sealed class SqliteDatabases : IDbContextFactory<ChatDb>, IDisposable
{
    private readonly string _file = Path.GetTempFileName();
    private readonly DbContextOptions<SqliteChatDb> _options;

    public SqliteDatabases()
    {
        _options = new DbContextOptionsBuilder<SqliteChatDb>().UseSqlite($"Data Source={_file};Pooling=False").Options;
        using var db = CreateDbContext();
        db.Database.Migrate();
    }

    public ChatDb CreateDbContext() => new SqliteChatDb(_options);

    /// <summary>Adds an empty project.</summary>
    public async Task AddProjectAsync(string id, long recordedSeq = 0)
    {
        await using var db = CreateDbContext();
        db.Add(new ProjectRow { Id = id, Name = id, PermissionMode = "default", CreatedAt = DateTime.UtcNow, UpdatedAt = DateTime.UtcNow, RecordedSeq = recordedSeq });
        await db.SaveChangesAsync();
    }

    public void Dispose() => File.Delete(_file);
}
