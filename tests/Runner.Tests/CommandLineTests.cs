using System.Text.Json;
using Protocol.Redis;
using Runner.Cli;
using TestKit;

namespace Runner.Tests;

/// <summary>What the CLI is given, and what it is not.</summary>
public sealed class CommandLineTests
{
    private static readonly Turn s_turn = new() { TurnId = "t", ProjectId = "p", SessionId = "0198c5a2-7c1e-7d3a-9b6e-2f1d3c4b5a69", Content = "hi", PermissionMode = "acceptEdits", Model = "sonnet" };

    private static readonly RunnerOptions s_options = new();

    [Fact]
    public void The_environment_is_an_allow_list()
    {
        Environment.SetEnvironmentVariable("ConnectionStrings__redis", "secret:6379");
        Environment.SetEnvironmentVariable("CLAUDECODE", "1");
        var folders = new SessionFolders("/w", "/h", "/c", "/t");
        var environment = ClaudeCommandLine.Environment(new RunnerOptions { AnthropicApiKey = "key", AnthropicBaseUrl = "http://127.0.0.1:1" }, folders);
        Assert.Equal(("/h", "/c", "key", "http://127.0.0.1:1", "1"), (environment["HOME"], environment["CLAUDE_CONFIG_DIR"], environment["ANTHROPIC_API_KEY"], environment["ANTHROPIC_BASE_URL"], environment["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"]));
        Assert.DoesNotContain(environment, variable => variable.Value.Contains("secret", StringComparison.Ordinal));
        Assert.DoesNotContain("CLAUDECODE", environment.Keys);
    }

    [Fact]
    public void A_session_begins_by_its_id_and_is_resumed_by_it()
    {
        Assert.Contains("--session-id=0198c5a2-7c1e-7d3a-9b6e-2f1d3c4b5a69", ClaudeCommandLine.Arguments(s_turn, resume: false, s_options));
        Assert.Contains("--resume=0198c5a2-7c1e-7d3a-9b6e-2f1d3c4b5a69", ClaudeCommandLine.Arguments(s_turn, resume: true, s_options));
        Assert.Contains("--model=sonnet", ClaudeCommandLine.Arguments(s_turn, resume: true, s_options));
    }

    [Fact]
    public void A_fork_begins_where_its_origin_was_and_is_then_resumed_by_its_own_id()
    {
        var fork = s_turn with { ForkOf = "0198c5a2-7c1e-7d3a-9b6e-2f1d3c4b5a70", ForkAt = "0198c5a2-7c1e-7d3a-9b6e-2f1d3c4b5a71" };
        Assert.Equal(
            ["--session-id=0198c5a2-7c1e-7d3a-9b6e-2f1d3c4b5a69", "--resume=0198c5a2-7c1e-7d3a-9b6e-2f1d3c4b5a70", "--fork-session", "--resume-session-at=0198c5a2-7c1e-7d3a-9b6e-2f1d3c4b5a71"],
            ClaudeCommandLine.Arguments(fork, resume: false, s_options).Where(argument => argument.Contains("es", StringComparison.Ordinal) && argument.Contains("sion", StringComparison.Ordinal) && !argument.Contains("permission", StringComparison.Ordinal) || argument.StartsWith("--resume", StringComparison.Ordinal)));
        Assert.DoesNotContain("--fork-session", ClaudeCommandLine.Arguments(fork, resume: true, s_options));
    }

    [Fact]
    public void Settings_are_arguments_each_in_one_piece()
    {
        var turn = s_turn with
        {
            Settings = new ClaudeSettings
            {
                Effort = "low", AppendSystemPrompt = "Be brief.\nAnd kind.", MaxTurns = 7, AllowedTools = ["Bash(git commit -m *)"], DisallowedTools = ["WebFetch"],
                McpServers = new Dictionary<string, JsonElement> { ["tiny"] = JsonElement.Parse("""{"type":"stdio","command":"npx","args":["-y","a b"]}""") },
            },
            Budget = new TurnBudget(0.5m, 1m, "turn", 2.25m),
        };
        var arguments = ClaudeCommandLine.Arguments(turn, resume: false, s_options);
        Assert.Equal(
            [
                "--effort=low", "--append-system-prompt=Be brief.\nAnd kind.", "--max-turns=7",
                """--settings={"permissions":{"allow":["Bash(git commit -m *)"],"deny":["WebFetch"]}}""",
                """--mcp-config={"mcpServers":{"tiny":{"type":"stdio","command":"npx","args":["-y","a b"]}}}""",
                "--max-budget-usd=2.25",
            ],
            arguments.Skip(arguments.Count - 6));
        Assert.DoesNotContain(ClaudeCommandLine.Arguments(s_turn with { Settings = new ClaudeSettings(), Budget = new TurnBudget(1, 1, "turn", null) }, false, s_options), argument => argument.StartsWith("--max", StringComparison.Ordinal));
    }

    [Fact]
    public void Only_an_operator_lets_permissions_be_bypassed()
    {
        var folders = new SessionFolders("/w", "/h", "/c", "/t");
        Assert.DoesNotContain("--allow-dangerously-skip-permissions", ClaudeCommandLine.Arguments(s_turn, false, s_options));
        Assert.DoesNotContain("IS_SANDBOX", ClaudeCommandLine.Environment(s_options, folders).Keys);
        var allowed = new RunnerOptions { AllowBypassPermissions = true };
        Assert.Contains("--allow-dangerously-skip-permissions", ClaudeCommandLine.Arguments(s_turn, false, allowed));
        Assert.Equal("1", ClaudeCommandLine.Environment(allowed, folders)["IS_SANDBOX"]);
    }

    [Fact]
    public void The_pinned_version_is_the_one_that_is_installed()
    {
        Assert.Matches(@"^\d+\.\d+\.\d+$", ClaudeCli.PinnedVersion);
        Assert.Contains($"\"version\": \"{ClaudeCli.PinnedVersion}\"", File.ReadAllText(Path.Combine(Repository.Root, "Runner", "npm", "node_modules", "@anthropic-ai", "claude-code", "package.json")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("plain text", """{"type":"user","message":{"role":"user","content":"plain text"},"parent_tool_use_id":null,"session_id":"","uuid":"u"}""")]
    [InlineData("\"quoted\"\r\n\u2028 ü", """{"type":"user","message":{"role":"user","content":"\"quoted\"\r\n\u2028 ü"},"parent_tool_use_id":null,"session_id":"","uuid":"u"}""")]
    public void A_user_line_is_one_line_without_BOM(string content, string expected) =>
        Assert.Equal($"{expected}\n", System.Text.Encoding.UTF8.GetString(ClaudeLines.User(System.Text.Json.JsonSerializer.SerializeToElement(content), "u").Span));
}
