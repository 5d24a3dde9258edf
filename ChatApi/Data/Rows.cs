using System.Text.Json.Nodes;

namespace ChatApi.Data;

/// <summary>A project: a workspace and its settings.</summary>
public sealed class ProjectRow
{
    /// <summary>UUID version 7, lower case.</summary>
    public required string Id { get; init; }

    /// <summary>1 to 100 characters, unique.</summary>
    public required string Name { get; set; }

    /// <summary>The CLI's permission mode.</summary>
    public required string PermissionMode { get; set; }

    /// <summary>The CLI's model; null for its default.</summary>
    public string? Model { get; set; }

    /// <summary>How Claude Code works in it, as JSON of <see cref="Protocol.Redis.ClaudeSettings"/>; null for the CLI's defaults.</summary>
    public string? Settings { get; set; }

    /// <summary>UTC.</summary>
    public required DateTime CreatedAt { get; init; }

    /// <summary>UTC; the last change of name or settings.</summary>
    public required DateTime UpdatedAt { get; set; }

    /// <summary>The recorder's cursor: every event up to here is in the database, each once. Compare-and-set.</summary>
    public long RecordedSeq { get; set; }
}

/// <summary>A session: one Claude Code conversation in a project.</summary>
public sealed class SessionRow
{
    /// <summary>UUID; Claude Code's own session has the same.</summary>
    public required string Id { get; init; }

    /// <summary>The project.</summary>
    public required string ProjectId { get; init; }

    /// <summary>The beginning of its first message.</summary>
    public required string Title { get; set; }

    /// <summary>UTC.</summary>
    public required DateTime CreatedAt { get; init; }

    /// <summary>UTC; its last message.</summary>
    public required DateTime UpdatedAt { get; set; }

    /// <summary>The CLI's permission mode; null for the project's.</summary>
    public string? PermissionMode { get; set; }

    /// <summary>The CLI's model; null for the project's.</summary>
    public string? Model { get; set; }

    /// <summary>The project's newest <c>seq</c> when a person last chose a mode: what the CLI says of its mode up to there is older than that.</summary>
    public long ChosenSeq { get; set; }

    /// <summary>What it has instead of the project's settings, as JSON of <see cref="Protocol.Redis.ClaudeSettings"/>; null for nothing.</summary>
    public string? Settings { get; set; }

    /// <summary>The session that it was forked from.</summary>
    public string? ForkedFrom { get; init; }

    /// <summary>Of that session's history, the turns before this place (<see cref="TurnRow.AnnouncedSeq"/>) are this one's, too.</summary>
    public long ForkSeq { get; init; }

    /// <summary>The session in which Claude Code finds <see cref="ForkAt"/>: an older one where a fork was forked.</summary>
    public string? ForkOf { get; init; }

    /// <summary>Where Claude Code goes on from: the <see cref="TurnRow.ResumeAt"/> of a turn.</summary>
    public string? ForkAt { get; init; }

    /// <summary>US dollars, the sum of its turns.</summary>
    public decimal CostUsd { get; set; }
}

/// <summary>A turn: one user message and everything until its result.</summary>
public sealed class TurnRow
{
    /// <summary>UUID version 7, so that ids sort by time.</summary>
    public required string Id { get; init; }

    /// <summary>The project.</summary>
    public required string ProjectId { get; init; }

    /// <summary>The session.</summary>
    public required string SessionId { get; init; }

    /// <summary>The sender's own id; unique in the project.</summary>
    public string? ClientMessageId { get; init; }

    /// <summary>The sender's name, where one is known.</summary>
    public string? SentBy { get; init; }

    /// <summary>What the user wrote; empty for a turn that Claude Code began by itself. May be edited while it is queued.</summary>
    public required string Content { get; set; }

    /// <summary>Files that go with it, as JSON of the wire; null for none.</summary>
    public string? Attachments { get; init; }

    /// <summary>One of <see cref="TurnStatus"/>.</summary>
    public required string Status { get; set; }

    /// <summary>W3C trace context of the request that sent it.</summary>
    public string? TraceParent { get; init; }

    /// <summary>
    /// Its place among the session's turns: the <c>seq</c> of its turn_start, or until then of its user_message; 0 until that is
    /// recorded. Others may have been announced, and edited, before it began.
    /// </summary>
    public long AnnouncedSeq { get; set; }

    /// <summary>Why it ended.</summary>
    public string? Reason { get; set; }

    /// <summary>Whether it failed.</summary>
    public bool IsError { get; set; }

    /// <summary>What people were told about its end.</summary>
    public string? EndMessage { get; set; }

    /// <summary>US dollars.</summary>
    public decimal CostUsd { get; set; }

    /// <summary>The usage summary, as JSON of the wire.</summary>
    public string? Usage { get; set; }

    /// <summary>Milliseconds of wall time.</summary>
    public long? DurationMs { get; set; }

    /// <summary>UTC.</summary>
    public required DateTime CreatedAt { get; init; }

    /// <summary>UTC.</summary>
    public DateTime? StartedAt { get; set; }

    /// <summary>UTC.</summary>
    public DateTime? EndedAt { get; set; }

    /// <summary>Where a fork can go on from this turn: the CLI's id of the last thing that it said.</summary>
    public string? ResumeAt { get; set; }

    /// <summary>Whether thinking and the tools' inputs and results were removed, after <see cref="ChatApiOptions.KeepDetailFor"/>.</summary>
    public bool DetailRemoved { get; set; }
}

/// <summary>Where a turn is.</summary>
public static class TurnStatus
{
    /// <summary>Stored; waits for a runner.</summary>
    public const string Queued = "queued";

    /// <summary>Its message was told to the turn that runs, and Claude Code takes it with its next step.</summary>
    public const string Told = "told";

    /// <summary>A runner works on it.</summary>
    public const string Running = "running";

    /// <summary>It has its session_end.</summary>
    public const string Ended = "ended";
}

/// <summary>A message: the user's, or one of the model's.</summary>
public sealed class MessageRow
{
    private JsonArray? _blocks;

    /// <summary>The project.</summary>
    public required string ProjectId { get; init; }

    /// <summary>The turn's id for the user's message, the Messages API's for the model's.</summary>
    public required string Id { get; init; }

    /// <summary>The session.</summary>
    public required string SessionId { get; init; }

    /// <summary>The turn. Of a user's message that was told to a running turn, that one.</summary>
    public required string TurnId { get; set; }

    /// <summary>The event that began it, or that says where it was told to a running turn: the order of messages.</summary>
    public required long Seq { get; set; }

    /// <summary><c>user</c>, <c>assistant</c> or <c>notice</c>.</summary>
    public required string Role { get; init; }

    /// <summary>The tool use whose subagent wrote it; null on the main thread.</summary>
    public string? ParentToolUseId { get; init; }

    /// <summary>The content blocks, as JSON.</summary>
    public string Content { get; set; } = "[]";

    /// <summary>Tokens, as JSON of the wire.</summary>
    public string? Usage { get; set; }

    /// <summary>UTC.</summary>
    public required DateTime CreatedAt { get; init; }

    /// <summary>The content blocks. To be followed by <see cref="Keep"/> when changed.</summary>
    public JsonArray Blocks => _blocks ??= (JsonArray)JsonNode.Parse(Content)!;

    /// <summary>Puts changed blocks back into <see cref="Content"/>.</summary>
    public void Keep()
    {
        if (_blocks is not null) Content = _blocks.ToJsonString(Protocol.Events.WireJson.Options);
    }
}

/// <summary>A tool call: what was asked of the tool, and what it answered.</summary>
public sealed class ToolCallRow
{
    /// <summary>The project.</summary>
    public required string ProjectId { get; init; }

    /// <summary>The tool use's id.</summary>
    public required string Id { get; init; }

    /// <summary>The message that holds the call.</summary>
    public required string MessageId { get; init; }

    /// <summary>The turn.</summary>
    public required string TurnId { get; init; }

    /// <summary>The tool.</summary>
    public required string Name { get; init; }

    /// <summary>Its arguments, as JSON.</summary>
    public required string Input { get; set; }

    /// <summary>Its answer (a string or blocks), as JSON; null while it works.</summary>
    public string? Result { get; set; }

    /// <summary>What the CLI knows beside the answer, as JSON.</summary>
    public string? Detail { get; set; }

    /// <summary>What runs for it beside the answer (a subagent, a command in the background), as JSON of the status event's detail; null for nothing.</summary>
    public string? Task { get; set; }

    /// <summary>Whether it failed or was denied.</summary>
    public bool IsError { get; set; }

    /// <summary>The answer, as a block of a message holds it.</summary>
    public JsonObject ToResult()
    {
        var result = new JsonObject { ["content"] = JsonNode.Parse(Result ?? "null"), ["is_error"] = IsError };
        if (Detail is not null) result["detail"] = JsonNode.Parse(Detail);
        return result;
    }
}

/// <summary>What one model cost in one turn: the ledger's entries.</summary>
public sealed class UsageRow
{
    /// <summary>The project.</summary>
    public required string ProjectId { get; init; }

    /// <summary>The turn.</summary>
    public required string TurnId { get; init; }

    /// <summary>The model, as the CLI names it; empty where it named none.</summary>
    public required string Model { get; init; }

    /// <summary>The session.</summary>
    public required string SessionId { get; init; }

    /// <summary>The day on which the turn ended, UTC.</summary>
    public required DateOnly Day { get; init; }

    /// <inheritdoc cref="Protocol.Events.Usage.InputTokens"/>
    public required long InputTokens { get; init; }

    /// <inheritdoc cref="Protocol.Events.Usage.OutputTokens"/>
    public required long OutputTokens { get; init; }

    /// <inheritdoc cref="Protocol.Events.Usage.CacheReadInputTokens"/>
    public required long CacheReadInputTokens { get; init; }

    /// <inheritdoc cref="Protocol.Events.Usage.CacheCreationInputTokens"/>
    public required long CacheCreationInputTokens { get; init; }

    /// <summary>US dollars.</summary>
    public required decimal CostUsd { get; init; }
}

/// <summary>Something that Claude Code asked of people, and what became of it.</summary>
public sealed class RequestRow
{
    /// <summary>The project.</summary>
    public required string ProjectId { get; init; }

    /// <summary>The wire's request_id.</summary>
    public required string Id { get; init; }

    /// <summary>The session.</summary>
    public required string SessionId { get; init; }

    /// <summary>The turn, which waits.</summary>
    public required string TurnId { get; init; }

    /// <summary>The tool call that it is about.</summary>
    public string? ToolUseId { get; init; }

    /// <summary>UTC.</summary>
    public required DateTime AskedAt { get; init; }

    /// <summary>The permission_request or question_request, as JSON of the wire; null for what a rule denied without asking.</summary>
    public string? Request { get; set; }

    /// <summary>The permission_resolved or question_resolved, as JSON of the wire; null until then.</summary>
    public string? Resolution { get; set; }

    /// <summary>Whether somebody is waited for.</summary>
    public bool IsOpen { get; set; }
}
