using ChatApi.Data;
using ChatApi.Recording;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace ChatApi.Tests;

/// <summary>A long history, and an old one.</summary>
public sealed class HistoryTests : IDisposable
{
    private const int Messages = 100_000;
    private readonly SqliteDatabases _databases = new();

    public void Dispose() => _databases.Dispose();

    [Fact]
    public async Task A_hundred_thousand_messages_are_paged_from_the_end_each_once_and_by_an_index()
    {
        await _databases.AddProjectAsync("p", Messages);
        await _databases.AddProjectAsync("q");
        await using var db = _databases.CreateDbContext();
        await db.Database.ExecuteSqlRawAsync($$"""
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {{Messages}})
            INSERT INTO Messages (ProjectId, Id, SessionId, TurnId, Seq, Role, Content, CreatedAt)
            SELECT CASE i % 2 WHEN 0 THEN 'p' ELSE 'q' END, 'm' || i, 's', 't', i, 'assistant', '[]', '2026-01-01' FROM n
            """, TestContext.Current.CancellationToken);
        var seen = new List<long>();
        var before = long.MaxValue;
        for (var hasMore = true; hasMore;)
        {
            var page = await HistoryPage.ReadAsync(db, "p", null, before, 1000, TestContext.Current.CancellationToken);
            Assert.Equal(page.Messages.OrderBy(m => m.Seq), page.Messages);
            seen.InsertRange(0, page.Messages.Select(m => m.Seq));
            (hasMore, before) = (page.HasMore, page.Messages[0].Seq);
        }

        Assert.Equal(Enumerable.Range(1, Messages / 2).Select(i => 2L * i), seen);

        // The thousandth page costs what the first one does: nothing is counted off, nothing is sorted.
        await db.Database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var explain = db.Database.GetDbConnection().CreateCommand();
        explain.CommandText = "EXPLAIN QUERY PLAN SELECT * FROM Messages WHERE ProjectId = 'p' AND Seq < 500 ORDER BY Seq DESC LIMIT 201";
        await using var steps = await explain.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        var plan = new List<string>();
        while (await steps.ReadAsync(TestContext.Current.CancellationToken)) plan.Add(steps.GetString(3));
        Assert.Contains(plan, step => step.Contains("IX_Messages_ProjectId_Seq", StringComparison.Ordinal));
        Assert.DoesNotContain(plan, step => step.Contains("TEMP B-TREE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Old_detail_goes_and_what_was_said_stays()
    {
        var now = DateTime.UtcNow;
        await _databases.AddProjectAsync("p");
        await using (var db = _databases.CreateDbContext())
        {
            foreach (var (id, ended) in new[] { ("old", now.AddDays(-40)), ("new", now.AddDays(-1)) })
            {
                db.Add(new TurnRow { Id = id, ProjectId = "p", SessionId = "s", Content = "q", Status = TurnStatus.Ended, CreatedAt = ended, EndedAt = ended });
                db.Add(new MessageRow { ProjectId = "p", Id = $"m-{id}", SessionId = "s", TurnId = id, Seq = 1, Role = "assistant", CreatedAt = ended, Content = """[{"type":"thinking","thinking":"long"},{"type":"text","text":"said"}]""" });
                db.Add(new ToolCallRow { ProjectId = "p", Id = $"c-{id}", MessageId = $"m-{id}", TurnId = id, Name = "Bash", Input = """{"command":"ls"}""", Result = "\"files\"", Task = """{"task_id":"b1","status":"completed","output":"files"}""" });
            }

            await db.SaveChangesAsync(TestContext.Current.CancellationToken);
        }

        var retention = new Retention(_databases, Options.Create(new ChatApiOptions()), TimeProvider.System, NullLogger<Retention>.Instance);
        Assert.Equal(1, await retention.RemoveAsync(now.AddDays(-30), TestContext.Current.CancellationToken));
        Assert.Equal(0, await retention.RemoveAsync(now.AddDays(-30), TestContext.Current.CancellationToken));

        await using var after = _databases.CreateDbContext();
        var messages = await after.Messages.ToDictionaryAsync(m => m.Id, m => m.Content, TestContext.Current.CancellationToken);
        Assert.Equal("""[{"type":"thinking","thinking":"(removed)"},{"type":"text","text":"said"}]""", messages["m-old"]);
        Assert.Contains("long", messages["m-new"], StringComparison.Ordinal);
        var calls = await after.ToolCalls.ToDictionaryAsync(c => c.Id, TestContext.Current.CancellationToken);
        Assert.Equal(("{}", "\"(removed)\""), (calls["c-old"].Input, calls["c-old"].Result));
        Assert.Null(calls["c-old"].Task);
        Assert.Equal("\"files\"", calls["c-new"].Result);
        Assert.NotNull(calls["c-new"].Task);
    }
}
