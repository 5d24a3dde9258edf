using System.Text.Json;
using Microsoft.Extensions.Options;
using Protocol.Redis;

namespace Runner.Cli;

/// <summary>Tries MCP servers as a session would: a CLI is started with them, and asked what became of them.</summary>
internal sealed class McpTest(ClaudeCli cli, IOptions<RunnerOptions> options)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromMilliseconds(200);

    /// <summary>Waits until none of them is pending any more, or the time is up.</summary>
    public async Task<TestedMcpServers> RunAsync(TestMcpServers call, SessionFolders folders, CancellationToken cancellationToken)
    {
        var turn = new Turn
        {
            TurnId = "", ProjectId = call.ProjectId, SessionId = Guid.NewGuid().ToString(), Content = "", PermissionMode = "default",
            Settings = new ClaudeSettings { McpServers = call.Servers },
        };
        await using var asked = await AskedCli.StartAsync(cli, turn, resume: false, folders, options.Value, cancellationToken);
        var until = DateTime.UtcNow + s_limit;
        while (true)
        {
            var states = Read(await asked.AskAsync("mcp_status", _ => { }, cancellationToken));
            if (states.TrueForAll(server => server.Status != "pending") || DateTime.UtcNow > until) return new TestedMcpServers(states);
            await Task.Delay(s_lookEvery, cancellationToken);
        }
    }

    /// <summary>The answer to <c>mcp_status</c>.</summary>
    // {"mcpServers":[{"name":"tiny","status":"connected","tools":[{"name":"greet",…}],…},{"name":"broken","status":"failed","error":"ENOENT: …",…}]}
    public static List<McpServerState> Read(JsonElement answer) =>
        [.. Items(answer, "mcpServers").Select(server => new McpServerState(Text(server, "name") ?? "", Text(server, "status") ?? "", Text(server, "error"), [.. Items(server, "tools").Select(tool => Text(tool, "name") ?? "")]))];

    private static IEnumerable<JsonElement> Items(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? list.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.Object) : [];

    private static string? Text(JsonElement element, string name) => element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
