using Microsoft.Extensions.Options;
using Protocol.Events;
using Protocol.Redis;
using Runner.Cli;

namespace Runner.Transcripts;

/// <summary>Claude Code's records of the sessions of a workspace: those of its own config folder, and of a terminal's where the operator names one.</summary>
internal sealed class TranscriptFiles(ProjectLog log, IOptions<RunnerOptions> options)
{
    private const int MaxTitleLength = 80;
    private const int MostListed = 200;

    /// <summary>All of them, the newest first.</summary>
    public FoundTranscripts List(SessionFolders folders) => new(
        folders.Workspace, folders.ClaudeConfig,
        [.. Files(folders).OrderByDescending(file => file.LastWriteTimeUtc).Take(MostListed).Select(Summary).OfType<TranscriptSummary>()]);

    /// <summary>Puts one into the project's events, turn by turn, each once.</summary>
    /// <exception cref="RunnerCallException">There is no such transcript, or nothing was said in it.</exception>
    public async Task<ImportedTranscript> ImportAsync(ImportTranscript call, SessionFolders folders)
    {
        var file = Files(folders).FirstOrDefault(candidate => candidate.Name == $"{call.SessionId}.jsonl")
            ?? throw new RunnerCallException(RunnerCallException.NotFound, "Claude Code has no record of this session in the project's workspace.");
        var turns = TranscriptReading.Read(File.ReadLines(file.FullName), call.SessionId);
        if (turns.Count == 0) throw new RunnerCallException("empty_transcript", "Nobody has written anything in this session.");
        Adopt(file, folders);
        foreach (var turn in turns) await log.AppendAsync(call.ProjectId, turn.TurnId, 1, [.. turn.Events.Select(json => (ReadOnlyMemory<byte>)json)]);
        await log.AppendAsync(call.ProjectId, new SessionUpdate { SessionId = call.SessionId, TurnId = "", Title = TitleOf(turns[0].Content) });
        return new ImportedTranscript(turns.Count);
    }

    // A process of this project looks for it in the project's own config folder.
    private static void Adopt(FileInfo file, SessionFolders folders)
    {
        if (file.FullName.StartsWith(folders.ClaudeConfig + Path.DirectorySeparatorChar, StringComparison.Ordinal)) return;
        var place = Path.Combine(folders.ClaudeConfig, "projects", file.Directory!.Name, file.Name);
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        file.CopyTo(place, overwrite: true);
    }

    private IEnumerable<FileInfo> Files(SessionFolders folders)
    {
        // The CLI's name for a workspace's folder: every character that is no letter or digit is a dash.
        var name = string.Concat(folders.Workspace.Select(c => char.IsAsciiLetterOrDigit(c) ? c : '-'));
        foreach (var config in (string?[])[folders.ClaudeConfig, options.Value.TerminalConfigPath])
        {
            var folder = new DirectoryInfo(Path.Combine(config ?? "", "projects", name));
            if (string.IsNullOrEmpty(config) || !folder.Exists) continue;
            foreach (var file in folder.EnumerateFiles("*.jsonl"))
                if (Guid.TryParse(Path.GetFileNameWithoutExtension(file.Name), out _)) yield return file;
        }
    }

    private static TranscriptSummary? Summary(FileInfo file)
    {
        try
        {
            var (title, messages) = ("", 0);
            foreach (var line in File.ReadLines(file.FullName))
            {
                // Only a few lines are somebody's words, and a file may have many megabytes.
                if (!line.Contains("\"type\":\"user\"", StringComparison.Ordinal) || TranscriptReading.Parse(line) is not { } element || TranscriptReading.Written(element) is not { } content) continue;
                if (messages++ == 0) title = TitleOf(content);
            }

            return messages == 0 ? null : new TranscriptSummary(Path.GetFileNameWithoutExtension(file.Name), title, file.LastWriteTimeUtc, messages);
        }
        catch (IOException)
        {
            return null; // It is being written, or was removed.
        }
    }

    private static string TitleOf(string content)
    {
        var line = content.Trim().Split('\n')[0].TrimEnd();
        return line.Length <= MaxTitleLength ? line : $"{line[..(MaxTitleLength - 1)]}…";
    }
}
