using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace ChatApi.Live.Transport;

/// <summary>
/// Kestrel's sockets, of which one can be taken away: Kestrel reads the request and answers it; when that was a WebSocket's
/// handshake, the request ends, and all that ASP.NET keeps for it, and the socket lives on as the viewer's own
/// (docs/decisions/0007).
/// </summary>
internal sealed class DetachableTransport : IConnectionListenerFactory
{
    /// <inheritdoc/>
    public ValueTask<IConnectionListener> BindAsync(EndPoint endpoint, CancellationToken cancellationToken = default)
    {
        try
        {
            var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            socket.Listen(512);
            return new(new Listener(socket));
        }
        catch (SocketException error) when (error.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new AddressInUseException(error.Message, error);
        }
    }

    private sealed class Listener(Socket socket) : IConnectionListener
    {
        private static readonly TimeSpan s_retryEvery = TimeSpan.FromMilliseconds(100);

        public EndPoint EndPoint { get; } = socket.LocalEndPoint!;

        public async ValueTask<ConnectionContext?> AcceptAsync(CancellationToken cancellationToken = default)
        {
            while (true)
            {
                try
                {
                    return new DetachableConnection(await socket.AcceptAsync(cancellationToken));
                }
                catch (Exception error) when (error is ObjectDisposedException or SocketException { SocketErrorCode: SocketError.OperationAborted })
                {
                    return null; // Unbound: nobody is accepted any more.
                }
                catch (SocketException error)
                {
                    // One that is gone before it was accepted is passed over. Without a free descriptor, the rest waits in the kernel.
                    if (error.SocketErrorCode == SocketError.TooManyOpenSockets) await Task.Delay(s_retryEvery, cancellationToken);
                }
            }
        }

        public ValueTask UnbindAsync(CancellationToken cancellationToken = default) => DisposeAsync();

        public ValueTask DisposeAsync()
        {
            socket.Dispose();
            return default;
        }
    }
}
