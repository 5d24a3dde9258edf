using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Encodings.Web;

namespace Protocol.Events;

/// <summary>How the wire types look in JSON: snake_case, nulls left out, non-ASCII as it is.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    // The append script puts "seq" before "type".
    AllowOutOfOrderMetadataProperties = true)]
[JsonSerializable(typeof(Frame))]
[JsonSerializable(typeof(BrowserFrame))]
[JsonSerializable(typeof(Usage))]
[JsonSerializable(typeof(List<Attachment>))]
[JsonSerializable(typeof(IReadOnlyList<Attachment>))]
[JsonSerializable(typeof(Redis.Turn))]
[JsonSerializable(typeof(Redis.SessionCommand))]
internal sealed partial class WireJsonContext : JsonSerializerContext;

/// <summary>Serialises frames: the one place that knows their JSON.</summary>
public static class WireJson
{
    /// <summary>The options of every frame. Read-only; clone to change.</summary>
    public static JsonSerializerOptions Options { get; } = Create();

    /// <summary>The frame as the UTF-8 payload of a WebSocket message.</summary>
    public static byte[] Write(Frame frame) => JsonSerializer.SerializeToUtf8Bytes(frame, Options);

    /// <summary>Reads a frame. Throws <see cref="JsonException"/> when it is none of the wire's types.</summary>
    public static Frame Read(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize<Frame>(json, Options) ?? throw new JsonException("null is no frame");

    /// <summary>Reads a frame of a browser. Throws <see cref="JsonException"/> when it is not of that shape.</summary>
    public static T Read<T>(JsonElement json) where T : BrowserFrame =>
        json.Deserialize((System.Text.Json.Serialization.Metadata.JsonTypeInfo<T>)Options.GetTypeInfo(typeof(T))) ?? throw new JsonException("null is no frame");

    /// <summary>An object without members.</summary>
    public static JsonElement EmptyObject { get; } = JsonElement.Parse("{}");

    /// <summary>Makes a JSON value by a writer.</summary>
    public static JsonElement Build(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer)) write(writer);
        return JsonElement.Parse(buffer.WrittenSpan);
    }

    private static JsonSerializerOptions Create()
    {
        var options = new JsonSerializerOptions(WireJsonContext.Default.Options)
        {
            TypeInfoResolver = WireJsonContext.Default,
            // Payloads are WebSocket text, never pasted into HTML: keep them readable and short.
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        };
        options.MakeReadOnly();
        return options;
    }
}
