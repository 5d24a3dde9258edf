using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DemoModel.Scripts;
using Microsoft.Extensions.Options;

namespace DemoModel.Messages;

/// <summary>The part of the Messages API that the CLI uses (fact sheet §10).</summary>
internal static class MessagesApi
{
    /// <summary>Maps <c>HEAD /</c>, <c>POST /v1/messages</c> and <c>POST /v1/messages/count_tokens</c>.</summary>
    public static void MapMessagesApi(this IEndpointRouteBuilder app)
    {
        app.MapMethods("/", ["GET", "HEAD"], () => TypedResults.Ok("A demo model: POST /v1/messages."));
        app.MapPost("/v1/messages", AnswerAsync);
        app.MapPost("/v1/messages/count_tokens", CountTokens);
    }

    private static async Task AnswerAsync(HttpContext context, JsonElement body, Failures failures, IOptions<DemoModelOptions> options)
    {
        context.Response.Headers["request-id"] = $"req_demo_{Guid.NewGuid():N}"[..24];
        Conversation conversation;
        try
        {
            conversation = Conversation.Read(body);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            await WriteErrorAsync(context, StatusCodes.Status400BadRequest, $"The body is no request of the Messages API: {error.Message}");
            return;
        }

        var step = conversation.Step;
        if (step.Status is { } status && failures.IsDue(context, conversation))
        {
            if (step.RetryAfter is { } seconds) context.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
            await WriteErrorAsync(context, status, step.Error ?? "This is the demo model's error: it shows how a failure looks.");
            return;
        }

        var answer = new Answer(conversation);
        if (conversation.Stream) await StreamAsync(context, answer, conversation, failures, options.Value);
        else await context.Response.WriteAsJsonAsync(answer.Whole(), context.RequestAborted);
    }

    private static async Task StreamAsync(HttpContext context, Answer answer, Conversation conversation, Failures failures, DemoModelOptions options)
    {
        var step = conversation.Step;
        var cutAfter = step.CutAfter is { } cut && failures.IsDue(context, conversation) ? cut : int.MaxValue;
        var pause = step.DelayMs ?? options.TokenDelayMs;
        var stop = context.RequestAborted;
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-cache";
        try
        {
            await Task.Delay(step.FirstDelayMs, stop);
            var tokens = 0;
            foreach (var (name, data, isToken) in answer.Events())
            {
                if (isToken)
                {
                    if (tokens == cutAfter)
                    {
                        context.Abort();
                        return;
                    }

                    if (tokens == step.StallAfter) await Task.Delay(Timeout.Infinite, stop);
                    tokens++;
                    if (pause > 0) await Task.Delay(pause, stop);
                }

                await context.Response.WriteAsync($"event: {name}\ndata: {data.ToJsonString()}\n\n", Encoding.UTF8, stop);
                if (isToken || name == "message_start") await context.Response.Body.FlushAsync(stop);
            }
        }
        catch (OperationCanceledException)
        {
            // The CLI hung up: somebody pressed stop.
        }
    }

    private static JsonObject CountTokens(JsonElement body) => new() { ["input_tokens"] = body.GetRawText().Length / 4 };

    private static Task WriteErrorAsync(HttpContext context, int status, string message)
    {
        context.Response.StatusCode = status;
        var type = status switch
        {
            401 => "authentication_error",
            403 => "permission_error",
            404 => "not_found_error",
            429 => "rate_limit_error",
            529 => "overloaded_error",
            >= 500 => "api_error",
            _ => "invalid_request_error",
        };
        return context.Response.WriteAsJsonAsync(
            new JsonObject { ["type"] = "error", ["error"] = new JsonObject { ["type"] = type, ["message"] = message } }, context.RequestAborted);
    }
}

/// <summary>Counts failures that are to happen only so many times, by session and script.</summary>
internal sealed class Failures
{
    private readonly ConcurrentDictionary<string, int> _happened = new();

    /// <summary>Whether the step's failure is to happen for this call.</summary>
    public bool IsDue(HttpContext context, Conversation conversation)
    {
        if (conversation.Step.Times == 0) return true;
        var key = $"{context.Request.Headers["X-Claude-Code-Session-Id"]}/{conversation.StepIndex}/{string.Concat(conversation.Script.Select(step => step.ToString())).GetHashCode(StringComparison.Ordinal)}";
        return _happened.AddOrUpdate(key, 1, (_, times) => times + 1) <= conversation.Step.Times;
    }
}
