using System.Globalization;
using System.Text;
using ChatApi.Data;
using ChatApi.Live;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace ChatApi.Endpoints;

/// <summary>What one model cost in one project on one day (UTC).</summary>
/// <param name="Day">The day, as 2026-11-23.</param>
/// <param name="ProjectId">The project.</param>
/// <param name="ProjectName">Its name; null when it was deleted.</param>
/// <param name="Model">As the CLI names it; empty where it named none.</param>
/// <param name="Turns">Turns in which the model was used.</param>
/// <param name="InputTokens">Tokens read that were not in the cache.</param>
/// <param name="OutputTokens">Tokens written.</param>
/// <param name="CacheReadInputTokens">Tokens read from the cache.</param>
/// <param name="CacheCreationInputTokens">Tokens written to the cache.</param>
/// <param name="CostUsd">US dollars by the CLI's own price table.</param>
public sealed record LedgerEntry(
    DateOnly Day, string ProjectId, string? ProjectName, string Model, int Turns, long InputTokens, long OutputTokens, long CacheReadInputTokens, long CacheCreationInputTokens, decimal CostUsd);

/// <summary>The ledger between two days, both included.</summary>
public sealed record LedgerResponse(DateOnly From, DateOnly To, List<LedgerEntry> Entries);

/// <summary>The ledger: by day, project and model; as JSON and as CSV.</summary>
internal static class LedgerEndpoints
{
    private const int DefaultDays = 30;
    private const int MostDays = 3660;

    /// <summary>Maps <c>/usage</c>.</summary>
    public static void MapLedger(this IEndpointRouteBuilder app)
    {
        var usage = app.MapGroup("/usage").WithTags("Ledger").ProducesProblem(StatusCodes.Status400BadRequest);
        usage.MapGet("/", ReadAsync).WithSummary("What models cost by day and project, between ?from= and ?to= (days, UTC; the last 30 without), of all projects or of ?project_id=.");
        usage.MapGet("/csv", ExportAsync).WithSummary("The same as CSV (RFC 4180).").Produces<string>(contentType: "text/csv");
    }

    private static async Task<Results<Ok<LedgerResponse>, ProblemHttpResult>> ReadAsync(
        ChatDb db, TimeProvider time, CancellationToken cancellationToken, DateOnly? from = null, DateOnly? to = null, [FromQuery(Name = "project_id")] string? projectId = null)
    {
        var (ledger, problem) = await LedgerAsync(db, time, from, to, projectId, cancellationToken);
        return problem is not null ? problem : TypedResults.Ok(ledger);
    }

    private static async Task<Results<FileContentHttpResult, ProblemHttpResult>> ExportAsync(
        ChatDb db, TimeProvider time, CancellationToken cancellationToken, DateOnly? from = null, DateOnly? to = null, [FromQuery(Name = "project_id")] string? projectId = null)
    {
        var (ledger, problem) = await LedgerAsync(db, time, from, to, projectId, cancellationToken);
        if (problem is not null) return problem;
        var csv = new StringBuilder("day,project_id,project,model,turns,input_tokens,output_tokens,cache_read_input_tokens,cache_creation_input_tokens,cost_usd\r\n");
        foreach (var e in ledger!.Entries)
            csv.Append(CultureInfo.InvariantCulture, $"{e.Day:yyyy-MM-dd},{e.ProjectId},{Field(e.ProjectName ?? "")},{Field(e.Model)},{e.Turns},{e.InputTokens},{e.OutputTokens},{e.CacheReadInputTokens},{e.CacheCreationInputTokens},{e.CostUsd}\r\n");
        return TypedResults.File(Encoding.UTF8.GetBytes(csv.ToString()), "text/csv; charset=utf-8", $"claude-usage-{ledger.From:yyyy-MM-dd}-{ledger.To:yyyy-MM-dd}.csv");
    }

    private static async Task<(LedgerResponse? Ledger, ProblemHttpResult? Problem)> LedgerAsync(ChatDb db, TimeProvider time, DateOnly? from, DateOnly? to, string? projectId, CancellationToken cancellationToken)
    {
        if (projectId is not null && !ProjectIds.TryParse(projectId, out projectId)) return (null, Problems.MalformedProjectId());
        var last = to ?? DateOnly.FromDateTime(time.GetUtcNow().UtcDateTime);
        var first = from ?? last.AddDays(1 - DefaultDays);
        if (first > last || last.DayNumber - first.DayNumber > MostDays)
            return (null, Problems.Of(StatusCodes.Status400BadRequest, "bad_days", $"from is a day before to, and not more than {MostDays} days before it, e.g. ?from=2026-11-01&to=2026-11-30.", "from"));

        var rows = await db.Usage.AsNoTracking().Where(u => u.Day >= first && u.Day <= last && (projectId == null || u.ProjectId == projectId)).ToListAsync(cancellationToken);
        var names = await db.Projects.AsNoTracking().Select(p => new { p.Id, p.Name }).ToDictionaryAsync(p => p.Id, p => p.Name, cancellationToken);
        var entries = rows.GroupBy(u => (u.Day, u.ProjectId, u.Model)).Select(group => new LedgerEntry(
            group.Key.Day, group.Key.ProjectId, names.GetValueOrDefault(group.Key.ProjectId), group.Key.Model, group.Count(),
            group.Sum(u => u.InputTokens), group.Sum(u => u.OutputTokens), group.Sum(u => u.CacheReadInputTokens), group.Sum(u => u.CacheCreationInputTokens), group.Sum(u => u.CostUsd)));
        return (new LedgerResponse(first, last, [.. entries.OrderBy(e => e.Day).ThenBy(e => e.ProjectName, StringComparer.Ordinal).ThenBy(e => e.Model, StringComparer.Ordinal)]), null);
    }

    // RFC 4180; and a name that a spreadsheet would take for a formula is only a name.
    private static string Field(string text)
    {
        if (text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t') text = $"'{text}";
        return text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
