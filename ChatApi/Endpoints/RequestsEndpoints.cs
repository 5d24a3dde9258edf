using System.Text.Json;
using ChatApi.Data;
using ChatApi.Live;
using ChatApi.Messages;
using Microsoft.AspNetCore.Http.HttpResults;
using Protocol.Redis;

namespace ChatApi.Endpoints;

/// <summary>An answer to a request: <c>Decision</c> is allow or deny for a permission; questions have <c>Answers</c>, or none.</summary>
public sealed record AnswerRequest(
    string? Decision, List<int>? Suggestions, JsonElement? UpdatedInput, string? PermissionMode, Dictionary<string, string>? Answers, string? Message, bool Interrupt = false);

/// <summary>What Claude Code asks of people, across projects, and their answers.</summary>
internal static class RequestsEndpoints
{
    /// <summary>Maps the inbox and the answers.</summary>
    public static void MapRequests(this IEndpointRouteBuilder app)
    {
        app.MapGet("/requests", ListAsync).WithTags("Requests").WithSummary("Everything that waits for a person, across projects, the oldest first.");
        app.Map("/ws/inbox", OpenSocketAsync).ExcludeFromDescription();
        app.MapPost("/projects/{id}/requests/{requestId}/answer", AnswerAsync).WithTags("Requests")
            .WithSummary("Answers a permission request or questions, as the permission_response and question_response frames do. The first answer counts.")
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status409Conflict);
    }

    private static async Task<Ok<List<InboxItem>>> ListAsync(ChatDb db, CancellationToken cancellationToken) => TypedResults.Ok(await Inbox.ReadAsync(db, cancellationToken));

    private static async Task<Results<EmptyHttpResult, ProblemHttpResult>> OpenSocketAsync(HttpContext context, InboxSocket socket)
    {
        if (!context.WebSockets.IsWebSocketRequest) return Problems.WebSocketRequired();
        using var accepted = await context.WebSockets.AcceptWebSocketAsync();
        await socket.ServeAsync(accepted);
        return TypedResults.Empty;
    }

    private static async Task<Results<Accepted, ProblemHttpResult>> AnswerAsync(
        Guid id, string requestId, AnswerRequest answer, RequestAnswers answers, People people, HttpRequest request, CancellationToken cancellationToken)
    {
        if (answer.Decision is not (null or "allow" or "deny")) return Problems.Of(StatusCodes.Status400BadRequest, "bad_decision", "decision is allow or deny.", "decision");
        if (answer.Decision is null && answer.Answers is null) return Problems.Of(StatusCodes.Status400BadRequest, "missing_decision", "An answer needs a \"decision\" (allow or deny), or the \"answers\" to questions.", "decision");
        var refusal = await answers.SendAsync(id.ToString(), new RequestAnswer
        {
            RequestId = requestId, By = people.NameOf(request) ?? "Somebody", Allow = answer.Decision != "deny", Suggestions = answer.Suggestions, UpdatedInput = answer.UpdatedInput,
            PermissionMode = answer.PermissionMode, Answers = answer.Answers, Message = answer.Message, Interrupt = answer.Interrupt,
        }, cancellationToken);
        return refusal is null ? TypedResults.Accepted((string?)null) : Problems.Of(refusal);
    }
}
