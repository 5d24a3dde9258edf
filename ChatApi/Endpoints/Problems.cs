using System.Text.Json;
using ChatApi.Messages;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace ChatApi.Endpoints;

/// <summary>Errors as RFC 9457 problem details with a stable <c>code</c>, and the field they are about.</summary>
internal static class Problems
{
    /// <summary>A problem.</summary>
    public static ProblemHttpResult Of(int status, string code, string detail, string? field = null) => TypedResults.Problem(Details(status, code, detail, field));

    /// <summary>What was refused, as a problem.</summary>
    public static ProblemHttpResult Of(Refusal refusal) => Of(refusal.Status, refusal.Code, refusal.Message, refusal.Field);

    /// <summary>The project does not exist.</summary>
    public static ProblemHttpResult UnknownProject(string id) => Of(StatusCodes.Status404NotFound, "unknown_project", $"There is no project {id}. It may have been deleted.", "project_id");

    /// <summary>The project id is no UUID.</summary>
    public static ProblemHttpResult MalformedProjectId() => Of(StatusCodes.Status400BadRequest, "malformed_project_id", "A project id is a UUID, like 0198c5a2-7c1e-7d3a-9b6e-2f1d3c4b5a69.", "project_id");

    /// <summary>The project has no such session.</summary>
    public static ProblemHttpResult UnknownSession() => Of(StatusCodes.Status404NotFound, "unknown_session", "There is no such session in this project.", "session_id");

    /// <summary>The request asks for no WebSocket.</summary>
    public static ProblemHttpResult WebSocketRequired() => Of(StatusCodes.Status426UpgradeRequired, "websocket_required", "This address speaks WebSocket.");

    /// <summary>Completes problems that the framework makes by itself: a code, and words that help.</summary>
    public static void Complete(ProblemDetailsContext context)
    {
        var problem = context.ProblemDetails;
        if (problem.Extensions.ContainsKey("code")) return;
        (problem.Extensions["code"], problem.Detail) = problem.Status switch
        {
            StatusCodes.Status404NotFound => ("not_found", problem.Detail ?? "There is nothing at this address. /openapi/v1.json lists what there is."),
            StatusCodes.Status405MethodNotAllowed => ("method_not_allowed", problem.Detail ?? "This address does not take this method."),
            StatusCodes.Status415UnsupportedMediaType => ("unsupported_media_type", "Send JSON, with content-type: application/json."),
            >= 500 => ("server_error", problem.Detail ?? "The server failed on this request. Its log says why; try again in a moment."),
            _ => ("bad_request", problem.Detail),
        };
    }

    /// <summary>The details themselves.</summary>
    public static ProblemDetails Details(int status, string code, string detail, string? field)
    {
        var problem = new ProblemDetails { Status = status, Title = Microsoft.AspNetCore.WebUtilities.ReasonPhrases.GetReasonPhrase(status), Detail = detail };
        problem.Extensions["code"] = code;
        if (field is not null) problem.Extensions["field"] = field;
        return problem;
    }
}

/// <summary>Makes problems of what binding a request throws: malformed JSON, wrong types, a body that is too large or of another kind.</summary>
internal sealed class BadRequestHandler(IProblemDetailsService problems) : IExceptionHandler
{
    /// <inheritdoc/>
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is not BadHttpRequestException bad) return false;
        var details = bad.InnerException is JsonException json
            ? Problems.Details(bad.StatusCode, "malformed_json", json.Path is { Length: > 1 } path ? $"The value of {path} has the wrong type." : "The body is not valid JSON.", FieldOf(json))
            : bad.StatusCode switch
            {
                StatusCodes.Status413PayloadTooLarge => Problems.Details(bad.StatusCode, "body_too_large", "The body is larger than this server takes.", null),
                _ => Problems.Details(bad.StatusCode, "bad_request", bad.Message, null),
            };
        httpContext.Response.StatusCode = bad.StatusCode;
        return await problems.TryWriteAsync(new ProblemDetailsContext { HttpContext = httpContext, ProblemDetails = details });
    }

    private static string? FieldOf(JsonException error) => error.Path is { Length: > 2 } path && path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : null;
}
