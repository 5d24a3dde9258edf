using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Runner.Cli;

/// <summary>
/// What Runner writes to the CLI's stdin: UTF-8 without BOM, one object a line (fact sheet §3).
/// Written by a JSON writer only: any bad line kills the process.
/// </summary>
internal static class ClaudeLines
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>{"type":"control_request","request_id":"initialize","request":{"subtype":"initialize","hooks":null}}</summary>
    public static ReadOnlyMemory<byte> Initialize(string requestId) => Control(requestId, "initialize");

    /// <summary>{"type":"control_request","request_id":"…","request":{"subtype":"interrupt"}}</summary>
    public static ReadOnlyMemory<byte> Interrupt(string requestId) => Control(requestId, "interrupt");

    /// <summary>{"type":"user","message":{"role":"user","content":"…"},"parent_tool_use_id":null,"session_id":"","uuid":"…","priority":"next"}</summary>
    /// <param name="content">A string, or a list of blocks.</param>
    /// <param name="uuid">The message's id.</param>
    /// <param name="steers">Whether it goes into what the CLI does now, with its next step.</param>
    public static ReadOnlyMemory<byte> User(JsonElement content, string uuid, bool steers = false) => Line(writer =>
    {
        writer.WriteString("type", "user");
        writer.WriteStartObject("message");
        writer.WriteString("role", "user");
        writer.WritePropertyName("content");
        content.WriteTo(writer);
        writer.WriteEndObject();
        writer.WriteNull("parent_tool_use_id");
        writer.WriteString("session_id", "");
        writer.WriteString("uuid", uuid);
        if (steers) writer.WriteString("priority", "next");
    });

    /// <summary>{"type":"control_request","request_id":"…","request":{"subtype":"set_permission_mode","mode":"plan"}}</summary>
    public static ReadOnlyMemory<byte> SetPermissionMode(string requestId, string mode) => Control(requestId, "set_permission_mode", "mode", mode);

    /// <summary>{"type":"control_request","request_id":"…","request":{"subtype":"stop_task","task_id":"…"}}</summary>
    public static ReadOnlyMemory<byte> StopTask(string requestId, string taskId) => Control(requestId, "stop_task", "task_id", taskId);

    /// <summary>{"type":"control_request","request_id":"…","request":{"subtype":"mcp_status"}}</summary>
    public static ReadOnlyMemory<byte> McpStatus(string requestId) => Control(requestId, "mcp_status");

    /// <summary>{"type":"control_request","request_id":"…","request":{"subtype":"get_usage"}}</summary>
    public static ReadOnlyMemory<byte> GetUsage(string requestId) => Control(requestId, "get_usage");

    /// <summary>{"type":"control_request","request_id":"…","request":{"subtype":"set_model","model":"…"}}</summary>
    public static ReadOnlyMemory<byte> SetModel(string requestId, string model) => Control(requestId, "set_model", "model", model);

    /// <summary>{"type":"control_response","response":{"subtype":"success","request_id":"…","response":{"behavior":"allow","updatedInput":{…},"updatedPermissions":[…]}}}</summary>
    /// <param name="requestId">The CLI's own id.</param>
    /// <param name="input">What the tool runs with. Always given: without it the tool is denied (fact sheet §7).</param>
    /// <param name="permissions">What is allowed from now on; undefined for nothing.</param>
    public static ReadOnlyMemory<byte> Allow(string requestId, JsonElement input, JsonElement permissions) => Response(requestId, writer =>
    {
        writer.WriteString("behavior", "allow");
        writer.WritePropertyName("updatedInput");
        input.WriteTo(writer);
        if (permissions.ValueKind == JsonValueKind.Undefined) return;
        writer.WritePropertyName("updatedPermissions");
        permissions.WriteTo(writer);
    });

    /// <summary>{"type":"control_response","response":{"subtype":"success","request_id":"…","response":{"behavior":"deny","message":"…","interrupt":false}}}</summary>
    public static ReadOnlyMemory<byte> Deny(string requestId, string message, bool interrupt) => Response(requestId, writer =>
    {
        writer.WriteString("behavior", "deny");
        writer.WriteString("message", message);
        writer.WriteBoolean("interrupt", interrupt);
    });

    /// <summary>{"type":"control_response","response":{"subtype":"error","request_id":"…","error":"…"}}</summary>
    public static ReadOnlyMemory<byte> Refuse(string requestId, string error) => Line(writer =>
    {
        writer.WriteString("type", "control_response");
        writer.WriteStartObject("response");
        writer.WriteString("subtype", "error");
        writer.WriteString("request_id", requestId);
        writer.WriteString("error", error);
        writer.WriteEndObject();
    });

    /// <summary>{"type":"control_request","request_id":"…","request":{"subtype":"…",…}}</summary>
    public static ReadOnlyMemory<byte> Request(string requestId, string subtype, Action<Utf8JsonWriter> arguments) => Line(writer =>
    {
        writer.WriteString("type", "control_request");
        writer.WriteString("request_id", requestId);
        writer.WriteStartObject("request");
        writer.WriteString("subtype", subtype);
        arguments(writer);
        writer.WriteEndObject();
    });

    private static ReadOnlyMemory<byte> Control(string requestId, string subtype, string? name = null, string? value = null) => Request(requestId, subtype, writer =>
    {
        if (name is not null) writer.WriteString(name, value);
    });

    private static ReadOnlyMemory<byte> Response(string requestId, Action<Utf8JsonWriter> write) => Line(writer =>
    {
        writer.WriteString("type", "control_response");
        writer.WriteStartObject("response");
        writer.WriteString("subtype", "success");
        writer.WriteString("request_id", requestId);
        writer.WriteStartObject("response");
        write(writer);
        writer.WriteEndObject();
        writer.WriteEndObject();
    });

    private static ReadOnlyMemory<byte> Line(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        using (var writer = new Utf8JsonWriter(buffer, s_options))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenMemory;
    }
}
