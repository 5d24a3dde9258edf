using ChatApi.Data;
using ChatApi.Recording;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Protocol.Redis;

namespace ChatApi.Endpoints;

/// <summary>Sessions that began in a terminal in the project's workspace, to be gone on with here.</summary>
internal static class TerminalEndpoints
{
    /// <summary>Maps what is below <c>/projects/{id}</c>.</summary>
    public static void MapTerminal(this IEndpointRouteBuilder app)
    {
        var project = app.MapGroup("/projects/{id}/terminal-sessions").WithTags("History").AddEndpointFilter(ExistingProject.CheckAsync)
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        project.MapGet("/", ListAsync).WithSummary("Claude Code's own records in this workspace that are not sessions of the project yet, and how to make one in a terminal.");
        project.MapPost("/{sessionId}", ImportAsync).WithSummary("Brings one in with its history; it goes on by the same id.").ProducesProblem(StatusCodes.Status409Conflict);
    }

    private static async Task<Results<Ok<FoundTranscripts>, ProblemHttpResult>> ListAsync(Guid id, ChatDb db, RunnerCalls runner, CancellationToken cancellationToken)
    {
        var projectId = id.ToString();
        var (found, problem) = await RunnerProblems.AskAsync(() => runner.AskAsync<FoundTranscripts>(new ListTranscripts { ProjectId = projectId }, cancellationToken));
        if (problem is not null) return problem;
        var known = await db.Sessions.Where(s => s.ProjectId == projectId).Select(s => s.Id).ToListAsync(cancellationToken);
        return TypedResults.Ok(found! with { Transcripts = [.. found.Transcripts.Where(transcript => !known.Contains(transcript.SessionId))] });
    }

    private static async Task<Results<Created<ImportedTranscript>, ProblemHttpResult>> ImportAsync(
        Guid id, Guid sessionId, ChatDb db, RunnerCalls runner, Recorder recorder, CancellationToken cancellationToken)
    {
        var (projectId, session) = (id.ToString(), sessionId.ToString());
        if (await db.Sessions.AnyAsync(s => s.Id == session, cancellationToken)) return Problems.Of(StatusCodes.Status409Conflict, "session_exists", "This session is here already.", "session_id");
        var (imported, problem) = await RunnerProblems.AskAsync(async () =>
        {
            var imported = await runner.AskAsync<ImportedTranscript>(new ImportTranscript(session) { ProjectId = projectId }, cancellationToken, TimeSpan.FromSeconds(60));
            // It is here when we say so: the next message may come at once.
            await recorder.RecordAsync(projectId, cancellationToken);
            return imported;
        });
        return problem is not null ? problem : TypedResults.Created($"/projects/{id}/messages?session_id={session}", imported);
    }
}
