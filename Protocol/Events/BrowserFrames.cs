using System.Text.Json.Serialization;

namespace Protocol.Events;

/// <summary>
/// What a browser sends over the WebSocket. ChatApi reads these by hand, so that each mistake gets an answer that names it;
/// here is their shape, for the schema and for TypeScript.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(SendMessage), "user_message")]
[JsonDerivedType(typeof(Interrupt), "interrupt")]
public abstract record BrowserFrame;

/// <summary>Writes to Claude Code.</summary>
public sealed record SendMessage : BrowserFrame
{
    /// <summary>The text, at most <c>ChatApi:MaxMessageBytes</c> of UTF-8.</summary>
    public required string Content { get; init; }

    /// <summary>The sender's own id for it, 1 to 100 characters: sending twice is sending once.</summary>
    public string? ClientMessageId { get; init; }

    /// <summary>The session; without it the project's current one, or a new one.</summary>
    public string? SessionId { get; init; }
}

/// <summary>Stops the running turn.</summary>
public sealed record Interrupt : BrowserFrame
{
    /// <summary>The session; without it every running turn of the project.</summary>
    public string? SessionId { get; init; }
}
