using System.Diagnostics;
using Microsoft.Extensions.Time.Testing;
using Runner.Cli;
using Runner.Containment;
using TestKit;

namespace Runner.Tests;

/// <summary>Nothing that the CLI starts outlives it, or the Runner.</summary>
public sealed class ContainmentTests : IDisposable
{
    private readonly FakeTimeProvider _clock = new();
    private readonly ReadySupervisor _ready;

    public ContainmentTests() => _ready = new ReadySupervisor(_clock);

    private static readonly Dictionary<string, string> s_environment = new() { ["PATH"] = Environment.GetEnvironmentVariable("PATH")!, ["HOME"] = "/tmp" };

    public void Dispose() => _ready.Dispose();

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
        using var supervisor = Supervisor.Start(runner.Id);
        supervisor.StandardInput.BaseStream.Write(Bash("setsid sleep 313 & sleep 313").ToBytes());
        supervisor.StandardInput.BaseStream.Flush();
        await Eventually.IsAsync("both sleeps", () => Task.FromResult(Processes.Of("sleep 313").Count(IsSleep) == 2));
        runner.Kill();
        runner.WaitForExit();
        await supervisor.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken);
        Assert.DoesNotContain(Processes.Of("sleep 313"), IsSleep);
    }

    [Fact]
    public async Task A_command_sees_its_own_environment_alone_and_finds_nothing_else_in_its_supervisors()
    {
        Environment.SetEnvironmentVariable("ConnectionStrings__redis", "secret:6379");
        var lines = new List<string>();
        await using var process = Start(_ready, new Launch("/usr/bin/env", ["bash", "-c", "env; tr '\\0' '\\n' </proc/$PPID/environ; pwd"], s_environment, "/usr"), line => lines.Add(System.Text.Encoding.UTF8.GetString(line.Span)));
        Assert.Equal(0, await process.Exited.WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken));
        Assert.Contains($"PATH={s_environment["PATH"]}", lines);
        Assert.Contains("DOTNET_EnableDiagnostics=0", lines);
        Assert.Equal("/usr", lines[^1]);
        Assert.DoesNotContain(lines, line => line.Contains("secret", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_command_that_cannot_be_started_says_why()
    {
        await using var process = Start(_ready, Bash("true") with { Command = "/no/such/command" });
        Assert.Equal(126, await process.Exited.WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken));
        Assert.Contains("/no/such/command", process.StderrTail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_supervisor_that_started_ahead_is_the_one_that_is_used_unless_it_has_ended(bool hasEnded)
    {
        Assert.Empty(Supervisors());
        _clock.Advance(TimeSpan.FromSeconds(5));
        var ahead = Assert.Single(Supervisors());
        if (hasEnded)
        {
            ProcessTree.Signal(ahead, 9);
            await Eventually.IsAsync("its end", () => Task.FromResult(ProcessTree.StartOf(ahead) is null));
        }

        var lines = new List<string>();
        await using var process = Start(_ready, Bash("echo $PPID"), line => lines.Add(System.Text.Encoding.UTF8.GetString(line.Span)));
        Assert.Equal(0, await process.Exited.WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken));
        Assert.Equal(hasEnded, Assert.Single(lines) != ahead.ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task A_supervisor_that_is_not_needed_ends_with_its_runner()
    {
        _clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Single(Supervisors());
        _ready.Dispose();
        await Eventually.IsAsync("its end", () => Task.FromResult(!Supervisors().Any()));
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

    private static Launch Bash(string script) => new("/bin/bash", ["-c", script], s_environment, "/tmp");

    private static ClaudeProcess Start(ReadySupervisor ready, Launch launch, Action<ReadOnlyMemory<byte>>? onLine = null) =>
        ClaudeProcess.Start(ready, launch, 1 << 20, onLine ?? (_ => { }), () => ValueTask.CompletedTask);

    private ClaudeProcess Start(string script, Action<ReadOnlyMemory<byte>>? onLine = null) => Start(_ready, Bash(script), onLine);

    private static IEnumerable<int> Supervisors() => ProcessTree.Descendants(Environment.ProcessId)
        .Where(pid => File.ReadAllText($"/proc/{pid}/cmdline").Contains($"{Supervisor.Verb}\0{Environment.ProcessId}", StringComparison.Ordinal));
}
