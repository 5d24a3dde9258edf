using System.Diagnostics;
using Protocol.Events;
using TestKit;

namespace Load;

/// <summary>When a turn's frames came to the sender, in milliseconds since it was sent.</summary>
/// <param name="Announced">It is stored, and everybody sees it.</param>
/// <param name="Taken">A runner has begun with it.</param>
/// <param name="Asked">Claude Code has asked the model.</param>
/// <param name="Answered">The first piece of the answer.</param>
public sealed record Steps(double Announced, double Taken, double Asked, double Answered);

/// <summary>What the way through Runner, Redis and ChatApi adds to Claude Code's own time.</summary>
public static class Turns
{
    /// <summary>Milliseconds from a line on the CLI's stdout to the frame at each of the viewers.</summary>
    public static async Task<Measurement> LineToFrameAsync(int viewers, int turns)
    {
        await using var stack = await Stack.StartAsync(await RedisServer.StartAsync(), s =>
        {
            s.Settings["Runner__CliPath"] = StampingCli.WriteScript(s.Folder);
            s.Settings["Runner__RequirePinnedCli"] = "false";
        }, "Runner", "ChatApi");
        var project = await stack.NewProjectAsync();
        var measurement = new Measurement();
        var watching = Enumerable.Range(0, viewers).Select(_ => new LoadViewer(stack.SocketAddress(project), null, measurement)).ToList();
        foreach (var viewer in watching) await viewer.ConnectAsync();
        await using var writer = await stack.ViewAsync(project);
        for (var turn = 1; turn <= turns + 1; turn++)
        {
            await writer.SayAsync("Go on.");
            await writer.WaitForEndAsync(turn);
            if (turn == 1) measurement.Reset(); // The JIT.
        }

        foreach (var viewer in watching) viewer.Dispose();
        return measurement;
    }

    /// <summary>
    /// Milliseconds from a message to the first piece of its answer, by the real CLI and a demo model that answers at once:
    /// for a session's first message (the process starts) and its second.
    /// </summary>
    public static async Task<(Steps Cold, Steps Warm)> ThroughTheProductAsync(Stack stack)
    {
        await using var conversation = await Conversation.BeginAsync(stack);
        var cold = await conversation.AnswerAsync(1);
        await Task.Delay(s_thinking);
        return (cold, await conversation.AnswerAsync(2));
    }

    /// <summary>The same for a session's first message, where its sender wrote on it for two seconds.</summary>
    public static async Task<Steps> WrittenAsync(Stack stack)
    {
        await using var conversation = await Conversation.BeginAsync(stack);
        await conversation.PrepareAsync();
        await Task.Delay(s_writing);
        return await conversation.AnswerAsync(1);
    }

    /// <summary>The same by the CLI alone.</summary>
    public static async Task<(double Cold, double Warm)> ByTheCliAloneAsync(Stack stack)
    {
        var folder = Directory.CreateDirectory(Path.Combine(stack.Folder, $"alone-{Guid.NewGuid():N}")).FullName;
        var start = new ProcessStartInfo(CliPath(), ["-p", "--input-format=stream-json", "--output-format=stream-json", "--verbose", "--include-partial-messages", "--permission-prompt-tool=stdio", "--strict-mcp-config", "--permission-mode=acceptEdits", $"--session-id={Guid.NewGuid()}"])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder,
        };
        start.Environment.Clear();
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH");
        start.Environment["HOME"] = start.Environment["CLAUDE_CONFIG_DIR"] = start.Environment["CLAUDE_CODE_TMPDIR"] = folder;
        start.Environment["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"] = "1";
        start.Environment["ANTHROPIC_API_KEY"] = "test-key";
        start.Environment["ANTHROPIC_BASE_URL"] = stack.Address("DemoModel");

        var clock = Stopwatch.StartNew();
        using var cli = Process.Start(start)!;
        _ = cli.StandardError.ReadToEndAsync();
        await cli.StandardInput.WriteLineAsync("""{"type":"control_request","request_id":"1","request":{"subtype":"initialize","hooks":null}}""");
        var cold = await AnswerAsync();
        await Task.Delay(s_thinking);
        clock.Restart();
        var warm = await AnswerAsync();
        cli.StandardInput.Close();
        await cli.WaitForExitAsync();
        return (cold, warm);

        async Task<double> AnswerAsync()
        {
            await cli.StandardInput.WriteLineAsync($$$"""{"type":"user","message":{"role":"user","content":"{{{Message}}}"},"parent_tool_use_id":null,"session_id":""}""");
            await cli.StandardInput.FlushAsync();
            var took = 0.0;
            while (await cli.StandardOutput.ReadLineAsync() is { } line)
            {
                if (took == 0 && line.Contains("\"text_delta\"", StringComparison.Ordinal)) took = clock.Elapsed.TotalMilliseconds;
                if (line.StartsWith("{\"type\":\"result\"", StringComparison.Ordinal)) return took;
            }

            throw new InvalidOperationException("The CLI ended without a result.");
        }
    }

    /// <summary>Nobody writes the next message at once: what the last one left to be done is done by then.</summary>
    private static readonly TimeSpan s_thinking = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_writing = TimeSpan.FromSeconds(2);

    private const string Message = "Show me some code";

    private static string CliPath() => Directory.GetFiles(Path.Combine(Repository.Root, "Runner", "npm", "node_modules", "@anthropic-ai"), "claude", SearchOption.AllDirectories)
        .First(path => Path.GetDirectoryName(path)!.Contains("claude-code-", StringComparison.Ordinal));

    /// <summary>A session of a project of its own, and when its frames come.</summary>
    private sealed class Conversation : IAsyncDisposable
    {
        private readonly Stopwatch _clock = new();
        private Steps _steps = new(0, 0, 0, 0);
        private Viewer? _viewer;

        public static async Task<Conversation> BeginAsync(Stack stack)
        {
            var conversation = new Conversation();
            conversation._viewer = await Viewer.ConnectAsync(stack.SocketAddress(await stack.NewProjectAsync()), conversation.Take);
            return conversation;
        }

        public Task PrepareAsync() => _viewer!.SendAsync("""{"type":"prepare"}""");

        public async Task<Steps> AnswerAsync(int turn)
        {
            _steps = new Steps(0, 0, 0, 0);
            _clock.Restart();
            await _viewer!.SayAsync(Message);
            await _viewer.WaitForEndAsync(turn);
            return _steps;
        }

        public ValueTask DisposeAsync() => _viewer!.DisposeAsync();

        private void Take(Frame frame)
        {
            var now = _clock.Elapsed.TotalMilliseconds;
            _steps = frame switch
            {
                UserMessage => _steps with { Announced = now },
                TurnStart => _steps with { Taken = now },
                Status { State: "requesting" } when _steps.Asked == 0 => _steps with { Asked = now },
                AssistantChunk when _steps.Answered == 0 => _steps with { Answered = now },
                _ => _steps,
            };
        }
    }
}
