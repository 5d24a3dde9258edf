using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Design;

namespace ChatApi.Data;

/// <summary>For <c>dotnet ef migrations add NAME --project ChatApi</c>, which needs a context without a running service.</summary>
internal sealed class ChatDbDesign : IDesignTimeDbContextFactory<ChatDb>
{
    /// <inheritdoc/>
    public ChatDb CreateDbContext(string[] args) =>
        new(new DbContextOptionsBuilder<ChatDb>().UseSqlite("Data Source=design.db").Options);
}
