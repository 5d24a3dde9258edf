namespace Protocol.Events;

/// <summary>The first frame on every socket: what the viewer is looking at, and whether it missed something.</summary>
/// <param name="Project">The project of this socket.</param>
/// <param name="Seq">The newest event's number when the socket attached; 0 when there is none yet.</param>
/// <param name="OldestSeq">The oldest event that <c>?after=</c> can still replay; 0 when the log is empty.</param>
/// <param name="Resume"><c>ok</c>: everything after <c>?after=</c> follows. <c>gap</c>: reload history over REST.</param>
/// <param name="Sessions">The project's newest sessions, newest first.</param>
/// <param name="Model">What answers: <c>demo</c> (scripts of DemoModel) or <c>claude</c>.</param>
/// <param name="PermissionModes">The permission modes that may be chosen here.</param>
public sealed record Hello(
    ProjectSummary Project,
    long Seq,
    long OldestSeq,
    string Resume,
    IReadOnlyList<SessionSummary> Sessions,
    string Model,
    IReadOnlyList<string> PermissionModes) : ConnectionFrame;

/// <summary>A project as the socket introduces it. Its permission mode and model are those of sessions that have none of their own.</summary>
public sealed record ProjectSummary(string Id, string Name, string PermissionMode, string? Model = null);

/// <summary>A session as the socket introduces it. <c>State</c>: <c>idle</c>, <c>queued</c> or <c>running</c>.</summary>
public sealed record SessionSummary(string Id, string Title, string State, string? PermissionMode = null, string? Model = null);

/// <summary>How many sockets of this ChatApi replica look at the project.</summary>
public sealed record Presence(int Viewers) : ConnectionFrame;

/// <summary>
/// The answer to a frame from this browser that could not be taken; only its sender sees it, and the socket stays open.
/// </summary>
/// <param name="Code">Stable, for programs, e.g. <c>malformed_json</c>, <c>unknown_type</c>, <c>empty_content</c>.</param>
/// <param name="Message">For people: what was wrong and what to do.</param>
/// <param name="ClientMessageId">The message that it answers, when the frame carried one that could be read.</param>
public sealed record Rejected(string Code, string Message, string? ClientMessageId = null) : ConnectionFrame;
