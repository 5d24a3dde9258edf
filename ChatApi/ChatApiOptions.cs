using System.ComponentModel.DataAnnotations;

namespace ChatApi;

/// <summary>
/// Settings of ChatApi.
/// <code>"ChatApi": { "Model": "demo", "MaxViewerBytes": 1048576, "ReplayEvents": 10000, "ReplayBytes": 8388608 }</code>
/// </summary>
public sealed class ChatApiOptions
{
    /// <summary>What answers: <c>demo</c> (DemoModel) or <c>claude</c>. The page says which.</summary>
    [RegularExpression("^(demo|claude)$", ErrorMessage = "ChatApi:Model is 'demo' or 'claude'.")]
    public string Model { get; set; } = "claude";

    /// <summary>The CLI's permission mode for new projects.</summary>
    public string DefaultPermissionMode { get; set; } = PermissionModes.AcceptEdits;

    /// <summary>Bytes that may wait for one viewer; beyond that it catches up from the log instead.</summary>
    [Range(4096, 1 << 30)]
    public int MaxViewerBytes { get; set; } = 1 << 20;

    /// <summary>A viewer that takes nothing for this long is closed with 4408; it comes back and resumes.</summary>
    public TimeSpan ViewerWriteLimit { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>A frame that the browser can see comes at least this often, so that it notices a dead socket.</summary>
    public TimeSpan HeartbeatEvery { get; set; } = TimeSpan.FromSeconds(15);

    /// <summary>Connections to Redis that are subscribed, each with a thread of its own that sends to the viewers; projects are spread over them.</summary>
    [Range(1, 64)]
    public int SubscriptionThreads { get; set; } = Math.Clamp(Environment.ProcessorCount / 4, 1, 8);

    /// <summary>Whether this replica records history. With many replicas a few that do are enough; one at least must.</summary>
    public bool RecordsHistory { get; set; } = true;

    /// <summary>
    /// How long thinking and the tools' inputs and results are kept after a turn's end; what was said and what it cost stays.
    /// Null: for ever.
    /// </summary>
    public TimeSpan? KeepDetailFor { get; set; }

    /// <summary>Frames a second that one viewer may send, with bursts of four times as many.</summary>
    [Range(1, 10_000)]
    public int MaxFramesPerSecond { get; set; } = 20;

    /// <summary>The longest message, in bytes of UTF-8.</summary>
    [Range(1024, 1 << 26)]
    public int MaxMessageBytes { get; set; } = 1 << 20;

    /// <summary>Events that the log keeps for replay once they are recorded.</summary>
    [Range(1, 10_000_000)]
    public int ReplayEvents { get; set; } = 10_000;

    /// <summary>Bytes that the log keeps for replay once they are recorded.</summary>
    [Range(1024, int.MaxValue)]
    public int ReplayBytes { get; set; } = 8 << 20;
}

/// <summary>The CLI's permission modes that a project may choose. bypassPermissions is not among them: it is the operator's to allow.</summary>
public static class PermissionModes
{
    /// <summary>Edits in the workspace are allowed; anything else that the CLI would ask for is denied.</summary>
    public const string AcceptEdits = "acceptEdits";

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<string> All = ["default", AcceptEdits, "plan", "dontAsk"];
}
