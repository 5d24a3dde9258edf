using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Runner.Cli;
using TestKit;

namespace Runner.Tests;

/// <summary>docs/claude-code.md says of every piece of the pinned CLI what the product does about it.</summary>
public sealed partial class ClaudeCodeDocTests
{
    private static readonly string s_page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "claude-code.md"));

    [Fact]
    public async Task Every_flag_of_its_help_is_there()
    {
        var start = new ProcessStartInfo(Repository.Cli, ["--help"]) { RedirectStandardOutput = true };
        start.Environment.Clear();
        start.Environment["HOME"] = Directory.CreateTempSubdirectory("help-").FullName;
        start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH");
        using var process = Process.Start(start)!;
        var help = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken);
        var flags = Flag().Matches(help).SelectMany(match => new[] { match.Groups[1].Value, match.Groups[2].Value }).Where(flag => flag.Length > 0).Distinct().ToList();
        Assert.True(flags.Count > 40, $"--help shows only {flags.Count} flags:\n{help}");
        Assert.All(flags, IsThere);
    }

    [Fact]
    public void Every_line_tool_and_request_of_the_recordings_is_there()
    {
        var (lines, tools) = (new SortedSet<string>(StringComparer.Ordinal), new SortedSet<string>(StringComparer.Ordinal));
        foreach (var name in GoldenTranscriptTests.Recordings.Select(row => row.Data))
            foreach (var line in Transcript.Lines(name).Where(line => line.StartsWith("{\"type\":", StringComparison.Ordinal)))
            {
                var root = JsonElement.Parse(line);
                var type = root.GetProperty("type").GetString()!;
                var kind = type switch
                {
                    "stream_event" => root.GetProperty("event").GetProperty("type").GetString(),
                    "control_request" => root.GetProperty("request").GetProperty("subtype").GetString(),
                    _ => root.TryGetProperty("subtype", out var subtype) ? subtype.GetString() : null,
                };
                lines.Add(kind is null ? type : $"{type}/{kind}");
                if (kind == "init") tools.UnionWith(root.GetProperty("tools").EnumerateArray().Select(tool => tool.GetString()!).Where(tool => !tool.StartsWith("mcp__", StringComparison.Ordinal)));
            }

        Assert.True(lines.Count > 20 && tools.Count > 20);
        Assert.All(lines, IsThere);
        Assert.All(tools, IsThere);
    }

    [Fact]
    public void It_names_the_pinned_version() => Assert.Contains($"pinned CLI ({ClaudeCli.PinnedVersion},", s_page, StringComparison.Ordinal);

    private static void IsThere(string piece) => Assert.Contains($"| `{piece}` |", s_page, StringComparison.Ordinal);

    // "  -p, --print  …" · "  --allowedTools, --allowed-tools <tools...>"
    [GeneratedRegex(@"^\s+(?:-\w, )?(--[\w-]+)(?:, (--[\w-]+))?", RegexOptions.Multiline)]
    private static partial Regex Flag();
}
