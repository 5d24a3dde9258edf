using ChatApi.Messages;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;
using Protocol.Events;
using Protocol.Redis;

namespace ChatApi.Endpoints;

/// <summary>Files of the workspace, by way of a runner: ChatApi itself has no workspaces.</summary>
internal static class FilesEndpoints
{
    private const int MostFound = 200;

    // What a browser may show by itself. Everything else is for saving: a page of the workspace must not run as one of ours.
    private static readonly Dictionary<string, string> s_shown = new(StringComparer.OrdinalIgnoreCase)
    {
        [".png"] = "image/png", [".jpg"] = "image/jpeg", [".jpeg"] = "image/jpeg", [".gif"] = "image/gif", [".webp"] = "image/webp",
    };

    /// <summary>Maps what is below <c>/projects/{id}</c>.</summary>
    public static void MapFiles(this IEndpointRouteBuilder app)
    {
        var project = app.MapGroup("/projects/{id}").WithTags("Files").AddEndpointFilter(ExistingProject.CheckAsync)
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        project.MapGet("/files", FindAsync).WithSummary("Paths of the workspace that hold the letters of ?query= in order, the best first.");
        project.MapGet("/files/content", ReadAsync).WithSummary("A file of the workspace, by ?path=.");
        project.MapPost("/attachments", KeepAsync).WithSummary("Puts the body into the workspace as a file that can go with a message. ?name= is its name, content-type its kind.")
            .WithMetadata(new DisableRequestSizeLimitAttribute()) // The handler has a limit of its own.
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge);
        project.MapPost("/rewind-files", RewindAsync).WithSummary("Sets the workspace's files back to before a message, or says what would change; 409 while the session works.")
            .ProducesProblem(StatusCodes.Status409Conflict);
    }

    private static async Task<Results<Ok<FoundFiles>, ProblemHttpResult>> FindAsync(Guid id, RunnerCalls runner, CancellationToken cancellationToken, string query = "", int limit = 20) =>
        await RunnerProblems.AskAsync(() => runner.AskAsync<FoundFiles>(new FindFiles(query, Math.Clamp(limit, 1, MostFound)) { ProjectId = id.ToString() }, cancellationToken)) is var (found, problem) && problem is not null
            ? problem
            : TypedResults.Ok(found);

    private static async Task<Results<FileContentHttpResult, ProblemHttpResult>> ReadAsync(Guid id, string path, RunnerCalls runner, HttpResponse response, CancellationToken cancellationToken)
    {
        var (content, problem) = await RunnerProblems.AskAsync(() => runner.AskAsync<FileContent>(new ReadFile(path) { ProjectId = id.ToString() }, cancellationToken));
        if (problem is not null) return problem;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentSecurityPolicy = "sandbox; default-src 'none'";
        // What was sent along never changes; a file of the workspace may at any time.
        response.Headers[HeaderNames.CacheControl] = path.StartsWith(".attachments/", StringComparison.Ordinal) ? "private, max-age=31536000, immutable" : "no-cache";
        var isShown = s_shown.TryGetValue(Path.GetExtension(path), out var type);
        return TypedResults.File(content!.Bytes, type ?? "application/octet-stream", isShown ? null : Path.GetFileName(path));
    }

    private static async Task<Results<Created<Attachment>, ProblemHttpResult>> KeepAsync(
        Guid id, [FromQuery] string? name, HttpRequest request, RunnerCalls runner, IOptions<ChatApiOptions> options, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Length > 300) return Problems.Of(StatusCodes.Status400BadRequest, "missing_name", "Name the file by ?name=, in at most 300 characters.", "name");
        var bytes = await BodyAsync(request, options.Value.MaxAttachmentBytes, cancellationToken);
        if (bytes is null) return Problems.Of(StatusCodes.Status413PayloadTooLarge, "file_too_large", $"{name} is larger than {options.Value.MaxAttachmentBytes >> 20} MB. Put it into the workspace in another way.", "body");
        if (bytes.Length == 0) return Problems.Of(StatusCodes.Status400BadRequest, "empty_file", $"{name} is empty.", "body");
        var call = new KeepAttachment(name, request.ContentType ?? "application/octet-stream", bytes) { ProjectId = id.ToString() };
        var (kept, problem) = await RunnerProblems.AskAsync(() => runner.AskAsync<Attachment>(call, cancellationToken));
        return problem is not null ? problem : TypedResults.Created($"/projects/{id}/files/content?path={Uri.EscapeDataString(kept!.Path)}", kept);
    }

    private static async Task<Results<Ok<RewoundFiles>, ProblemHttpResult>> RewindAsync(
        Guid id, RewindRequest request, RunnerCalls runner, MessageIntake intake, CancellationToken cancellationToken)
    {
        var (turn, refusal) = await intake.FindEndedAsync(id.ToString(), request.BeforeTurn.ToString(), cancellationToken);
        if (refusal is not null) return Problems.Of(refusal);
        var call = new RewindFiles(turn!.SessionId, turn.Id, request.DryRun) { ProjectId = id.ToString() };
        var (rewound, problem) = await RunnerProblems.AskAsync(() => runner.AskAsync<RewoundFiles>(call, cancellationToken, TimeSpan.FromSeconds(60)));
        return problem is not null ? problem : TypedResults.Ok(rewound);
    }

    private static async Task<byte[]?> BodyAsync(HttpRequest request, int most, CancellationToken cancellationToken)
    {
        if (request.ContentLength > most) return null;
        using var body = new MemoryStream();
        var buffer = new byte[81920];
        while (await request.Body.ReadAsync(buffer, cancellationToken) is > 0 and var read)
        {
            if (body.Length + read > most) return null;
            body.Write(buffer, 0, read);
        }

        return body.ToArray();
    }
}

/// <summary>Before which message the files are to be as they were. <c>DryRun</c>: only say what would change.</summary>
public sealed record RewindRequest(Guid BeforeTurn, bool DryRun);
