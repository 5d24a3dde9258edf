using System.Net;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using ChatApi.Live;
using ChatApi.Live.Framing;
using ChatApi.Live.Transport;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TestKit;

namespace ChatApi.Tests;

/// <summary>Kestrel on our own sockets: requests are answered as ever, and a WebSocket's socket outlives its request.</summary>
public sealed class TransportTests(TransportTests.Server server) : IClassFixture<TransportTests.Server>
{
    private static readonly byte[] s_handshake = Encoding.ASCII.GetBytes(
        "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");

    [Fact]
    public async Task Requests_of_a_connection_are_answered_one_after_the_other_small_and_large()
    {
        using var client = await ConnectAsync();
        for (var i = 0; i < 3; i++)
        {
            var letter = (char)('x' + i); // Not one of a chunk's length.
            await client.SendAsync(Encoding.ASCII.GetBytes($"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n{new string(letter, 3_000_000)}"));
            var answer = await ReadAsync(client, text => text.EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal));
            Assert.StartsWith("HTTP/1.1 200", answer, StringComparison.Ordinal);
            Assert.Equal(3_000_000, answer[answer.IndexOf("\r\n\r\n", StringComparison.Ordinal)..].Count(c => c == letter));
        }
    }

    [Fact]
    public async Task A_request_hears_of_a_client_that_leaves()
    {
        var client = await ConnectAsync();
        await client.SendAsync("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray());
        await server.Waiting.WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken);
        client.Dispose();
        await server.Left.WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_socket_lives_on_when_its_request_is_over()
    {
        using var client = await ConnectAsync();
        // A request before it: a proxy uses its connections again.
        await client.SendAsync("GET /ok HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray());
        await ReadAsync(client, text => text.EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal));
        var before = server.RequestsEnded;
        await client.SendAsync(s_handshake);
        await ReadAsync(client, text => text.EndsWith("\r\n\r\n", StringComparison.Ordinal));
        await Eventually.IsAsync("the request to end", () => Task.FromResult(server.RequestsEnded > before));
        for (var i = 0; i < 3; i++)
        {
            await client.SendAsync(Masked($"message {i}"));
            Assert.EndsWith($"message {i}", await ReadAsync(client, text => text.EndsWith($"message {i}", StringComparison.Ordinal)), StringComparison.Ordinal);
        }
    }

    /// <summary>Wherever the bytes are cut, and also where a browser does not wait for the answer to its handshake, each message comes once, in order.</summary>
    [Property(MaxTest = 100)]
    public void Nothing_of_what_is_sent_around_the_handshake_is_lost(NonEmptyArray<PositiveInt> cuts, PositiveInt messages, bool waits) =>
        EchoedAsync([.. cuts.Get.Select(cut => cut.Get * 13)], messages.Get % 20 + 1, waits).GetAwaiter().GetResult();

    private async Task EchoedAsync(int[] cuts, int messages, bool waits)
    {
        using var client = await ConnectAsync();
        string[] expected = [.. Enumerable.Range(0, messages).Select(i => $"<{i} {new string('x', i * 97)}>")];
        byte[] frames = [.. expected.SelectMany(Masked)];
        if (waits)
        {
            await client.SendAsync(s_handshake);
            await ReadAsync(client, text => text.EndsWith("\r\n\r\n", StringComparison.Ordinal));
        }

        byte[] wire = waits ? frames : [.. s_handshake, .. frames];
        for (var (at, i) = (0, 0); at < wire.Length; i++)
        {
            var part = Math.Min(cuts[i % cuts.Length], wire.Length - at);
            await client.SendAsync(wire.AsMemory(at, part));
            at += part;
        }

        var read = await ReadAsync(client, text => text.Count(c => c == '>') >= messages);
        Assert.Equal(expected, System.Text.RegularExpressions.Regex.Matches(read, "<[^>]*>").Select(match => match.Value));
    }

    [Fact]
    public async Task An_address_in_use_is_named()
    {
        var error = await Assert.ThrowsAsync<AddressInUseException>(async () => await new DetachableTransport().BindAsync(new IPEndPoint(IPAddress.Loopback, server.Port), TestContext.Current.CancellationToken));
        Assert.Contains("in use", error.Message, StringComparison.Ordinal);
    }

    private async Task<Socket> ConnectAsync()
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, server.Port);
        return socket;
    }

    private static async Task<string> ReadAsync(Socket socket, Func<string, bool> isWhole)
    {
        using var limit = new CancellationTokenSource(Eventually.Limit);
        var text = "";
        var buffer = new byte[1 << 20];
        while (!isWhole(text))
        {
            int read;
            try
            {
                read = await socket.ReceiveAsync(buffer.AsMemory(), SocketFlags.None, limit.Token);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException($"Waited for the rest of: {text}");
            }

            if (read == 0) throw new IOException($"The server closed the connection after: {text}");
            text += Encoding.Latin1.GetString(buffer, 0, read);
        }

        return text;
    }

    private static byte[] Masked(string text)
    {
        var frame = WebSocketFrames.Frame(WebSocketFrames.Text, Encoding.ASCII.GetBytes(text));
        var header = frame.Length - text.Length;
        frame[1] |= 0x80;
        return [.. frame.AsSpan(0, header), 0, 0, 0, 0, .. frame.AsSpan(header)];
    }

    /// <summary>Kestrel with a few addresses.</summary>
    public sealed class Server : IAsyncLifetime
    {
        private readonly TaskCompletionSource _waiting = new();
        private readonly TaskCompletionSource _left = new();
        private WebApplication _app = null!;
        private int _requestsEnded;

        public int Port { get; } = Ports.Free();

        public Task Waiting => _waiting.Task;

        public Task Left => _left.Task;

        public int RequestsEnded => Volatile.Read(ref _requestsEnded);

        public async ValueTask InitializeAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.Services.AddSingleton<IConnectionListenerFactory, DetachableTransport>();
            builder.WebHost.UseUrls($"http://127.0.0.1:{Port}");
            _app = builder.Build();
            _app.Use(async (context, next) =>
            {
                context.Response.OnCompleted(() => Task.FromResult(Interlocked.Increment(ref _requestsEnded)));
                await next(context);
            });
            _app.MapGet("/ok", () => "ok");
            _app.MapPost("/echo", async context => await context.Request.Body.CopyToAsync(context.Response.Body));
            _app.MapGet("/wait", async context =>
            {
                _waiting.TrySetResult();
                await Task.WhenAny(Task.Delay(Timeout.Infinite, context.RequestAborted));
                _left.TrySetResult();
            });
            _app.Map("/ws", async context =>
            {
                var connection = await UpgradedConnection.AcceptAsync(context);
                Assert.NotNull(connection.Socket);
                _ = EchoAsync(connection);
            });
            await _app.StartAsync();
        }

        public async ValueTask DisposeAsync() => await _app.DisposeAsync();

        private static async Task EchoAsync(UpgradedConnection connection)
        {
            var reader = new WebSocketReader(connection.Input, 1 << 20);
            try
            {
                while (await reader.ReadAsync() is (BrowserMessage.Text, var bytes))
                {
                    var frame = WebSocketFrames.Frame(WebSocketFrames.Text, bytes.Span);
                    for (var sent = 0; sent < frame.Length;) sent += await connection.Outlet.SendAsync(frame.AsMemory(sent));
                }
            }
            catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException)
            {
                // The client has gone.
            }

            connection.Close();
        }
    }
}
