using System.Net.Sockets;

namespace ChatApi.Live.Outlets;

/// <summary>
/// The accepted TCP socket itself: a send from the thread that has the bytes, without a pipe and a queue between (half of the
/// CPU, docs/decisions/0007). Nothing but the viewer writes there any more.
/// </summary>
internal sealed class SocketOutlet : Outlet
{
    private readonly Socket _socket;

    public SocketOutlet(Socket socket)
    {
        _socket = socket;
        _socket.Blocking = false;
    }

    /// <inheritdoc/>
    public override int TrySend(ReadOnlySpan<byte> bytes)
    {
        try
        {
            var sent = _socket.Send(bytes, SocketFlags.None, out var error);
            return error switch
            {
                SocketError.Success => sent,
                SocketError.WouldBlock => 0,
                _ => -1,
            };
        }
        catch (ObjectDisposedException)
        {
            return -1;
        }
    }

    /// <inheritdoc/>
    public override async ValueTask<int> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return await _socket.SendAsync(bytes, SocketFlags.None);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            throw new IOException(error.Message, error);
        }
    }

    /// <inheritdoc/>
    public override void Abort() => _socket.Dispose();
}
