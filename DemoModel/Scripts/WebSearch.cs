using System.Text.Json;

namespace DemoModel.Scripts;

/// <summary>
/// The API's own web search, without the web: the CLI's tool WebSearch asks a model that has <c>web_search_20250305</c>, with
/// "Perform a web search for the query: …", and reads the hits from the answer.
/// </summary>
internal static class WebSearch
{
    /// <summary>Joins the search and its result.</summary>
    public const string CallId = "srvtoolu_demo_1";

    private const string Asks = "Perform a web search for the query: ";

    /// <summary>Whether a request offers the model a search.</summary>
    public static bool IsAsked(JsonElement body) =>
        body.TryGetProperty("tools", out var tools) && tools.ValueKind == JsonValueKind.Array
        && tools.EnumerateArray().Any(tool => tool.TryGetProperty("type", out var type) && type.GetString()?.StartsWith("web_search_", StringComparison.Ordinal) == true);

    /// <summary>A search with two hits.</summary>
    public static IReadOnlyList<Step> Script(string prompt)
    {
        var query = prompt.StartsWith(Asks, StringComparison.Ordinal) ? prompt[Asks.Length..].Trim() : prompt;
        return
        [
            new()
            {
                Blocks =
                [
                    new("server_tool_use", Name: "web_search", Input: JsonSerializer.SerializeToElement(new { query })),
                    new("web_search_tool_result", Content: JsonSerializer.SerializeToElement(new[]
                    {
                        Hit("The demo model searched nothing", "https://example.com/demo"),
                        Hit("What a real search would find", "https://example.com/real?q=1"),
                    })),
                    new("text", $"Two pages about {query}, both made up by the demo model."),
                ],
            },
        ];
    }

    private static object Hit(string title, string url) => new { type = "web_search_result", title, url, encrypted_content = "ZGVtbw==", page_age = (string?)null };
}
