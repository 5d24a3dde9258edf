using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text.Unicode;

namespace ChatApi.Live.Framing;

/// <summary>What came from a browser.</summary>
internal enum BrowserMessage
{
    /// <summary>A whole text message.</summary>
    Text,

    /// <summary>A whole binary message.</summary>
    Binary,

    /// <summary>A message longer than allowed, read to its end and thrown away.</summary>
    TooBig,

    /// <summary>A ping, with what the pong is to hold.</summary>
    Ping,

    /// <summary>A pong.</summary>
    Pong,

    /// <summary>The browser closes.</summary>
    Close,

    /// <summary>The connection has ended without a close.</summary>
    End,
}

/// <summary>The browser broke the protocol. <c>Code</c>: what the socket is closed with (RFC 6455 §7.4.1).</summary>
internal sealed class WebSocketProtocolException(int code, string message) : Exception(message)
{
    /// <summary>1002 or 1007.</summary>
    public int Code { get; } = code;
}

/// <summary>
/// Reads what a browser sends: masked frames (RFC 6455 §5), put together to whole messages. Holds no buffer while nothing
/// comes. It answers nothing itself: what is written goes through the viewer, so that frames never mix.
/// </summary>
/// <param name="input">What the browser sends. A read into an empty buffer waits for something.</param>
/// <param name="maxBytes">Longer messages are thrown away.</param>
internal sealed class WebSocketReader(Stream input, int maxBytes)
{
    private const int BufferBytes = 4096; // A header and a control frame fit in; longer payloads are taken in parts.

    private byte[] _buffer = [];
    private int _start;
    private int _end;
    private byte[] _message = [];
    private int _length;
    private byte _opcode;
    private bool _tooBig;
    private bool _inFrame;
    private bool _isFinal;
    private long _left;
    private uint _mask;

    /// <summary>The next message. The bytes are valid until the next call.</summary>
    /// <exception cref="WebSocketProtocolException">The browser broke the protocol.</exception>
    /// <exception cref="IOException">The connection is broken.</exception>
    public async ValueTask<(BrowserMessage Kind, ReadOnlyMemory<byte> Bytes)> ReadAsync()
    {
        // A socket at rest holds nothing; one that types a lot keeps a small buffer.
        if (_opcode == 0 && _message.Length > 1024) _message = [];
        while (true)
        {
            if (TryTake() is { } message) return message;
            if (_start == _end) await RestAsync();
            else _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_start, _end) = (0, _end - _start);
            var read = await input.ReadAsync(_buffer.AsMemory(_end));
            if (read == 0) return (BrowserMessage.End, default);
            _end += read;
        }
    }

    // Waits without a buffer.
    private async ValueTask RestAsync()
    {
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _ = await input.ReadAsync(Memory<byte>.Empty);
        _buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
    }

    private (BrowserMessage, ReadOnlyMemory<byte>)? TryTake()
    {
        var buffer = _buffer.AsSpan(_start, _end - _start);
        (BrowserMessage, ReadOnlyMemory<byte>)? message = null;
        while (message is null && (_inFrame ? TryPayload(ref buffer, out message) : TryHeader(ref buffer, out message))) { }
        _start = _end - buffer.Length;
        return message;
    }

    // True when something was taken off: a header, or a whole control frame, which may stand between fragments.
    private bool TryHeader(ref Span<byte> buffer, out (BrowserMessage, ReadOnlyMemory<byte>)? message)
    {
        message = null;
        var header = buffer[..Math.Min(14, buffer.Length)];
        if (header.Length < 2) return false;
        var (isFinal, opcode, isMasked) = ((header[0] & 0x80) != 0, (byte)(header[0] & 0x0f), (header[1] & 0x80) != 0);
        if ((header[0] & 0x70) != 0) throw new WebSocketProtocolException(1002, "Reserved bits are set; no extension was agreed on.");
        if (!isMasked) throw new WebSocketProtocolException(1002, "Frames of a client are masked.");
        var size = (header[1] & 0x7f) switch { 126 => 8, 127 => 14, _ => 6 };
        if (header.Length < size) return false;
        var length = size switch
        {
            8 => BinaryPrimitives.ReadUInt16BigEndian(header[2..]),
            14 => BinaryPrimitives.ReadInt64BigEndian(header[2..]),
            _ => (long)(header[1] & 0x7f),
        };
        if (length < 0) throw new WebSocketProtocolException(1002, "A frame's length is negative.");
        var mask = BinaryPrimitives.ReadUInt32LittleEndian(header[(size - 4)..]);

        if (opcode >= 8)
        {
            if (!isFinal || length > 125) throw new WebSocketProtocolException(1002, "Control frames are whole, and short.");
            if (buffer.Length < size + length) return false;
            var control = buffer.Slice(size, (int)length).ToArray();
            Unmask(control, mask);
            buffer = buffer[(size + (int)length)..];
            message = (opcode switch
            {
                WebSocketFrames.Close => BrowserMessage.Close,
                WebSocketFrames.Ping => BrowserMessage.Ping,
                WebSocketFrames.Pong => BrowserMessage.Pong,
                _ => throw new WebSocketProtocolException(1002, $"There is no opcode {opcode}."),
            }, control);
            return true;
        }

        if (opcode > 2) throw new WebSocketProtocolException(1002, $"There is no opcode {opcode}.");
        if ((opcode == 0) != (_opcode != 0)) throw new WebSocketProtocolException(1002, "A fragment is out of place.");
        if (opcode != 0) _opcode = opcode;
        (_inFrame, _isFinal, _left, _mask) = (true, isFinal, length, mask);
        buffer = buffer[size..];
        return true;
    }

    // Takes what is there of the frame's payload; what is too big is not kept, but read, so that the socket stays.
    private bool TryPayload(ref Span<byte> buffer, out (BrowserMessage, ReadOnlyMemory<byte>)? message)
    {
        message = null;
        var take = (int)Math.Min(_left, buffer.Length);
        if (take == 0 && _left > 0) return false;
        if (_length + _left > maxBytes) _tooBig = true;
        if (!_tooBig && take > 0)
        {
            if (_message.Length < _length + take) Array.Resize(ref _message, Math.Max(_length + take, Math.Min(maxBytes, _message.Length * 2)));
            var part = _message.AsSpan(_length, take);
            buffer[..take].CopyTo(part);
            Unmask(part, _mask);
            // The mask goes on where this part ended.
            _mask = BitOperations.RotateRight(_mask, 8 * (take & 3));
            _length += take;
        }

        buffer = buffer[take..];
        _left -= take;
        if (_left > 0) return false;
        _inFrame = false;
        if (!_isFinal) return true;

        var bytes = _message.AsMemory(0, _length);
        message = _tooBig ? (BrowserMessage.TooBig, default) : (_opcode == WebSocketFrames.Binary ? BrowserMessage.Binary : BrowserMessage.Text, bytes);
        if (!_tooBig && _opcode == WebSocketFrames.Text && !Utf8.IsValid(bytes.Span)) throw new WebSocketProtocolException(1007, "Text is UTF-8.");
        (_opcode, _length, _tooBig) = (0, 0, false);
        return true;
    }

    private static void Unmask(Span<byte> bytes, uint mask)
    {
        for (var i = 0; i < bytes.Length; i++) bytes[i] ^= (byte)(mask >> (8 * (i & 3)));
    }
}
