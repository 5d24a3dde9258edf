using System.IO.Pipelines;
using System.Net.Sockets;
using Microsoft.AspNetCore.Connections;

namespace ChatApi.Live.Transport;

/// <summary>
/// What comes over a socket, into a pipe, until the socket is detached. It knows neither its connection nor what Kestrel hangs
/// on that: where nothing comes, it waits in the socket long after these have gone.
/// </summary>
internal sealed class SocketReceiver
{
    private static readonly PipeOptions s_options = new(pauseWriterThreshold: 1 << 20, resumeWriterThreshold: 1 << 19, minimumSegmentSize: 4096, useSynchronizationContext: false);

    private readonly Socket _socket;
    private readonly Lock _lock = new();
    private Pipe? _pipe = new(s_options);
    private CancellationTokenSource? _closed = new();

    /// <summary>Begins to receive.</summary>
    public SocketReceiver(Socket socket)
    {
        _socket = socket;
        (Reader, Closed) = (_pipe.Reader, _closed.Token);
        Receiving = ReceiveAsync();
    }

    /// <summary>What has come.</summary>
    public PipeReader Reader { get; private set; }

    /// <summary>The other side sends no more, or the connection is broken.</summary>
    public CancellationToken Closed { get; private set; }

    /// <summary>
    /// Ends with the connection; or, detached, with the next byte that comes, which stays in the socket. Gives what had just been
    /// taken off the socket when it was detached: of a browser that did not wait for its answer.
    /// </summary>
    public Task<byte[]> Receiving { get; }

    /// <summary>Whether nothing more is taken off the socket here.</summary>
    public bool IsDetached
    {
        get { lock (_lock) return _pipe is null; }
    }

    /// <summary>Takes nothing more off the socket. Returns what came and was not read.</summary>
    public byte[] Detach()
    {
        lock (_lock)
        {
            byte[] unread = [];
            if (Reader.TryRead(out var read))
            {
                unread = System.Buffers.BuffersExtensions.ToArray(read.Buffer);
                Reader.AdvanceTo(read.Buffer.End);
            }

            (_pipe, _closed, Reader, Closed) = (null, null, null!, default);
            return unread;
        }
    }

    private async Task<byte[]> ReceiveAsync()
    {
        Exception? broken = null;
        try
        {
            while (true)
            {
                await _socket.ReceiveAsync(Memory<byte>.Empty, SocketFlags.None); // Waits without a buffer.
                Memory<byte> room;
                lock (_lock)
                {
                    if (_pipe is null) return [];
                    room = _pipe.Writer.GetMemory(2048);
                }

                var received = await _socket.ReceiveAsync(room, SocketFlags.None);
                ValueTask<FlushResult> flush;
                lock (_lock)
                {
                    if (_pipe is null) return room[..received].ToArray();
                    if (received == 0) break;
                    _pipe.Writer.Advance(received);
                    flush = _pipe.Writer.FlushAsync();
                }

                if ((await flush).IsCompleted) break;
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            broken = new ConnectionResetException(error.Message, error);
        }

        Pipe? pipe;
        CancellationTokenSource? closed;
        lock (_lock) (pipe, closed) = (_pipe, _closed);
        if (pipe is not null) await pipe.Writer.CompleteAsync(broken);
        // Not from here: who listens may do much, and wait for this to end.
        if (closed is not null) ThreadPool.UnsafeQueueUserWorkItem(static closed => closed.Cancel(), closed, preferLocal: false);
        return [];
    }
}
