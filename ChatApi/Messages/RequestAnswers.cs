using System.Text.Json;
using ChatApi.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Protocol.Events;
using Protocol.Redis;
using StackExchange.Redis;

namespace ChatApi.Messages;

/// <summary>
/// Takes people's answers to permission requests and questions to the runner that waits. It decides there whose was the
/// first: everybody learns that from the resolution in the project's events.
/// </summary>
internal sealed class RequestAnswers(IDbContextFactory<ChatDb> databases, TurnQueue queue, IOptions<ChatApiOptions> options)
{
    private const int MaxTextLength = 100_000;

    /// <summary>Sends the answer on its way. Null when it is; otherwise why not.</summary>
    public async Task<Refusal?> SendAsync(string projectId, RequestAnswer answer, CancellationToken cancellationToken)
    {
        if (Invalid(answer) is { } invalid) return invalid;
        if (await ResolutionAsync(projectId, answer.RequestId, cancellationToken) is { } resolved) return resolved;
        try
        {
            if (await queue.FindStartedAsync(TurnIdOf(answer.RequestId)) is not { } turn || turn.ProjectId != projectId)
                return new Refusal(StatusCodes.Status409Conflict, "not_asked", "Claude Code no longer asks this: its turn has ended.", "request_id");
            await queue.SendAsync(turn.SessionId, new SessionCommand(SessionCommand.Reply, turn.TurnId, Answer: answer));
            return null;
        }
        catch (Exception error) when (error is RedisException or TimeoutException)
        {
            return new Refusal(StatusCodes.Status503ServiceUnavailable, "not_sent", $"The answer could not be sent to the runner ({error.Message}). Try again in a moment.");
        }
    }

    // What is recorded says so at once; what is not recorded yet, the runner drops.
    private async Task<Refusal?> ResolutionAsync(string projectId, string requestId, CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var request = await db.Requests.AsNoTracking().SingleOrDefaultAsync(r => r.ProjectId == projectId && r.Id == requestId, cancellationToken);
        if (request is null || request.IsOpen) return null;
        var by = request.Resolution is { } json && JsonElement.Parse(json).TryGetProperty("decided_by", out var name) ? name.GetString() : null;
        return new Refusal(
            StatusCodes.Status409Conflict, "already_answered",
            by is null or "claude_code" ? "Claude Code no longer asks this." : $"{by} has answered this already.", "request_id");
    }

    private Refusal? Invalid(RequestAnswer answer)
    {
        if (TurnIdOf(answer.RequestId).Length == 0) return Bad("bad_request_id", "request_id is that of a permission_request or a question_request.", "request_id");
        if (answer.PermissionMode is { } mode && PermissionModes.Objection(mode, options.Value) is { } objection) return objection;
        if (answer.UpdatedInput is { } input && input.ValueKind != JsonValueKind.Object) return Bad("bad_input", "updated_input is an object like the request's input.", "updated_input");
        if (answer.Message is { Length: > MaxTextLength }) return Bad("message_too_long", $"message has at most {MaxTextLength:N0} characters.", "message");
        return answer.Answers is { } answers && answers.Values.Sum(text => text.Length) > MaxTextLength ? Bad("answers_too_long", $"The answers have at most {MaxTextLength:N0} characters together.", "answers") : null;
    }

    private static Refusal Bad(string code, string message, string field) => new(StatusCodes.Status400BadRequest, code, message, field);

    private static string TurnIdOf(string requestId) => requestId.IndexOf(':') is var at and > 0 ? requestId[..at] : "";
}
