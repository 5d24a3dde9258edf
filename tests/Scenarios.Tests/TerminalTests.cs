using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Protocol.Events;
using TestKit;

namespace Scenarios.Tests;

/// <summary>A session that began in a terminal, with the real CLI, goes on in the browser.</summary>
public sealed class TerminalTests(SharedStack shared)
{
    private readonly Stack _stack = shared.Stack;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_session_of_a_terminal_is_brought_in_with_its_history_and_goes_on(bool inAFolderOfTheirOwn)
    {
        var project = await _stack.NewProjectAsync();
        var before = await ListAsync(project);
        Assert.Empty(before.GetProperty("transcripts").EnumerateArray());
        await InTerminalAsync(before.GetProperty("workspace").GetString()!, inAFolderOfTheirOwn ? shared.TerminalConfig : before.GetProperty("config_folder").GetString()!, """%%demo [{"blocks":[{"type":"tool_use","name":"Bash","input":{"command":"echo in a terminal"}}]},{"text":"Said in a terminal."}]""");

        var transcript = Assert.Single((await ListAsync(project)).GetProperty("transcripts").EnumerateArray());
        var session = transcript.GetProperty("session_id").GetString();
        Assert.Equal(1, transcript.GetProperty("messages").GetInt32());
        await using var viewer = await _stack.ViewAsync(project);
        using var brought = await _stack.Http.PostAsync($"projects/{project}/terminal-sessions/{session}", null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Created, brought.StatusCode);

        // Without a wait: once it is said to be here, it is.
        var history = await _stack.Http.GetFromJsonAsync<JsonElement>(brought.Headers.Location!.OriginalString[1..], TestContext.Current.CancellationToken);
        Assert.Equal("Said in a terminal.", history.GetProperty("messages").EnumerateArray().Last().GetProperty("content")[0].GetProperty("text").GetString());
        await viewer.WaitForEndAsync();
        Assert.Contains(viewer.Frames.OfType<ToolResult>(), r => r.Content.GetRawText().Contains("in a terminal", StringComparison.Ordinal));

        var sessions = await _stack.Http.GetFromJsonAsync<JsonElement>($"projects/{project}/sessions", TestContext.Current.CancellationToken);
        Assert.StartsWith("%%demo", Assert.Single(sessions.EnumerateArray()).GetProperty("title").GetString(), StringComparison.Ordinal);

        // It goes on, by the same id, and Claude Code knows what was before.
        await viewer.SayAsync("""%%demo [{"text":"Said in the browser."}]""", sessionId: session);
        Assert.Equal(EndReasons.Completed, (await viewer.WaitForEndAsync(2)).Reason);
        var written = await _stack.TranscriptAsync(session!, "Said in the browser.");
        Assert.Contains("Said in a terminal.", written, StringComparison.Ordinal);

        // It is here now, and nowhere twice.
        Assert.Empty((await ListAsync(project)).GetProperty("transcripts").EnumerateArray());
        using var again = await _stack.Http.PostAsync($"projects/{project}/terminal-sessions/{session}", null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Conflict, again.StatusCode);
        using var unknown = await _stack.Http.PostAsync($"projects/{project}/terminal-sessions/{Guid.NewGuid()}", null, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);
    }

    // As the page says that it is begun, or as somebody's own Claude Code does.
    private async Task InTerminalAsync(string workspace, string config, string prompt)
    {
        var start = new ProcessStartInfo(Repository.Cli, ["-p", prompt, "--permission-mode", "acceptEdits"])
        {
            WorkingDirectory = workspace, RedirectStandardOutput = true, RedirectStandardInput = true, RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach (var (name, value) in new Dictionary<string, string?>
        {
            ["PATH"] = Environment.GetEnvironmentVariable("PATH"), ["HOME"] = Path.GetTempPath(), ["CLAUDE_CONFIG_DIR"] = config,
            ["ANTHROPIC_API_KEY"] = "dummy", ["ANTHROPIC_BASE_URL"] = _stack.Address("DemoModel"), ["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"] = "1",
        }) start.Environment[name] = value;
        using var claude = Process.Start(start)!;
        claude.StandardInput.Close();
        var output = await claude.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken);
        Assert.Contains("Said in a terminal.", output, StringComparison.Ordinal);
    }

    private Task<JsonElement> ListAsync(string project) => _stack.Http.GetFromJsonAsync<JsonElement>($"projects/{project}/terminal-sessions", TestContext.Current.CancellationToken);
}
