using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Protocol.Redis;

namespace ChatApi.Messages;

/// <summary>What settings must be like, so that a process starts with them.</summary>
internal static partial class SettingsRules
{
    // They go to the CLI as arguments, of which Linux takes 128 KB each.
    private const int MaxPromptBytes = 60_000;
    private const int MaxServersBytes = 60_000;
    private const int MaxRules = 200;
    private const int MaxRuleLength = 300;

    /// <summary>What is wrong with them, and with which field; null when nothing is.</summary>
    public static Refusal? Objection(ClaudeSettings settings, bool isSessions)
    {
        if (settings.Effort is { } effort && !Word().IsMatch(effort)) return Bad("effort", "effort is one of the levels that Claude Code offers, e.g. low, medium or high.");
        if (Encoding.UTF8.GetByteCount(settings.AppendSystemPrompt ?? "") > MaxPromptBytes) return Bad("append_system_prompt", $"The addition to the system prompt has more than {MaxPromptBytes / 1000} KB. Put it into CLAUDE.md in the workspace.");
        if (settings.MaxTurns is < 1 or > 10_000) return Bad("max_turns", "max_turns is a number from 1 to 10000.");
        foreach (var (name, rules) in new[] { ("allowed_tools", settings.AllowedTools), ("disallowed_tools", settings.DisallowedTools) })
        {
            if (rules?.Count > MaxRules) return Bad(name, $"There are more than {MaxRules} rules.");
            if (rules?.FirstOrDefault(rule => string.IsNullOrWhiteSpace(rule) || rule.Length > MaxRuleLength || !Rule().IsMatch(rule)) is { } odd)
                return Bad(name, $"\"{odd}\" is no rule. A rule is a tool, e.g. WebFetch, or a tool with what it is used for, e.g. Bash(npm test:*).");
        }

        foreach (var (name, usd) in new[] { ("turn_budget_usd", settings.TurnBudgetUsd), ("session_budget_usd", settings.SessionBudgetUsd), ("day_budget_usd", settings.DayBudgetUsd), ("project_budget_usd", settings.ProjectBudgetUsd) })
            if (usd is <= 0 or > 1_000_000) return Bad(name, "A budget is an amount of US dollars above 0.");
        if (isSessions && settings is not { DayBudgetUsd: null, ProjectBudgetUsd: null }) return Bad("day_budget_usd", "Budgets for a day and for all are the project's.");
        return settings.McpServers is { } servers ? Objection(servers) : null;
    }

    /// <summary>The same for MCP servers alone.</summary>
    public static Refusal? Objection(IReadOnlyDictionary<string, JsonElement> servers)
    {
        foreach (var (name, server) in servers)
        {
            if (!ServerName().IsMatch(name)) return Bad("mcp_servers", $"\"{name}\" is no name for an MCP server: it has 1 to 64 letters, digits, - or _.");
            if (server.ValueKind != JsonValueKind.Object) return Bad("mcp_servers", $"MCP server {name} is an object, e.g. {{\"type\":\"stdio\",\"command\":\"npx\",\"args\":[\"-y\",\"server\"]}}.");
            var type = Text(server, "type") ?? "stdio";
            switch (type)
            {
                case "stdio" when Text(server, "command") is not { Length: > 0 }:
                    return Bad("mcp_servers", $"MCP server {name} needs a command.");
                case "http" or "sse" when !Uri.TryCreate(Text(server, "url"), UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"):
                    return Bad("mcp_servers", $"MCP server {name} needs an url that begins with http:// or https://.");
                case not ("stdio" or "http" or "sse"):
                    return Bad("mcp_servers", $"MCP server {name}: type is stdio, http or sse.");
            }
        }

        return servers.Sum(server => server.Value.GetRawText().Length) > MaxServersBytes ? Bad("mcp_servers", $"The MCP servers have more than {MaxServersBytes / 1000} KB.") : null;
    }

    private static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static Refusal Bad(string field, string message) => new(StatusCodes.Status400BadRequest, "invalid_settings", message, field);

    [GeneratedRegex("^[a-z0-9_-]{1,30}$")]
    private static partial Regex Word();

    [GeneratedRegex(@"^[A-Za-z_][\w*-]*(\([^\r\n]+\))?$")]
    private static partial Regex Rule();

    [GeneratedRegex("^[A-Za-z0-9_-]{1,64}$")]
    private static partial Regex ServerName();
}
