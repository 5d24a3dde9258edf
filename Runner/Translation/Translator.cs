using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using Protocol.Events;

namespace Runner.Translation;

/// <summary>
/// Turns the CLI's stdout lines into wire events. One per process, because the CLI's cost and model usage count per process.
/// Text deltas, of which there are thousands, take a path without a DOM, strings or allocation; the rest is rare.
/// Source: fact sheet §5 (2.1.197), written to accept 2.1.330 as well; golden tests over every recording.
/// </summary>
internal sealed class Translator
{
    /// <summary>Tool results longer than this are cut in the event; the CLI itself keeps such outputs in a file.</summary>
    private const int MaxToolResultBytes = 256 * 1024;

    private const int MaxImageBytes = 2 << 20;
    private const int MaxDetailBytes = 32 * 1024;

    /// <summary>Members of <c>tool_use_result</c> that repeat the call's input or its content.</summary>
    private static readonly HashSet<string> s_saidElsewhere =
        ["originalFile", "content", "file", "stdout", "stderr", "oldString", "newString", "oldTodos", "prompt", "result", "filenames", "edits", "plan", "questions", "answers"];

    private readonly StreamedMessage _streamed = new();
    private readonly CumulativeUsage _cumulative = new();
    private readonly ArrayBufferWriter<byte> _writing = new(1024);
    private readonly HashSet<string> _counted = [];
    private readonly Dictionary<string, int> _blocks = [];
    private readonly HashSet<string> _openTools = [];
    private readonly ConcurrentDictionary<string, string> _tasks = []; // By their ids, the calls that started them.
    private EventOutbox? _outbox;
    private string _sessionId = "";
    private string _turnId = "";
    private string? _lastSaid;
    private string? _failure;

    /// <summary>The process' permission mode as it last named it; null before its first turn.</summary>
    public string? PermissionMode { get; private set; }

    /// <summary>Whether a tool call waits for its result: then silence is no sign of a hang.</summary>
    public bool ToolRuns => _openTools.Count > 0;

    /// <summary>Messages of this turn whose tokens are counted: when it grows, the turn has cost more.</summary>
    public int CountedMessages { get; private set; }

    /// <summary>US dollars that the process had cost at its last result.</summary>
    public decimal CostUsd => _cumulative.CostUsd;

    /// <inheritdoc cref="CumulativeUsage.SoFar"/>
    public (decimal CostUsd, UsageSummary Usage)? SoFar(JsonElement usageAnswer) => _cumulative.SoFar(usageAnswer);

    /// <summary>Where events go that belong to no turn: background tasks that go on between two.</summary>
    public Action<Event>? Between { get; init; }

    /// <summary>Told when a shell command has become a task of its own (its id and its call), and when it ends (no call).</summary>
    public Action<string, string?>? CommandChanged { get; init; }

    /// <summary>Whether something runs in the background.</summary>
    public bool RunsTasks => !_tasks.IsEmpty;

    /// <summary>What runs in the background, by the ids of the tasks.</summary>
    public IReadOnlyCollection<string> Tasks => [.. _tasks.Keys];

    /// <summary>What was done last in the background, in the CLI's words; null when nothing was since the turn began.</summary>
    public string? DoneInBackground { get; private set; }

    /// <summary>Events go to this turn from now on.</summary>
    public void BeginTurn(string sessionId, string turnId, EventOutbox outbox)
    {
        (_sessionId, _turnId, _outbox) = (sessionId, turnId, outbox);
        _streamed.Clear();
        _counted.Clear();
        CountedMessages = 0;
        _failure = null;
        DoneInBackground = null;
        _blocks.Clear();
        _openTools.Clear();
    }

    /// <summary>What comes between two turns belongs to none: tasks go to <see cref="Between"/>, the rest is dropped.</summary>
    public void EndTurn() => _outbox = null;

    /// <summary>Whether a line begins a turn: {"type":"system","subtype":"init",…</summary>
    public static bool BeginsTurn(ReadOnlySpan<byte> line) => line.StartsWith("{\"type\":\"system\",\"subtype\":\"init\""u8);

    /// <summary>Takes one line, without its line end. Null: it gave events or nothing, and the session need not care.</summary>
    public CliOutcome? Translate(ReadOnlyMemory<byte> line)
    {
        var bytes = line.Span;
        if (!Utf8.IsValid(bytes)) return Rubbish(bytes);
        if (DeltaLine.TryRead(bytes, out var delta))
        {
            AddText(delta.IsThinking, delta.Block, delta.EscapedText);
            return null;
        }

        try
        {
            // {"type":"stream_event","event":{…},…}
            if (bytes.StartsWith("{\"type\":\"stream_event\""u8))
            {
                TranslateStreamEvent(bytes);
                return null;
            }

            using var document = JsonDocument.Parse(line);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || Text(root, "type") is not { } type) return Rubbish(bytes);
            return type switch
            {
                "assistant" => TranslateAssistant(root),
                "user" => TranslateUser(root),
                "system" => TranslateSystem(root),
                "result" => TranslateResult(root),
                "control_request" => new CliOutcome.ControlRequest(Text(root, "request_id") ?? "", Text(root, "request", "subtype") ?? "", Child(root, "request")?.Clone() ?? default),
                "control_response" => new CliOutcome.ControlResponse(
                    Text(root, "response", "request_id") ?? "", Text(root, "response", "subtype") == "success", Text(root, "response", "error"),
                    Child(root, "response") is { } outer && Child(outer, "response") is { ValueKind: JsonValueKind.Object } answer ? answer.Clone() : null),
                "control_cancel_request" => new CliOutcome.ControlCancel(Text(root, "request_id") ?? ""),
                "keep_alive" => null,
                "rate_limit_event" => TranslateRateLimit(root),
                _ => Unknown(root),
            };
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException or FormatException)
        {
            return Rubbish(bytes);
        }
    }

    /// <summary>Writes an event of the present turn.</summary>
    public void Emit(Event @event) => _outbox?.Add(WireJson.Write(@event));

    private static CliOutcome.Rubbish Rubbish(ReadOnlySpan<byte> bytes) => new(Encoding.UTF8.GetString(bytes[..Math.Min(bytes.Length, 80)]));

    // {"type":"stream_event","event":{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}},"session_id":"…","parent_tool_use_id":null,"uuid":"…"}
    // {"type":"stream_event","event":{"type":"message_start","message":{"id":"msg_1","model":"…","usage":{"input_tokens":120,…}}},…,"ttft_ms":37}
    // {"type":"stream_event","event":{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":42,…}},…}
    private void TranslateStreamEvent(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isEvent = reader.ValueTextEquals("event"u8);
            reader.Read();
            if (isEvent)
            {
                TranslateApiEvent(ref reader);
                return; // The rest of the line names what is known: partials are of the main thread only.
            }

            reader.Skip();
        }
    }

    private void TranslateApiEvent(ref Utf8JsonReader reader)
    {
        var kind = ApiEvent.Other;
        var index = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("type"u8))
            {
                reader.Read();
                kind = KindOf(ref reader);
                if (kind == ApiEvent.Other) return;
            }
            else if (reader.ValueTextEquals("index"u8))
            {
                reader.Read();
                index = reader.GetInt32();
            }
            else if (kind == ApiEvent.BlockDelta && reader.ValueTextEquals("delta"u8))
            {
                reader.Read();
                TranslateDelta(ref reader, index);
                return;
            }
            else if (kind == ApiEvent.MessageStart && reader.ValueTextEquals("message"u8))
            {
                reader.Read();
                using var message = JsonDocument.ParseValue(ref reader);
                DiscardUnfinished();
                _streamed.Begin(Text(message.RootElement, "id") ?? "", ReadUsage(Child(message.RootElement, "usage")));
                return;
            }
            else if (kind == ApiEvent.MessageDelta && reader.ValueTextEquals("usage"u8))
            {
                reader.Read();
                using var usage = JsonDocument.ParseValue(ref reader);
                CountUsage(_streamed.MessageId, _streamed.Usage.With(usage.RootElement), parentToolUseId: null);
                return;
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
    }

    private static ApiEvent KindOf(ref Utf8JsonReader reader) =>
        reader.ValueTextEquals("content_block_delta"u8) ? ApiEvent.BlockDelta
        : reader.ValueTextEquals("message_start"u8) ? ApiEvent.MessageStart
        : reader.ValueTextEquals("message_delta"u8) ? ApiEvent.MessageDelta
        : ApiEvent.Other;

    private void TranslateDelta(ref Utf8JsonReader reader, int index)
    {
        bool? isThinking = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("type"u8))
            {
                reader.Read();
                if (reader.ValueTextEquals("text_delta"u8)) isThinking = false;
                else if (reader.ValueTextEquals("thinking_delta"u8)) isThinking = true;
                else return;
            }
            else if (isThinking is { } known && (reader.ValueTextEquals("text"u8) || reader.ValueTextEquals("thinking"u8)))
            {
                reader.Read();
                AddText(known, index, reader.ValueSpan);
            }
            else
            {
                reader.Read();
                reader.Skip();
            }
        }
    }

    // Escaped as the CLI escaped it: what is valid in its line is valid in ours.
    private void AddText(bool isThinking, int block, ReadOnlySpan<byte> escaped)
    {
        if (escaped.Length > 0) _outbox?.AddChunk(_streamed.Chunk(isThinking ? "thinking_chunk" : "assistant_chunk", block, _sessionId, _turnId), escaped);
    }

    // One line per content block; the lines of a message share its id:
    // {"type":"assistant","message":{"id":"msg_1","model":"…","content":[{"type":"text","text":"Hi"}],"usage":{…}},"parent_tool_use_id":null,…,"error":"overloaded"}
    private CliOutcome? TranslateAssistant(JsonElement line)
    {
        if (Child(line, "message") is not { ValueKind: JsonValueKind.Object } message) return null;
        // The CLI writes an API failure as a message of its own; session_end says it once, with what to do.
        if (Text(line, "error") is { } failure && Text(message, "model") == "<synthetic>")
        {
            _failure = failure;
            return null;
        }

        var parent = Text(line, "parent_tool_use_id");
        var messageId = Text(message, "id") ?? Text(line, "uuid") ?? "";
        if (parent is null) _lastSaid = Text(line, "uuid") ?? _lastSaid;
        if (parent is null && messageId != _streamed.MessageId) DiscardUnfinished();

        foreach (var block in Items(message, "content"))
        {
            var index = _blocks.GetValueOrDefault(messageId);
            _blocks[messageId] = index + 1;
            if (parent is null) _streamed.Finish(messageId, index);
            switch (Text(block, "type"))
            {
                case "tool_use":
                    var toolUseId = Text(block, "id") ?? "";
                    _openTools.Add(toolUseId);
                    Emit(new ToolUse
                    {
                        SessionId = _sessionId, TurnId = _turnId, ParentToolUseId = parent, MessageId = messageId, Block = index,
                        ToolUseId = toolUseId, Name = Text(block, "name") ?? "", Input = Child(block, "input") ?? WireJson.EmptyObject,
                    });
                    break;
                default:
                    Emit(new AssistantMessage
                    {
                        SessionId = _sessionId, TurnId = _turnId, ParentToolUseId = parent, MessageId = messageId, Block = index,
                        Model = Text(message, "model"), Content = List(WithoutSignature(block)),
                    });
                    break;
            }
        }

        // Streamed messages are counted at message_delta: here their output_tokens is still the 1 of message_start.
        // Whole ones (subagents, a repeated stream) have their true usage here, once for each id.
        if ((parent is not null || messageId != _streamed.MessageId) && Text(message, "model") != "<synthetic>")
            CountUsage(messageId, ReadUsage(Child(message, "usage")), parent);
        return null;
    }

    // {"type":"user","message":{"role":"user","content":[{"tool_use_id":"toolu_1","type":"tool_result","content":"hi","is_error":false}]},…,"tool_use_result":{…}}
    // {"type":"user","message":{"role":"user","content":"…"},…,"uuid":"…","isReplay":true}: ours, which the CLI has now taken.
    // Synthetic notes and "[Request interrupted by user]" are not chat.
    private CliOutcome.Taken? TranslateUser(JsonElement line)
    {
        if (Child(line, "isReplay") is { ValueKind: JsonValueKind.True } && Text(line, "uuid") is { } taken) return new CliOutcome.Taken(taken, _streamed.Unfinished);
        if (Child(line, "message") is not { ValueKind: JsonValueKind.Object } message) return null;
        foreach (var block in Items(message, "content"))
        {
            if (Text(block, "type") != "tool_result") continue;
            var toolUseId = Text(block, "tool_use_id") ?? "";
            _openTools.Remove(toolUseId);
            Emit(new ToolResult
            {
                SessionId = _sessionId, TurnId = _turnId, ParentToolUseId = Text(line, "parent_tool_use_id"),
                ToolUseId = toolUseId,
                Content = Cut(Child(block, "content") ?? JsonElementOf("\"\""u8)),
                IsError = Child(block, "is_error") is { ValueKind: JsonValueKind.True },
                Detail = Child(line, "tool_use_result") is { ValueKind: JsonValueKind.Object } detail ? WithoutLarge(detail) : null,
            });
        }

        return null;
    }

    // {"type":"system","subtype":"api_retry","attempt":1,"max_retries":10,"retry_delay_ms":533.08,"error_status":529,"error":"overloaded",…}
    // {"type":"system","subtype":"status","status":"compacting"} · {"type":"system","subtype":"status","status":null,"permissionMode":"plan"}
    private CliOutcome? TranslateSystem(JsonElement line)
    {
        switch (Text(line, "subtype"))
        {
            case "init":
                PermissionMode = Text(line, "permissionMode");
                EmitStatus("init", null, Pick(line, "model", "permissionMode", "claude_code_version", "tools", "slash_commands", "mcp_servers"));
                return null;
            case "status" when Text(line, "status") is { } status:
                EmitStatus(status, status == "compacting" ? "Compacting the conversation to make room." : null, null);
                return null;
            case "status" when Text(line, "permissionMode") is { } mode:
                PermissionMode = mode;
                EmitStatus("mode_changed", $"Permission mode: {mode}.", Pick(line, "permissionMode"));
                return null;
            case "status":
                return null;
            case "api_retry":
                EmitStatus("retrying", RetryMessage(line), Pick(line, "attempt", "max_retries", "retry_delay_ms", "error_status", "error"));
                return null;
            case "model_fallback":
                EmitStatus("model_fallback", $"{Text(line, "original_model")} is overloaded; {Text(line, "fallback_model")} answers instead.", Pick(line, "original_model", "fallback_model"));
                return null;
            case "compact_boundary":
                EmitStatus("compacted", "The conversation was compacted: older messages are now a summary for Claude Code.", Pick(line, "compact_metadata"));
                return null;
            case "permission_denied":
                Emit(new PermissionResolved
                {
                    SessionId = _sessionId, TurnId = _turnId, RequestId = Text(line, "tool_use_id") ?? "", ToolUseId = Text(line, "tool_use_id"),
                    Decision = "deny", DecidedBy = Text(line, "decision_reason_type") ?? "rule", Message = Text(line, "message"),
                });
                return null;
            case "task_started" or "task_progress" or "task_updated" or "task_notification":
                TranslateTask(line);
                return null;
            case "thinking_tokens" or "session_state_changed" or "model_refusal_no_fallback":
                return null; // Each is said by another line as well.
            default:
                return Unknown(line);
        }
    }

    // {"type":"system","subtype":"task_started","task_id":"b1","tool_use_id":"toolu_1","description":"sleep 9","task_type":"local_bash"}
    // {"type":"system","subtype":"task_progress","task_id":"a1","tool_use_id":"toolu_1","description":"…","usage":{"total_tokens":240,"tool_uses":1,"duration_ms":300}}
    // {"type":"system","subtype":"task_updated","task_id":"b1","patch":{"status":"completed","end_time":…}}: names no call
    // {"type":"system","subtype":"task_notification","task_id":"b1","tool_use_id":"toolu_1","status":"completed","summary":"…","usage":{…}}
    private void TranslateTask(JsonElement line)
    {
        if (Text(line, "task_id") is not { } id) return;
        var known = _tasks.GetValueOrDefault(id);
        var toolUseId = Text(line, "tool_use_id") ?? known;
        var status = Text(line, "status") ?? Text(line, "patch", "status") ?? "running";
        if (status is "running" or "pending") _tasks[id] = toolUseId ?? "";
        else if (_tasks.TryRemove(id, out _)) CommandChanged?.Invoke(id, null);
        if (Text(line, "task_type") == "local_bash" && toolUseId is not null) CommandChanged?.Invoke(id, toolUseId);
        if (Text(line, "subtype") == "task_notification") DoneInBackground = Text(line, "summary");
        EmitTask(id, toolUseId, status, Text(line, "description") ?? Text(line, "summary"), line);
    }

    /// <summary>The process is gone, and what ran in its background with it.</summary>
    public void StopTasks()
    {
        foreach (var (id, toolUseId) in _tasks)
        {
            CommandChanged?.Invoke(id, null);
            EmitTask(id, toolUseId, "stopped", null, default);
        }

        _tasks.Clear();
    }

    private void EmitTask(string id, string? toolUseId, string status, string? message, JsonElement line)
    {
        var @event = new Status
        {
            SessionId = _sessionId, TurnId = _outbox is null ? "" : _turnId, State = "task", Message = message, Detail = WireJson.Build(writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("task_id", id);
                if (toolUseId is { Length: > 0 }) writer.WriteString("tool_use_id", toolUseId);
                if (Text(line, "task_type") is { } type) writer.WriteString("task_type", type);
                writer.WriteString("status", status);
                if (Child(line, "usage") is { ValueKind: JsonValueKind.Object } usage)
                {
                    writer.WritePropertyName("usage");
                    usage.WriteTo(writer);
                }

                writer.WriteEndObject();
            }),
        };
        // A background task goes on between turns.
        if (_outbox is null) Between?.Invoke(@event);
        else Emit(@event);
    }

    // {"type":"result","subtype":"success","is_error":false,"duration_ms":451,"num_turns":2,"result":"Done.","total_cost_usd":0.003682,
    //  "usage":{…},"modelUsage":{"claude-opus-4-8[1m]":{"inputTokens":240,…,"costUSD":0.003682}},"terminal_reason":"completed",…}
    private CliOutcome.TurnResult TranslateResult(JsonElement line)
    {
        DiscardUnfinished();
        var (cost, usage) = _cumulative.Advance(line);
        var (reason, isError, message) = ResultReading.Read(line, _failure);
        return new CliOutcome.TurnResult(new SessionEnd
        {
            SessionId = _sessionId, TurnId = _turnId,
            TotalCostUsd = cost, UsageSummary = usage, Reason = reason, IsError = isError, Message = message,
            Result = isError ? null : Text(line, "result"),
            DurationMs = Number(line, "duration_ms"), DurationApiMs = Number(line, "duration_api_ms"), NumTurns = (int?)Number(line, "num_turns"),
            ResumeAt = _lastSaid,
        });
    }

    // {"type":"rate_limit_event","rate_limit_info":{"status":"allowed_warning","resetsAt":1795450000,"rateLimitType":"five_hour","utilization":0.91},…}
    // From the SDK's types (0.3.197): with an API key none was ever seen.
    private CliOutcome? TranslateRateLimit(JsonElement line)
    {
        if (Child(line, "rate_limit_info") is not { } info || Text(info, "status") is not ("allowed_warning" or "rejected")) return null;
        var until = Number(info, "resetsAt") is { } seconds ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $" until {DateTimeOffset.FromUnixTimeSeconds(seconds):yyyy-MM-dd HH:mm} UTC") : "";
        EmitStatus("rate_limit", Text(info, "status") == "rejected" ? $"The rate limit is reached{until}." : $"The rate limit is nearly reached; it counts{until}.", info);
        return null;
    }

    private CliOutcome? Unknown(JsonElement line)
    {
        EmitStatus("unknown", null, Cut(line));
        return null;
    }

    // A stream that broke is repeated under another id: what was shown of the first is void.
    private void DiscardUnfinished()
    {
        if (_streamed.TakeUnfinished() is not { } messageId) return;
        Emit(new AssistantMessage
        {
            SessionId = _sessionId, TurnId = _turnId, MessageId = messageId, Block = 0, Content = JsonElementOf("[]"u8), Discarded = true,
        });
    }

    private void CountUsage(string messageId, Usage usage, string? parentToolUseId)
    {
        if (messageId.Length == 0 || !_counted.Add(messageId)) return;
        CountedMessages++;
        Emit(new UsageUpdate { SessionId = _sessionId, TurnId = _turnId, ParentToolUseId = parentToolUseId, MessageId = messageId, Usage = usage });
    }

    private void EmitStatus(string state, string? message, JsonElement? detail) =>
        Emit(new Status { SessionId = _sessionId, TurnId = _turnId, State = state, Message = message, Detail = detail });

    private static string RetryMessage(JsonElement line)
    {
        var why = Text(line, "error") switch
        {
            "overloaded" => "The model is overloaded",
            "rate_limit" => "The model's rate limit is reached",
            "authentication_failed" => "The model refused the API key",
            "server_error" => "The model's server failed",
            _ => "The model could not be reached",
        };
        var seconds = (Child(line, "retry_delay_ms") is { ValueKind: JsonValueKind.Number } delay ? delay.GetDouble() : 0) / 1000;
        return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{why}; trying again in {seconds:0.#} s (attempt {Number(line, "attempt")} of {Number(line, "max_retries")}).");
    }

    private static Usage ReadUsage(JsonElement? usage) => new Usage().With(usage ?? default);

    private static JsonElement Cut(JsonElement content)
    {
        if (content.ValueKind == JsonValueKind.Array) return WireJson.Build(writer =>
        {
            writer.WriteStartArray();
            foreach (var block in content.EnumerateArray()) CutBlock(block).WriteTo(writer);
            writer.WriteEndArray();
        });
        var raw = content.GetRawText();
        if (raw.Length <= MaxToolResultBytes) return content;
        var text = content.ValueKind == JsonValueKind.String ? content.GetString()! : raw;
        return JsonSerializer.SerializeToElement($"{text[..(MaxToolResultBytes / 2)]}\n… {text.Length - MaxToolResultBytes / 2} more characters are not shown.", WireJson.Options);
    }

    // {"type":"image","source":{"type":"base64","media_type":"image/png","data":"…"}} · {"type":"text","text":"…"}
    private static JsonElement CutBlock(JsonElement block)
    {
        var isImage = Text(block, "type") == "image";
        if (block.GetRawText().Length <= (isImage ? MaxImageBytes : MaxToolResultBytes)) return block;
        var said = isImage ? $"[An image of more than {MaxImageBytes >> 20} MB is not shown.]" : Cut(Child(block, "text") ?? block).GetString();
        return WireJson.Build(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("type", "text");
            writer.WriteString("text", said);
            writer.WriteEndObject();
        });
    }

    // {"filePath":"/w/a.txt","oldString":"…","originalFile":"…","structuredPatch":[…]}: what is in the call or the content is left out.
    private static JsonElement? WithoutLarge(JsonElement detail)
    {
        var kept = detail.EnumerateObject()
            .Where(property => !s_saidElsewhere.Contains(property.Name) && property.Value.GetRawText() is { Length: <= MaxDetailBytes } and not ("null" or "false" or "[]" or "")).ToList();
        return kept.Count == 0 ? null : Pick(detail, [.. kept.Select(property => property.Name)]);
    }

    // A thinking block carries a signature for the API: kilobytes that nobody can read.
    private static JsonElement WithoutSignature(JsonElement block) =>
        Text(block, "type") == "thinking" ? Pick(block, "type", "thinking") : block;

    private JsonElement List(JsonElement item)
    {
        _writing.ResetWrittenCount();
        using (var writer = new Utf8JsonWriter(_writing))
        {
            writer.WriteStartArray();
            item.WriteTo(writer);
            writer.WriteEndArray();
        }

        return JsonElementOf(_writing.WrittenSpan);
    }

    private static JsonElement Pick(JsonElement line, params string[] names) => WireJson.Build(writer =>
    {
        writer.WriteStartObject();
        foreach (var name in names)
        {
            if (!line.TryGetProperty(name, out var value)) continue;
            writer.WritePropertyName(name);
            value.WriteTo(writer);
        }

        writer.WriteEndObject();
    });

    private static JsonElement JsonElementOf(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json);
        return JsonElement.ParseValue(ref reader);
    }

    private static JsonElement? Child(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : null;

    private static string? Text(JsonElement element, string name) =>
        Child(element, name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;

    private static string? Text(JsonElement element, string outer, string name) =>
        Child(element, outer) is { } child ? Text(child, name) : null;

    private static long? Number(JsonElement element, string name) =>
        Child(element, name) is { ValueKind: JsonValueKind.Number } value ? (long)value.GetDouble() : null;

    private static IEnumerable<JsonElement> Items(JsonElement element, string name) =>
        Child(element, name) is { ValueKind: JsonValueKind.Array } list ? list.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.Object) : [];

    private enum ApiEvent { Other, MessageStart, BlockDelta, MessageDelta }
}
