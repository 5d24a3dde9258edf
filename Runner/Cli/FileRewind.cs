using System.Text.Json;
using Microsoft.Extensions.Options;
using Protocol.Redis;
using Runner.Translation;

namespace Runner.Cli;

/// <summary>
/// Sets files back by Claude Code's own checkpoints: it keeps what each file was before each message that changed it, and finds
/// that again when the session is resumed (checked with 2.1.197). What shell commands changed it does not know.
/// </summary>
internal sealed class FileRewind(ClaudeCli cli, IOptions<RunnerOptions> options)
{
    /// <summary>Rewinds, or says what would change. The session must be idle.</summary>
    /// <exception cref="RunnerCallException">The CLI has no checkpoint there, or does not answer.</exception>
    public async Task<RewoundFiles> RewindAsync(RewindFiles call, SessionFolders folders, CancellationToken cancellationToken)
    {
        if (!folders.HasTranscript(call.SessionId)) throw NoCheckpoint("Claude Code has no record of this session");
        var turn = new Turn { TurnId = "", ProjectId = call.ProjectId, SessionId = call.SessionId, Content = "", PermissionMode = "default" };
        await using var asked = await AskedCli.StartAsync(cli, turn, resume: true, folders, options.Value, cancellationToken);
        // It looks first in any case: the answer to the real thing does not say what was changed.
        var preview = await AskAsync(asked, call.TurnId, dryRun: true, cancellationToken);
        if (!call.DryRun) await AskAsync(asked, call.TurnId, dryRun: false, cancellationToken);
        return new RewoundFiles(
            [.. Paths(preview).Select(path => Path.GetRelativePath(folders.Workspace, path)).Order(StringComparer.Ordinal)], Count(preview, "insertions"), Count(preview, "deletions"));
    }

    // {"canRewind":true,"filesChanged":["/w/a.txt"],"insertions":1,"deletions":1} · {"canRewind":false,"error":"…"}
    private static async Task<JsonElement> AskAsync(AskedCli asked, string turnId, bool dryRun, CancellationToken cancellationToken)
    {
        var answer = await asked.AskAsync("rewind_files", writer =>
        {
            writer.WriteString("user_message_id", turnId);
            writer.WriteBoolean("dry_run", dryRun);
        }, cancellationToken);
        return answer.TryGetProperty("canRewind", out var can) && can.ValueKind == JsonValueKind.True
            ? answer
            : throw NoCheckpoint(answer.TryGetProperty("error", out var error) ? error.ToString() : "Claude Code kept no checkpoint of it");
    }

    private static RunnerCallException NoCheckpoint(string why) => new("no_checkpoint", $"The files cannot be set back to before this message: {why}.");

    private static IEnumerable<string> Paths(JsonElement answer) =>
        answer.TryGetProperty("filesChanged", out var files) && files.ValueKind == JsonValueKind.Array ? files.EnumerateArray().Select(file => file.ToString()) : [];

    private static int Count(JsonElement answer, string name) => answer.TryGetProperty(name, out var count) && count.TryGetInt32(out var number) ? number : 0;
}
