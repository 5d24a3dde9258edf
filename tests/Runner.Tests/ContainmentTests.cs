using System.Diagnostics;
using Runner.Cli;
using Runner.Containment;
using TestKit;

namespace Runner.Tests;

/// <summary>Nothing that the CLI starts outlives it, or the Runner.</summary>
public sealed class ContainmentTests
{
    private static readonly Dictionary<string, string> s_environment = new() { ["PATH"] = Environment.GetEnvironmentVariable("PATH")!, ["HOME"] = "/tmp" };

    [Fact]
    public async Task What_left_its_session_and_lost_its_parent_is_killed_with_the_CLI()
    {
        // setsid makes a session of its own; the shell in between ends, so that its parent is gone.
        await using var process = Start("bash -c 'setsid sleep 311 & setsid sleep 311 & exit'; echo up; sleep 311");
        await Eventually.IsAsync("three sleeps", () => Task.FromResult(Processes.Of("sleep 311").Count(IsSleep) == 3));
        await process.KillAsync();
        Assert.True(process.Exited.IsCompleted);
        Assert.DoesNotContain(Processes.Of("sleep 311"), IsSleep);
    }

    [Fact]
    public async Task What_a_CLI_that_ends_leaves_behind_is_killed()
    {
        await using var process = Start("setsid sleep 312 & exit 5");
        Assert.Equal(5, await process.Exited.WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken));
        Assert.DoesNotContain(Processes.Of("sleep 312"), IsSleep);
    }

    [Fact]
    public async Task Stdin_and_stdout_pass_through()
    {
        var lines = new List<string>();
        await using var process = Start("read -r line; echo \"got $line\"", line => lines.Add(System.Text.Encoding.UTF8.GetString(line.Span)));
        await process.WriteAsync("hello\n"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.Equal(0, await process.Exited.WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken));
        Assert.Equal(["got hello"], lines);
    }

    [Fact]
    public async Task A_supervisor_whose_runner_is_gone_ends_the_CLI()
    {
        // "The runner" is a sleep that ends.
        using var runner = Process.Start("sleep", "300");
        var start = ClaudeCommandLine.StartInfo("/bin/bash", ["-c", "setsid sleep 313 & sleep 313"], s_environment, "/tmp");
        start.ArgumentList[2] = runner.Id.ToString(System.Globalization.CultureInfo.InvariantCulture);
        using var supervisor = Process.Start(start)!;
        await Eventually.IsAsync("both sleeps", () => Task.FromResult(Processes.Of("sleep 313").Count(IsSleep) == 2));
        runner.Kill();
        runner.WaitForExit();
        await supervisor.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken);
        Assert.DoesNotContain(Processes.Of("sleep 313"), IsSleep);
    }

    [Fact]
    public async Task A_process_is_known_by_its_start_and_one_that_has_ended_has_none()
    {
        // The child ends when its parent is no longer the shell that would take its end.
        using var parent = Process.Start("bash", ["-c", "until grep -q sleep /proc/$$/comm; do :; done & exec sleep 314"]);
        Assert.NotNull(ProcessTree.StartOf(parent.Id));
        await Eventually.IsAsync("a zombie", () => Task.FromResult(
            ProcessTree.Descendants(parent.Id) is [var child] && File.ReadAllText($"/proc/{child}/stat").Contains(") Z ", StringComparison.Ordinal)));
        var zombie = ProcessTree.Descendants(parent.Id).Single();
        Assert.Null(ProcessTree.StartOf(zombie));
        Assert.Equal(ProcessTree.StartOf(parent.Id), ProcessTree.StartOf(parent.Id));
        parent.Kill();
        await parent.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Null(ProcessTree.StartOf(parent.Id));
    }

    private static bool IsSleep(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/comm").Trim() == "sleep";
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static ClaudeProcess Start(string script, Action<ReadOnlyMemory<byte>>? onLine = null) => ClaudeProcess.Start(
        ClaudeCommandLine.StartInfo("/bin/bash", ["-c", script], s_environment, "/tmp"), 1 << 20, onLine ?? (_ => { }), () => ValueTask.CompletedTask);
}
