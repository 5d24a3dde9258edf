using System.ComponentModel.DataAnnotations;

namespace Runner;

/// <summary>
/// Settings of a Runner.
/// <code>"Runner": { "StatePath": ".data/runner", "MaxSessions": 8, "SilenceLimit": "00:06:00" }</code>
/// </summary>
public sealed class RunnerOptions
{
    /// <summary>Folder of workspaces and of Claude Code's own state. A volume that all replicas share.</summary>
    [Required]
    public string StatePath { get; set; } = Path.Combine(Directory.GetCurrentDirectory(), ".data");

    /// <summary>
    /// Claude Code's folder of people who work in the same workspaces in a terminal, e.g. <c>/home/me/.claude</c>: their sessions can be
    /// brought into the project. Empty: only those that used the project's own (the page says which).
    /// </summary>
    public string? TerminalConfigPath { get; set; }

    /// <summary>The CLI's binary. Empty: the one pinned in <c>Runner/npm</c>.</summary>
    public string CliPath { get; set; } = "";

    /// <summary>Whether a CLI of another version than the pinned one is refused.</summary>
    public bool RequirePinnedCli { get; set; } = true;

    /// <summary>Sessions that may work at once on this runner.</summary>
    [Range(1, 1000)]
    public int MaxSessions { get; set; } = 8;

    /// <summary>Processes that stay warm between turns, or are started while a message is written; the least recently used goes first. One takes some 150 to 250 MB.</summary>
    [Range(0, 1000)]
    public int MaxWarmSessions { get; set; } = 4;

    /// <summary>How long a process stays warm without a turn.</summary>
    public TimeSpan WarmLimit { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a process stays without a turn while something runs in its background (a server, a long test).</summary>
    public TimeSpan BackgroundLimit { get; set; } = TimeSpan.FromHours(2);

    /// <summary>A new process must be ready within this time.</summary>
    public TimeSpan StartLimit { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// No line from the CLI for this long in a turn, while no tool runs, means that it hangs.
    /// The CLI itself gives up on a stalled stream after 300 s.
    /// </summary>
    public TimeSpan SilenceLimit { get; set; } = TimeSpan.FromMinutes(6);

    /// <summary>The same while a tool runs: a shell command may be silent for as long as it takes.</summary>
    public TimeSpan ToolSilenceLimit { get; set; } = TimeSpan.FromMinutes(30);

    /// <summary>After an interrupt the CLI must end its turn within this time, else its process is ended.</summary>
    public TimeSpan InterruptLimit { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a permission request or a question waits for a person; then it is denied, and said so.</summary>
    public TimeSpan AnswerLimit { get; set; } = TimeSpan.FromHours(24);

    /// <summary>
    /// Whether people may switch Claude Code to <c>bypassPermissions</c>: it then does anything that this machine lets it,
    /// unasked. Only where the Runner is a sandbox by itself. ChatApi has a setting of the same name.
    /// </summary>
    public bool AllowBypassPermissions { get; set; }

    /// <summary>How long running turns may go on when the Runner is asked to stop.</summary>
    public TimeSpan DrainLimit { get; set; } = TimeSpan.FromSeconds(4);

    /// <summary>How often the CLI repeats a failed call to the model: 4 surfaces a refused key within seconds, its own default of 10 after three minutes.</summary>
    [Range(0, 10)]
    public int MaxRetries { get; set; } = 4;

    /// <summary>The longest line that is read, in bytes; a longer one is dropped, and said so. Lines of 4.5 MB are usual for edits of large files.</summary>
    [Range(1 << 16, 1 << 30)]
    public int MaxLineBytes { get; set; } = 64 << 20;

    /// <summary>What the CLI authenticates with; passed on to it alone.</summary>
    public string? AnthropicApiKey { get; set; }

    /// <summary>Where the model's API is; empty for the vendor's own.</summary>
    public string? AnthropicBaseUrl { get; set; }
}
