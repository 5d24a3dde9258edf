using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ChatApi.Data;
using Protocol.Events;

namespace ChatApi.Recording;

/// <summary>
/// Folds events into history: pure, over the rows that the events name. The page folds the same events in the same way
/// (webapp/lib/chat/fold.ts), so that what is reloaded is what was seen.
/// </summary>
internal sealed class HistoryFold(string projectId)
{
    // Of a session that came with its events: brought in from a terminal, or not in the backup that the database is from.
    private const string Untitled = "Untitled";

    /// <summary>Turns by id: those that were loaded, and those that events began.</summary>
    public Dictionary<string, TurnRow> Turns { get; } = [];

    /// <summary>Sessions by id.</summary>
    public Dictionary<string, SessionRow> Sessions { get; } = [];

    /// <summary>Messages by id.</summary>
    public Dictionary<string, MessageRow> Messages { get; } = [];

    /// <summary>Tool calls by id.</summary>
    public Dictionary<string, ToolCallRow> ToolCalls { get; } = [];

    /// <summary>What was asked of people, by the request's id.</summary>
    public Dictionary<string, RequestRow> Requests { get; } = [];

    /// <summary>What ended turns cost, by turn and model.</summary>
    public Dictionary<(string TurnId, string Model), UsageRow> Usage { get; } = [];

    /// <summary>Messages that a broken stream made void.</summary>
    public HashSet<string> Discarded { get; } = [];

    // Thousands of pieces make a text; putting each into its block by itself would copy the whole text each time.
    private readonly Dictionary<(string MessageId, int Block), (string Kind, StringBuilder Text)> _growing = [];

    /// <summary>Sessions of which a turn ended: their next turn may go.</summary>
    public HashSet<string> Freed { get; } = [];

    /// <summary>Takes in one event. Events of one project come in the order of their numbers, each once.</summary>
    public void Apply(Event @event)
    {
        var at = DateTimeOffset.FromUnixTimeMilliseconds(@event.At).UtcDateTime;
        switch (@event)
        {
            case UserMessage message:
                var announced = Turn(message, at, message.Content);
                announced.AnnouncedSeq = message.Seq;
                announced.Content = message.Content; // It may have been edited.
                var written = Message(message, message.TurnId, "user", null, at);
                SetBlock(written, 0, new JsonObject { ["type"] = "text", ["text"] = message.Content });
                foreach (var (index, attachment) in (message.Attachments ?? []).Index()) SetBlock(written, index + 1, AttachmentBlock(attachment));
                Sessions[message.SessionId].UpdatedAt = at;
                break;

            case TurnStart start:
                var started = Turn(start, at, "");
                if (started.Status != TurnStatus.Ended) started.Status = TurnStatus.Running;
                started.StartedAt = at;
                started.AnnouncedSeq = start.Seq;
                break;

            case AssistantChunk chunk:
                AppendText(Message(chunk, chunk.MessageId, "assistant", chunk.ParentToolUseId, at), chunk.Block, "text", chunk.Content);
                break;

            case ThinkingChunk chunk:
                AppendText(Message(chunk, chunk.MessageId, "assistant", chunk.ParentToolUseId, at), chunk.Block, "thinking", chunk.Content);
                break;

            case AssistantMessage { Discarded: true } discarded:
                Messages.Remove(discarded.MessageId);
                foreach (var shown in _growing.Keys.Where(key => key.MessageId == discarded.MessageId).ToList()) _growing.Remove(shown);
                Discarded.Add(discarded.MessageId);
                break;

            case AssistantMessage finished:
                var block = finished.Content.EnumerateArray().FirstOrDefault();
                if (block.ValueKind == JsonValueKind.Object)
                    SetBlock(Message(finished, finished.MessageId, "assistant", finished.ParentToolUseId, at), finished.Block, (JsonObject)JsonNode.Parse(block.GetRawText())!);
                break;

            case ToolUse call:
                SetBlock(Message(call, call.MessageId, "assistant", call.ParentToolUseId, at), call.Block, new JsonObject { ["type"] = "tool_use", ["tool_use_id"] = call.ToolUseId });
                ToolCalls.TryAdd(call.ToolUseId, new ToolCallRow
                {
                    ProjectId = projectId, Id = call.ToolUseId, MessageId = call.MessageId, TurnId = call.TurnId, Name = call.Name, Input = call.Input.GetRawText(),
                });
                break;

            case ToolResult result when ToolCalls.TryGetValue(result.ToolUseId, out var answered):
                answered.Result = result.Content.GetRawText();
                answered.Detail = result.Detail?.GetRawText();
                answered.IsError = result.IsError;
                break;

            case PeopleRequest asked:
                var open = Request(asked, asked.RequestId, asked.ToolUseId, at);
                open.Request = Json(asked);
                open.IsOpen = open.Resolution is null;
                break;

            case PermissionResolved resolved:
                Resolve(Request(resolved, resolved.RequestId, resolved.ToolUseId, at), resolved);
                break;

            case QuestionResolved resolved:
                Resolve(Request(resolved, resolved.RequestId, resolved.ToolUseId, at), resolved);
                break;

            case Status { State: "mode_changed", Detail: { } detail } when detail.TryGetProperty("permissionMode", out var mode):
                Turn(@event, at, "");
                // A person may have chosen another one since, which is saved already.
                if (Sessions[@event.SessionId] is var session && @event.Seq > session.ChosenSeq) session.PermissionMode = mode.GetString();
                break;

            case Status { State: "told" }:
                var waiting = Turn(@event, at, "");
                if (waiting.Status == TurnStatus.Queued) waiting.Status = TurnStatus.Told;
                break;

            case Status { State: "task", Detail: { } task } when task.TryGetProperty("tool_use_id", out var of) && ToolCalls.TryGetValue(of.GetString() ?? "", out var worked):
                worked.Task = Merged(worked.Task, task);
                break;

            case ToolOutput output when ToolCalls.TryGetValue(output.ToolUseId, out var printing):
                var known = printing.Task is null ? [] : (JsonObject)JsonNode.Parse(printing.Task)!;
                known["output"] = (known["output"]?.GetValue<string>() ?? "") + output.Content;
                printing.Task = known.ToJsonString(WireJson.Options);
                break;

            // What a person changes is saved before it is told (SessionSettings): here it may be older than what they chose since.
            case SessionUpdate { Title: { } title } named when Sessions.TryGetValue(named.SessionId, out var brought) && brought.Title == Untitled:
                brought.Title = title;
                break;

            case UsageUpdate usage when Messages.TryGetValue(usage.MessageId, out var counted):
                counted.Usage = JsonSerializer.Serialize(usage.Usage, WireJson.Options);
                break;

            case CostUpdate cost:
                var running = Turn(cost, at, "");
                if (running.Status == TurnStatus.Ended) break;
                (running.CostUsd, running.Usage) = (cost.TotalCostUsd, JsonSerializer.Serialize(cost.UsageSummary, WireJson.Options));
                break;

            case Error error:
                Message(error, $"{error.TurnId}:{error.Seq}", "notice", null, at).Blocks.Add((JsonNode)new JsonObject { ["type"] = "error", ["code"] = error.Code, ["text"] = error.Message });
                break;

            case Status { State: "unknown" } unknown:
                Message(unknown, $"{unknown.TurnId}:{unknown.Seq}", "notice", null, at).Blocks.Add((JsonNode)new JsonObject
                {
                    ["type"] = "unknown", ["detail"] = unknown.Detail is { } raw ? JsonNode.Parse(raw.GetRawText()) : null,
                });
                break;

            case Status { State: "compacted" or "model_fallback" or "budget_warning" or "rate_limit" or "continued" } status:
                Message(status, $"{status.TurnId}:{status.Seq}", "notice", null, at).Blocks.Add((JsonNode)new JsonObject { ["type"] = "status", ["state"] = status.State, ["text"] = status.Message });
                break;

            case SessionEnd end:
                var ended = Turn(end, at, "");
                ended.Status = TurnStatus.Ended;
                (ended.Reason, ended.IsError, ended.EndMessage) = (end.Reason, end.IsError, end.Message);
                (ended.CostUsd, ended.DurationMs, ended.EndedAt) = (end.TotalCostUsd, end.DurationMs, at);
                ended.ResumeAt = end.ResumeAt;
                // The message belongs where Claude Code got it.
                if (end.SteeredInto is { } into && Messages.TryGetValue(end.TurnId, out var told))
                    (told.TurnId, told.Seq) = (into, Messages.GetValueOrDefault(end.SteeredBefore ?? "") is { } answer ? answer.Seq - 1 : end.Seq);
                ended.Usage = JsonSerializer.Serialize(end.UsageSummary, WireJson.Options);
                Sessions[end.SessionId].CostUsd += end.TotalCostUsd;
                Enter(end, at);
                foreach (var unanswered in Requests.Values.Where(request => request.TurnId == end.TurnId)) unanswered.IsOpen = false;
                Freed.Add(end.SessionId);
                break;
        }
    }

    /// <summary>Puts what was appended into the blocks. To be called when all events are in.</summary>
    public void Complete()
    {
        foreach (var ((messageId, index), (kind, text)) in _growing)
            if (Messages.TryGetValue(messageId, out var message)) message.Blocks[index]![kind] = text.ToString();
        _growing.Clear();
    }

    private TurnRow Turn(Event @event, DateTime at, string content)
    {
        if (!Sessions.ContainsKey(@event.SessionId))
            Sessions[@event.SessionId] = new SessionRow { Id = @event.SessionId, ProjectId = projectId, Title = Untitled, CreatedAt = at, UpdatedAt = at };
        if (Turns.TryGetValue(@event.TurnId, out var turn)) return turn;

        // Claude Code began it by itself, or this database was restored from before it was stored.
        return Turns[@event.TurnId] = new TurnRow
        {
            Id = @event.TurnId, ProjectId = projectId, SessionId = @event.SessionId, Content = content, SentBy = (@event as UserMessage)?.SentBy, Status = TurnStatus.Running, CreatedAt = at,
        };
    }

    private MessageRow Message(Event @event, string id, string role, string? parentToolUseId, DateTime at)
    {
        if (Messages.TryGetValue(id, out var message)) return message;
        Turn(@event, at, "");
        Discarded.Remove(id);
        return Messages[id] = new MessageRow
        {
            ProjectId = projectId, Id = id, SessionId = @event.SessionId, TurnId = @event.TurnId, Seq = @event.Seq, Role = role, ParentToolUseId = parentToolUseId, CreatedAt = at,
        };
    }

    private RequestRow Request(Event @event, string id, string? toolUseId, DateTime at)
    {
        if (Requests.TryGetValue(id, out var request)) return request;
        Turn(@event, at, "");
        return Requests[id] = new RequestRow { ProjectId = projectId, Id = id, SessionId = @event.SessionId, TurnId = @event.TurnId, ToolUseId = toolUseId, AskedAt = at };
    }

    private static void Resolve(RequestRow request, Event resolution)
    {
        request.Resolution = Json(resolution);
        request.IsOpen = false;
    }

    private static string Json(Event @event) => Encoding.UTF8.GetString(WireJson.Write(@event));

    // The models' sum is the turn's; where it is not (a CLI that names none), the rest stands under no name.
    private void Enter(SessionEnd end, DateTime at)
    {
        var rest = end.TotalCostUsd - end.UsageSummary.Models.Values.Sum(model => model.CostUsd);
        foreach (var (model, usage) in end.UsageSummary.Models) Add(model, usage, usage.CostUsd);
        if (rest != 0) Add("", new Usage(), rest);

        void Add(string model, Usage usage, decimal costUsd) => Usage[(end.TurnId, model)] = new UsageRow
        {
            ProjectId = projectId, TurnId = end.TurnId, Model = model, SessionId = end.SessionId, Day = DateOnly.FromDateTime(at),
            InputTokens = usage.InputTokens, OutputTokens = usage.OutputTokens,
            CacheReadInputTokens = usage.CacheReadInputTokens, CacheCreationInputTokens = usage.CacheCreationInputTokens, CostUsd = costUsd,
        };
    }

    // Later details name what has changed.
    private static string Merged(string? before, JsonElement change)
    {
        var merged = before is null ? [] : (JsonObject)JsonNode.Parse(before)!;
        foreach (var property in change.EnumerateObject().Where(property => property.Name != "tool_use_id")) merged[property.Name] = JsonNode.Parse(property.Value.GetRawText());
        return merged.ToJsonString(WireJson.Options);
    }

    private static JsonObject AttachmentBlock(Attachment attachment) => new()
    {
        ["type"] = "attachment", ["path"] = attachment.Path, ["name"] = attachment.Name, ["media_type"] = attachment.MediaType, ["size"] = attachment.Size,
    };

    private void AppendText(MessageRow message, int index, string kind, string text)
    {
        if (!_growing.TryGetValue((message.Id, index), out var growing) || growing.Kind != kind)
        {
            var block = index < message.Blocks.Count ? message.Blocks[index] as JsonObject : null;
            var before = block is not null && block["type"]?.GetValue<string>() == kind ? block[kind]?.GetValue<string>() ?? "" : "";
            SetBlock(message, index, new JsonObject { ["type"] = kind, [kind] = before });
            _growing[(message.Id, index)] = growing = (kind, new StringBuilder(before));
        }

        growing.Text.Append(text);
    }

    private void SetBlock(MessageRow message, int index, JsonObject block)
    {
        _growing.Remove((message.Id, index));
        while (message.Blocks.Count <= index) message.Blocks.Add((JsonNode?)null);
        message.Blocks[index] = block;
    }
}
