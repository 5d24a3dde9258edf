using ChatApi.Data;
using ChatApi.Live;
using ChatApi.Messages;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Protocol.Redis;

namespace ChatApi.Endpoints;

/// <summary>A project, as clients see it.</summary>
/// <param name="Id">UUID.</param>
/// <param name="Name">1 to 100 characters, unique.</param>
/// <param name="PermissionMode">One of default, acceptEdits, plan, dontAsk; bypassPermissions where the operator allows it.</param>
/// <param name="Model">The CLI's model; null for its default.</param>
/// <param name="CreatedAt">UTC.</param>
/// <param name="UpdatedAt">UTC.</param>
/// <param name="CostUsd">US dollars, over all its sessions.</param>
public sealed record ProjectResponse(string Id, string Name, string PermissionMode, string? Model, DateTime CreatedAt, DateTime UpdatedAt, decimal CostUsd);

/// <summary>What is needed to create or change a project. Left out: the default, or as it is.</summary>
public sealed record ProjectRequest(string? Name, string? PermissionMode, string? Model);

/// <summary>Projects: list, create, read, update, delete.</summary>
internal static class ProjectsEndpoints
{
    private const int MaxNameLength = 100;

    /// <summary>Maps <c>/projects</c>.</summary>
    public static void MapProjects(this IEndpointRouteBuilder app)
    {
        var projects = app.MapGroup("/projects").WithTags("Projects").ProducesProblem(StatusCodes.Status400BadRequest);
        projects.MapGet("/", ListAsync).WithSummary("All projects, the last used first.");
        projects.MapPost("/", CreateAsync).WithSummary("Creates a project with a workspace of its own.").ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status415UnsupportedMediaType);
        projects.MapGet("/{id}", ReadAsync).WithSummary("One project.").WithName("ReadProject").ProducesProblem(StatusCodes.Status404NotFound);
        projects.MapPut("/{id}", UpdateAsync).WithSummary("Changes name or settings; running turns keep the old ones.").ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status409Conflict);
        projects.MapDelete("/{id}", DeleteAsync).WithSummary("Deletes a project with its history; running turns are stopped.").ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<Ok<List<ProjectResponse>>> ListAsync(ChatDb db, CancellationToken cancellationToken)
    {
        var projects = await db.Projects.AsNoTracking().ToListAsync(cancellationToken);
        var sessions = await db.Sessions.AsNoTracking()
            .Select(s => new { s.ProjectId, s.CostUsd, s.UpdatedAt }).ToListAsync(cancellationToken);
        var byProject = sessions.ToLookup(s => s.ProjectId);
        return TypedResults.Ok(projects
            .OrderByDescending(p => byProject[p.Id].Select(s => s.UpdatedAt).Append(p.UpdatedAt).Max())
            .Select(p => Response(p, byProject[p.Id].Sum(s => s.CostUsd))).ToList());
    }

    private static async Task<Results<Created<ProjectResponse>, ProblemHttpResult>> CreateAsync(
        ProjectRequest request, ChatDb db, TimeProvider time, IOptions<ChatApiOptions> options, CancellationToken cancellationToken)
    {
        if (Invalid(request, nameIsNeeded: true, options.Value) is { } problem) return problem;
        var now = time.GetUtcNow().UtcDateTime;
        var project = new ProjectRow
        {
            Id = Guid.CreateVersion7(time.GetUtcNow()).ToString(), Name = request.Name!.Trim(),
            PermissionMode = request.PermissionMode ?? options.Value.DefaultPermissionMode, Model = request.Model, CreatedAt = now, UpdatedAt = now,
        };
        db.Add(project);
        if (await SaveAsync(db, project.Name, cancellationToken) is { } conflict) return conflict;
        return TypedResults.Created($"/projects/{project.Id}", Response(project, 0));
    }

    private static async Task<Results<Ok<ProjectResponse>, ProblemHttpResult>> ReadAsync(string id, ChatDb db, CancellationToken cancellationToken)
    {
        if (!ProjectIds.TryParse(id, out var projectId)) return Problems.MalformedProjectId();
        var project = await db.Projects.AsNoTracking().SingleOrDefaultAsync(p => p.Id == projectId, cancellationToken);
        return project is null ? Problems.UnknownProject(id) : TypedResults.Ok(Response(project, await CostAsync(db, projectId, cancellationToken)));
    }

    private static async Task<Results<Ok<ProjectResponse>, ProblemHttpResult>> UpdateAsync(
        string id, ProjectRequest request, ChatDb db, TimeProvider time, IOptions<ChatApiOptions> options, CancellationToken cancellationToken)
    {
        if (!ProjectIds.TryParse(id, out var projectId)) return Problems.MalformedProjectId();
        if (Invalid(request, nameIsNeeded: false, options.Value) is { } problem) return problem;
        var project = await db.Projects.SingleOrDefaultAsync(p => p.Id == projectId, cancellationToken);
        if (project is null) return Problems.UnknownProject(id);
        project.Name = request.Name?.Trim() ?? project.Name;
        project.PermissionMode = request.PermissionMode ?? project.PermissionMode;
        project.Model = request.Model is { Length: 0 } ? null : request.Model ?? project.Model;
        project.UpdatedAt = time.GetUtcNow().UtcDateTime;
        if (await SaveAsync(db, project.Name, cancellationToken) is { } conflict) return conflict;
        return TypedResults.Ok(Response(project, await CostAsync(db, projectId, cancellationToken)));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(
        string id, ChatDb db, MessageIntake intake, ProjectFeeds feeds, ProjectLog log, CancellationToken cancellationToken)
    {
        if (!ProjectIds.TryParse(id, out var projectId)) return Problems.MalformedProjectId();
        if (!await db.Projects.AnyAsync(p => p.Id == projectId, cancellationToken)) return Problems.UnknownProject(id);
        await intake.AbandonAsync(projectId, cancellationToken);
        // The rows below it go with it (foreign keys cascade).
        await db.Projects.Where(p => p.Id == projectId).ExecuteDeleteAsync(cancellationToken);
        await feeds.AnnounceDeletedAsync(projectId);
        await log.DeleteAsync(projectId);
        await log.RingInboxAsync();
        return TypedResults.NoContent();
    }

    private static ProblemHttpResult? Invalid(ProjectRequest request, bool nameIsNeeded, ChatApiOptions options)
    {
        var name = request.Name?.Trim();
        if (name is null ? nameIsNeeded : name.Length is 0 or > MaxNameLength)
            return Problems.Of(StatusCodes.Status400BadRequest, "invalid_name", $"A project needs a name of 1 to {MaxNameLength} characters.", "name");
        if (request.PermissionMode is { } mode && PermissionModes.Objection(mode, options) is { } objection) return Problems.Of(objection);
        return request.Model is { Length: > 100 } ? Problems.Of(StatusCodes.Status400BadRequest, "invalid_model", "model has at most 100 characters.", "model") : null;
    }

    private static async Task<ProblemHttpResult?> SaveAsync(ChatDb db, string name, CancellationToken cancellationToken)
    {
        try
        {
            await db.SaveChangesAsync(cancellationToken);
            return null;
        }
        catch (DbUpdateException error) when (db.IsDuplicate(error))
        {
            return Problems.Of(StatusCodes.Status409Conflict, "name_taken", $"There is a project named \"{name}\" already. Choose another name.", "name");
        }
    }

    private static async Task<decimal> CostAsync(ChatDb db, string projectId, CancellationToken cancellationToken) =>
        (await db.Sessions.Where(s => s.ProjectId == projectId).Select(s => s.CostUsd).ToListAsync(cancellationToken)).Sum();

    private static ProjectResponse Response(ProjectRow project, decimal costUsd) =>
        new(project.Id, project.Name, project.PermissionMode, project.Model, project.CreatedAt, project.UpdatedAt, costUsd);
}

/// <summary>Project ids in addresses.</summary>
internal static class ProjectIds
{
    /// <summary>Reads a UUID in its usual form and gives it in lower case.</summary>
    public static bool TryParse(string text, out string id)
    {
        var ok = Guid.TryParseExact(text, "D", out var guid);
        id = guid.ToString();
        return ok;
    }
}
