using System.Globalization;
using Load;
using Load.Targets;

if (StampingCli.IsMeant(args))
{
    StampingCli.Run();
    return;
}

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
const string Usage = """
    Usage: tests/Load/compare [--rounds N] [--only WORD] [--targets WORD,WORD] [--memory VIEWERS] [--stuck] [--scale] [--turns]

      --rounds N      runs of each shape; the table shows medians (default 5)
      --only WORD     only shapes whose name holds WORD
      --targets A,B   only targets whose name begins so (ChatApi, "ChatApi, recording", SignalR, Node)
      --memory N      memory of N idle viewers instead of the shapes
      --stuck         one viewer that reads nothing, instead of the shapes
      --scale         ChatApi from 10 to 10,000 viewers and from 1 to 1,000 projects, instead of the shapes
      --turns         what the way adds to Claude Code's own time, instead of the shapes
    """;

string? Option(string name) => Array.IndexOf(args, name) is var at and >= 0 && at + 1 < args.Length ? args[at + 1] : null;
if (args.Contains("--help"))
{
    Console.WriteLine(Usage);
    return;
}

var rounds = int.Parse(Option("--rounds") ?? "5");
var wanted = (Option("--targets") ?? "SignalR,Node,ChatApi").Split(',');
Func<Target>[] targets = [() => new SignalRTarget(), () => new NodeTarget(), () => new ChatApiTarget(records: false), () => new ChatApiTarget(records: true)];
targets = [.. targets.Where(make => wanted.Any(make().Name.StartsWith))];

if (Option("--memory") is { } viewers) await Reports.MemoryAsync(targets, int.Parse(viewers), rounds);
else if (args.Contains("--stuck")) await Reports.StuckAsync(targets, rounds);
else if (args.Contains("--turns")) await Reports.TurnsAsync(rounds);
else if (args.Contains("--scale")) await Reports.ScaleAsync(rounds);
else await Reports.ShapesAsync(targets, [.. Shape.All.Where(shape => shape.Name.Contains(Option("--only") ?? ""))], rounds);
