using System.Buffers.Text;

namespace ChatApi.Live.Subscription;

/// <summary>What a Redis connection in subscribe mode says.</summary>
internal enum RespKind
{
    /// <summary>A reply that needs no answer: OK, PONG, an unsubscribe.</summary>
    Other,

    /// <summary>A published message.</summary>
    Message,

    /// <summary>A subscription has begun.</summary>
    Subscribed,

    /// <summary>The server refused something; the payload says what.</summary>
    Error,
}

/// <summary>
/// One reply of RESP2 or RESP3 as a subscriber gets it, in place: nothing is copied. Source: redis.io, "Redis serialization protocol".
/// <code>
/// *3\r\n$7\r\nmessage\r\n$2\r\nch\r\n$5\r\nhello\r\n
/// *3\r\n$9\r\nsubscribe\r\n$2\r\nch\r\n:1\r\n
/// *2\r\n$4\r\npong\r\n$0\r\n\r\n
/// +OK\r\n
/// -ERR unknown command\r\n
/// </code>
/// </summary>
internal readonly ref struct RespMessage
{
    /// <summary>What it is.</summary>
    public RespKind Kind { get; private init; }

    /// <summary>The channel of a message or a subscription.</summary>
    public ReadOnlySpan<byte> Channel { get; private init; }

    /// <summary>The message, or the error's words.</summary>
    public ReadOnlySpan<byte> Payload { get; private init; }

    /// <summary>Reads one reply off the beginning of <paramref name="data"/>. False while its end has not come.</summary>
    /// <exception cref="InvalidDataException">This is not RESP.</exception>
    public static bool TryRead(ReadOnlySpan<byte> data, out RespMessage message, scoped out int length)
    {
        message = default;
        length = 0;
        if (!TryLine(data, 0, out var first, out var next)) return false;
        switch (data[0])
        {
            case (byte)'*' or (byte)'>':
                var count = Number(first);
                ReadOnlySpan<byte> kind = default, channel = default, payload = default;
                for (var i = 0; i < count; i++)
                {
                    if (!TryElement(data, ref next, out var element)) return false;
                    if (i == 0) kind = element;
                    else if (i == 1) channel = element;
                    else if (i == 2) payload = element;
                }

                length = next;
                message = kind.SequenceEqual("message"u8) ? new RespMessage { Kind = RespKind.Message, Channel = channel, Payload = payload }
                    : kind.SequenceEqual("subscribe"u8) ? new RespMessage { Kind = RespKind.Subscribed, Channel = channel }
                    : default;
                return true;
            case (byte)'-':
                message = new RespMessage { Kind = RespKind.Error, Payload = first };
                length = next;
                return true;
            case (byte)'+' or (byte)':':
                length = next;
                return true;
            case (byte)'$':
                next = 0;
                if (!TryElement(data, ref next, out _)) return false;
                length = next;
                return true;
            default:
                throw new InvalidDataException($"Redis sent what is no reply: it begins with byte {data[0]}.");
        }
    }

    // A bulk string by its length, anything else by its line.
    private static bool TryElement(ReadOnlySpan<byte> data, scoped ref int position, out ReadOnlySpan<byte> element)
    {
        element = default;
        if (!TryLine(data, position, out var line, out var next)) return false;
        if (data[position] != (byte)'$')
        {
            element = line;
            position = next;
            return true;
        }

        var size = Number(line);
        if (size < 0)
        {
            position = next;
            return true;
        }

        if (data.Length < next + size + 2) return false;
        element = data.Slice(next, size);
        position = next + size + 2;
        return true;
    }

    // The line without its type byte and its end.
    private static bool TryLine(ReadOnlySpan<byte> data, int start, out ReadOnlySpan<byte> line, scoped out int next)
    {
        line = default;
        next = 0;
        if (start >= data.Length) return false;
        var end = data[start..].IndexOf("\r\n"u8);
        if (end < 0) return false;
        line = data.Slice(start + 1, end - 1);
        next = start + end + 2;
        return true;
    }

    private static int Number(ReadOnlySpan<byte> line) =>
        Utf8Parser.TryParse(line, out int number, out var used) && used == line.Length ? number : throw new InvalidDataException("Redis sent a length that is no number.");
}
