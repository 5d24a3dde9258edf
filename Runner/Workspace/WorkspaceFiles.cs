using System.Diagnostics;
using Protocol.Events;
using Protocol.Redis;

namespace Runner.Workspace;

/// <summary>Files of a project's workspace: found, read, and put there. Nothing outside of it, however a path is written.</summary>
internal sealed class WorkspaceFiles(string workspace)
{
    /// <summary>Where what people send along is put; its <c>.gitignore</c> keeps it out of the repository.</summary>
    public const string AttachmentsFolder = ".attachments";

    /// <summary>The largest file that is read, in bytes.</summary>
    public const int MaxFileBytes = 20 << 20;

    private const int MaxWalked = 20_000;
    private const int MaxNameLength = 80;

    private static readonly HashSet<string> s_unseen = [".git", "node_modules", ".venv", "__pycache__", "bin", "obj", ".next", "dist", "target", AttachmentsFolder];
    private static readonly TimeSpan s_gitLimit = TimeSpan.FromSeconds(5);

    /// <summary>Paths that hold the letters of the query in order, the best first. What git ignores is left out.</summary>
    public async Task<FoundFiles> FindAsync(string query, int limit, CancellationToken cancellationToken)
    {
        var files = await GitFilesAsync(cancellationToken) ?? Walk();
        var all = files.Concat(FoldersOf(files)).Distinct();
        return new FoundFiles([.. all
            .Select(path => (path, score: FileMatch.Score(path, query)))
            .Where(candidate => candidate.score is not null)
            .OrderByDescending(candidate => candidate.score).ThenBy(candidate => candidate.path.Length).ThenBy(candidate => candidate.path, StringComparer.Ordinal)
            .Take(limit).Select(candidate => candidate.path)]);
    }

    /// <summary>A file's bytes.</summary>
    /// <exception cref="RunnerCallException">It is not there, or too large.</exception>
    public async Task<FileContent> ReadAsync(string path, CancellationToken cancellationToken)
    {
        var file = new FileInfo(Resolve(path));
        if (!file.Exists) throw new RunnerCallException(RunnerCallException.NotFound, $"There is no file {path} in the workspace.");
        if (file.Length > MaxFileBytes) throw new RunnerCallException("file_too_large", $"{path} is larger than {MaxFileBytes >> 20} MB.");
        return new FileContent(await File.ReadAllBytesAsync(file.FullName, cancellationToken));
    }

    /// <summary>Puts a file into a folder of its own, under a name that needs no quotes anywhere.</summary>
    public async Task<Attachment> KeepAsync(KeepAttachment attachment, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(workspace, AttachmentsFolder);
        Directory.CreateDirectory(folder);
        var ignore = Path.Combine(folder, ".gitignore");
        if (!File.Exists(ignore)) await File.WriteAllTextAsync(ignore, "*\n", cancellationToken);
        var place = $"{AttachmentsFolder}/{Guid.NewGuid().ToString("N")[..8]}/{SafeName(attachment.Name)}";
        var full = Path.Combine(workspace, place);
        Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        await File.WriteAllBytesAsync(full, attachment.Bytes, cancellationToken);
        return new Attachment(place, attachment.Name, attachment.MediaType, attachment.Bytes.Length);
    }

    /// <summary>The file's full path.</summary>
    /// <exception cref="RunnerCallException">It leads out of the workspace, by dots or by a link.</exception>
    public string Resolve(string path)
    {
        var root = Real(Path.GetFullPath(workspace));
        var full = Real(Path.GetFullPath(Path.Combine(root, path)));
        return full.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            ? full
            : throw new RunnerCallException(RunnerCallException.NotFound, $"{path} is not in the workspace.");
    }

    // With every link on the way followed.
    private static string Real(string path)
    {
        var real = Path.GetPathRoot(path)!;
        foreach (var part in path[real.Length..].Split(Path.DirectorySeparatorChar, StringSplitOptions.RemoveEmptyEntries))
        {
            real = Path.Combine(real, part);
            FileSystemInfo entry = Directory.Exists(real) ? new DirectoryInfo(real) : new FileInfo(real);
            if (entry.LinkTarget is not null) real = entry.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? real;
        }

        return real;
    }

    private static string SafeName(string name)
    {
        var safe = string.Concat(Path.GetFileName(name.Replace('\\', '/')).Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' ? c : '-')).Trim('.', '-');
        if (safe.Length > MaxNameLength) safe = Path.GetFileNameWithoutExtension(safe)[..(MaxNameLength - 20)] + Path.GetExtension(safe)[..Math.Min(20, Path.GetExtension(safe).Length)];
        return safe.Length == 0 ? "file" : safe;
    }

    private static IEnumerable<string> FoldersOf(IEnumerable<string> files)
    {
        foreach (var file in files)
            for (var slash = file.IndexOf('/'); slash >= 0; slash = file.IndexOf('/', slash + 1)) yield return file[..(slash + 1)];
    }

    // What is tracked, and what is neither tracked nor ignored. Null where the workspace is no repository.
    private async Task<List<string>?> GitFilesAsync(CancellationToken cancellationToken)
    {
        if (!Directory.Exists(Path.Combine(workspace, ".git"))) return null;
        var start = new ProcessStartInfo("git", ["-c", "core.fsmonitor=false", "ls-files", "-z", "--cached", "--others", "--exclude-standard"])
        {
            WorkingDirectory = workspace, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        try
        {
            using var git = Process.Start(start)!;
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(s_gitLimit);
            var output = await git.StandardOutput.ReadToEndAsync(limit.Token);
            await git.WaitForExitAsync(limit.Token);
            return git.ExitCode == 0 ? [.. output.Split('\0', StringSplitOptions.RemoveEmptyEntries).Where(path => !path.StartsWith(AttachmentsFolder, StringComparison.Ordinal))] : null;
        }
        catch (Exception error) when (error is System.ComponentModel.Win32Exception or IOException || (error is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }

    private List<string> Walk()
    {
        var found = new List<string>();
        var folders = new Queue<string>([workspace]);
        while (folders.TryDequeue(out var folder) && found.Count < MaxWalked)
        {
            try
            {
                foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
                {
                    if (s_unseen.Contains(entry.Name)) continue;
                    if (entry is FileInfo) found.Add(Path.GetRelativePath(workspace, entry.FullName).Replace('\\', '/'));
                    else if (entry.LinkTarget is null) folders.Enqueue(entry.FullName);
                }
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // A folder that is gone, or not ours to read.
            }
        }

        return found;
    }
}
