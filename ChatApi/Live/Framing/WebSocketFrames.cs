using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace ChatApi.Live.Framing;

/// <summary>The frames that the server writes: RFC 6455 §5.2, unmasked and whole.</summary>
internal static class WebSocketFrames
{
    /// <summary>The longest header of a frame of ours.</summary>
    public const int MaxHeader = 10;

    /// <summary>Opcodes, RFC 6455 §11.8.</summary>
    public const byte Continuation = 0, Text = 1, Binary = 2, Close = 8, Ping = 9, Pong = 10;

    /// <summary>Writes a header (FIN set). Returns its length.</summary>
    public static int WriteHeader(Span<byte> to, byte opcode, int length)
    {
        to[0] = (byte)(0x80 | opcode);
        if (length < 126)
        {
            to[1] = (byte)length;
            return 2;
        }

        if (length <= ushort.MaxValue)
        {
            to[1] = 126;
            BinaryPrimitives.WriteUInt16BigEndian(to[2..], (ushort)length);
            return 4;
        }

        to[1] = 127;
        BinaryPrimitives.WriteInt64BigEndian(to[2..], length);
        return 10;
    }

    /// <summary>A whole frame.</summary>
    public static byte[] Frame(byte opcode, ReadOnlySpan<byte> payload)
    {
        Span<byte> header = stackalloc byte[MaxHeader];
        var size = WriteHeader(header, opcode, payload.Length);
        return [.. header[..size], .. payload];
    }

    /// <summary>A close frame; the reason has at most 123 bytes.</summary>
    public static byte[] CloseFrame(int code, string reason)
    {
        var payload = new byte[2 + Encoding.UTF8.GetByteCount(reason)];
        BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)code);
        Encoding.UTF8.GetBytes(reason, payload.AsSpan(2));
        return Frame(Close, payload);
    }

    /// <summary>What proves to the browser that this is a WebSocket server: RFC 6455 §4.2.2, item 5.4.</summary>
    public static string Accept(string key)
    {
#pragma warning disable CA5350 // The RFC says SHA-1; nothing is secured with it.
        return Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350
    }
}
