using System.Text.Json;
using ChatApi.Data;
using ChatApi.Messages;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Protocol.Redis;

namespace ChatApi.Endpoints;

/// <summary>MCP servers to be tried.</summary>
public sealed record McpTestRequest(Dictionary<string, JsonElement>? McpServers);

/// <summary>How Claude Code works in a project, and in one of its sessions. Both are replaced as a whole; they count from the next message on.</summary>
internal static class SettingsEndpoints
{
    /// <summary>Maps what is below <c>/projects/{id}</c>.</summary>
    public static void MapSettings(this IEndpointRouteBuilder app)
    {
        var project = app.MapGroup("/projects/{id}").WithTags("Settings").AddEndpointFilter(ExistingProject.CheckAsync)
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound);
        project.MapGet("/settings", ReadAsync).WithSummary("Effort, system prompt, tools, MCP servers, limits and budgets of the project.");
        project.MapPut("/settings", ChangeAsync).WithSummary("Replaces the project's settings; they count from the next message on.");
        project.MapGet("/sessions/{sessionId}/settings", ReadSessionAsync).WithSummary("What a session has instead of the project's settings.");
        project.MapPut("/sessions/{sessionId}/settings", ChangeSessionAsync).WithSummary("Replaces what a session has instead of the project's settings.");
        project.MapPost("/mcp-test", TestAsync).WithSummary("Starts MCP servers as a session would, and tells their state and their tools.").ProducesProblem(StatusCodes.Status503ServiceUnavailable);
    }

    private static async Task<Ok<ClaudeSettings>> ReadAsync(Guid id, ChatDb db, CancellationToken cancellationToken)
    {
        var projectId = id.ToString();
        return TypedResults.Ok(ClaudeSettings.FromJson(await db.Projects.Where(p => p.Id == projectId).Select(p => p.Settings).SingleAsync(cancellationToken)));
    }

    private static async Task<Results<Ok<ClaudeSettings>, ProblemHttpResult>> ChangeAsync(Guid id, ClaudeSettings settings, ChatDb db, TimeProvider time, CancellationToken cancellationToken)
    {
        if (SettingsRules.Objection(settings, isSessions: false) is { } objection) return Problems.Of(objection);
        var projectId = id.ToString();
        var project = await db.Projects.SingleAsync(p => p.Id == projectId, cancellationToken);
        (project.Settings, project.UpdatedAt) = (settings.ToJson(), time.GetUtcNow().UtcDateTime);
        await db.SaveChangesAsync(cancellationToken);
        return TypedResults.Ok(settings);
    }

    private static async Task<Results<Ok<ClaudeSettings>, ProblemHttpResult>> ReadSessionAsync(Guid id, Guid sessionId, ChatDb db, CancellationToken cancellationToken) =>
        await FindAsync(db, id, sessionId, cancellationToken) is { } session ? TypedResults.Ok(ClaudeSettings.FromJson(session.Settings)) : Problems.UnknownSession();

    private static async Task<Results<Ok<ClaudeSettings>, ProblemHttpResult>> ChangeSessionAsync(Guid id, Guid sessionId, ClaudeSettings settings, ChatDb db, CancellationToken cancellationToken)
    {
        if (SettingsRules.Objection(settings, isSessions: true) is { } objection) return Problems.Of(objection);
        if (await FindAsync(db, id, sessionId, cancellationToken) is not { } session) return Problems.UnknownSession();
        session.Settings = settings.ToJson();
        await db.SaveChangesAsync(cancellationToken);
        return TypedResults.Ok(settings);
    }

    private static async Task<Results<Ok<TestedMcpServers>, ProblemHttpResult>> TestAsync(Guid id, McpTestRequest request, RunnerCalls runner, CancellationToken cancellationToken)
    {
        if (request.McpServers is not { Count: > 0 } servers) return Problems.Of(StatusCodes.Status400BadRequest, "missing_mcp_servers", "Name the MCP servers to be tried.", "mcp_servers");
        if (SettingsRules.Objection(servers) is { } objection) return Problems.Of(objection);
        var (tested, problem) = await RunnerProblems.AskAsync(() => runner.AskAsync<TestedMcpServers>(new TestMcpServers(servers) { ProjectId = id.ToString() }, cancellationToken, TimeSpan.FromSeconds(60)));
        return problem is not null ? problem : TypedResults.Ok(tested);
    }

    private static Task<SessionRow?> FindAsync(ChatDb db, Guid id, Guid sessionId, CancellationToken cancellationToken)
    {
        var (projectId, session) = (id.ToString(), sessionId.ToString());
        return db.Sessions.SingleOrDefaultAsync(s => s.ProjectId == projectId && s.Id == session, cancellationToken);
    }
}
