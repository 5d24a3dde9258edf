using Drift;
using TestKit;

// Drift OTHER-CLI [REPORT]: what another Claude Code writes otherwise than the pinned one, in the same conversations.
if (args.Length is < 1 or > 2)
{
    Console.Error.WriteLine("Usage: Drift OTHER-CLI [REPORT.md]. ./test --cli-version X calls it.");
    return 2;
}

var port = Ports.Free();
await using var model = new ChildProcess("DemoModel", "dotnet", [Services.Path("DemoModel")], new Dictionary<string, string> { ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{port}", ["DemoModel__TokenDelayMs"] = "1" });
using var http = new HttpClient();
await Eventually.IsAsync("DemoModel to answer", async () =>
{
    try
    {
        return (await http.GetAsync($"http://127.0.0.1:{port}/alive")).IsSuccessStatusCode;
    }
    catch (HttpRequestException)
    {
        return false;
    }
});

var (pinned, other) = (new Shapes(), new Shapes());
foreach (var conversation in Conversation.All)
{
    Console.Error.WriteLine($"• {conversation.Name}");
    foreach (var (cli, shapes) in new[] { (Repository.PinnedCli, pinned), (args[0], other) })
        shapes.Add(conversation.Name, await conversation.RunAsync(cli, $"http://127.0.0.1:{port}"));
}

var report = Report.Of(pinned, other);
Console.WriteLine(report);
if (args.Length == 2) await File.WriteAllTextAsync(args[1], report);
return 0;
