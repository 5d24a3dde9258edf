using System.Net;
using System.Net.Sockets;

namespace TestKit;

/// <summary>What lies between two ends of a connection, and can misbehave: slow, cut into single bytes, silent, or gone.</summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly int _target;
    private readonly List<Socket> _sockets = [];
    private readonly CancellationTokenSource _end = new();
    private TaskCompletionSource _flowing = Done();

    /// <summary>Listens on a port of its own, and forwards to <paramref name="target"/>.</summary>
    public TcpProxy(int target)
    {
        _target = target;
        Port = Ports.Free();
        _listener = new TcpListener(IPAddress.Loopback, Port);
        _listener.Start(512);
        _ = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public int Port { get; }

    /// <summary>How long each piece is held back.</summary>
    public TimeSpan Latency { get; set; }

    /// <summary>Every byte in a segment of its own.</summary>
    public bool ByteByByte { get; set; }

    /// <summary>Forwards nothing any more, and says nothing of it: half-open connections, as when a cable is pulled.</summary>
    public void Stall() => _flowing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Forwards again.</summary>
    public void Flow()
    {
        var stalled = _flowing;
        _flowing = Done();
        stalled.TrySetResult();
    }

    /// <summary>Resets every connection (RST, not FIN).</summary>
    public void Reset()
    {
        List<Socket> sockets;
        lock (_sockets)
        {
            sockets = [.. _sockets];
            _sockets.Clear();
        }

        foreach (var socket in sockets)
        {
            try
            {
                socket.LingerState = new LingerOption(true, 0);
            }
            catch (Exception error) when (error is SocketException or ObjectDisposedException)
            {
                // It ended by itself.
            }

            socket.Dispose();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        Flow();
        _listener.Stop();
        Reset();
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_end.Token);
                _ = ServeAsync(client);
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(Socket client)
    {
        var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        foreach (var socket in (Socket[])[client, server])
        {
            socket.NoDelay = true;
            lock (_sockets) _sockets.Add(socket);
        }

        try
        {
            await server.ConnectAsync(IPAddress.Loopback, _target);
            await Task.WhenAny(PumpAsync(client, server), PumpAsync(server, client));
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // Nobody listens: the client is told by the end of its connection.
        }

        client.Dispose();
        server.Dispose();
    }

    private async Task PumpAsync(Socket from, Socket to)
    {
        var buffer = new byte[1 << 16];
        try
        {
            while (await from.ReceiveAsync(buffer) is var read and > 0)
            {
                await _flowing.Task;
                if (Latency > TimeSpan.Zero) await Task.Delay(Latency);
                if (!ByteByByte) await to.SendAsync(buffer.AsMemory(0, read));
                else
                    for (var i = 0; i < read; i++) await to.SendAsync(buffer.AsMemory(i, 1));
            }
        }
        catch (Exception error) when (error is SocketException or ObjectDisposedException)
        {
            // One end is gone; the other one is told.
        }
    }

    private static TaskCompletionSource Done()
    {
        var done = new TaskCompletionSource();
        done.SetResult();
        return done;
    }
}
