using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Schema;
using System.Text.Json.Serialization;

namespace Protocol.Events;

/// <summary>
/// The wire as one document: AsyncAPI 3.0 with JSON Schema, made from the very types that are serialised. ChatApi publishes
/// it; <c>webapp/lib/chat/wire.ts</c> comes from the same types; tests hold every frame that they see against it.
/// </summary>
public static class WireSchema
{
    private static readonly JsonSchemaExporterOptions s_exporter = new() { TreatNullObliviousAsNonNullable = true };

    /// <summary>JSON Schema of whatever the server sends.</summary>
    /// <param name="strict">Refuses fields that the wire does not know. Clients should not: fields may be added.</param>
    public static JsonNode OfServerFrames(bool strict = false) => Of(typeof(Frame), strict);

    /// <summary>JSON Schema of whatever a browser sends.</summary>
    public static JsonNode OfBrowserFrames() => Of(typeof(BrowserFrame), strict: false);

    /// <summary>The AsyncAPI document.</summary>
    public static JsonObject ToAsyncApi() => new()
    {
        ["asyncapi"] = "3.0.0",
        ["info"] = new JsonObject
        {
            ["title"] = "Live events",
            ["version"] = "1",
            ["description"] = "Each project event has seq, +1 for each, without holes; a chunk with first_seq stands for the events from there to seq. Connect with ?after=SEQ for everything since. The same frames come as server-sent events from /projects/{id}/events, with seq as the event's id.",
        },
        ["channels"] = new JsonObject
        {
            ["chat"] = new JsonObject
            {
                ["address"] = "/ws/chat/{project_id}",
                ["parameters"] = new JsonObject { ["project_id"] = new JsonObject { ["description"] = "UUID of the project." } },
                ["messages"] = new JsonObject { ["server"] = new JsonObject { ["payload"] = Reference("ServerFrame") }, ["browser"] = new JsonObject { ["payload"] = Reference("BrowserFrame") } },
            },
            ["inbox"] = new JsonObject
            {
                ["address"] = "/ws/inbox",
                ["description"] = "What waits for people, across projects: whole, at once and whenever it changes; unchanged, without items, says every 15 s that the line lives.",
                ["messages"] = new JsonObject { ["state"] = new JsonObject { ["payload"] = InboxFrame() } },
            },
        },
        ["operations"] = new JsonObject
        {
            ["sendEvents"] = Operation("send", "server"),
            ["receiveFrames"] = Operation("receive", "browser"),
            ["sendInbox"] = Operation("send", "state", "inbox"),
        },
        ["components"] = new JsonObject { ["schemas"] = new JsonObject { ["ServerFrame"] = OfServerFrames(), ["BrowserFrame"] = OfBrowserFrames() } },
    };

    private static JsonNode Of(Type type, bool strict)
    {
        var options = strict ? new JsonSerializerOptions(WireJson.Options) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow } : WireJson.Options;
        return options.GetJsonSchemaAsNode(type, s_exporter);
    }

    private static JsonObject Reference(string schema) => new() { ["$ref"] = $"#/components/schemas/{schema}" };

    private static JsonObject Operation(string action, string message, string channel = "chat") => new()
    {
        ["action"] = action,
        ["channel"] = new JsonObject { ["$ref"] = $"#/channels/{channel}" },
        ["messages"] = new JsonArray(new JsonObject { ["$ref"] = $"#/channels/{channel}/messages/{message}" }),
    };

    private static JsonObject InboxFrame() => new()
    {
        ["type"] = "object",
        ["required"] = new JsonArray("type"),
        ["properties"] = new JsonObject
        {
            ["type"] = new JsonObject { ["enum"] = new JsonArray("inbox", "unchanged") },
            ["items"] = new JsonObject { ["type"] = "array", ["description"] = "As GET /requests answers (InboxItem in /openapi/v1.json)." },
        },
    };
}
