using System.Text.Json;
using System.Text.Json.Serialization;

namespace Protocol.Events;

/// <summary>
/// What a browser sends over the WebSocket. ChatApi reads these by hand, so that each mistake gets an answer that names it;
/// here is their shape, for the schema and for TypeScript.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(SendMessage), "user_message")]
[JsonDerivedType(typeof(Interrupt), "interrupt")]
[JsonDerivedType(typeof(PermissionResponse), "permission_response")]
[JsonDerivedType(typeof(QuestionResponse), "question_response")]
[JsonDerivedType(typeof(SetPermissionMode), "set_permission_mode")]
[JsonDerivedType(typeof(SetModel), "set_model")]
[JsonDerivedType(typeof(Prepare), "prepare")]
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

    /// <summary>Whether it goes into the turn that runs, where one does, instead of waiting for its end.</summary>
    public bool? Steer { get; init; }

    /// <summary>Files that go with it, as <c>POST /projects/{id}/attachments</c> answered, or others of the workspace; at most 20.</summary>
    public IReadOnlyList<Attachment>? Attachments { get; init; }
}

/// <summary>Stops the running turn.</summary>
public sealed record Interrupt : BrowserFrame
{
    /// <summary>The session; without it every running turn of the project.</summary>
    public string? SessionId { get; init; }
}

/// <summary>Answers a permission request. The first answer counts.</summary>
public sealed record PermissionResponse : BrowserFrame
{
    /// <inheritdoc cref="PeopleRequest.RequestId"/>
    public required string RequestId { get; init; }

    /// <summary><c>allow</c> or <c>deny</c>.</summary>
    public required string Decision { get; init; }

    /// <summary>With allow: which of the request's suggestions are allowed from now on, by their place from 0.</summary>
    public IReadOnlyList<int>? Suggestions { get; init; }

    /// <summary>With allow: what the tool is to run with instead of its own input.</summary>
    public JsonElement? UpdatedInput { get; init; }

    /// <summary>With allow: the permission mode from now on, e.g. when a plan is approved.</summary>
    public string? PermissionMode { get; init; }

    /// <summary>With deny: what Claude Code is told.</summary>
    public string? Message { get; init; }

    /// <summary>With deny: whether the turn is stopped as well.</summary>
    public bool? Interrupt { get; init; }
}

/// <summary>Answers questions. The first answer counts.</summary>
public sealed record QuestionResponse : BrowserFrame
{
    /// <inheritdoc cref="PeopleRequest.RequestId"/>
    public required string RequestId { get; init; }

    /// <inheritdoc cref="QuestionResolved.Answers"/>
    /// <remarks>Absent: nobody wants to answer.</remarks>
    public IReadOnlyDictionary<string, string>? Answers { get; init; }

    /// <summary>Without answers: what Claude Code is told.</summary>
    public string? Message { get; init; }
}

/// <summary>Sets a session's permission mode, at once where a turn runs.</summary>
public sealed record SetPermissionMode : BrowserFrame
{
    /// <summary>One of the CLI's modes that the operator allows.</summary>
    public required string PermissionMode { get; init; }

    /// <inheritdoc cref="SendMessage.SessionId"/>
    public string? SessionId { get; init; }
}

/// <summary>Sets a session's model, at once where a turn runs.</summary>
public sealed record SetModel : BrowserFrame
{
    /// <summary>The CLI's name of the model; empty for the project's.</summary>
    public required string Model { get; init; }

    /// <inheritdoc cref="SendMessage.SessionId"/>
    public string? SessionId { get; init; }
}

/// <summary>Says that somebody writes: Claude Code is started meanwhile, where there is room for it. Nothing is answered.</summary>
public sealed record Prepare : BrowserFrame
{
    /// <inheritdoc cref="SendMessage.SessionId"/>
    public string? SessionId { get; init; }
}
