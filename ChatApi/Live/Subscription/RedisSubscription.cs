using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;
using StackExchange.Redis;

namespace ChatApi.Live.Subscription;

/// <summary>
/// A connection to Redis in subscribe mode, read by one thread which hands the messages on from right there. The way from
/// the socket through a queue and the thread pool is what fan-out costs with many small projects (shared/performance.md §3);
/// here there is none. It comes back by itself and subscribes again; each confirmed subscription makes its feed read the log,
/// so what was published meanwhile is not lost.
/// </summary>
internal sealed partial class RedisSubscription : IDisposable
{
    private const int ChannelsPerCommand = 512;
    private const int LargestDrain = 1 << 21;
    private const int LittleRead = 1 << 12;
    private static readonly TimeSpan s_pingEvery = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_silenceLimit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_connectLimit = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<byte[], ProjectFeed> _feeds = new(new BytesComparer());
    private readonly ConcurrentDictionary<byte[], ProjectFeed>.AlternateLookup<ReadOnlySpan<byte>> _byChannel;
    private readonly List<ProjectFeed> _dirty = [];
    private readonly Lock _writing = new();
    private readonly ConfigurationOptions _options;
    private readonly ILogger<RedisSubscription> _logger;
    private readonly Timer _pings;
    private Socket? _socket;
    private Stream? _stream;
    private long _readAt;
    private bool _stopped;

    public RedisSubscription(ConfigurationOptions options, ILogger<RedisSubscription> logger)
    {
        (_options, _logger) = (options, logger);
        _byChannel = _feeds.GetAlternateLookup<ReadOnlySpan<byte>>();
        _pings = new Timer(_ => Ping(), null, s_pingEvery, s_pingEvery);
        new Thread(Run) { IsBackground = true, Name = "redis subscription" }.Start();
    }

    /// <summary>Begins a feed's subscription. Not waited for: the feed hears of it when it is confirmed, now or after Redis came back.</summary>
    public void Subscribe(ProjectFeed feed)
    {
        _feeds[feed.Channel] = feed;
        Write(Command("SUBSCRIBE"u8, [feed.Channel]));
    }

    /// <summary>Ends a feed's subscription.</summary>
    public void Unsubscribe(ProjectFeed feed)
    {
        if (_feeds.TryRemove(KeyValuePair.Create(feed.Channel, feed))) Write(Command("UNSUBSCRIBE"u8, [feed.Channel]));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Volatile.Write(ref _stopped, true);
        _pings.Dispose();
        _socket?.Dispose();
    }

    private void Run()
    {
        var delay = 0;
        while (!Volatile.Read(ref _stopped))
        {
            try
            {
                Connect();
                delay = 0;
                Read();
            }
            catch (Exception error) when (error is SocketException or IOException or InvalidDataException or ObjectDisposedException or System.Security.Authentication.AuthenticationException or TimeoutException)
            {
                if (Volatile.Read(ref _stopped)) return;
                LogLost(error.Message);
            }

            FlushDirty(); // What came before the break does not wait for the next connection.
            lock (_writing) (_stream, _socket) = (Discard(_socket), null);
            delay = Math.Min(2000, Math.Max(50, delay * 2));
            Thread.Sleep(delay / 2 + Random.Shared.Next(delay / 2));
        }
    }

    private static Stream? Discard(Socket? socket)
    {
        socket?.Dispose();
        return null;
    }

    private void Connect()
    {
        var endpoint = _options.EndPoints[0];
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveBufferSize = 1 << 20, SendTimeout = (int)s_silenceLimit.TotalMilliseconds };
        lock (_writing) _socket = socket;
        using (var limit = new Timer(_ => socket.Dispose(), null, s_connectLimit, Timeout.InfiniteTimeSpan))
        {
            var (host, port) = endpoint switch
            {
                DnsEndPoint dns => (dns.Host, dns.Port),
                IPEndPoint ip => (ip.Address.ToString(), ip.Port),
                _ => throw new InvalidDataException($"{endpoint} is no address of a Redis server."),
            };
            socket.Connect(host, port == 0 ? _options.Ssl ? 6380 : 6379 : port);
            Stream stream = new NetworkStream(socket, ownsSocket: true);
            if (_options.Ssl)
            {
                var secured = new SslStream(stream);
                secured.AuthenticateAsClient(_options.SslHost ?? host);
                stream = secured;
            }

            Volatile.Write(ref _readAt, Environment.TickCount64);
            lock (_writing)
            {
                if (_options.Password is { Length: > 0 } password)
                    stream.Write(Command("AUTH"u8, _options.User is { Length: > 0 } user ? [Encoding.UTF8.GetBytes(user), Encoding.UTF8.GetBytes(password)] : [Encoding.UTF8.GetBytes(password)]));
                foreach (var channels in _feeds.Keys.Chunk(ChannelsPerCommand)) stream.Write(Command("SUBSCRIBE"u8, channels));
                _stream = stream;
            }
        }

        LogConnected(_feeds.Count);
    }

    private void Read()
    {
        var stream = _stream!;
        var buffer = new byte[1 << 18];
        var end = 0;
        var drained = 0;
        while (true)
        {
            var read = stream.Read(buffer, end, buffer.Length - end);
            if (read == 0) throw new IOException("Redis closed the connection.");
            Volatile.Write(ref _readAt, Environment.TickCount64);
            end += read;
            var start = 0;
            while (RespMessage.TryRead(buffer.AsSpan(start, end - start), out var message, out var length))
            {
                start += length;
                Take(message);
            }

            if (start > 0) buffer.AsSpan(start, end - start).CopyTo(buffer);
            end -= start;
            if (end == buffer.Length) Array.Resize(ref buffer, buffer.Length * 2);

            // All that waits in the kernel first, then it goes out together: one write for each viewer. At once when nothing more is
            // there; where it was little, that needs no asking.
            drained += read;
            if (_dirty.Count == 0 || (read > LittleRead && drained < LargestDrain && _socket!.Available > 0)) continue;
            FlushDirty();
            drained = 0;
        }
    }

    private void FlushDirty()
    {
        foreach (var feed in _dirty) feed.Flush();
        _dirty.Clear();
    }

    private void Take(RespMessage message)
    {
        switch (message.Kind)
        {
            case RespKind.Message when _byChannel.TryGetValue(message.Channel, out var feed):
                if (feed.Take(message.Payload)) _dirty.Add(feed);
                break;
            case RespKind.Subscribed when _byChannel.TryGetValue(message.Channel, out var feed):
                feed.OnSubscribed();
                break;
            case RespKind.Error:
                throw new InvalidDataException($"Redis refused: {Encoding.UTF8.GetString(message.Payload)}");
        }
    }

    // A connection that says nothing, not even PONG, is dead, whatever the kernel thinks.
    private void Ping()
    {
        if (_stream is null) return;
        if (Environment.TickCount64 - Volatile.Read(ref _readAt) > s_silenceLimit.TotalMilliseconds) _socket?.Dispose();
        else Write(Command("PING"u8, []));
    }

    private void Write(byte[] command)
    {
        lock (_writing)
        {
            try
            {
                _stream?.Write(command);
            }
            catch (Exception error) when (error is IOException or ObjectDisposedException)
            {
                // The reading thread notices as well, connects again, and subscribes to everything.
                _socket?.Dispose();
            }
        }
    }

    private static byte[] Command(ReadOnlySpan<byte> name, ReadOnlySpan<byte[]> arguments)
    {
        var bytes = new MemoryStream();
        void Part(ReadOnlySpan<byte> part)
        {
            bytes.Write(Encoding.ASCII.GetBytes($"${part.Length}\r\n"));
            bytes.Write(part);
            bytes.Write("\r\n"u8);
        }

        bytes.Write(Encoding.ASCII.GetBytes($"*{arguments.Length + 1}\r\n"));
        Part(name);
        foreach (var argument in arguments) Part(argument);
        return bytes.ToArray();
    }

    private sealed class BytesComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode(obj.AsSpan());

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            var hash = new HashCode();
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Subscribed to Redis: {Channels} channels.")]
    private partial void LogConnected(int channels);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The subscription to Redis is lost and is begun again: {Reason}")]
    private partial void LogLost(string reason);
}
