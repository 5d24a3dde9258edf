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

    /// <summary>The CLI's <c>--permission-mode</c>.</summary>
    public required string PermissionMode { get; init; }

    /// <summary>The CLI's <c>--model</c>; null for its default.</summary>
    public string? Model { get; init; }

    /// <summary>W3C <c>traceparent</c> of the request that sent the message.</summary>
    public string? TraceParent { get; init; }

    /// <summary>For the queue.</summary>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, WireJsonContext.Default.Turn);

    /// <summary>From the queue. Throws <see cref="JsonException"/> when it is no turn.</summary>
    public static Turn FromJson(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize(json, WireJsonContext.Default.Turn) ?? throw new JsonException("null is no turn");
}

/// <summary>Something that a viewer wants of a running turn.</summary>
/// <param name="Type"><c>interrupt</c>, or <c>abandon</c> when the project is gone.</param>
/// <param name="TurnId">The turn that is meant: a command for a turn that has ended is dropped.</param>
public sealed record SessionCommand(string Type, string TurnId)
{
    /// <summary>Stop this turn; the session goes on.</summary>
    public const string Interrupt = "interrupt";

    /// <summary>Stop this turn and the session's process: its project was deleted.</summary>
    public const string Abandon = "abandon";
}
