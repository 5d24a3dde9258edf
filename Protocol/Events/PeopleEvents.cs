using System.Text.Json;

namespace Protocol.Events;

/// <summary>
/// Claude Code asks something of people, and its turn waits for the answer. Whoever answers first decides; everybody sees the
/// resolution. A subagent's request may come before the tool use that it is about.
/// </summary>
public abstract record PeopleRequest : AnswerEvent
{
    /// <summary>Ties the request to its answer and its resolution: the turn's id, a colon, and the CLI's own id.</summary>
    public required string RequestId { get; init; }

    /// <inheritdoc cref="ToolUse.ToolUseId"/>
    public string? ToolUseId { get; init; }

    /// <summary>When it is denied because nobody has answered, in milliseconds since 1970.</summary>
    public required long ExpiresAt { get; init; }
}

/// <summary>Claude Code asks whether it may use a tool. For <c>ExitPlanMode</c> the input's <c>plan</c> (Markdown) is to be approved.</summary>
public sealed record PermissionRequest : PeopleRequest
{
    /// <inheritdoc cref="ToolUse.Name"/>
    public required string ToolName { get; init; }

    /// <inheritdoc cref="ToolUse.Input"/>
    public required JsonElement Input { get; init; }

    /// <summary>
    /// What could be allowed from now on, as the CLI proposes it: <c>addRules</c>, <c>addDirectories</c> or <c>setMode</c>, each with
    /// its <c>destination</c>. An answer names them by their place in this list.
    /// </summary>
    public JsonElement? Suggestions { get; init; }

    /// <summary>Why it asks, in the CLI's words.</summary>
    public string? Reason { get; init; }

    /// <summary>The path that it is about, where it is about one outside of what is allowed.</summary>
    public string? BlockedPath { get; init; }
}

/// <summary>The answer to a permission request, and who gave it.</summary>
public sealed record PermissionResolved : AnswerEvent
{
    /// <inheritdoc cref="PeopleRequest.RequestId"/>
    public required string RequestId { get; init; }

    /// <inheritdoc cref="ToolUse.ToolUseId"/>
    public string? ToolUseId { get; init; }

    /// <summary><c>allow</c>, <c>deny</c> or <c>withdrawn</c> (the CLI no longer asks).</summary>
    public required string Decision { get; init; }

    /// <summary>Who or what decided: a person's name, <c>expiry</c>, or the CLI's own reason, e.g. <c>rule</c>.</summary>
    public required string DecidedBy { get; init; }

    /// <summary>For people: why, or what was said to Claude Code.</summary>
    public string? Message { get; init; }

    /// <summary>What the tool runs with instead, when somebody edited its input.</summary>
    public JsonElement? UpdatedInput { get; init; }

    /// <summary>What is allowed from now on, as <see cref="PermissionRequest.Suggestions"/> proposed it.</summary>
    public JsonElement? Allowed { get; init; }
}

/// <summary>Claude Code asks questions (its tool <c>AskUserQuestion</c>).</summary>
public sealed record QuestionRequest : PeopleRequest
{
    /// <summary>One or more, to be answered together.</summary>
    public required IReadOnlyList<Question> Questions { get; init; }
}

/// <summary>A question.</summary>
/// <param name="Text">The question itself; its answer is given under this text.</param>
/// <param name="Header">A word or two that say what it is about.</param>
/// <param name="MultiSelect">Whether several options may be chosen.</param>
/// <param name="Options">What can be chosen; something else can always be written.</param>
public sealed record Question(string Text, string Header, bool MultiSelect, IReadOnlyList<QuestionOption> Options);

/// <summary>An option of a question.</summary>
public sealed record QuestionOption(string Label, string? Description = null);

/// <summary>The answers to a question request, and who gave them.</summary>
public sealed record QuestionResolved : AnswerEvent
{
    /// <inheritdoc cref="PeopleRequest.RequestId"/>
    public required string RequestId { get; init; }

    /// <inheritdoc cref="ToolUse.ToolUseId"/>
    public string? ToolUseId { get; init; }

    /// <summary><c>answered</c>, <c>declined</c> or <c>withdrawn</c> (the CLI no longer asks).</summary>
    public required string Decision { get; init; }

    /// <inheritdoc cref="PermissionResolved.DecidedBy"/>
    public required string DecidedBy { get; init; }

    /// <summary>By the question's text; several choices are joined by a comma and a space.</summary>
    public IReadOnlyDictionary<string, string>? Answers { get; init; }

    /// <inheritdoc cref="PermissionResolved.Message"/>
    public string? Message { get; init; }
}

/// <summary>Somebody changed a session between or during its turns: what is given here is what it has from now on. Its <c>turn_id</c> is empty.</summary>
public sealed record SessionUpdate : Event
{
    /// <summary>Who changed it.</summary>
    public string? By { get; init; }

    /// <summary>The CLI's permission mode; absent when it stays.</summary>
    public string? PermissionMode { get; init; }

    /// <summary>The CLI's model; empty for its default; absent when it stays.</summary>
    public string? Model { get; init; }

    /// <summary>The title; absent when it stays.</summary>
    public string? Title { get; init; }
}
