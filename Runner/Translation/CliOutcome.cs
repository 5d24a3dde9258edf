using System.Text.Json;
using Protocol.Events;

namespace Runner.Translation;

/// <summary>What a line of the CLI means to the session, beside the events that it gave.</summary>
internal abstract record CliOutcome
{
    /// <summary>The turn's last line.</summary>
    public sealed record TurnResult(SessionEnd End) : CliOutcome;

    /// <summary>The CLI asks something of us: a permission, a hook, a dialog.</summary>
    public sealed record ControlRequest(string RequestId, string Subtype, JsonElement Request) : CliOutcome;

    /// <summary>The CLI withdraws a request.</summary>
    public sealed record ControlCancel(string RequestId) : CliOutcome;

    /// <summary>The CLI answers one of our requests.</summary>
    public sealed record ControlResponse(string RequestId, bool Success, string? Error, JsonElement? Response) : CliOutcome;

    /// <summary>The CLI has taken a message of ours into the conversation. It says so late: the answer <c>Before</c> which it stands may have begun.</summary>
    public sealed record Taken(string MessageId, string? Before) : CliOutcome;

    /// <summary>The line is no JSON object.</summary>
    public sealed record Rubbish(string Start) : CliOutcome;
}
