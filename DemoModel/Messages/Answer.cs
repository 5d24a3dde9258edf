using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DemoModel.Scripts;

namespace DemoModel.Messages;

/// <summary>An answer in the shapes of the Messages API: whole, or as the events of a stream (fact sheet §10).</summary>
internal sealed class Answer(Conversation conversation)
{
    private static int s_number;

    private readonly string _id = $"msg_demo_{Guid.NewGuid():N}"[..24];

    /// <summary>The whole message.</summary>
    public JsonObject Whole()
    {
        var message = Head(OutputTokens());
        message["content"] = new JsonArray([.. conversation.Step.AllBlocks().Select(block => (JsonNode)Content(block, whole: true))]);
        message["stop_reason"] = StopReason();
        return message;
    }

    /// <summary>The stream's events with their names; a token each.</summary>
    public IEnumerable<(string Name, JsonObject Data, bool IsToken)> Events()
    {
        yield return ("message_start", new JsonObject { ["type"] = "message_start", ["message"] = Head(outputTokens: 1) }, false);
        var blocks = conversation.Step.AllBlocks();
        for (var i = 0; i < blocks.Count; i++)
        {
            yield return ("content_block_start", new JsonObject { ["type"] = "content_block_start", ["index"] = i, ["content_block"] = Content(blocks[i], whole: false) }, false);
            foreach (var delta in Deltas(blocks[i]))
                yield return ("content_block_delta", new JsonObject { ["type"] = "content_block_delta", ["index"] = i, ["delta"] = delta }, true);
            yield return ("content_block_stop", new JsonObject { ["type"] = "content_block_stop", ["index"] = i }, false);
        }

        yield return ("message_delta", new JsonObject
        {
            ["type"] = "message_delta",
            ["delta"] = new JsonObject { ["stop_reason"] = StopReason(), ["stop_sequence"] = null },
            ["usage"] = Usage(OutputTokens()),
        }, false);
        yield return ("message_stop", new JsonObject { ["type"] = "message_stop" }, false);
    }

    private static IEnumerable<JsonObject> Deltas(Block block)
    {
        switch (block.Type)
        {
            case "web_search_tool_result":
                break;
            case "tool_use" or "server_tool_use":
                foreach (var piece in Tokens((block.Input ?? default).ValueKind == JsonValueKind.Undefined ? "{}" : block.Input!.Value.GetRawText()))
                    yield return new JsonObject { ["type"] = "input_json_delta", ["partial_json"] = piece };
                break;
            case "thinking":
                foreach (var piece in Tokens(block.Text)) yield return new JsonObject { ["type"] = "thinking_delta", ["thinking"] = piece };
                yield return new JsonObject { ["type"] = "signature_delta", ["signature"] = "ZGVtbw==" };
                break;
            default:
                foreach (var piece in Tokens(block.Text)) yield return new JsonObject { ["type"] = "text_delta", ["text"] = piece };
                break;
        }
    }

    // As a model's tokens fall: short words whole with the space before them, long ones in two or three pieces.
    private static IEnumerable<string> Tokens(string text)
    {
        var token = new StringBuilder();
        foreach (var rune in text.EnumerateRunes())
        {
            var boundary = rune.Value is ' ' or '\n';
            if (token.Length > 0 && (boundary || token.Length >= 6))
            {
                yield return token.ToString();
                token.Clear();
            }

            token.Append(rune.ToString());
        }

        if (token.Length > 0) yield return token.ToString();
    }

    private static JsonObject Content(Block block, bool whole) => block.Type switch
    {
        "tool_use" => new JsonObject
        {
            ["type"] = "tool_use", ["id"] = $"toolu_demo_{Interlocked.Increment(ref s_number)}_{Guid.NewGuid():N}"[..32], ["name"] = block.Name,
            ["input"] = whole && block.Input is { } input ? JsonNode.Parse(input.GetRawText()) : new JsonObject(),
        },
        // A search that the API does itself: it answers in the same message.
        "server_tool_use" => new JsonObject { ["type"] = "server_tool_use", ["id"] = WebSearch.CallId, ["name"] = block.Name, ["input"] = whole && block.Input is { } input ? JsonNode.Parse(input.GetRawText()) : new JsonObject() },
        "web_search_tool_result" => new JsonObject { ["type"] = "web_search_tool_result", ["tool_use_id"] = WebSearch.CallId, ["content"] = JsonNode.Parse(block.Content!.Value.GetRawText()) },
        "thinking" => new JsonObject { ["type"] = "thinking", ["thinking"] = whole ? block.Text : "", ["signature"] = whole ? "ZGVtbw==" : "" },
        _ => new JsonObject { ["type"] = "text", ["text"] = whole ? block.Text : "" },
    };

    private string StopReason() => conversation.Step.AllBlocks().Any(block => block.Type == "tool_use") ? "tool_use" : "end_turn";

    private int OutputTokens() => Math.Max(1, conversation.Step.AllBlocks().Sum(block => block.Text.Length + (block.Input?.GetRawText().Length ?? 0)) / 4);

    private JsonObject Head(int outputTokens) => new()
    {
        ["id"] = _id, ["type"] = "message", ["role"] = "assistant", ["model"] = conversation.Model, ["content"] = new JsonArray(),
        ["stop_reason"] = null, ["stop_sequence"] = null, ["usage"] = Usage(outputTokens),
    };

    private JsonObject Usage(int outputTokens) => new()
    {
        ["input_tokens"] = Math.Max(1, conversation.InputCharacters / 4), ["cache_creation_input_tokens"] = 0,
        ["cache_read_input_tokens"] = 0, ["output_tokens"] = outputTokens,
    };
}
