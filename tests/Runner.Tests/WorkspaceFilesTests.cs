using System.Diagnostics;
using System.Text;
using Protocol.Events;
using Protocol.Redis;
using Runner.Workspace;

namespace Runner.Tests;

/// <summary>Files of a workspace: what is found, what is read, and what stays outside.</summary>
public sealed class WorkspaceFilesTests : IDisposable
{
    private readonly string _workspace = Directory.CreateTempSubdirectory("workspace-").FullName;
    private readonly WorkspaceFiles _files;

    public WorkspaceFilesTests() => _files = new WorkspaceFiles(_workspace);

    [Theory]
    [InlineData("main", "src/main.ts")]
    [InlineData("SRC/", "src/")]
    [InlineData("mts", "src/main.ts")]
    [InlineData("readme", "README.md")]
    [InlineData("docs/re", "docs/readme.txt")]
    public async Task The_best_is_first(string query, string best)
    {
        Put("src/main.ts", "src/remaining.ts", "README.md", "docs/readme.txt", "a/b/c/domain.ts");
        Assert.Equal(best, (await FindAsync(query))[0]);
    }

    [Fact]
    public async Task Nothing_typed_gives_what_is_at_the_top()
    {
        Put("src/deep/file.ts", "README.md");
        Assert.Equal(["src/", "README.md"], (await FindAsync("")).Take(2));
        Assert.Empty(await FindAsync("zzz"));
    }

    [Fact]
    public async Task What_nobody_means_is_left_out_with_git_and_without()
    {
        Put("kept.txt", "node_modules/x/index.js", ".attachments/1/picture.png");
        Assert.Equal(["kept.txt"], await FindAsync("t"));
        Put("built/out.txt", ".gitignore");
        await File.WriteAllTextAsync(Path.Combine(_workspace, ".gitignore"), "built/\n", TestContext.Current.CancellationToken);
        using (var git = Process.Start(new ProcessStartInfo("git", ["init", "--quiet", _workspace]))!) await git.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.DoesNotContain("built/out.txt", await FindAsync("out"));
        Assert.Contains("kept.txt", await FindAsync("kept"));
    }

    [Theory]
    [InlineData("../outside.txt")]
    [InlineData("/etc/passwd")]
    [InlineData("link/passwd")]
    [InlineData("a/../../outside.txt")]
    [InlineData("")]
    [InlineData("missing.txt")]
    public async Task Nothing_outside_is_read(string path)
    {
        Directory.CreateSymbolicLink(Path.Combine(_workspace, "link"), "/etc");
        var error = await Assert.ThrowsAsync<RunnerCallException>(() => _files.ReadAsync(path, TestContext.Current.CancellationToken));
        Assert.Equal(RunnerCallException.NotFound, error.Code);
    }

    [Theory]
    [InlineData("picture.png", "picture.png")]
    [InlineData("../../etc/passwd", "passwd")]
    [InlineData("C:\\temp\\my notes.txt", "my-notes.txt")]
    [InlineData("…", "file")]
    [InlineData("über die Brücke.md", "ber-die-Br-cke.md")]
    public async Task What_is_sent_along_gets_a_name_that_needs_no_quotes(string name, string kept)
    {
        var attachment = await _files.KeepAsync(new KeepAttachment(name, "text/plain", "words"u8.ToArray()) { ProjectId = "p" }, TestContext.Current.CancellationToken);
        Assert.Equal((name, 5L), (attachment.Name, attachment.Size));
        Assert.EndsWith($"/{kept}", attachment.Path, StringComparison.Ordinal);
        Assert.Equal("words", Encoding.UTF8.GetString((await _files.ReadAsync(attachment.Path, TestContext.Current.CancellationToken)).Bytes));
        Assert.Equal("*\n", await File.ReadAllTextAsync(Path.Combine(_workspace, ".attachments", ".gitignore"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Pictures_and_documents_go_in_whole_and_others_by_name()
    {
        Put("a.png", "b.pdf", "c.csv");
        var turn = new Turn
        {
            TurnId = "t", ProjectId = "p", SessionId = "s", Content = "Look.", PermissionMode = "default",
            Attachments = [new("a.png", "a.png", "image/png", 5), new("b.pdf", "b.pdf", "application/pdf", 5), new("c.csv", "c.csv", "text/csv", 5), new("a.png", "large.png", "image/png", 9_000_000)],
        };
        var content = await UserContent.OfAsync(turn, _files, TestContext.Current.CancellationToken);
        Assert.Equal(
            """[{"type":"image","source":{"type":"base64","media_type":"image/png","data":"YS5wbmc="}},{"type":"document","source":{"type":"base64","media_type":"application/pdf","data":"Yi5wZGY="}},{"type":"text","text":"Look.\n\n@c.csv @a.png"}]""",
            content.GetRawText());
        Assert.Equal("\"Look.\"", (await UserContent.OfAsync(turn with { Attachments = null }, _files, TestContext.Current.CancellationToken)).GetRawText());
        await Assert.ThrowsAsync<RunnerCallException>(() => UserContent.OfAsync(turn with { Attachments = [new Attachment("gone.csv", "gone.csv", "text/csv", 1)] }, _files, TestContext.Current.CancellationToken));
    }

    public void Dispose() => Directory.Delete(_workspace, recursive: true);

    private async Task<IReadOnlyList<string>> FindAsync(string query) => (await _files.FindAsync(query, 20, TestContext.Current.CancellationToken)).Paths;

    private void Put(params string[] paths)
    {
        foreach (var path in paths)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_workspace, path))!);
            File.WriteAllText(Path.Combine(_workspace, path), path);
        }
    }
}
