using System.Net.Sockets;

namespace ChatApi.Live.Transport;

/// <summary>
/// What a browser sends over a socket that was taken from Kestrel: first what was received for Kestrel and not read, then the
/// socket itself. Only to be read, by one reader.
/// </summary>
/// <param name="socket">The socket.</param>
/// <param name="unread">What Kestrel had not read.</param>
/// <param name="receiving">Ends with the next byte that comes, which stays in the socket; or gives what it has just taken.</param>
internal sealed class DetachedInput(Socket socket, byte[] unread, Task<byte[]> receiving) : Stream
{
    private ReadOnlyMemory<byte> _before = unread;
    private Task<byte[]>? _receiving = receiving;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <summary>Reads what is there; with an empty buffer, waits until there is something. Ended by the socket's end alone.</summary>
    /// <exception cref="SocketException">The connection is broken.</exception>
    /// <exception cref="ObjectDisposedException">It was dropped from this side.</exception>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        _before.IsEmpty && _receiving is null ? socket.ReceiveAsync(buffer, SocketFlags.None, CancellationToken.None) : ReadBeforeAsync(buffer);

    private async ValueTask<int> ReadBeforeAsync(Memory<byte> buffer)
    {
        if (_before.IsEmpty && _receiving is { } receiving)
        {
            _before = await receiving;
            _receiving = null;
        }

        if (_before.IsEmpty) return await socket.ReceiveAsync(buffer, SocketFlags.None);
        var length = Math.Min(buffer.Length, _before.Length);
        _before[..length].CopyTo(buffer);
        _before = _before[length..];
        return length;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Flush() { }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();
}
