using System.Text.Json.Serialization;

namespace Protocol.Events;

/// <summary>
/// One JSON object on the WebSocket (UTF-8 text frame, snake_case). <c>type</c> is always there.
/// Source: design.md §2; the shape in JSON is what <see cref="WireJson.Options"/> writes.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(Hello), "hello")]
[JsonDerivedType(typeof(Presence), "presence")]
[JsonDerivedType(typeof(Rejected), "rejected")]
[JsonDerivedType(typeof(UserMessage), "user_message")]
[JsonDerivedType(typeof(TurnStart), "turn_start")]
[JsonDerivedType(typeof(AssistantChunk), "assistant_chunk")]
[JsonDerivedType(typeof(ThinkingChunk), "thinking_chunk")]
[JsonDerivedType(typeof(AssistantMessage), "assistant_message")]
[JsonDerivedType(typeof(ToolUse), "tool_use")]
[JsonDerivedType(typeof(ToolOutput), "tool_output")]
[JsonDerivedType(typeof(ToolResult), "tool_result")]
[JsonDerivedType(typeof(UsageUpdate), "usage_update")]
[JsonDerivedType(typeof(CostUpdate), "cost_update")]
[JsonDerivedType(typeof(PermissionRequest), "permission_request")]
[JsonDerivedType(typeof(PermissionResolved), "permission_resolved")]
[JsonDerivedType(typeof(QuestionRequest), "question_request")]
[JsonDerivedType(typeof(QuestionResolved), "question_resolved")]
[JsonDerivedType(typeof(SessionUpdate), "session_update")]
[JsonDerivedType(typeof(Status), "status")]
[JsonDerivedType(typeof(Error), "error")]
[JsonDerivedType(typeof(SessionEnd), "session_end")]
public abstract record Frame;

/// <summary>A frame about the connection itself: never numbered, never in the project log.</summary>
public abstract record ConnectionFrame : Frame;

/// <summary>
/// A frame of the project log. <c>seq</c> and <c>at</c> are spliced in by the append script
/// (<see cref="Redis.ProjectLog"/>), so whoever makes an event leaves them at zero.
/// </summary>
public abstract record Event : Frame
{
    /// <summary>The event's number in its project: +1 for each, no holes; exact in JavaScript (&lt; 2^53).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long Seq { get; init; }

    /// <summary>When it was appended, in milliseconds since 1970 by Redis' clock.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public long At { get; init; }

    /// <summary>The session (one Claude Code conversation) that it belongs to.</summary>
    public required string SessionId { get; init; }

    /// <summary>The turn (one user message and everything until its result) that it belongs to; empty for what happens between turns.</summary>
    public required string TurnId { get; init; }
}
