using System.Text.Json;
using ChatApi.Data;

namespace ChatApi.Messages;

/// <summary>Something that Claude Code asked of people. <c>Request</c> and <c>Resolution</c> are the events of the wire.</summary>
public sealed record RequestResponse(
    string Id, string ProjectId, string SessionId, string TurnId, string? ToolUseId, bool IsOpen, DateTime AskedAt, JsonElement? Request, JsonElement? Resolution)
{
    internal static RequestResponse Of(RequestRow row) => new(
        row.Id, row.ProjectId, row.SessionId, row.TurnId, row.ToolUseId, row.IsOpen, row.AskedAt, Json(row.Request), Json(row.Resolution));

    private static JsonElement? Json(string? text) => text is null ? null : JsonElement.Parse(text);
}

/// <summary>A request that waits, and where.</summary>
public sealed record InboxItem(string ProjectName, string SessionTitle, RequestResponse Request);
