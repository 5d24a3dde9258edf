using System.Text.Json;
using Protocol.Events;

namespace Runner.Translation;

/// <summary>Why a turn ended, from its result line. <c>subtype:"success"</c> does not mean success; <c>is_error</c> is the truth.</summary>
internal static class ResultReading
{
    /// <summary>The reason, whether it is a failure, and what to tell people.</summary>
    /// <param name="result">The result line.</param>
    /// <param name="failure">The <c>error</c> of the turn's last <c>assistant</c> line, e.g. <c>billing_error</c>; null when it had none.</param>
    public static (string Reason, bool IsError, string? Message) Read(JsonElement result, string? failure = null)
    {
        var subtype = Text(result, "subtype") ?? "";
        var terminal = Text(result, "terminal_reason") ?? "";
        var isError = result.TryGetProperty("is_error", out var flag) && flag.ValueKind == JsonValueKind.True;

        if (terminal is "aborted_streaming" or "aborted_tools") return (EndReasons.Interrupted, false, null);
        return subtype switch
        {
            "error_max_turns" => (EndReasons.MaxTurns, true, "Claude Code reached the limit of steps for one message. Send a message to let it go on, or raise the limit in the settings."),
            "error_max_budget_usd" => (EndReasons.BudgetReached, true, "The budget is used up, so Claude Code was stopped. Raise it in the settings to go on."),
            _ when isError => (EndReasons.ApiError, true, ErrorMessage(result, failure)),
            _ => (EndReasons.Completed, false, null),
        };
    }

    /// <summary>Whether the CLI could not resume because it has no such session: "No conversation found with session ID: …".</summary>
    public static bool IsUnknownSession(SessionEnd end) =>
        end.Message?.Contains("No conversation found", StringComparison.Ordinal) == true;

    private static string ErrorMessage(JsonElement result, string? failure)
    {
        var said = Text(result, "result") is { Length: > 0 } text ? text : Errors(result);
        var next = NextStep(failure, Status(result), said, Text(result, "terminal_reason"), Text(result, "stop_reason"));
        if (said.Length == 0) said = "Claude Code reported an error without saying which.";
        return next.Length == 0 ? said : said.Contains('\n') ? $"{said}\n{next}" : $"{Sentence(said)} {next}";
    }

    private static string Sentence(string said) => char.IsLetterOrDigit(said[^1]) ? said + "." : said;

    // What people can do about it. The CLI's own advice ("run /login") is for a terminal.
    private static string NextStep(string? failure, int? status, string said, string? terminal, string? stop) => (failure, status) switch
    {
        _ when stop == "refusal" => "Say it in other words, or choose another model below the box that you write in.",
        _ when terminal == "prompt_too_long" || status == 413 => "The conversation has become too long for the model. Send /compact to shorten it, or go on in a new session.",
        _ when said.Contains("Not logged in", StringComparison.Ordinal) => "The Runner has no API key. Start it with ANTHROPIC_API_KEY, then send the message again.",
        ("billing_error", _) => "The account behind the Runner's API key has no credit left. Add some at your model's provider, then send the message again.",
        ("authentication_failed" or "oauth_org_not_allowed", _) or (_, 401 or 403) => "Check the API key that the Runner uses (ANTHROPIC_API_KEY), then send the message again.",
        ("model_not_found", _) or (_, 404) => "Choose another model below the box that you write in.",
        ("rate_limit", _) or (_, 429) => "The rate limit of the API key is reached. Wait a little, then send the message again.",
        ("overloaded", _) or (_, 529) => "Send the message again in a moment, or choose another model below the box that you write in.",
        (_, >= 500) or (not null and not "invalid_request", null) => "Send the message again in a moment.",
        _ => "",
    };

    private static int? Status(JsonElement result) =>
        result.TryGetProperty("api_error_status", out var status) && status.ValueKind == JsonValueKind.Number ? status.GetInt32() : null;

    private static string Errors(JsonElement result) =>
        result.TryGetProperty("errors", out var errors) && errors.ValueKind == JsonValueKind.Array
            ? string.Join(' ', errors.EnumerateArray().Where(e => e.ValueKind == JsonValueKind.String).Select(e => e.GetString()!)
                .Where(e => !e.StartsWith("[ede_diagnostic]", StringComparison.Ordinal)))
            : "";

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
