using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Options;
using Protocol.Redis;
using Runner.Containment;

namespace Runner.Cli;

/// <summary>The CLI cannot be used. The message says why, and what to do.</summary>
internal sealed class CliUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>Finds the CLI's binary and checks its version, once; and starts it.</summary>
internal sealed class ClaudeCli(ReadySupervisor supervisor, IOptions<RunnerOptions> options)
{
    /// <summary>The version that this Runner was written for and is tested with: that of Runner/npm/package.json when it was built.</summary>
    public static string PinnedVersion { get; } =
        typeof(ClaudeCli).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(data => data.Key == "CliVersion").Value!;

    private readonly SemaphoreSlim _once = new(1);
    private string? _path;

    /// <summary>Starts a session's process.</summary>
    /// <param name="turn">Its session and settings.</param>
    /// <param name="resume">Whether Claude Code knows the session.</param>
    /// <param name="folders">Where it works.</param>
    /// <param name="onLine">See <see cref="ClaudeProcess.Start"/>.</param>
    /// <param name="afterLines">See <see cref="ClaudeProcess.Start"/>.</param>
    /// <param name="cancellationToken">Until it is started.</param>
    /// <exception cref="CliUnavailableException">There is no CLI that can be used.</exception>
    public async Task<ClaudeProcess> StartAsync(Turn turn, bool resume, SessionFolders folders, Action<ReadOnlyMemory<byte>> onLine, Func<ValueTask> afterLines, CancellationToken cancellationToken) =>
        ClaudeProcess.Start(supervisor, ClaudeCommandLine.Launch(await PathAsync(cancellationToken), turn, resume, options.Value, folders), options.Value.MaxLineBytes, onLine, afterLines);

    // Throws CliUnavailableException where it is missing, does not start, or has another version.
    private async Task<string> PathAsync(CancellationToken cancellationToken)
    {
        await _once.WaitAsync(cancellationToken);
        try
        {
            if (_path is not null && File.Exists(_path)) return _path;
            var path = Locate(options.Value.CliPath);
            if (options.Value.RequirePinnedCli)
            {
                var version = await VersionAsync(path, cancellationToken);
                if (version != PinnedVersion)
                    throw new CliUnavailableException($"This Runner speaks Claude Code {PinnedVersion}, but {path} is {version}. Run ./run to install the pinned one, or set Runner__RequirePinnedCli=false to try it all the same.");
            }

            return _path = path;
        }
        finally
        {
            _once.Release();
        }
    }

    private static string Locate(string configured)
    {
        if (configured.Length > 0)
            return File.Exists(configured) ? configured : throw new CliUnavailableException($"There is no Claude Code at {configured} (Runner:CliPath).");

        // The wrapper package's own "claude" needs Node and an install script; the platform's package holds the true binary.
        var package = Path.Combine("npm", "node_modules", "@anthropic-ai", $"claude-code-{Platform()}", OperatingSystem.IsWindows() ? "claude.exe" : "claude");
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            foreach (var candidate in new[] { Path.Combine(folder.FullName, package), Path.Combine(folder.FullName, "Runner", package) })
                if (File.Exists(candidate)) return candidate;
        }

        throw new CliUnavailableException("Claude Code is not installed. ./run installs it; by hand: npm ci --ignore-scripts --prefix Runner/npm");
    }

    private static string Platform()
    {
        var system = OperatingSystem.IsMacOS() ? "darwin" : OperatingSystem.IsWindows() ? "win32" : "linux";
        var architecture = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64" : "x64";
        var musl = RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal) ? "-musl" : "";
        return $"{system}-{architecture}{musl}";
    }

    // claude --version prints: 2.1.197 (Claude Code)
    private static async Task<string> VersionAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(TimeSpan.FromSeconds(20));
            var start = new ProcessStartInfo(path, ["--version"]) { RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment.Clear();
            start.Environment["HOME"] = Path.GetTempPath();
            start.Environment["PATH"] = Environment.GetEnvironmentVariable("PATH");
            using var process = Process.Start(start)!;
            var output = await process.StandardOutput.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return output.Trim().Split(' ')[0] is { Length: > 0 } version ? version : "of no version it would name";
        }
        catch (Exception error) when (error is System.ComponentModel.Win32Exception or IOException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw new CliUnavailableException($"{path} could not be started: {error.Message}", error);
        }
    }
}
