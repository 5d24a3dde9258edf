using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace ChatApi.Live.Transport;

/// <summary>
/// An accepted connection: what comes goes into a pipe, which Kestrel reads; what Kestrel writes is sent at its flush. Once it is
/// detached, nothing more is taken off the socket here, and Kestrel's end is not the socket's.
/// </summary>
internal sealed class DetachableConnection : DefaultConnectionContext
{
    private readonly Socket _socket;
    private readonly SocketReceiver _receiver;

    /// <summary>Begins to receive.</summary>
    public DetachableConnection(Socket socket) : base(Guid.NewGuid().ToString("N"))
    {
        _socket = socket;
        (LocalEndPoint, RemoteEndPoint) = (socket.LocalEndPoint, socket.RemoteEndPoint);
        if (socket.ProtocolType == ProtocolType.Tcp) socket.NoDelay = true;
        _receiver = new SocketReceiver(socket);
        ConnectionClosed = _receiver.Closed;
        Transport = new DuplexPipe(_receiver.Reader, new SocketPipeWriter(socket));
        Features.Set(this);
    }

    /// <summary>
    /// Takes the socket away from Kestrel, whose request goes on, and ends, without it. To be called while Kestrel reads nothing, and
    /// before the browser is told that it may send something else than HTTP: all of that is then read from the stream.
    /// </summary>
    public (Socket Socket, Stream Input) Detach() => (_socket, new DetachedInput(_socket, _receiver.Detach(), _receiver.Receiving));

    /// <inheritdoc/>
    public override void Abort(ConnectionAbortedException abortReason)
    {
        if (!_receiver.IsDetached) Close(_socket);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        if (!_receiver.IsDetached)
        {
            await Transport!.Output.CompleteAsync();
            await Transport.Input.CompleteAsync();
            Close(_socket);
            await _receiver.Receiving;
        }

        await base.DisposeAsync();
    }

    /// <summary>Ends a connection: what was sent arrives, then its end.</summary>
    public static void Close(Socket socket)
    {
        try
        {
            socket.Shutdown(SocketShutdown.Both);
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // The other side was faster.
        }

        socket.Dispose();
    }

    private sealed record DuplexPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
