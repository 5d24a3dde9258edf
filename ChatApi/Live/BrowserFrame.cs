using System.Text.Json;
using ChatApi.Messages;
using Protocol.Events;
using Protocol.Redis;

namespace ChatApi.Live;

/// <summary>A frame from the browser that was read, or why it was not.</summary>
internal abstract record BrowserFrame
{
    /// <summary>{"type":"user_message","content":"…","client_message_id":"…","session_id":"…","steer":true,"attachments":[…]}: only the content is needed.</summary>
    public sealed record UserMessage(string Content, string? ClientMessageId, string? SessionId, bool Steer, IReadOnlyList<Attachment>? Attachments) : BrowserFrame;

    /// <summary>{"type":"interrupt"}, with an optional session_id: stop the running turn.</summary>
    public sealed record Interrupt(string? SessionId) : BrowserFrame;

    /// <summary>
    /// {"type":"permission_response","request_id":"…","decision":"allow","suggestions":[0],"updated_input":{…}}, or
    /// {"type":"question_response","request_id":"…","answers":{"Which?":"This"}}.
    /// </summary>
    public sealed record Answer(RequestAnswer Value) : BrowserFrame;

    /// <summary>{"type":"set_permission_mode","permission_mode":"plan"} or {"type":"set_model","model":"…"}, with an optional session_id.</summary>
    public sealed record Change(string? SessionId, SessionChange Value) : BrowserFrame;

    /// <summary>{"type":"prepare"}, with an optional session_id: a message is being written.</summary>
    public sealed record Prepare(string? SessionId) : BrowserFrame;

    /// <summary>It could not be taken.</summary>
    public sealed record Bad(string Code, string Message, string? ClientMessageId = null) : BrowserFrame;

    /// <summary>Reads a frame. Never throws: whatever a browser sends gets an answer that says what was wrong.</summary>
    public static BrowserFrame Read(ReadOnlyMemory<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object) return new Bad("malformed_json", "A frame is a JSON object with a \"type\".");
            if (!root.TryGetProperty("type", out var type)) return new Bad("missing_type", "The frame has no \"type\".");
            if (type.ValueKind != JsonValueKind.String) return new Bad("wrong_type", "\"type\" must be a string.");
            return type.GetString() switch
            {
                "user_message" => ReadUserMessage(root),
                "interrupt" => TryText(root, "session_id", out var session, out var bad) ? new Interrupt(session) : bad!,
                "permission_response" => ReadAnswer(root, WireJson.Read<PermissionResponse>, a => a.Decision is "allow" or "deny"
                    ? new Answer(new RequestAnswer { RequestId = a.RequestId, By = "", Allow = a.Decision == "allow", Suggestions = a.Suggestions, UpdatedInput = a.UpdatedInput, PermissionMode = a.PermissionMode, Message = a.Message, Interrupt = a.Interrupt ?? false })
                    : new Bad("bad_decision", "\"decision\" is allow or deny.")),
                "question_response" => ReadAnswer(root, WireJson.Read<QuestionResponse>, a => new Answer(new RequestAnswer { RequestId = a.RequestId, By = "", Allow = a.Answers is not null, Answers = a.Answers, Message = a.Message })),
                "set_permission_mode" => ReadAnswer(root, WireJson.Read<SetPermissionMode>, a => new Change(a.SessionId, new SessionChange(null, a.PermissionMode, null))),
                "set_model" => ReadAnswer(root, WireJson.Read<SetModel>, a => new Change(a.SessionId, new SessionChange(null, null, a.Model))),
                "prepare" => TryText(root, "session_id", out var session, out var bad) ? new Prepare(session) : bad!,
                var unknown => new Bad("unknown_type", $"There is no frame of type \"{unknown}\". Known: user_message, interrupt, permission_response, question_response, set_permission_mode, set_model, prepare."),
            };
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return new Bad("malformed_json", $"The frame is not valid JSON: {error.Message}");
        }
    }

    private static BrowserFrame ReadAnswer<T>(JsonElement root, Func<JsonElement, T> read, Func<T, BrowserFrame> make)
    {
        try
        {
            return make(read(root));
        }
        catch (JsonException error)
        {
            return new Bad("wrong_type", $"A field is missing or has the wrong type: {error.Message} /asyncapi/v1.json describes every frame.");
        }
    }

    private static BrowserFrame ReadUserMessage(JsonElement root)
    {
        if (!TryText(root, "client_message_id", out var clientMessageId, out var bad)) return bad!;
        if (!TryText(root, "session_id", out var sessionId, out bad)) return bad! with { ClientMessageId = clientMessageId };
        if (!TryText(root, "content", out var content, out bad)) return bad! with { ClientMessageId = clientMessageId };
        if (content is null) return new Bad("missing_content", "A user_message needs \"content\".", clientMessageId);
        return ReadAnswer(root, WireJson.Read<SendMessage>, m => new UserMessage(content, clientMessageId, sessionId, m.Steer == true, m.Attachments)) switch
        {
            Bad wrong => wrong with { ClientMessageId = clientMessageId },
            var message => message,
        };
    }

    private static bool TryText(JsonElement root, string name, out string? text, out Bad? bad)
    {
        (text, bad) = (null, null);
        if (!root.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null) return true;
        if (value.ValueKind == JsonValueKind.String)
        {
            text = value.GetString();
            return true;
        }

        bad = new Bad("wrong_type", $"\"{name}\" must be a string.");
        return false;
    }
}
