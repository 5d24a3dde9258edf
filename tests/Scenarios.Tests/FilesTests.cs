using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Protocol.Events;
using TestKit;

namespace Scenarios.Tests;

/// <summary>Files that go with a message, files that are named, and files that are set back, with the real CLI.</summary>
public sealed class FilesTests(SharedStack shared)
{
    // One red pixel.
    private const string Png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==";
    private readonly Stack _stack = shared.Stack;

    [Fact]
    public async Task A_picture_and_a_table_go_with_a_message()
    {
        var project = await _stack.NewProjectAsync();
        await using var viewer = await _stack.ViewAsync(project);
        var picture = await KeepAsync(project, "red pixel.png", "image/png", Convert.FromBase64String(Png));
        var table = await KeepAsync(project, "table.csv", "text/csv", "a,b\n1,2\n"u8.ToArray());
        await viewer.SendAsync(JsonSerializer.Serialize(new { type = "user_message", content = """%%demo [{"text":"Seen."}]""", attachments = new[] { picture, table } }));
        var message = await viewer.WaitForAsync<UserMessage>();
        Assert.Equal(["red pixel.png", "table.csv"], message.Attachments!.Select(a => a.Name));
        var end = await viewer.WaitForEndAsync();
        Assert.Equal(EndReasons.Completed, end.Reason);

        var transcript = await _stack.TranscriptAsync(message.SessionId, "\"Seen.\"");
        Assert.Contains(Png, transcript, StringComparison.Ordinal);
        Assert.Contains($"@{table.GetProperty("path").GetString()}", transcript, StringComparison.Ordinal);
        // The CLI has read what was named.
        Assert.Contains("1,2", transcript, StringComparison.Ordinal);

        // It is in the history, and can be looked at.
        var history = await _stack.HistoryAsync(project, h => h.GetProperty("seq").GetInt64() >= end.Seq, "the end");
        var blocks = history.GetProperty("messages")[0].GetProperty("content").EnumerateArray().Select(b => b.GetProperty("type").GetString());
        Assert.Equal(["text", "attachment", "attachment"], blocks);
        using var shown = await _stack.Http.GetAsync($"projects/{project}/files/content?path={picture.GetProperty("path").GetString()}", TestContext.Current.CancellationToken);
        Assert.Equal("image/png", shown.Content.Headers.ContentType!.ToString());
        Assert.Contains("sandbox", shown.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal(Png, Convert.ToBase64String(await shown.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task A_file_that_is_gone_ends_the_turn_and_says_which()
    {
        var project = await _stack.NewProjectAsync();
        await using var viewer = await _stack.ViewAsync(project);
        await viewer.SendAsync("""{"type":"user_message","content":"Look.","attachments":[{"path":"gone.csv","name":"gone.csv","media_type":"text/csv","size":7}]}""");
        var end = await viewer.WaitForEndAsync();
        Assert.Equal(EndReasons.FileMissing, end.Reason);
        Assert.Contains("gone.csv", end.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Files_are_found_by_what_is_typed_and_those_outside_are_not_there()
    {
        var project = await _stack.NewProjectAsync();
        Directory.CreateDirectory(Path.Combine(_stack.Workspace(project), "src"));
        await File.WriteAllTextAsync(Path.Combine(_stack.Workspace(project), "src", "main.ts"), "x", TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(_stack.Workspace(project), "page.html"), "<script>alert(1)</script>", TestContext.Current.CancellationToken);
        var found = await _stack.Http.GetFromJsonAsync<JsonElement>($"projects/{project}/files?query=mai", TestContext.Current.CancellationToken);
        Assert.Equal(["src/main.ts"], found.GetProperty("paths").EnumerateArray().Select(p => p.GetString()));
        // A page of the workspace is saved, never shown as one of ours.
        using var page = await _stack.Http.GetAsync($"projects/{project}/files/content?path=page.html", TestContext.Current.CancellationToken);
        Assert.Equal(("attachment", "application/octet-stream"), (page.Content.Headers.ContentDisposition!.DispositionType, page.Content.Headers.ContentType!.MediaType));
        foreach (var path in (string[])["../../claude/.claude.json", "/etc/passwd", "nothing.txt"])
        {
            using var answer = await _stack.Http.GetAsync($"projects/{project}/files/content?path={Uri.EscapeDataString(path)}", TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        }
    }

    [Fact]
    public async Task A_file_that_is_too_large_or_has_no_name_is_refused_in_words()
    {
        var project = await _stack.NewProjectAsync();
        await RefusedAsync(new ByteArrayContent(new byte[(10 << 20) + 1]), "big.bin", HttpStatusCode.RequestEntityTooLarge, "file_too_large");
        await RefusedAsync(new ByteArrayContent([]), "empty.txt", HttpStatusCode.BadRequest, "empty_file");
        await RefusedAsync(new ByteArrayContent([1]), "", HttpStatusCode.BadRequest, "missing_name");

        async Task RefusedAsync(HttpContent body, string name, HttpStatusCode status, string code)
        {
            using var answer = await _stack.Http.PostAsync($"projects/{project}/attachments?name={name}", body, TestContext.Current.CancellationToken);
            Assert.Equal((status, code), (answer.StatusCode, (await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("code").GetString()));
        }
    }

    [Fact]
    public async Task Files_are_set_back_to_before_a_message()
    {
        var project = await _stack.NewProjectAsync();
        var file = Path.Combine(_stack.Workspace(project), "poem.txt");
        await using var viewer = await _stack.ViewAsync(project);
        await viewer.SayAsync($$$"""%%demo [{"blocks":[{"type":"tool_use","name":"Write","input":{"file_path":"{{{file}}}","content":"roses\n"}}]},{"text":"Written."}]""");
        await viewer.WaitForEndAsync();
        await viewer.SayAsync($$$"""%%demo [{"blocks":[{"type":"tool_use","name":"Edit","input":{"file_path":"{{{file}}}","old_string":"roses","new_string":"thistles"}}]},{"text":"Changed."}]""");
        var changed = await viewer.WaitForEndAsync(2);
        Assert.Equal("thistles\n", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        await _stack.HistoryAsync(project, h => h.GetProperty("seq").GetInt64() >= changed.Seq, "both turns");

        var preview = await RewindAsync(dryRun: true);
        Assert.Equal(["poem.txt"], preview.GetProperty("files_changed").EnumerateArray().Select(f => f.GetString()));
        Assert.Equal("thistles\n", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        await RewindAsync(dryRun: false);
        Assert.Equal("roses\n", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));

        using var unknown = await _stack.Http.PostAsJsonAsync($"projects/{project}/rewind-files", new { before_turn = Guid.NewGuid(), dry_run = true }, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, unknown.StatusCode);

        async Task<JsonElement> RewindAsync(bool dryRun)
        {
            using var answer = await _stack.Http.PostAsJsonAsync($"projects/{project}/rewind-files", new { before_turn = changed.TurnId, dry_run = dryRun }, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            return await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        }
    }

    private async Task<JsonElement> KeepAsync(string project, string name, string type, byte[] bytes)
    {
        using var body = new ByteArrayContent(bytes);
        body.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        using var answer = await _stack.Http.PostAsync($"projects/{project}/attachments?name={Uri.EscapeDataString(name)}", body, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
    }
}
