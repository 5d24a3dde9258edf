using System.Text.Json;
using Protocol.Events;

namespace Runner.Translation;

/// <summary>Why a turn ended, from its result line. <c>subtype:"success"</c> does not mean success; <c>is_error</c> is the truth.</summary>
internal static class ResultReading
{
    /// <summary>The reason, whether it is a failure, and what to tell people.</summary>
    public static (string Reason, bool IsError, string? Message) Read(JsonElement result)
    {
        var subtype = Text(result, "subtype") ?? "";
        var terminal = Text(result, "terminal_reason") ?? "";
        var isError = result.TryGetProperty("is_error", out var flag) && flag.ValueKind == JsonValueKind.True;

        if (terminal is "aborted_streaming" or "aborted_tools") return (EndReasons.Interrupted, false, null);
        return subtype switch
        {
            "error_max_turns" => (EndReasons.MaxTurns, true, "Claude Code reached the limit of steps for one message. Send a message to let it go on."),
            "error_max_budget_usd" => (EndReasons.BudgetReached, true, "The budget is used up, so Claude Code was stopped. Raise it in the settings to go on."),
            _ when isError => (EndReasons.ApiError, true, ErrorMessage(result)),
            _ => (EndReasons.Completed, false, null),
        };
    }

    /// <summary>Whether the CLI could not resume because it has no such session: "No conversation found with session ID: …".</summary>
    public static bool IsUnknownSession(SessionEnd end) =>
        end.Message?.Contains("No conversation found", StringComparison.Ordinal) == true;

    private static string ErrorMessage(JsonElement result)
    {
        var said = Text(result, "result") is { Length: > 0 } text ? text : Errors(result);
        var next = result.TryGetProperty("api_error_status", out var status) && status.ValueKind == JsonValueKind.Number
            ? status.GetInt32() switch
            {
                401 or 403 => " Check the API key that the Runner uses (ANTHROPIC_API_KEY).",
                404 => " Choose another model in the project's settings.",
                429 => " Wait a little, then send the message again.",
                >= 500 => " Send the message again in a moment.",
                _ => "",
            }
            : "";
        return (said.Length > 0 ? said : "Claude Code reported an error without saying which.") + next;
    }

    private static string Errors(JsonElement result) =>
        result.TryGetProperty("errors", out var errors) && errors.ValueKind == JsonValueKind.Array
            ? string.Join(' ', errors.EnumerateArray().Where(e => e.ValueKind == JsonValueKind.String).Select(e => e.GetString()!)
                .Where(e => !e.StartsWith("[ede_diagnostic]", StringComparison.Ordinal)))
            : "";

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
