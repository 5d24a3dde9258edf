using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Protocol.Events;
using TestKit;

namespace Scenarios.Tests;

/// <summary>Settings and budgets, with the real CLI.</summary>
public sealed class SettingsTests(SharedStack shared)
{
    private static readonly string s_mcpServer = Path.Combine(Repository.Root, "tests", "TestKit", "mcp-server.mjs");
    private static readonly object s_mcp = new { type = "stdio", command = "node", args = new[] { s_mcpServer }, env = new Dictionary<string, string> { ["PLACE"] = "here" } };
    private static readonly string[] s_allowed = ["Bash(mkdir:*)", "mcp__tiny__greet"];
    private static readonly string[] s_denied = ["WebFetch"];
    private readonly Stack _stack = shared.Stack;

    [Fact]
    public async Task What_is_set_counts_from_the_next_message_on_and_a_session_may_have_its_own()
    {
        var project = await _stack.NewProjectAsync("default");
        await using var viewer = await _stack.ViewAsync(project);
        await viewer.SayAsync("""%%demo [{"text":"As usual."}]""");
        var session = (await viewer.WaitForEndAsync()).SessionId;
        await PutAsync($"projects/{project}/settings", new { effort = "low", append_system_prompt = "Mind the gap.", max_turns = 50, allowed_tools = s_allowed, disallowed_tools = s_denied, mcp_servers = new { tiny = s_mcp } });
        await PutAsync($"projects/{project}/sessions/{session}/settings", new { effort = "high" });

        await viewer.SayAsync("""%%demo [{"blocks":[{"type":"tool_use","name":"Bash","input":{"command":"mkdir made"}},{"type":"tool_use","name":"mcp__tiny__greet","input":{"who":"you"}}]},{"text":"Done."}]""");
        var end = await viewer.WaitForEndAsync(2);
        Assert.Equal(EndReasons.Completed, end.Reason); // Nobody was asked.
        Assert.Empty(viewer.Frames.OfType<PermissionRequest>());
        Assert.True(Directory.Exists(Path.Combine(_stack.Workspace(project), "made")));
        Assert.Contains(viewer.Frames.OfType<ToolResult>(), r => r.Content.GetRawText().Contains("Hello you, from here", StringComparison.Ordinal));
        var init = viewer.Frames.OfType<Status>().Last(s => s.State == "init").Detail!.Value;
        Assert.DoesNotContain("WebFetch", init.GetProperty("tools").EnumerateArray().Select(t => t.GetString()));
        Assert.Equal("connected", init.GetProperty("mcp_servers")[0].GetProperty("status").GetString());
        var started = Assert.Single(Processes.ClisOf(session).Select(pid => File.ReadAllText($"/proc/{pid}/cmdline").Replace('\0', ' ')));
        Assert.Contains("--effort=high --append-system-prompt=Mind the gap. --max-turns=50", started, StringComparison.Ordinal);

        // What stands in the settings stays; what is taken out is gone.
        await PutAsync($"projects/{project}/settings", new { });
        await PutAsync($"projects/{project}/sessions/{session}/settings", new { });
        await viewer.SayAsync("""%%demo [{"text":"As usual again."}]""");
        Assert.Equal(EndReasons.Completed, (await viewer.WaitForEndAsync(3)).Reason);
        Assert.DoesNotContain(Processes.Of($"={session}").Select(pid => File.ReadAllText($"/proc/{pid}/cmdline")), line => line.Contains("--effort", StringComparison.Ordinal));
    }

    [Fact]
    public async Task MCP_servers_are_tried_and_tell_their_tools_or_what_is_wrong()
    {
        var project = await _stack.NewProjectAsync();
        using var answer = await _stack.Http.PostAsJsonAsync($"projects/{project}/mcp-test", new { mcp_servers = new Dictionary<string, object> { ["tiny"] = s_mcp, ["broken"] = new { type = "stdio", command = "/no/such/command" } } }, TestContext.Current.CancellationToken);
        var tested = (await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("servers").EnumerateArray().ToDictionary(s => s.GetProperty("name").GetString()!);
        Assert.Equal("connected", tested["tiny"].GetProperty("status").GetString());
        Assert.Equal(["greet"], tested["tiny"].GetProperty("tools").EnumerateArray().Select(t => t.GetString()));
        Assert.Equal("failed", tested["broken"].GetProperty("status").GetString());
        Assert.Contains("no such file", tested["broken"].GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task MCP_servers_over_HTTP_are_tried_and_used()
    {
        var port = Ports.Free();
        await using var server = new ChildProcess("mcp-server", "node", [s_mcpServer], new Dictionary<string, string> { ["PORT"] = $"{port}", ["TOKEN"] = "sesame", ["PLACE"] = "the network" });
        await Eventually.IsAsync("the MCP server to listen", () => Task.FromResult(server.Output.Contains("listening", StringComparison.Ordinal)));
        object Remote(string token) => new { type = "http", url = $"http://127.0.0.1:{port}/mcp", headers = new Dictionary<string, string> { ["Authorization"] = $"Bearer {token}" } };
        var project = await _stack.NewProjectAsync();
        using var answer = await _stack.Http.PostAsJsonAsync($"projects/{project}/mcp-test", new { mcp_servers = new Dictionary<string, object> { ["far"] = Remote("sesame"), ["locked"] = Remote("wrong") } }, TestContext.Current.CancellationToken);
        var tested = (await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("servers").EnumerateArray().ToDictionary(s => s.GetProperty("name").GetString()!);
        Assert.Equal(("connected", "greet"), (tested["far"].GetProperty("status").GetString(), tested["far"].GetProperty("tools")[0].GetString()));
        Assert.NotEqual("connected", tested["locked"].GetProperty("status").GetString());

        await PutAsync($"projects/{project}/settings", new { allowed_tools = (string[])["mcp__far__greet"], mcp_servers = new { far = Remote("sesame") } });
        await using var viewer = await _stack.ViewAsync(project);
        await viewer.SayAsync("""%%demo [{"blocks":[{"type":"tool_use","name":"mcp__far__greet","input":{"who":"you"}}]},{"text":"Greeted."}]""");
        Assert.Equal(EndReasons.Completed, (await viewer.WaitForEndAsync()).Reason);
        Assert.Contains("Hello you, from the network", viewer.Frames.OfType<ToolResult>().Single().Content.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_turns_budget_warns_then_stops_it_and_the_next_turn_has_its_own()
    {
        var project = await _stack.NewProjectAsync();
        await using var viewer = await _stack.ViewAsync(project);
        await viewer.SayAsync("""%%demo [{"text":"One message."}]""");
        var one = (await viewer.WaitForEndAsync()).TotalCostUsd;
        Assert.True(one > 0);
        await PutAsync($"projects/{project}/settings", new { turn_budget_usd = one * 1.2m });

        // Each step costs about as much as the one message did.
        const string Steps = """%%demo [{"blocks":[{"type":"tool_use","name":"Bash","input":{"command":"sleep 2"}}]},{"blocks":[{"type":"tool_use","name":"Bash","input":{"command":"sleep 316"}}]},{"text":"Too far."}]""";
        await viewer.SayAsync(Steps);
        var stopped = await viewer.WaitForEndAsync(2);
        Assert.Equal((EndReasons.BudgetReached, true), (stopped.Reason, stopped.IsError));
        Assert.Contains("The turn's budget of", stopped.Message, StringComparison.Ordinal);
        Assert.Single(viewer.Frames.OfType<Status>(), s => s.State == "budget_warning");
        var updates = viewer.Frames.OfType<CostUpdate>().Where(c => c.TurnId == stopped.TurnId).ToList();
        Assert.True(updates.Count >= 2 && updates[^1].TotalCostUsd <= stopped.TotalCostUsd && stopped.TotalCostUsd < one * 3, $"{one}: {string.Join(' ', updates.Select(u => u.TotalCostUsd))}, {stopped.TotalCostUsd}");
        Assert.DoesNotContain(viewer.Frames.OfType<AssistantChunk>(), c => c.Content.Contains("far", StringComparison.Ordinal));

        await viewer.SayAsync("""%%demo [{"text":"And on."}]""");
        Assert.Equal(EndReasons.Completed, (await viewer.WaitForEndAsync(3)).Reason);
    }

    [Theory]
    [InlineData("session_budget_usd", "The session's budget")]
    [InlineData("day_budget_usd", "The project's budget for today")]
    [InlineData("project_budget_usd", "The project's budget")]
    public async Task A_budget_that_is_used_up_lets_no_turn_begin_until_it_is_raised(string setting, string whose)
    {
        var project = await _stack.NewProjectAsync();
        await using var viewer = await _stack.ViewAsync(project);
        await viewer.SayAsync("""%%demo [{"text":"One message."}]""");
        var one = await viewer.WaitForEndAsync();
        await _stack.HistoryAsync(project, h => h.GetProperty("seq").GetInt64() >= one.Seq, "the first turn");
        await PutAsync($"projects/{project}/settings", new Dictionary<string, decimal> { [setting] = one.TotalCostUsd / 2 });
        await viewer.SayAsync("""%%demo [{"text":"Never said."}]""");
        var refused = await viewer.WaitForEndAsync(2);
        Assert.Equal((EndReasons.BudgetReached, 0m), (refused.Reason, refused.TotalCostUsd));
        Assert.StartsWith(whose, refused.Message, StringComparison.Ordinal);

        await PutAsync($"projects/{project}/settings", new Dictionary<string, decimal> { [setting] = one.TotalCostUsd * 100 });
        await viewer.SayAsync("""%%demo [{"text":"On we go."}]""");
        Assert.Equal(EndReasons.Completed, (await viewer.WaitForEndAsync(3)).Reason);
        // The CLI has the limit as well.
        Assert.Contains(Processes.Of($"={one.SessionId}").Select(pid => File.ReadAllText($"/proc/{pid}/cmdline")), line => line.Contains("--max-budget-usd=", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_ledger_is_the_sum_of_the_turns_to_the_token()
    {
        var project = await _stack.NewProjectAsync();
        await using var viewer = await _stack.ViewAsync(project);
        for (var n = 1; n <= 2; n++)
        {
            await viewer.SayAsync($$"""%%demo [{"text":"Answer {{n}}."}]""");
            await viewer.WaitForEndAsync(n);
        }

        var ends = viewer.Frames.OfType<SessionEnd>().ToList();
        await _stack.HistoryAsync(project, h => h.GetProperty("seq").GetInt64() >= ends[1].Seq, "both turns");
        var ledger = await _stack.Http.GetFromJsonAsync<JsonElement>($"usage?project_id={project}", TestContext.Current.CancellationToken);
        var entry = Assert.Single(ledger.GetProperty("entries").EnumerateArray());
        Assert.Equal(ends.Sum(e => e.TotalCostUsd), entry.GetProperty("cost_usd").GetDecimal());
        Assert.Equal((ends.Sum(e => e.UsageSummary.InputTokens), ends.Sum(e => e.UsageSummary.OutputTokens), 2), (entry.GetProperty("input_tokens").GetInt64(), entry.GetProperty("output_tokens").GetInt64(), entry.GetProperty("turns").GetInt32()));

        var csv = await _stack.Http.GetStringAsync($"usage/csv?project_id={project}", TestContext.Current.CancellationToken);
        Assert.Equal(2, csv.Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.Contains($",{project},project ", csv, StringComparison.Ordinal);

        // A deleted project's costs were paid all the same.
        using var deleted = await _stack.Http.DeleteAsync($"projects/{project}", TestContext.Current.CancellationToken);
        ledger = await _stack.Http.GetFromJsonAsync<JsonElement>($"usage?project_id={project}", TestContext.Current.CancellationToken);
        Assert.Equal(JsonValueKind.Null, Assert.Single(ledger.GetProperty("entries").EnumerateArray()).GetProperty("project_name").ValueKind);
        using var bad = await _stack.Http.GetAsync("usage?from=2026-11-30&to=2026-11-01", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.BadRequest, bad.StatusCode);
    }

    [Theory]
    [InlineData("""{"effort":"very high"}""", "effort")]
    [InlineData("""{"max_turns":0}""", "max_turns")]
    [InlineData("""{"allowed_tools":["rm -rf /"]}""", "allowed_tools")]
    [InlineData("""{"disallowed_tools":["Bash(x"]}""", "disallowed_tools")]
    [InlineData("""{"turn_budget_usd":-1}""", "turn_budget_usd")]
    [InlineData("""{"mcp_servers":{"a b":{"command":"x"}}}""", "mcp_servers")]
    [InlineData("""{"mcp_servers":{"a":{"type":"stdio"}}}""", "mcp_servers")]
    [InlineData("""{"mcp_servers":{"a":{"type":"http","url":"file:///etc/passwd"}}}""", "mcp_servers")]
    [InlineData("""{"mcp_servers":{"a":7}}""", "mcp_servers")]
    public async Task Settings_that_could_not_work_are_refused_by_name(string settings, string field)
    {
        var project = await _stack.NewProjectAsync();
        using var body = new StringContent(settings, System.Text.Encoding.UTF8, "application/json");
        using var answer = await _stack.Http.PutAsync($"projects/{project}/settings", body, TestContext.Current.CancellationToken);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.BadRequest, "invalid_settings", field), (answer.StatusCode, problem.GetProperty("code").GetString(), problem.GetProperty("field").GetString()));
    }

    private async Task PutAsync(string path, object settings)
    {
        using var answer = await _stack.Http.PutAsJsonAsync(path, settings, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }
}
