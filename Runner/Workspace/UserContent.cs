using System.Text.Json;
using Protocol.Events;
using Protocol.Redis;

namespace Runner.Workspace;

/// <summary>
/// What a user line holds: the text alone, or blocks where files go with it. Pictures and PDF documents go in whole, as far as the
/// Messages API takes them; others are named by <c>@path</c>, which the CLI reads by itself.
/// </summary>
internal static class UserContent
{
    /// <summary>The API's limit for a picture is 5 MB of base64.</summary>
    private const long MaxImageBytes = 3_900_000;

    private const long MaxDocumentBytes = 10 << 20;
    private static readonly string[] s_images = ["image/png", "image/jpeg", "image/gif", "image/webp"];

    /// <summary>The <c>content</c> of the user line: a string, or a list of blocks.</summary>
    /// <param name="turn">The turn.</param>
    /// <param name="files">Its project's workspace.</param>
    /// <exception cref="RunnerCallException">A file is not there any more.</exception>
    public static async Task<JsonElement> OfAsync(Turn turn, WorkspaceFiles files, CancellationToken cancellationToken)
    {
        if (turn.Attachments is not { Count: > 0 } attachments) return JsonSerializer.SerializeToElement(turn.Content, WireJson.Options);
        var inlined = new List<(string Type, string MediaType, byte[] Bytes)>();
        var named = new List<string>();
        foreach (var attachment in attachments)
        {
            if (BlockType(attachment) is { } type) inlined.Add((type, attachment.MediaType, (await files.ReadAsync(attachment.Path, cancellationToken)).Bytes));
            else if (File.Exists(files.Resolve(attachment.Path))) named.Add(attachment.Path);
            else throw new RunnerCallException(RunnerCallException.NotFound, $"{attachment.Name} is no longer in the workspace. Send it again.");
        }

        var text = named.Count == 0 ? turn.Content : $"{turn.Content}\n\n{string.Join(' ', named.Select(Mention))}".TrimStart();
        return WireJson.Build(writer =>
        {
            writer.WriteStartArray();
            foreach (var (type, mediaType, bytes) in inlined)
            {
                writer.WriteStartObject();
                writer.WriteString("type", type);
                writer.WriteStartObject("source");
                writer.WriteString("type", "base64");
                writer.WriteString("media_type", mediaType);
                writer.WriteBase64String("data", bytes);
                writer.WriteEndObject();
                writer.WriteEndObject();
            }

            // Last: only there the CLI looks for commands and @paths (2.1.197).
            if (text.Length > 0) WriteText(writer, text);
            writer.WriteEndArray();
        });
    }

    private static string? BlockType(Attachment attachment) => attachment switch
    {
        { Size: <= MaxImageBytes } when s_images.Contains(attachment.MediaType) => "image",
        { Size: <= MaxDocumentBytes, MediaType: "application/pdf" } => "document",
        _ => null,
    };

    private static string Mention(string path) => path.Contains(' ', StringComparison.Ordinal) ? $"@\"{path}\"" : $"@{path}";

    private static void WriteText(Utf8JsonWriter writer, string text)
    {
        writer.WriteStartObject();
        writer.WriteString("type", "text");
        writer.WriteString("text", text);
        writer.WriteEndObject();
    }
}
