using System.Text.Json;
using System.Text.Json.Serialization;

namespace Protocol.Redis;

/// <summary>
/// How Claude Code is to work: a project's settings, and where a session has its own, those instead. Absent: the CLI's default,
/// or for a session the project's.
/// </summary>
public sealed record ClaudeSettings
{
    /// <summary>The CLI's <c>--effort</c>, one of the levels that it offers for the model.</summary>
    public string? Effort { get; init; }

    /// <summary>What is added to the system prompt.</summary>
    public string? AppendSystemPrompt { get; init; }

    /// <summary>Permission rules that are allowed unasked, e.g. <c>Bash(npm test:*)</c>.</summary>
    public IReadOnlyList<string>? AllowedTools { get; init; }

    /// <summary>Tools and permission rules that are denied, e.g. <c>WebFetch</c> or <c>Bash(git push:*)</c>. Denying goes before allowing.</summary>
    public IReadOnlyList<string>? DisallowedTools { get; init; }

    /// <summary>MCP servers by name, each as the CLI's <c>--mcp-config</c> has them: <c>{"type":"stdio","command":"…","args":[…],"env":{…}}</c> or <c>{"type":"http","url":"…","headers":{…}}</c>.</summary>
    public IReadOnlyDictionary<string, JsonElement>? McpServers { get; init; }

    /// <summary>Steps of the agent loop for one message.</summary>
    public int? MaxTurns { get; init; }

    /// <summary>US dollars that one turn may cost.</summary>
    public decimal? TurnBudgetUsd { get; init; }

    /// <summary>US dollars that a session may cost.</summary>
    public decimal? SessionBudgetUsd { get; init; }

    /// <summary>US dollars that the project may cost in a day (UTC). A project's only.</summary>
    public decimal? DayBudgetUsd { get; init; }

    /// <summary>US dollars that the project may cost in all. A project's only.</summary>
    public decimal? ProjectBudgetUsd { get; init; }

    /// <summary>What a process is started with: without the budgets, which are watched.</summary>
    public ClaudeSettings ForProcess() => this with { TurnBudgetUsd = null, SessionBudgetUsd = null, DayBudgetUsd = null, ProjectBudgetUsd = null };

    /// <summary>A project's settings, with what a session has instead.</summary>
    public ClaudeSettings With(ClaudeSettings? session) => session is null ? this : this with
    {
        Effort = session.Effort ?? Effort,
        AppendSystemPrompt = session.AppendSystemPrompt ?? AppendSystemPrompt,
        AllowedTools = session.AllowedTools ?? AllowedTools,
        DisallowedTools = session.DisallowedTools ?? DisallowedTools,
        McpServers = session.McpServers ?? McpServers,
        MaxTurns = session.MaxTurns ?? MaxTurns,
        TurnBudgetUsd = session.TurnBudgetUsd ?? TurnBudgetUsd,
        SessionBudgetUsd = session.SessionBudgetUsd ?? SessionBudgetUsd,
    };

    /// <summary>As JSON, to be kept; null when nothing is set.</summary>
    public string? ToJson() => JsonSerializer.Serialize(this, SettingsJson.Default.ClaudeSettings) is { Length: > 2 } json ? json : null;

    /// <summary>From what was kept.</summary>
    public static ClaudeSettings FromJson(string? json) =>
        json is null ? new ClaudeSettings() : JsonSerializer.Deserialize(json, SettingsJson.Default.ClaudeSettings) ?? new ClaudeSettings();
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ClaudeSettings))]
internal sealed partial class SettingsJson : JsonSerializerContext;
