using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ChatApi.Data;
using ChatApi.Recording;
using Protocol.Events;
using TestKit;

namespace ChatApi.Tests;

/// <summary>
/// The history of every recording's events, kept beside them: the page's tests fold the same events in TypeScript and
/// compare with the same files.
/// </summary>
public sealed class FoldTests
{
    public static TheoryData<string> Recordings => [.. Directory.EnumerateFiles(Path.Combine(Repository.Transcripts, "events"), "*.jsonl").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Recordings))]
    public void Recording(string name)
    {
        var fold = Fold(Events(name));
        Assert.Null(Golden.Difference(Path.Combine(Repository.Transcripts, "history", $"{name}.json"), Show(fold)));
    }

    [Fact]
    public void Folding_in_two_parts_gives_the_same_as_at_once()
    {
        foreach (var name in (string[])["02a-thinking-multi-text", "03a-tool-bash-auto", "09i-cut-mid-then-ok", "12a-subagent"])
        {
            var events = Events(name);
            var whole = Show(Fold(events));
            for (var cut = 0; cut <= events.Count; cut++)
            {
                var fold = Fold(events.Take(cut));
                foreach (var message in fold.Messages.Values) message.Keep(); // As it comes back out of the database.
                foreach (var @event in events.Skip(cut)) fold.Apply(@event);
                fold.Complete();
                Assert.Equal(whole, Show(fold));
            }
        }
    }

    [Fact]
    public void A_turn_that_ended_stays_ended_when_its_start_is_told_late()
    {
        var fold = new HistoryFold("p");
        fold.Apply(new SessionEnd { SessionId = "s", TurnId = "t", TotalCostUsd = 1, UsageSummary = new UsageSummary(), Reason = EndReasons.Completed, IsError = false });
        fold.Apply(new TurnStart { SessionId = "s", TurnId = "t", RunnerId = "r", Origin = "user" });
        Assert.Equal("ended", fold.Turns["t"].Status);
        Assert.Equal(1, fold.Sessions["s"].CostUsd);
    }

    [Fact]
    public void A_message_that_was_told_to_the_running_turn_waits_no_longer()
    {
        HistoryFold With(string status, params Event[] events)
        {
            var fold = new HistoryFold("project");
            fold.Turns["t"] = new TurnRow { Id = "t", ProjectId = "project", SessionId = "s", Content = "Left.", Status = status, CreatedAt = DateTime.UnixEpoch };
            foreach (var @event in events) fold.Apply(@event);
            return fold;
        }

        var told = new Status { Seq = 1, At = 1, SessionId = "s", TurnId = "t", State = "told" };
        Assert.Equal(TurnStatus.Told, With(TurnStatus.Queued, told).Turns["t"].Status);
        Assert.Equal(TurnStatus.Running, With(TurnStatus.Queued, told, new TurnStart { Seq = 2, At = 2, SessionId = "s", TurnId = "t", RunnerId = "r", Origin = "user" }).Turns["t"].Status);
        Assert.Equal(TurnStatus.Ended, With(TurnStatus.Ended, told).Turns["t"].Status);
    }

    [Fact]
    public void What_this_version_does_not_know_is_kept_raw()
    {
        var fold = new HistoryFold("p");
        fold.Apply(new Status { Seq = 7, SessionId = "s", TurnId = "t", State = "unknown", Detail = JsonElement.Parse("""{"type":"novelty","x":[1]}""") });
        var block = Assert.Single(Assert.Single(fold.Messages.Values).Blocks)!;
        Assert.Equal("""{"type":"unknown","detail":{"type":"novelty","x":[1]}}""", block.ToJsonString());
    }

    private static List<Event> Events(string name)
    {
        var seq = 0L;
        return [.. File.ReadLines(Path.Combine(Repository.Transcripts, "events", $"{name}.jsonl"))
            .Select(line => (Event)WireJson.Read(Encoding.UTF8.GetBytes(line)) with { Seq = ++seq, At = 1_764_000_000_000 + seq })];
    }

    private static HistoryFold Fold(IEnumerable<Event> events)
    {
        var fold = new HistoryFold("project");
        foreach (var @event in events) fold.Apply(@event);
        fold.Complete();
        return fold;
    }

    // What the page also knows: messages with their blocks, tool calls in place, and turns.
    private static string Show(HistoryFold fold)
    {
        var messages = new JsonArray();
        foreach (var message in fold.Messages.Values.OrderBy(m => m.Seq))
        {
            var blocks = (JsonArray)message.Blocks.DeepClone();
            foreach (var block in blocks.OfType<JsonObject>())
            {
                if (block["tool_use_id"]?.GetValue<string>() is not { } id || !fold.ToolCalls.TryGetValue(id, out var call)) continue;
                block["name"] = call.Name;
                block["input"] = JsonNode.Parse(call.Input);
                if (call.Result is not null) block["result"] = call.ToResult();
                if (call.Task is not null) block["task"] = JsonNode.Parse(call.Task);
            }

            messages.Add((JsonNode)new JsonObject
            {
                ["id"] = message.Id, ["turn_id"] = message.TurnId, ["role"] = message.Role, ["parent_tool_use_id"] = message.ParentToolUseId,
                ["usage"] = message.Usage is null ? null : JsonNode.Parse(message.Usage), ["content"] = blocks,
            });
        }

        var turns = new JsonArray([.. fold.Turns.Values.Select(turn => (JsonNode)new JsonObject
        {
            ["id"] = turn.Id, ["status"] = turn.Status, ["reason"] = turn.Reason, ["is_error"] = turn.IsError, ["cost_usd"] = (double)turn.CostUsd,
        })]);
        var requests = new JsonArray([.. fold.Requests.Values.Select(request => (JsonNode)new JsonObject
        {
            ["id"] = request.Id, ["turn_id"] = request.TurnId, ["tool_use_id"] = request.ToolUseId, ["is_open"] = request.IsOpen,
            ["request"] = request.Request is null ? null : JsonNode.Parse(request.Request), ["resolution"] = request.Resolution is null ? null : JsonNode.Parse(request.Resolution),
        })]);
        return new JsonObject { ["messages"] = messages, ["turns"] = turns, ["requests"] = requests }.ToJsonString(s_indented) + "\n";
    }

    private static readonly JsonSerializerOptions s_indented = new(WireJson.Options) { WriteIndented = true };
}
