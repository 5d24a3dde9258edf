using System.Buffers;
using System.IO.Pipelines;
using System.Net.Sockets;

namespace ChatApi.Live.Transport;

/// <summary>
/// Sends to a socket what is written up to a flush. The flush ends when the kernel has it all: what somebody else sends on the
/// same socket after that comes after it. Holds nothing between two flushes.
/// </summary>
internal sealed class SocketPipeWriter(Socket socket) : PipeWriter
{
    private byte[] _buffer = [];
    private int _length;
    private bool _broken;

    /// <inheritdoc/>
    public override bool CanGetUnflushedBytes => true;

    /// <inheritdoc/>
    public override long UnflushedBytes => _length;

    /// <inheritdoc/>
    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        var needed = _length + Math.Max(sizeHint, 256);
        if (_buffer.Length < needed)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, 4096));
            _buffer.AsSpan(0, _length).CopyTo(larger);
            GiveBack();
            _buffer = larger;
        }

        return _buffer.AsMemory(_length);
    }

    /// <inheritdoc/>
    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    /// <inheritdoc/>
    public override void Advance(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, _buffer.Length - _length);
        _length += bytes;
    }

    /// <summary>Sends. As a pipe does, it says of a broken connection that nobody reads any more, and does not throw.</summary>
    public override async ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            for (var sent = 0; sent < _length && !_broken;) sent += await socket.SendAsync(_buffer.AsMemory(sent, _length - sent), SocketFlags.None, cancellationToken);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            _broken = true;
            socket.Dispose();
        }

        _length = 0;
        GiveBack();
        return new FlushResult(isCanceled: false, _broken);
    }

    /// <summary>Nothing to do: whoever cancels drops the connection, and the flush ends with it.</summary>
    public override void CancelPendingFlush() { }

    /// <summary>Nothing to do: what is left is sent by <see cref="CompleteAsync"/>, with the connection's end.</summary>
    public override void Complete(Exception? exception = null) { }

    /// <inheritdoc/>
    public override async ValueTask CompleteAsync(Exception? exception = null) => await FlushAsync();

    private void GiveBack()
    {
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
    }
}
