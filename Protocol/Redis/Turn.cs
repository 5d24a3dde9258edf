using System.Text.Json;
using Protocol.Events;

namespace Protocol.Redis;

/// <summary>A turn on its way from ChatApi to a runner: all that the runner needs to execute it.</summary>
public sealed record Turn
{
    /// <summary>The turn's id; also the <c>uuid</c> of the user line, so that the CLI takes it once.</summary>
    public required string TurnId { get; init; }

    /// <summary>The project, whose workspace it runs in.</summary>
    public required string ProjectId { get; init; }

    /// <summary>The session; Claude Code's own session has the same id.</summary>
    public required string SessionId { get; init; }

    /// <summary>What the user wrote.</summary>
    public required string Content { get; init; }

    /// <summary>Files that go with it.</summary>
    public IReadOnlyList<Attachment>? Attachments { get; init; }

    /// <summary>The CLI's <c>--permission-mode</c>.</summary>
    public required string PermissionMode { get; init; }

    /// <summary>The CLI's <c>--model</c>; null for its default.</summary>
    public string? Model { get; init; }

    /// <summary>How Claude Code is to work; null for the CLI's defaults.</summary>
    public ClaudeSettings? Settings { get; init; }

    /// <summary>What it may cost; null for no limit.</summary>
    public TurnBudget? Budget { get; init; }

    /// <summary>The session whose conversation this one goes on with, where it was forked.</summary>
    public string? ForkOf { get; init; }

    /// <summary>How far: <see cref="SessionEnd.ResumeAt"/> of a turn of that session.</summary>
    public string? ForkAt { get; init; }

    /// <summary>W3C <c>traceparent</c> of the request that sent the message.</summary>
    public string? TraceParent { get; init; }

    /// <summary>For the queue.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, WireJsonContext.Default.Turn);

    /// <summary>From the queue. Throws <see cref="JsonException"/> when it is no turn.</summary>
    public static Turn FromJson(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, WireJsonContext.Default.Turn) ?? throw new JsonException("null is no turn");
}

/// <summary>What a turn may cost: the least of what is left of several budgets.</summary>
/// <param name="Usd">US dollars; none or less: it may not begin.</param>
/// <param name="LimitUsd">The budget that this is left of.</param>
/// <param name="Of">Whose budget it is: <c>turn</c>, <c>session</c>, <c>day</c> or <c>project</c>.</param>
/// <param name="ProcessUsd">What the process may cost from here on, over all its turns (the CLI's <c>--max-budget-usd</c>); null where only turns are limited.</param>
public sealed record TurnBudget(decimal Usd, decimal LimitUsd, string Of, decimal? ProcessUsd);

/// <summary>Something that a viewer wants of a running turn, or of a session's process.</summary>
/// <param name="Type">One of the constants below.</param>
/// <param name="TurnId">The turn that is meant: a command for a turn that has ended is dropped. Empty for the process.</param>
/// <param name="Value">The permission mode, the model or the task, for the commands that name one.</param>
/// <param name="Answer">For <see cref="Reply"/>.</param>
/// <param name="Message">For <see cref="Steer"/>: a turn that waits.</param>
public sealed record SessionCommand(string Type, string TurnId, string? Value = null, RequestAnswer? Answer = null, Turn? Message = null)
{
    /// <summary>Stop this turn; the session goes on.</summary>
    public const string Interrupt = "interrupt";

    /// <summary>Somebody answered what Claude Code asked.</summary>
    public const string Reply = "reply";

    /// <summary>Tell Claude Code this while it works, and do not wait for the turn's end.</summary>
    public const string Steer = "steer";

    /// <summary>Go on in another permission mode.</summary>
    public const string SetPermissionMode = "set_permission_mode";

    /// <summary>Go on with another model.</summary>
    public const string SetModel = "set_model";

    /// <summary>To the process: stop something that runs in its background.</summary>
    public const string StopTask = "stop_task";

    /// <summary>To the process: end, with all that goes on in it. Its project was deleted.</summary>
    public const string Abandon = "abandon";
}

/// <summary>A person's answer to a permission request or to questions, on its way to the runner.</summary>
public sealed record RequestAnswer
{
    /// <inheritdoc cref="PeopleRequest.RequestId"/>
    public required string RequestId { get; init; }

    /// <summary>The person's name.</summary>
    public required string By { get; init; }

    /// <summary>Whether the tool may run, or the questions are answered.</summary>
    public required bool Allow { get; init; }

    /// <inheritdoc cref="PermissionResponse.Suggestions"/>
    public IReadOnlyList<int>? Suggestions { get; init; }

    /// <inheritdoc cref="PermissionResponse.UpdatedInput"/>
    public JsonElement? UpdatedInput { get; init; }

    /// <inheritdoc cref="PermissionResponse.PermissionMode"/>
    public string? PermissionMode { get; init; }

    /// <inheritdoc cref="QuestionResolved.Answers"/>
    public IReadOnlyDictionary<string, string>? Answers { get; init; }

    /// <summary>What Claude Code is told when it may not.</summary>
    public string? Message { get; init; }

    /// <summary>Whether the turn is stopped as well.</summary>
    public bool Interrupt { get; init; }
}
