using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace ChatApi.Data;

/// <summary>History, usage and settings. What is here was recorded from the project logs, or stored before it was queued.</summary>
public abstract class ChatDb(DbContextOptions options) : DbContext(options)
{
    /// <summary>Projects.</summary>
    public DbSet<ProjectRow> Projects => Set<ProjectRow>();

    /// <summary>Sessions.</summary>
    public DbSet<SessionRow> Sessions => Set<SessionRow>();

    /// <summary>Turns.</summary>
    public DbSet<TurnRow> Turns => Set<TurnRow>();

    /// <summary>Messages.</summary>
    public DbSet<MessageRow> Messages => Set<MessageRow>();

    /// <summary>Tool calls.</summary>
    public DbSet<ToolCallRow> ToolCalls => Set<ToolCallRow>();

    /// <summary>What Claude Code asked of people.</summary>
    public DbSet<RequestRow> Requests => Set<RequestRow>();

    /// <summary>The ledger.</summary>
    public DbSet<UsageRow> Usage => Set<UsageRow>();

    /// <summary>Whether a project has a session.</summary>
    public Task<bool> HasSessionAsync(Guid projectId, string sessionId, CancellationToken cancellationToken)
    {
        var project = projectId.ToString();
        return Sessions.AnyAsync(s => s.ProjectId == project && s.Id == sessionId, cancellationToken);
    }

    /// <summary>The session given, or the project's current one: that in which somebody wrote last. Null where there is none.</summary>
    public Task<SessionRow?> FindSessionAsync(string projectId, string? sessionId, CancellationToken cancellationToken) =>
        Sessions.Where(s => s.ProjectId == projectId && (sessionId == null || s.Id == sessionId)).OrderByDescending(s => s.UpdatedAt).FirstOrDefaultAsync(cancellationToken);

    /// <summary>
    /// Brings the database to the present schema, or creates it. Replicas that start together take turns: each migration runs once.
    /// </summary>
    public abstract Task MigrateAsync(CancellationToken cancellationToken);

    /// <summary>In a transaction: nobody else writes to the project until its end.</summary>
    public abstract Task LockProjectAsync(string projectId, CancellationToken cancellationToken);

    /// <summary>Whether a save failed because there is such a row already.</summary>
    public abstract bool IsDuplicate(DbUpdateException error);

    /// <inheritdoc/>
    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<ProjectRow>(project =>
        {
            project.Property(p => p.Name).HasMaxLength(100);
            project.HasIndex(p => p.Name).IsUnique();
        });
        modelBuilder.Entity<SessionRow>(session =>
        {
            session.HasIndex(s => new { s.ProjectId, s.UpdatedAt });
            session.HasOne<ProjectRow>().WithMany().HasForeignKey(s => s.ProjectId);
        });
        modelBuilder.Entity<TurnRow>(turn =>
        {
            turn.HasIndex(t => new { t.ProjectId, t.ClientMessageId }).IsUnique();
            turn.HasIndex(t => new { t.SessionId, t.Id });
            turn.HasIndex(t => t.Status);
            turn.HasOne<ProjectRow>().WithMany().HasForeignKey(t => t.ProjectId);
        });
        modelBuilder.Entity<MessageRow>(message =>
        {
            message.HasKey(m => new { m.ProjectId, m.Id });
            message.HasIndex(m => new { m.ProjectId, m.Seq });
            message.HasIndex(m => new { m.SessionId, m.Seq });
            message.Ignore(m => m.Blocks);
            message.HasOne<ProjectRow>().WithMany().HasForeignKey(m => m.ProjectId);
        });
        modelBuilder.Entity<ToolCallRow>(call =>
        {
            call.HasKey(c => new { c.ProjectId, c.Id });
            call.HasIndex(c => new { c.ProjectId, c.MessageId });
            call.HasOne<ProjectRow>().WithMany().HasForeignKey(c => c.ProjectId);
        });
        modelBuilder.Entity<UsageRow>(usage =>
        {
            usage.HasKey(u => new { u.ProjectId, u.TurnId, u.Model });
            usage.HasIndex(u => u.Day);
            usage.HasIndex(u => u.SessionId);
            // Of no project by key: what a deleted one has cost was still paid.
        });
        modelBuilder.Entity<RequestRow>(request =>
        {
            request.HasKey(r => new { r.ProjectId, r.Id });
            request.HasIndex(r => r.TurnId);
            request.HasIndex(r => r.IsOpen);
            request.HasOne<ProjectRow>().WithMany().HasForeignKey(r => r.ProjectId);
        });
    }

    /// <inheritdoc/>
    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        // SQLite neither orders nor sums decimals: money is kept in whole nano-dollars.
        configurationBuilder.Properties<decimal>().HaveConversion<NanoDollars>();
        configurationBuilder.Properties<DateTime>().HaveConversion<UtcTime>();
    }

    private sealed class NanoDollars() : ValueConverter<decimal, long>(usd => (long)(usd * 1_000_000_000m), nano => nano / 1_000_000_000m);

    private sealed class UtcTime() : ValueConverter<DateTime, DateTime>(time => time, time => DateTime.SpecifyKind(time, DateTimeKind.Utc));
}
