using System.Buffers;
using System.Buffers.Text;

namespace Runner.Translation;

/// <summary>
/// A piece of text, cut out of its line without a JSON reader: nearly every line that the CLI prints is one, and it writes
/// them all alike. A line that is not to the letter like this is nothing here, and is read as JSON:
/// <code>
/// {"type":"stream_event","event":{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi \"you\"\n"}},"session_id":"…",…}
/// {"type":"stream_event","event":{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm"}},"session_id":"…",…}
/// </code>
/// Source: recordings of 2.1.197 and 2.1.330.
/// </summary>
internal readonly ref struct DeltaLine
{
    private static readonly SearchValues<byte> s_endOrEscape = SearchValues.Create([.. "\"\\"u8, .. Enumerable.Range(0, 0x20).Select(control => (byte)control)]);

    private static ReadOnlySpan<byte> Head => "{\"type\":\"stream_event\",\"event\":{\"type\":\"content_block_delta\",\"index\":"u8;

    private static ReadOnlySpan<byte> TextHead => ",\"delta\":{\"type\":\"text_delta\",\"text\":\""u8;

    private static ReadOnlySpan<byte> ThinkingHead => ",\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\""u8;

    /// <summary>Whether the model thinks, rather than answers.</summary>
    public bool IsThinking { get; private init; }

    /// <summary>The content block's place in its message.</summary>
    public int Block { get; private init; }

    /// <summary>The text, escaped as it stands in the line: what is valid there is valid in a line of ours.</summary>
    public ReadOnlySpan<byte> EscapedText { get; private init; }

    /// <summary>Reads a line that is known to be UTF-8. False: it is something else, or written otherwise.</summary>
    public static bool TryRead(ReadOnlySpan<byte> line, out DeltaLine delta)
    {
        delta = default;
        if (!line.StartsWith(Head) || !Utf8Parser.TryParse(line[Head.Length..], out int block, out var digits)) return false;
        var rest = line[(Head.Length + digits)..];
        var isThinking = !rest.StartsWith(TextHead);
        if (isThinking && !rest.StartsWith(ThinkingHead)) return false;
        rest = rest[(isThinking ? ThinkingHead : TextHead).Length..];
        if (!TryEnd(rest, out var length) || !rest[length..].StartsWith("\"}}"u8)) return false;
        delta = new DeltaLine { IsThinking = isThinking, Block = block, EscapedText = rest[..length] };
        return true;
    }

    // Where the string ends. False for what is no JSON string, and for \u…, whose digits the JSON reader knows to check.
    private static bool TryEnd(ReadOnlySpan<byte> text, out int length)
    {
        length = 0;
        while (text[length..].IndexOfAny(s_endOrEscape) is var step and >= 0)
        {
            length += step;
            if (text[length] == '"') return true;
            if (text[length] != '\\' || length + 1 == text.Length || !"\"\\/bfnrt"u8.Contains(text[length + 1])) return false;
            length += 2;
        }

        return false;
    }
}
