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
    /// <summary>Turns by id: those that were loaded, and those that events began.</summary>
    public Dictionary<string, TurnRow> Turns { get; } = [];

    /// <summary>Sessions by id.</summary>
    public Dictionary<string, SessionRow> Sessions { get; } = [];

    /// <summary>Messages by id.</summary>
    public Dictionary<string, MessageRow> Messages { get; } = [];

    /// <summary>Tool calls by id.</summary>
    public Dictionary<string, ToolCallRow> ToolCalls { get; } = [];

    /// <summary>Messages that a broken stream made void.</summary>
    public HashSet<string> Discarded { get; } = [];

    /// <summary>Sessions of which a turn ended: their next turn may go.</summary>
    public HashSet<string> Freed { get; } = [];

    /// <summary>Takes in one event. Events of one project come in the order of their numbers, each once.</summary>
    public void Apply(Event @event)
    {
        var at = DateTimeOffset.FromUnixTimeMilliseconds(@event.At).UtcDateTime;
        switch (@event)
        {
            case UserMessage message:
                var asked = Turn(message, at, message.Content);
                asked.AnnouncedSeq = message.Seq;
                asked.Content = message.Content; // It may have been edited.
                SetBlock(Message(message, message.TurnId, "user", null, at), 0, new JsonObject { ["type"] = "text", ["text"] = message.Content });
                Sessions[message.SessionId].UpdatedAt = at;
                break;

            case TurnStart start:
                var started = Turn(start, at, "");
                if (started.Status != TurnStatus.Ended) started.Status = TurnStatus.Running;
                started.StartedAt = at;
                break;

            case AssistantChunk chunk:
                AppendText(Message(chunk, chunk.MessageId, "assistant", chunk.ParentToolUseId, at), chunk.Block, "text", chunk.Content);
                break;

            case ThinkingChunk chunk:
                AppendText(Message(chunk, chunk.MessageId, "assistant", chunk.ParentToolUseId, at), chunk.Block, "thinking", chunk.Content);
                break;

            case AssistantMessage { Discarded: true } discarded:
                Messages.Remove(discarded.MessageId);
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
                answered.IsError = result.IsError;
                break;

            case PermissionResolved { Decision: "deny" } denied when denied.ToolUseId is { } id && ToolCalls.TryGetValue(id, out var refused):
                refused.DeniedReason = denied.Message;
                break;

            case UsageUpdate usage when Messages.TryGetValue(usage.MessageId, out var counted):
                counted.Usage = JsonSerializer.Serialize(usage.Usage, WireJson.Options);
                break;

            case Error error:
                Message(error, $"{error.TurnId}:{error.Seq}", "notice", null, at).Blocks.Add((JsonNode)new JsonObject { ["type"] = "error", ["code"] = error.Code, ["text"] = error.Message });
                break;

            case Status { State: "compacted" or "model_fallback" } status:
                Message(status, $"{status.TurnId}:{status.Seq}", "notice", null, at).Blocks.Add((JsonNode)new JsonObject { ["type"] = "status", ["state"] = status.State, ["text"] = status.Message });
                break;

            case SessionEnd end:
                var ended = Turn(end, at, "");
                ended.Status = TurnStatus.Ended;
                (ended.Reason, ended.IsError, ended.EndMessage) = (end.Reason, end.IsError, end.Message);
                (ended.CostUsd, ended.DurationMs, ended.EndedAt) = (end.TotalCostUsd, end.DurationMs, at);
                ended.Usage = JsonSerializer.Serialize(end.UsageSummary, WireJson.Options);
                Sessions[end.SessionId].CostUsd += end.TotalCostUsd;
                Freed.Add(end.SessionId);
                break;
        }
    }

    private TurnRow Turn(Event @event, DateTime at, string content)
    {
        if (!Sessions.ContainsKey(@event.SessionId))
            Sessions[@event.SessionId] = new SessionRow { Id = @event.SessionId, ProjectId = projectId, Title = "Untitled", CreatedAt = at, UpdatedAt = at };
        if (Turns.TryGetValue(@event.TurnId, out var turn)) return turn;

        // Claude Code began it by itself, or this database was restored from before it was stored.
        return Turns[@event.TurnId] = new TurnRow
        {
            Id = @event.TurnId, ProjectId = projectId, SessionId = @event.SessionId, Content = content, Status = TurnStatus.Running, CreatedAt = at,
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

    private static void AppendText(MessageRow message, int index, string kind, string text)
    {
        var block = index < message.Blocks.Count ? message.Blocks[index] as JsonObject : null;
        var before = block is not null && block["type"]?.GetValue<string>() == kind ? block[kind]?.GetValue<string>() ?? "" : "";
        SetBlock(message, index, new JsonObject { ["type"] = kind, [kind] = before + text });
    }

    private static void SetBlock(MessageRow message, int index, JsonObject block)
    {
        while (message.Blocks.Count <= index) message.Blocks.Add((JsonNode?)null);
        message.Blocks[index] = block;
    }
}
