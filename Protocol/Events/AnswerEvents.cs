using System.Text.Json;

namespace Protocol.Events;

/// <summary>An event of the answer itself. Subagents' events name the tool use that started them.</summary>
public abstract record AnswerEvent : Event
{
    /// <summary>The tool use that started the subagent which speaks; absent on the main thread.</summary>
    public string? ParentToolUseId { get; init; }
}

/// <summary>A piece of text, as the model streams it. Consecutive pieces may have been merged into one.</summary>
public sealed record AssistantChunk : AnswerEvent
{
    /// <summary>The Messages API's id of the message that it belongs to.</summary>
    public required string MessageId { get; init; }

    /// <summary>Which content block of the message, from 0.</summary>
    public required int Block { get; init; }

    /// <summary>The text to append.</summary>
    public required string Content { get; init; }

    /// <summary>
    /// For a viewer that catches up, consecutive chunks of a block are made one: it stands for the events from here to
    /// <see cref="Event.Seq"/>. Absent for one event.
    /// </summary>
    public long? FirstSeq { get; init; }
}

/// <summary>A piece of thinking, as the model streams it.</summary>
public sealed record ThinkingChunk : AnswerEvent
{
    /// <inheritdoc cref="AssistantChunk.MessageId"/>
    public required string MessageId { get; init; }

    /// <inheritdoc cref="AssistantChunk.Block"/>
    public required int Block { get; init; }

    /// <inheritdoc cref="AssistantChunk.Content"/>
    public required string Content { get; init; }

    /// <inheritdoc cref="AssistantChunk.FirstSeq"/>
    public long? FirstSeq { get; init; }
}

/// <summary>
/// A finished block of a message: the authority over its chunks. The CLI finishes block by block, so a message of
/// two text blocks gives two of these. An empty block list with <c>discarded</c> takes back chunks of a message
/// that the CLI gave up (a stream that broke) and repeats under another id.
/// </summary>
public sealed record AssistantMessage : AnswerEvent
{
    /// <inheritdoc cref="AssistantChunk.MessageId"/>
    public required string MessageId { get; init; }

    /// <summary>Which content block <c>Content</c> is, from 0.</summary>
    public required int Block { get; init; }

    /// <summary>The model that wrote it; <c>&lt;synthetic&gt;</c> for text that the CLI itself wrote.</summary>
    public string? Model { get; init; }

    /// <summary>The block, in a list as the Messages API has it; empty when discarded.</summary>
    public required JsonElement Content { get; init; }

    /// <summary>The chunks shown under this id are void.</summary>
    public bool? Discarded { get; init; }
}

/// <summary>Claude Code calls a tool.</summary>
public sealed record ToolUse : AnswerEvent
{
    /// <inheritdoc cref="AssistantChunk.MessageId"/>
    public required string MessageId { get; init; }

    /// <inheritdoc cref="AssistantMessage.Block"/>
    public required int Block { get; init; }

    /// <summary>Ties the call to its result.</summary>
    public required string ToolUseId { get; init; }

    /// <summary>The tool, e.g. <c>Bash</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Its arguments, shaped per tool.</summary>
    public required JsonElement Input { get; init; }
}

/// <summary>What a shell command has printed meanwhile, to be appended. Its <see cref="ToolResult"/> is the authority.</summary>
public sealed record ToolOutput : AnswerEvent
{
    /// <inheritdoc cref="ToolUse.ToolUseId"/>
    public required string ToolUseId { get; init; }

    /// <summary>Text, as the command wrote it.</summary>
    public required string Content { get; init; }
}

/// <summary>What a tool answered.</summary>
public sealed record ToolResult : AnswerEvent
{
    /// <inheritdoc cref="ToolUse.ToolUseId"/>
    public required string ToolUseId { get; init; }

    /// <summary>A string or a list of blocks, as the model sees it.</summary>
    public required JsonElement Content { get; init; }

    /// <summary>Whether the tool failed or was denied.</summary>
    public required bool IsError { get; init; }

    /// <summary>What the CLI knows beside it, shaped per tool: an edit's <c>structuredPatch</c>, a task's id. Without what is large.</summary>
    public JsonElement? Detail { get; init; }
}

/// <summary>What one message cost in tokens: once for each message id.</summary>
public sealed record UsageUpdate : AnswerEvent
{
    /// <inheritdoc cref="AssistantChunk.MessageId"/>
    public required string MessageId { get; init; }

    /// <summary>Tokens of this message.</summary>
    public required Usage Usage { get; init; }
}

/// <summary>What the turn has cost until now, subagents included. The turn's <see cref="SessionEnd"/> is the authority.</summary>
public sealed record CostUpdate : Event
{
    /// <inheritdoc cref="SessionEnd.TotalCostUsd"/>
    public required decimal TotalCostUsd { get; init; }

    /// <inheritdoc cref="SessionEnd.UsageSummary"/>
    public required UsageSummary UsageSummary { get; init; }
}

/// <summary>Tokens by kind, as the Messages API counts them.</summary>
public record Usage
{
    /// <summary>Tokens read that were not in the cache.</summary>
    public long InputTokens { get; init; }

    /// <summary>Tokens written by the model.</summary>
    public long OutputTokens { get; init; }

    /// <summary>Tokens read from the cache.</summary>
    public long CacheReadInputTokens { get; init; }

    /// <summary>Tokens written to the cache.</summary>
    public long CacheCreationInputTokens { get; init; }
}

/// <summary>Tokens of a whole turn, and how they fell to models.</summary>
public sealed record UsageSummary : Usage
{
    /// <summary>By the model's name; empty when the turn reached no model.</summary>
    public IReadOnlyDictionary<string, ModelUsage> Models { get; init; } = new Dictionary<string, ModelUsage>();
}

/// <summary>One model's part of a turn.</summary>
public sealed record ModelUsage : Usage
{
    /// <summary>US dollars by the CLI's own price table.</summary>
    public decimal CostUsd { get; init; }

    /// <summary>Tokens that fit into a conversation with it; null where the CLI does not say.</summary>
    public long? ContextWindow { get; init; }
}
