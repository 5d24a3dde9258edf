using System.IO.Pipelines;
using ChatApi.Live.Framing;
using ChatApi.Live.Outlets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace ChatApi.Live;

/// <summary>
/// A connection that has become a WebSocket: what comes in, and where bytes go out. Over plain HTTP/1.1 these are the
/// transport's own pipe and socket; over TLS or HTTP/2 a stream, which costs more and works everywhere.
/// </summary>
internal sealed record UpgradedConnection(PipeReader Input, Outlet Outlet)
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
        // Returns when the 101 is in the kernel, for Kestrel is told to hold nothing back (MaxWriteBufferSize, ChatApiServices):
        // from here on nobody but the viewer writes.
        var stream = await context.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
        var isPlain = context.Features.Get<ITlsHandshakeFeature>() is null && context.Features.Get<ITlsConnectionFeature>() is not { ClientCertificate: not null };
        return isPlain && context.Features.Get<IConnectionSocketFeature>() is { } accepted && context.Features.Get<IConnectionTransportFeature>() is { } transport
            ? new UpgradedConnection(transport.Transport.Input, new SocketOutlet(accepted.Socket, context.Features.GetRequiredFeature<IConnectionLifetimeFeature>()))
            : Of(stream, context);
    }

    private static UpgradedConnection Of(Stream stream, HttpContext context) =>
        new(PipeReader.Create(stream, new StreamPipeReaderOptions(useZeroByteReads: true)), new StreamOutlet(stream, context.Abort));

    private static bool IsExtendedConnect(HttpContext context) => context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true, Protocol: "websocket" };
}
