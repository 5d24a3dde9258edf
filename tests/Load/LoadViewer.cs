using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Load;

/// <summary>
/// One viewer: a raw socket with the least of a WebSocket client, so that thousands fit beside the server. It looks for
/// <c>"@TICKS NUMBER …</c> in whatever comes: the time it was sent and its number.
/// </summary>
public sealed class LoadViewer(Uri address, string? greeting, Measurement measurement) : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private byte[] _buffer = new byte[2048];
    private readonly MemoryStream _fragments = new(0);
    private int _end;
    private long _last;

    /// <summary>The number of the newest event.</summary>
    public long Last => Volatile.Read(ref _last);

    /// <summary>Why it ended, when the server did that.</summary>
    public string? Ended { get; private set; }

    /// <summary>While set, it reads nothing.</summary>
    public bool IsStuck { get; set; }

    /// <summary>Connects, and begins to read.</summary>
    public async Task ConnectAsync()
    {
        await _socket.ConnectAsync(IPAddress.Loopback, address.Port);
        var request = $"GET {address.PathAndQuery} HTTP/1.1\r\nHost: {address.Authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
        await _socket.SendAsync(Encoding.ASCII.GetBytes(request));
        while (true)
        {
            var read = await _socket.ReceiveAsync(_buffer.AsMemory(_end));
            if (read == 0) throw new IOException("The server closed the connection in the handshake.");
            _end += read;
            var head = _buffer.AsSpan(0, _end).IndexOf("\r\n\r\n"u8);
            if (head < 0) continue;
            if (!_buffer.AsSpan().StartsWith("HTTP/1.1 101"u8)) throw new IOException(Encoding.UTF8.GetString(_buffer, 0, _end));
            Shift(head + 4);
            break;
        }

        if (greeting is not null) await _socket.SendAsync(Masked(greeting));
        _ = ReadAsync();
    }

    /// <summary>Says something, so that the server keeps it.</summary>
    public void Say(string text)
    {
        try
        {
            if (Ended is null) _socket.Send(Masked(text));
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The run is over, or the server has closed it: then reading says so.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _socket.Dispose();

    private async Task ReadAsync()
    {
        try
        {
            while (true)
            {
                Take();
                while (IsStuck) await Task.Delay(20);
                if (_end == _buffer.Length) Array.Resize(ref _buffer, _buffer.Length * 2);
                var read = await _socket.ReceiveAsync(_buffer.AsMemory(_end));
                if (read == 0) break;
                _end += read;
            }

            Ended ??= "closed";
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            Ended ??= error.Message;
        }
        catch (Exception error)
        {
            Ended ??= error.ToString(); // A defect of this tool: the report says so.
        }
    }

    private void Take()
    {
        var now = Stopwatch.GetTimestamp();
        var at = 0;
        while (_end - at >= 2)
        {
            var (opcode, length, header) = (_buffer[at] & 15, (long)(_buffer[at + 1] & 127), 2);
            if (length == 126 && _end - at >= 4) (length, header) = ((_buffer[at + 2] << 8) | _buffer[at + 3], 4);
            else if (length == 127 && _end - at >= 10) (length, header) = (System.Buffers.Binary.BinaryPrimitives.ReadInt64BigEndian(_buffer.AsSpan(at + 2)), 10);
            else if (length >= 126) break;
            if (_end - at < header + length) break;
            var payload = _buffer.AsSpan(at + header, (int)length);
            if (opcode == 8) Ended = $"close {(payload[0] << 8) | payload[1]}";
            else if (opcode == 9) _socket.Send((byte[])[0x8a, 0x80, 0, 0, 0, 0]);
            else TakeFragment(payload, isFinal: _buffer[at] >= 0x80, now);
            at += header + (int)length;
        }

        Shift(at);
    }

    private void TakeFragment(ReadOnlySpan<byte> fragment, bool isFinal, long now)
    {
        if (isFinal && _fragments.Length == 0)
        {
            TakePayload(fragment, now);
            return;
        }

        _fragments.Write(fragment);
        if (!isFinal) return;
        TakePayload(_fragments.GetBuffer().AsSpan(0, (int)_fragments.Length), now);
        _fragments.SetLength(0);
    }

    // One payload may hold several events (SignalR batches; merged chunks of ours).
    private void TakePayload(ReadOnlySpan<byte> payload, long now)
    {
        while (payload.IndexOf((byte)'@') is var start and >= 0)
        {
            payload = payload[(start + 1)..];
            if (!Utf8Parser.TryParse(payload, out long sent, out var used) || used == 0) continue;
            if (!Utf8Parser.TryParse(payload[(used + 1)..], out long number, out _)) continue;
            measurement.Take(number, _last, now - sent);
            Volatile.Write(ref _last, Math.Max(_last, number));
        }
    }

    private void Shift(int from)
    {
        if (from == 0) return;
        _buffer.AsSpan(from, _end - from).CopyTo(_buffer);
        _end -= from;
    }

    private static byte[] Masked(string text)
    {
        var payload = Encoding.UTF8.GetBytes(text);
        return [0x81, (byte)(0x80 | payload.Length), 0, 0, 0, 0, .. payload];
    }
}
