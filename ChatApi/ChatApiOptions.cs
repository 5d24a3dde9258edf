using System.ComponentModel.DataAnnotations;
using ChatApi.Messages;

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
    [AllowedValues("default", "acceptEdits", "plan", "dontAsk", ErrorMessage = "ChatApi:DefaultPermissionMode is default, acceptEdits, plan or dontAsk.")]
    public string DefaultPermissionMode { get; set; } = "default";

    /// <summary>
    /// Whether <c>bypassPermissions</c> may be chosen: Claude Code then does anything that the Runner's machine lets it, unasked.
    /// The Runner has a setting of the same name.
    /// </summary>
    public bool AllowBypassPermissions { get; set; }

    /// <summary>
    /// Header in which a proxy in front of this says who is signed in, e.g. <c>X-MS-CLIENT-PRINCIPAL-NAME</c>. Only where every
    /// request comes through that proxy. Without it people call themselves what they like.
    /// </summary>
    public string? UserHeader { get; set; }

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

    /// <summary>The largest file that can be sent along, in bytes.</summary>
    [Range(1024, 1 << 26)]
    public int MaxAttachmentBytes { get; set; } = 10 << 20;

    /// <summary>Events that the log keeps for replay once they are recorded.</summary>
    [Range(1, 10_000_000)]
    public int ReplayEvents { get; set; } = 10_000;

    /// <summary>Bytes that the log keeps for replay once they are recorded.</summary>
    [Range(1024, int.MaxValue)]
    public int ReplayBytes { get; set; } = 8 << 20;
}

/// <summary>The CLI's permission modes that a project or a session may choose.</summary>
internal static class PermissionModes
{
    private static readonly string[] s_always = ["default", "acceptEdits", "plan", "dontAsk"];

    /// <summary>All that the operator allows. The CLI itself takes any word for a mode (fact sheet §6).</summary>
    public static IReadOnlyList<string> Of(ChatApiOptions options) => options.AllowBypassPermissions ? [.. s_always, "bypassPermissions"] : s_always;

    /// <summary>Why a mode cannot be chosen; null when it can.</summary>
    public static Refusal? Objection(string mode, ChatApiOptions options) => Of(options).Contains(mode)
        ? null
        : new Refusal(StatusCodes.Status400BadRequest, "invalid_permission_mode", $"permission_mode is one of: {string.Join(", ", Of(options))}.", "permission_mode");
}
