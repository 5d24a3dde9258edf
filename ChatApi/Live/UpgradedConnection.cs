using System.Net.Sockets;
using ChatApi.Live.Framing;
using ChatApi.Live.Outlets;
using ChatApi.Live.Transport;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace ChatApi.Live;

/// <summary>
/// A connection that has become a WebSocket: what comes in, and where bytes go out. Over plain HTTP/1.1 it is the socket itself,
/// which outlives its request; over TLS or HTTP/2 a stream of the request, which costs more and works everywhere.
/// </summary>
/// <param name="Input">What the browser sends.</param>
/// <param name="Outlet">Where bytes go to it.</param>
/// <param name="Socket">The socket, which is ours to close; null where the connection lives as long as its request.</param>
internal sealed record UpgradedConnection(Stream Input, Outlet Outlet, Socket? Socket = null)
{
    /// <summary>Whether the request asks for a WebSocket: RFC 6455 §4.2.1, and RFC 8441 §4 for HTTP/2.</summary>
    public static bool IsAskedFor(HttpContext context) => IsExtendedConnect(context)
        || (context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
            && context.Request.Headers.Upgrade.ToString().Equals("websocket", StringComparison.OrdinalIgnoreCase));

    /// <summary>Why the handshake cannot be answered; null when it can.</summary>
    public static string? Objection(HttpContext context)
    {
        if (context.Request.Headers.SecWebSocketVersion != "13") return "Sec-WebSocket-Version must be 13.";
        if (IsExtendedConnect(context)) return null;
        Span<byte> key = stackalloc byte[24];
        return Convert.TryFromBase64String(context.Request.Headers.SecWebSocketKey.ToString(), key, out var length) && length == 16
            ? null
            : "Sec-WebSocket-Key must be 16 bytes in base64.";
    }

    /// <summary>Answers the handshake.</summary>
    public static async Task<UpgradedConnection> AcceptAsync(HttpContext context)
    {
        if (IsExtendedConnect(context)) return Of(await context.Features.GetRequiredFeature<IHttpExtendedConnectFeature>().AcceptAsync(), context);

        context.Response.Headers.Connection = HeaderNames.Upgrade;
        context.Response.Headers.Upgrade = "websocket";
        context.Response.Headers.SecWebSocketAccept = WebSocketFrames.Accept(context.Request.Headers.SecWebSocketKey.ToString());
        var upgrade = context.Features.GetRequiredFeature<IHttpUpgradeFeature>();
        var isPlain = context.Features.Get<ITlsHandshakeFeature>() is null && context.Features.Get<ITlsConnectionFeature>() is not { ClientCertificate: not null };
        if (!isPlain || context.Features.Get<DetachableConnection>() is not { } connection) return Of(await upgrade.UpgradeAsync(), context);

        var (socket, input) = connection.Detach();
        try
        {
            // Returns when the 101 is in the kernel (SocketPipeWriter): from here on nobody but the viewer writes.
            await upgrade.UpgradeAsync();
            return new UpgradedConnection(input, new SocketOutlet(socket), socket);
        }
        catch (Exception)
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The connection's end, where that is not its request's.</summary>
    public void Close()
    {
        if (Socket is not null) DetachableConnection.Close(Socket);
    }

    private static UpgradedConnection Of(Stream stream, HttpContext context) =>
        new(stream, new StreamOutlet(stream, context.Abort));

    private static bool IsExtendedConnect(HttpContext context) => context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true, Protocol: "websocket" };
}
