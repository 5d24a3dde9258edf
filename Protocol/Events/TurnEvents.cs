using System.Text.Json;

namespace Protocol.Events;

/// <summary>
/// Somebody wrote to Claude Code. The turn exists from here on and is queued. A second one of the same turn means that the
/// message was edited while it waited.
/// </summary>
public sealed record UserMessage : Event
{
    /// <summary>The text as it was written.</summary>
    public required string Content { get; init; }

    /// <summary>The sender's own id for it, so that sending twice is sending once.</summary>
    public string? ClientMessageId { get; init; }

    /// <summary>The sender's name, where one is known.</summary>
    public string? SentBy { get; init; }

    /// <summary>Files that were sent along.</summary>
    public IReadOnlyList<Attachment>? Attachments { get; init; }
}

/// <summary>A file of the workspace that goes with a message: pictures and PDF documents are shown to the model, others are named to it.</summary>
/// <param name="Path">Within the workspace.</param>
/// <param name="Name">As the sender's machine called it.</param>
/// <param name="MediaType">As the browser called it, e.g. <c>image/png</c>.</param>
/// <param name="Size">Bytes.</param>
public sealed record Attachment(string Path, string Name, string MediaType, long Size);

/// <summary>A runner took the turn, or Claude Code began one by itself (a background task that finished).</summary>
public sealed record TurnStart : Event
{
    /// <summary>The Runner replica that executes the turn.</summary>
    public required string RunnerId { get; init; }

    /// <summary><c>user</c>, or the CLI's own reason, e.g. <c>task-notification</c>.</summary>
    public required string Origin { get; init; }

    /// <summary>W3C trace id of the turn: find it in the dashboard.</summary>
    public string? TraceId { get; init; }
}

/// <summary>The end of a turn: exactly one for each, whatever happened.</summary>
public sealed record SessionEnd : Event
{
    /// <summary>
    /// US dollars that this turn cost: the difference of the CLI's cumulative figure (it counts per process).
    /// The session's sum is the sum of its turns.
    /// </summary>
    public required decimal TotalCostUsd { get; init; }

    /// <summary>Tokens of this turn, subagents included.</summary>
    public required UsageSummary UsageSummary { get; init; }

    /// <summary>One of <see cref="EndReasons"/>.</summary>
    public required string Reason { get; init; }

    /// <summary>Whether the turn failed. The truth, also where the CLI says <c>success</c>.</summary>
    public required bool IsError { get; init; }

    /// <summary>For people: what happened and what to do next. Absent on a normal end.</summary>
    public string? Message { get; init; }

    /// <summary>The last text, when the CLI gave one in its result.</summary>
    public string? Result { get; init; }

    /// <summary>Wall time of the turn in milliseconds.</summary>
    public long? DurationMs { get; init; }

    /// <summary>Time the model's API took, in milliseconds.</summary>
    public long? DurationApiMs { get; init; }

    /// <summary>Steps of the agent loop.</summary>
    public int? NumTurns { get; init; }

    /// <summary>Where a fork can go on from this turn: the CLI's id of the last thing that it said.</summary>
    public string? ResumeAt { get; init; }

    /// <summary>With reason <c>steered</c>: the turn that was told this message.</summary>
    public string? SteeredInto { get; init; }

    /// <summary>With reason <c>steered</c>: the message that had begun by the time that this was known, and which it stands before.</summary>
    public string? SteeredBefore { get; init; }
}

/// <summary>Why a turn ended: the values of <see cref="SessionEnd.Reason"/>.</summary>
public static class EndReasons
{
    /// <summary>Claude Code finished its answer.</summary>
    public const string Completed = "completed";

    /// <summary>Somebody pressed stop.</summary>
    public const string Interrupted = "interrupted";

    /// <summary>Somebody took the message back before a runner had started it.</summary>
    public const string Withdrawn = "withdrawn";

    /// <summary>Its message went into the turn that ran when it was written, which answers it.</summary>
    public const string Steered = "steered";

    /// <summary>The model's API failed, or Claude Code reported an error of its own.</summary>
    public const string ApiError = "api_error";

    /// <summary>The turn reached <c>--max-turns</c>.</summary>
    public const string MaxTurns = "max_turns";

    /// <summary>The turn reached its budget.</summary>
    public const string BudgetReached = "budget_reached";

    /// <summary>The CLI's process ended in the middle of the turn.</summary>
    public const string CliCrashed = "cli_crashed";

    /// <summary>The CLI was silent for longer than the limit and was stopped.</summary>
    public const string CliHung = "cli_hung";

    /// <summary>The CLI could not be started: missing, another version, or a workspace that cannot be used.</summary>
    public const string CliUnavailable = "cli_unavailable";

    /// <summary>A file that was sent along is not in the workspace any more.</summary>
    public const string FileMissing = "file_missing";

    /// <summary>The runner that executed the turn died.</summary>
    public const string RunnerLost = "runner_lost";

    /// <summary>The runner was asked to stop and could not wait for the turn.</summary>
    public const string RunnerStopped = "runner_stopped";

    /// <summary>The project was deleted.</summary>
    public const string ProjectDeleted = "project_deleted";
}

/// <summary>Something went wrong that the viewer should know of; the turn may go on.</summary>
public sealed record Error : Event
{
    /// <summary>Stable, for programs.</summary>
    public required string Code { get; init; }

    /// <summary>For people: what happened and what to do.</summary>
    public required string Message { get; init; }
}

/// <summary>What Claude Code is doing between the lines of its answer.</summary>
public sealed record Status : Event
{
    /// <summary>
    /// <c>init</c>, <c>requesting</c>, <c>retrying</c>, <c>compacting</c>, <c>compacted</c>, <c>model_fallback</c>,
    /// <c>task</c>, <c>mode_changed</c>, <c>budget_warning</c>, <c>rate_limit</c>, <c>told</c> (the message of this turn goes into the
    /// one that runs, with Claude Code's next step), <c>continued</c> (Claude Code began this turn by itself), or <c>unknown</c> for a line of a newer CLI (kept raw in <c>Detail</c>).
    /// </summary>
    public required string State { get; init; }

    /// <summary>For people, where there is something to say.</summary>
    public string? Message { get; init; }

    /// <summary>The facts behind it, as the CLI gave them.</summary>
    public JsonElement? Detail { get; init; }
}
