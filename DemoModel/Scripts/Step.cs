using System.Text.Json;
using System.Text.Json.Serialization;

namespace DemoModel.Scripts;

/// <summary>
/// One answer to one call of the Messages API. A script is a list of them: the CLI calls again after each tool result.
/// Tests write them in JSON behind the directive <c>%%demo</c> in the prompt:
/// <code>%%demo [{"blocks":[{"type":"tool_use","name":"Bash","input":{"command":"echo hi"}}]},{"text":"Done."}]</code>
/// </summary>
internal sealed record Step
{
    /// <summary>Short for one text block.</summary>
    public string? Text { get; init; }

    /// <summary>The content blocks.</summary>
    public IReadOnlyList<Block> Blocks { get; init; } = [];

    /// <summary>Answer with this HTTP status and an error instead.</summary>
    public int? Status { get; init; }

    /// <summary>With <see cref="Status"/>: the error's message; null for the demo model's own.</summary>
    public string? Error { get; init; }

    /// <summary>How often to fail (or to cut) before it succeeds; 0 means always.</summary>
    public int Times { get; init; }

    /// <summary>With <see cref="Status"/>: the <c>retry-after</c> header, in seconds.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>Cut the connection after this many tokens.</summary>
    public int? CutAfter { get; init; }

    /// <summary>Say nothing more after this many tokens, and hold the connection.</summary>
    public int? StallAfter { get; init; }

    /// <summary>Pause between two tokens in milliseconds, instead of the usual.</summary>
    public int? DelayMs { get; init; }

    /// <summary>Pause before the first token, in milliseconds.</summary>
    public int FirstDelayMs { get; init; }

    /// <summary>The answer's blocks, whichever way they were given.</summary>
    public IReadOnlyList<Block> AllBlocks() => Text is { } text ? [new Block("text", text)] : Blocks;
}

/// <summary>
/// A content block: <c>text</c>, <c>thinking</c>, <c>tool_use</c>, or of a search that the API does itself <c>server_tool_use</c> and
/// <c>web_search_tool_result</c>.
/// </summary>
/// <param name="Type">Which of them.</param>
/// <param name="Text">What it says.</param>
/// <param name="Name">The tool.</param>
/// <param name="Input">The tool's arguments.</param>
/// <param name="Content">The result of a search.</param>
internal sealed record Block(string Type, string Text = "", string Name = "", JsonElement? Input = null, JsonElement? Content = null);

/// <summary>Reads scripts from JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(IReadOnlyList<Step>))]
internal sealed partial class StepJson : JsonSerializerContext;
