using System.Buffers;
using System.Net.WebSockets;

namespace ChatApi.Live;

/// <summary>Reads whole messages off a WebSocket, up to a size; a longer one is read to its end and reported, so that the socket stays.</summary>
internal sealed class FrameReader(WebSocket socket, int maxBytes)
{
    private readonly ArrayBufferWriter<byte> _message = new(1024);

    /// <summary>The next message. <c>TooBig</c>: it was longer and is gone. <c>Type</c> Close: the browser leaves.</summary>
    public async Task<(WebSocketMessageType Type, ReadOnlyMemory<byte> Bytes, bool TooBig)> ReadAsync(CancellationToken cancellationToken)
    {
        _message.ResetWrittenCount();
        var tooBig = false;
        while (true)
        {
            var received = await socket.ReceiveAsync(_message.GetMemory(4096), cancellationToken);
            if (received.MessageType == WebSocketMessageType.Close) return (WebSocketMessageType.Close, default, false);
            if (!tooBig) _message.Advance(received.Count);
            if (_message.WrittenCount > maxBytes)
            {
                tooBig = true;
                _message.Clear();
            }

            if (received.EndOfMessage) return (received.MessageType, _message.WrittenMemory, tooBig);
        }
    }
}
