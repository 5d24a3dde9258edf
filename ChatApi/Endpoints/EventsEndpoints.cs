using System.Diagnostics;
using System.Globalization;
using ChatApi.Data;
using ChatApi.Live;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;

namespace ChatApi.Endpoints;

/// <summary>
/// A project's events, live: <c>/ws/chat/{project_id}</c> and <c>/projects/{id}/events</c>. What can be refused is refused
/// before anything is sent, as a problem.
/// </summary>
internal static class EventsEndpoints
{
    /// <summary>Maps both addresses.</summary>
    public static void MapEvents(this IEndpointRouteBuilder app)
    {
        // Any method: over HTTP/2 a WebSocket begins with CONNECT.
        app.Map("/ws/chat/{projectId}", OpenSocketAsync).ExcludeFromDescription();
        app.MapGet("/projects/{id}/events", StreamAsync).WithTags("Events")
            .WithSummary("The project's events as server-sent events, after Last-Event-ID (or ?after=), then live. The same bytes as over WebSocket.")
            .Produces(StatusCodes.Status200OK, contentType: "text/event-stream")
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<Results<EmptyHttpResult, ProblemHttpResult>> OpenSocketAsync(
        string projectId, string? after, HttpContext context, IDbContextFactory<ChatDb> databases, Hellos hellos, ChatSocket socket, People people)
    {
        var (beginning, problem) = await BeginAsync(projectId, after, databases, hellos, context.RequestAborted);
        if (beginning is null) return problem!;
        if (!UpgradedConnection.IsAskedFor(context)) return Problems.WebSocketRequired();
        if (UpgradedConnection.Objection(context) is { } objection) return Problems.Of(StatusCodes.Status400BadRequest, "bad_handshake", objection);
        var sender = new Sender(people.NameOf(context.Request), Activity.Current?.Id);
        await socket.ServeAsync(beginning, await UpgradedConnection.AcceptAsync(context), sender);
        return TypedResults.Empty;
    }

    private static async Task<Results<EmptyHttpResult, ProblemHttpResult>> StreamAsync(
        string id, string? after, [FromHeader(Name = "Last-Event-ID")] string? lastEventId, HttpContext context, IDbContextFactory<ChatDb> databases, Hellos hellos, EventStream stream)
    {
        // A browser's EventSource keeps its address, and names the last event in the header when it comes back: that is the newer word.
        var (beginning, problem) = await BeginAsync(id, lastEventId ?? after, databases, hellos, context.RequestAborted);
        if (beginning is null) return problem!;
        await stream.ServeAsync(beginning, context);
        return TypedResults.Empty;
    }

    private static async Task<(Beginning? Beginning, ProblemHttpResult? Problem)> BeginAsync(
        string projectId, string? after, IDbContextFactory<ChatDb> databases, Hellos hellos, CancellationToken cancellationToken)
    {
        if (!ProjectIds.TryParse(projectId, out var id)) return (null, Problems.MalformedProjectId());
        long? seen = null;
        if (after is { Length: > 0 })
        {
            if (!long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out var seq))
                return (null, Problems.Of(StatusCodes.Status400BadRequest, "malformed_after", "after (and Last-Event-ID) is the seq of the last event that was seen.", "after"));
            seen = seq;
        }

        // Not the request's own context: it would be held as long as the connection lives.
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var project = await db.Projects.AsNoTracking().SingleOrDefaultAsync(p => p.Id == id, cancellationToken);
        return project is null
            ? (null, Problems.UnknownProject(projectId))
            : (await hellos.BeginAsync(project, seen, cancellationToken), null);
    }
}
