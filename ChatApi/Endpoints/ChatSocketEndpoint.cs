using System.Diagnostics;
using ChatApi.Data;
using ChatApi.Live;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;

namespace ChatApi.Endpoints;

/// <summary><c>/ws/chat/{project_id}</c>: what can be refused is refused at the handshake, as a problem; then the socket opens.</summary>
internal static class ChatSocketEndpoint
{
    /// <summary>Maps the address. Any method: over HTTP/2 a WebSocket begins with CONNECT.</summary>
    public static void MapChatSocket(this IEndpointRouteBuilder app) => app.Map("/ws/chat/{projectId}", ConnectAsync).ExcludeFromDescription();

    private static async Task<Results<EmptyHttpResult, ProblemHttpResult>> ConnectAsync(
        string projectId, string? after, HttpContext context, ChatDb db, ChatSocket socket)
    {
        if (!ProjectIds.TryParse(projectId, out var id)) return Problems.MalformedProjectId();
        var project = await db.Projects.AsNoTracking().SingleOrDefaultAsync(p => p.Id == id, context.RequestAborted);
        if (project is null) return Problems.UnknownProject(projectId);
        long? seen = null;
        if (after is { Length: > 0 })
        {
            if (!long.TryParse(after, System.Globalization.CultureInfo.InvariantCulture, out var seq) || seq < 0)
                return Problems.Of(StatusCodes.Status400BadRequest, "malformed_after", "after is the seq of the last event that was seen.", "after");
            seen = seq;
        }

        if (!context.WebSockets.IsWebSocketRequest)
            return Problems.Of(StatusCodes.Status426UpgradeRequired, "websocket_required", "This address speaks WebSocket.");

        using var accepted = await context.WebSockets.AcceptWebSocketAsync();
        await socket.ServeAsync(project, accepted, seen, Activity.Current?.Id, context.RequestAborted);
        return TypedResults.Empty;
    }
}
