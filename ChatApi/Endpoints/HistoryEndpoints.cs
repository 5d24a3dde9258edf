using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using ChatApi.Data;
using ChatApi.Messages;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore;
using Protocol.Events;
using Protocol.Redis;

namespace ChatApi.Endpoints;

/// <summary>A session, as clients see it. <c>PermissionMode</c> and <c>Model</c>: null for the project's.</summary>
public sealed record SessionResponse(string Id, string ProjectId, string Title, string? PermissionMode, string? Model, string? ForkedFrom, DateTime CreatedAt, DateTime UpdatedAt, decimal CostUsd);

/// <summary>A turn, as clients see it. <c>Status</c>: queued, told (to the running one), running or ended; <c>Reason</c>: why it ended.</summary>
public sealed record TurnResponse(
    string Id, string ProjectId, string SessionId, string? ClientMessageId, string? SentBy, string Status, string? Reason, bool IsError, string? Message,
    decimal CostUsd, JsonElement? Usage, long? DurationMs, DateTime CreatedAt, DateTime? StartedAt, DateTime? EndedAt);

/// <summary>A message, as clients see it. Blocks: text, thinking, tool_use (with its result), error, status; null where one is still to come.</summary>
public sealed record MessageResponse(
    string Id, string SessionId, string TurnId, string Role, long Seq, string? ParentToolUseId, JsonArray Content, JsonElement? Usage, DateTime CreatedAt);

/// <summary>History. It is true as of <c>Seq</c>: connect with <c>?after=Seq</c> for everything since.</summary>
public sealed record HistoryResponse(long Seq, bool HasMore, List<MessageResponse> Messages, List<TurnResponse> Turns, List<RequestResponse> Requests);

/// <summary>What a person wrote. <c>Steer</c>: whether it goes into the turn that runs. <c>Attachments</c>: files of the workspace.</summary>
public sealed record MessageRequest(string? Content, string? ClientMessageId, string? SessionId, bool Steer = false, List<Attachment>? Attachments = null);

/// <summary>
/// A session to open: empty, or one that goes on where <c>ForkOf</c> is, or where it was before <c>BeforeTurn</c>. Files of the
/// workspace stay as they are.
/// </summary>
public sealed record NewSessionRequest(Guid? ForkOf, Guid? BeforeTurn);

/// <summary>What is to change in a session; left out: as it is. An empty <c>Model</c> is the project's.</summary>
public sealed record SessionRequest(string? Title, string? PermissionMode, string? Model);

/// <summary>What a message that waits is to say instead.</summary>
public sealed record EditRequest(string? Content);

/// <summary>Sessions, turns and messages of a project.</summary>
internal static class HistoryEndpoints
{
    private const int DefaultPage = 200;
    private const int MaxPage = 1000;

    /// <summary>Maps what is below <c>/projects/{id}</c>.</summary>
    public static void MapHistory(this IEndpointRouteBuilder app)
    {
        var project = app.MapGroup("/projects/{id}").WithTags("History").AddEndpointFilter(ExistingProject.CheckAsync)
            .ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound);
        project.MapGet("/sessions", ListSessionsAsync).WithSummary("The project's sessions, the last used first.");
        project.MapPost("/sessions", CreateSessionAsync).WithSummary("Opens a session, empty or as a fork of another; it becomes the project's current one.").ProducesProblem(StatusCodes.Status409Conflict);
        project.MapPatch("/sessions/{sessionId}", ChangeSessionAsync).WithSummary("Changes title, permission mode or model; at once for what runs.");
        project.MapGet("/turns", ListTurnsAsync).WithSummary("The project's newest turns, newest first.");
        project.MapPut("/turns/{turnId}", EditTurnAsync).WithSummary("Changes a message that waits; 409 when Claude Code has begun with it.").ProducesProblem(StatusCodes.Status409Conflict);
        project.MapDelete("/turns/{turnId}", WithdrawTurnAsync).WithSummary("Takes back a message that waits; 409 when Claude Code has begun with it.").ProducesProblem(StatusCodes.Status409Conflict);
        project.MapPost("/turns/{turnId}/steer", SteerTurnAsync).WithSummary("Tells a message that waits to the turn that runs; 409 when nothing runs.").ProducesProblem(StatusCodes.Status409Conflict);
        project.MapPost("/sessions/{sessionId}/tasks/{taskId}/stop", StopTaskAsync).WithSummary("Stops something that runs in the background of a session.");
        project.MapGet("/messages", ListMessagesAsync).WithSummary("Messages in order, the newest page unless ?before= names a message's seq, and the seq that this is true as of.");
        project.MapPost("/messages", SendMessageAsync).WithSummary("Sends a message to Claude Code, as the user_message frame does.");
        project.MapPost("/interrupt", InterruptAsync).WithSummary("Stops what is running, as the interrupt frame does.");
    }

    private static async Task<Ok<List<SessionResponse>>> ListSessionsAsync(Guid id, ChatDb db, CancellationToken cancellationToken)
    {
        var projectId = id.ToString();
        var sessions = await db.Sessions.AsNoTracking().Where(s => s.ProjectId == projectId).OrderByDescending(s => s.UpdatedAt).ToListAsync(cancellationToken);
        return TypedResults.Ok(sessions.ConvertAll(Response));
    }

    private static async Task<Results<Created<SessionResponse>, ProblemHttpResult>> CreateSessionAsync(Guid id, SessionForks forks, CancellationToken cancellationToken, NewSessionRequest? request = null)
    {
        var (session, refusal) = await forks.OpenAsync(id.ToString(), request?.ForkOf?.ToString(), request?.BeforeTurn?.ToString(), cancellationToken);
        return refusal is not null ? Problems.Of(refusal) : TypedResults.Created($"/projects/{id}/sessions/{session!.Id}", Response(session));
    }

    private static async Task<Results<Ok<SessionResponse>, ProblemHttpResult>> ChangeSessionAsync(
        Guid id, Guid sessionId, SessionRequest request, SessionSettings settings, People people, HttpRequest http, CancellationToken cancellationToken)
    {
        var change = new SessionChange(request.Title, request.PermissionMode, request.Model);
        var (session, refusal) = await settings.ChangeAsync(id.ToString(), sessionId.ToString(), change, people.NameOf(http), cancellationToken);
        return refusal is not null ? Problems.Of(refusal) : TypedResults.Ok(Response(session!));
    }

    private static async Task<Ok<List<TurnResponse>>> ListTurnsAsync(Guid id, ChatDb db, CancellationToken cancellationToken, int limit = DefaultPage)
    {
        var projectId = id.ToString();
        var turns = await db.Turns.AsNoTracking().Where(t => t.ProjectId == projectId).OrderByDescending(t => t.Id).Take(Math.Clamp(limit, 1, MaxPage)).ToListAsync(cancellationToken);
        return TypedResults.Ok(turns.ConvertAll(Response));
    }

    private static async Task<Results<Ok<HistoryResponse>, ProblemHttpResult>> ListMessagesAsync(
        Guid id, ChatDb db, CancellationToken cancellationToken, [FromQuery(Name = "session_id")] string? sessionId = null, long before = long.MaxValue, int limit = DefaultPage)
    {
        if (sessionId is not null && !await db.HasSessionAsync(id, sessionId, cancellationToken)) return Problems.UnknownSession();
        var page = await HistoryPage.ReadAsync(db, id.ToString(), sessionId, before, Math.Clamp(limit, 1, MaxPage), cancellationToken);
        return TypedResults.Ok(new HistoryResponse(page.Seq, page.HasMore, page.Messages.ConvertAll(m => Response(m, page.ToolCalls)), page.Turns.ConvertAll(Response), page.Requests.ConvertAll(RequestResponse.Of)));
    }

    private static async Task<Results<Accepted<TurnResponse>, ProblemHttpResult>> SendMessageAsync(
        Guid id, MessageRequest request, MessageIntake intake, People people, HttpRequest http, CancellationToken cancellationToken)
    {
        if (request.Content is null) return Problems.Of(StatusCodes.Status400BadRequest, "missing_content", "A message needs \"content\".", "content");
        var (turn, refusal) = await intake.SendAsync(
            id.ToString(), new IncomingMessage(request.Content, request.ClientMessageId, request.SessionId, people.NameOf(http), Activity.Current?.Id, request.Steer, request.Attachments), cancellationToken);
        return refusal is not null
            ? Problems.Of(refusal)
            : TypedResults.Accepted($"/projects/{id}/turns", Response(turn!));
    }

    private static async Task<Results<Ok<TurnResponse>, ProblemHttpResult>> EditTurnAsync(
        Guid id, Guid turnId, EditRequest request, MessageIntake intake, CancellationToken cancellationToken)
    {
        if (request.Content is null) return Problems.Of(StatusCodes.Status400BadRequest, "missing_content", "A message needs \"content\".", "content");
        var (turn, refusal) = await intake.EditAsync(id.ToString(), turnId.ToString(), request.Content, cancellationToken);
        return refusal is not null ? Problems.Of(refusal) : TypedResults.Ok(Response(turn!));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> WithdrawTurnAsync(Guid id, Guid turnId, MessageIntake intake, CancellationToken cancellationToken) =>
        await intake.WithdrawAsync(id.ToString(), turnId.ToString(), cancellationToken) is { } refusal ? Problems.Of(refusal) : TypedResults.NoContent();

    private static async Task<Results<Accepted, ProblemHttpResult>> SteerTurnAsync(Guid id, Guid turnId, MessageIntake intake, CancellationToken cancellationToken) =>
        await intake.SteerAsync(id.ToString(), turnId.ToString(), cancellationToken) is { } refusal ? Problems.Of(refusal) : TypedResults.Accepted((string?)null);

    private static async Task<Results<Accepted, ProblemHttpResult>> StopTaskAsync(Guid id, Guid sessionId, string taskId, ChatDb db, TurnQueue queue, CancellationToken cancellationToken)
    {
        var session = sessionId.ToString();
        if (!await db.HasSessionAsync(id, session, cancellationToken)) return Problems.UnknownSession();
        await queue.SendToProcessAsync(session, new SessionCommand(SessionCommand.StopTask, "", taskId));
        return TypedResults.Accepted((string?)null);
    }

    private static async Task<Results<Accepted, ProblemHttpResult>> InterruptAsync(Guid id, MessageIntake intake, CancellationToken cancellationToken, [FromQuery(Name = "session_id")] string? sessionId = null) =>
        await intake.InterruptAsync(id.ToString(), sessionId, cancellationToken) is { } refusal
            ? Problems.Of(refusal)
            : TypedResults.Accepted((string?)null);

    private static SessionResponse Response(SessionRow session) =>
        new(session.Id, session.ProjectId, session.Title, session.PermissionMode, session.Model, session.ForkedFrom, session.CreatedAt, session.UpdatedAt, session.CostUsd);

    private static TurnResponse Response(TurnRow turn) => new(
        turn.Id, turn.ProjectId, turn.SessionId, turn.ClientMessageId, turn.SentBy, turn.Status, turn.Reason, turn.IsError, turn.EndMessage,
        turn.CostUsd, Json(turn.Usage), turn.DurationMs, turn.CreatedAt, turn.StartedAt, turn.EndedAt);

    private static MessageResponse Response(MessageRow message, Dictionary<string, ToolCallRow> calls)
    {
        foreach (var block in message.Blocks.OfType<JsonObject>())
        {
            if (block["tool_use_id"]?.GetValue<string>() is not { } toolUseId || !calls.TryGetValue(toolUseId, out var call)) continue;
            block["name"] = call.Name;
            block["input"] = JsonNode.Parse(call.Input);
            if (call.Result is not null) block["result"] = call.ToResult();
            if (call.Task is not null) block["task"] = JsonNode.Parse(call.Task);
        }

        return new MessageResponse(
            message.Id, message.SessionId, message.TurnId, message.Role, message.Seq, message.ParentToolUseId, message.Blocks, Json(message.Usage), message.CreatedAt);
    }

    private static JsonElement? Json(string? text) => text is null ? null : JsonElement.Parse(text);
}
