using System.Globalization;
using System.Text.Json.Nodes;
using Protocol.Redis;
using Runner.Containment;

namespace Runner.Cli;

/// <summary>How a CLI process is started: arguments, environment, folders. Source: fact sheet §1.</summary>
internal static class ClaudeCommandLine
{
    /// <summary>Variables of the Runner's own environment that the CLI, and the code that a model wrote, may see.</summary>
    private static readonly string[] s_allowed = ["PATH", "LANG", "LC_ALL", "TZ", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR"];

    /// <summary>The CLI's own word for its default model.</summary>
    public const string DefaultModel = "default";

    /// <summary>A session's process, as a supervisor starts it.</summary>
    public static Launch Launch(string cliPath, Turn turn, bool resume, RunnerOptions options, SessionFolders folders) =>
        new(cliPath, Arguments(turn, resume, options), Environment(options, folders), folders.Workspace);

    /// <summary>The arguments for a session. Values are written <c>--flag=value</c>: <c>--resume</c>'s is optional.</summary>
    public static IReadOnlyList<string> Arguments(Turn turn, bool resume, RunnerOptions options)
    {
        List<string> arguments =
        [
            "-p",
            "--input-format=stream-json",
            "--output-format=stream-json",
            "--verbose",
            "--include-partial-messages",
            "--replay-user-messages",
            "--permission-prompt-tool=stdio",
            "--strict-mcp-config",
            $"--permission-mode={turn.PermissionMode}",
            resume ? $"--resume={turn.SessionId}" : $"--session-id={turn.SessionId}",
        ];
        if (!resume && turn is { ForkOf: { } origin, ForkAt: { } at }) arguments.AddRange([$"--resume={origin}", "--fork-session", $"--resume-session-at={at}"]);
        if (options.AllowBypassPermissions) arguments.Add("--allow-dangerously-skip-permissions");
        // Without it a resumed session goes on with the model of its last answer, and with the smaller context (fact sheet §9).
        arguments.Add($"--model={turn.Model ?? DefaultModel}");
        if (turn.Settings is { } settings) arguments.AddRange(Arguments(settings));
        if (turn.Budget?.ProcessUsd is { } most) arguments.Add(string.Create(CultureInfo.InvariantCulture, $"--max-budget-usd={most}"));
        return arguments;
    }

    private static IEnumerable<string> Arguments(ClaudeSettings settings)
    {
        if (settings.Effort is { } effort) yield return $"--effort={effort}";
        if (settings.AppendSystemPrompt is { Length: > 0 } prompt) yield return $"--append-system-prompt={prompt}";
        if (settings.MaxTurns is { } turns) yield return string.Create(CultureInfo.InvariantCulture, $"--max-turns={turns}");
        // As JSON: --allowedTools splits at spaces, and rules have some.
        if (settings.AllowedTools is { Count: > 0 } || settings.DisallowedTools is { Count: > 0 })
            yield return $"--settings={new JsonObject { ["permissions"] = new JsonObject { ["allow"] = List(settings.AllowedTools), ["deny"] = List(settings.DisallowedTools) } }.ToJsonString()}";
        if (settings.McpServers is { Count: > 0 } servers)
            yield return $"--mcp-config={new JsonObject { ["mcpServers"] = new JsonObject(servers.Select(server => KeyValuePair.Create(server.Key, JsonNode.Parse(server.Value.GetRawText())))) }.ToJsonString()}";
    }

    private static JsonArray List(IReadOnlyList<string>? rules) => [.. (rules ?? []).Select(rule => (JsonNode)rule)];

    /// <summary>The child's whole environment: an allow-list, so nothing of Redis or of the host.</summary>
    public static IReadOnlyDictionary<string, string> Environment(RunnerOptions options, SessionFolders folders)
    {
        var environment = new Dictionary<string, string>
        {
            ["HOME"] = folders.Home,
            ["CLAUDE_CONFIG_DIR"] = folders.ClaudeConfig,
            ["CLAUDE_CODE_TMPDIR"] = folders.Temporary,
            ["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"] = "1",
            ["CLAUDE_CODE_MAX_RETRIES"] = options.MaxRetries.ToString(CultureInfo.InvariantCulture),
            ["CLAUDE_CODE_ENTRYPOINT"] = "claude-team-runner",
            // Keeps what each file was before each message: rewind_files needs it.
            ["CLAUDE_CODE_ENABLE_SDK_FILE_CHECKPOINTING"] = "true",
        };
        // As root the CLI starts with that flag only when it is told that it is in a sandbox.
        if (options.AllowBypassPermissions) environment["IS_SANDBOX"] = "1";
        foreach (var name in s_allowed)
            if (System.Environment.GetEnvironmentVariable(name) is { Length: > 0 } value) environment[name] = value;
        if (options.AnthropicApiKey is { Length: > 0 } key) environment["ANTHROPIC_API_KEY"] = key;
        if (options.AnthropicBaseUrl is { Length: > 0 } address) environment["ANTHROPIC_BASE_URL"] = address;
        return environment;
    }
}

/// <summary>The folders of one project on the state volume.</summary>
internal sealed record SessionFolders(string Workspace, string Home, string ClaudeConfig, string Temporary)
{
    /// <summary>Makes the folders where they are missing.</summary>
    /// <exception cref="CliUnavailableException">One cannot be made or written.</exception>
    public static SessionFolders Create(string statePath, string projectId)
    {
        var root = Path.Combine(Path.GetFullPath(statePath), "projects", projectId);
        var folders = new SessionFolders(
            Path.Combine(root, "workspace"), Path.Combine(root, "home"), Path.Combine(root, "claude"), Path.Combine(root, "tmp"));
        try
        {
            foreach (var folder in (string[])[folders.Workspace, folders.Home, folders.ClaudeConfig, folders.Temporary]) Directory.CreateDirectory(folder);
            var probe = Path.Combine(folders.Workspace, $".write-{Guid.NewGuid():N}");
            File.WriteAllBytes(probe, []);
            File.Delete(probe);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new CliUnavailableException($"The project's workspace cannot be written: {error.Message} Check the folder's owner and the disk, then send the message again.", error);
        }

        return folders;
    }

    /// <summary>Whether Claude Code has a transcript of the session here, so that it is resumed and not begun.</summary>
    public bool HasTranscript(string sessionId)
    {
        var projects = Path.Combine(ClaudeConfig, "projects");
        return Directory.Exists(projects) && Directory.EnumerateFiles(projects, $"{sessionId}.jsonl", SearchOption.AllDirectories).Any();
    }
}
