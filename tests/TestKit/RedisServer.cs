using System.Globalization;
using StackExchange.Redis;

namespace TestKit;

/// <summary>A Redis protocol server for tests: the real redis-server, or the embedded Garnet.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private readonly bool _embedded;
    private readonly string _folder = Directory.CreateTempSubdirectory("redis-").FullName;
    private ChildProcess? _process;

    private bool _isDurable;
    private string? _password;

    private RedisServer(bool embedded, int? port) => (_embedded, Port) = (embedded, port ?? Ports.Free());

    /// <summary>The port; the same after a restart.</summary>
    public int Port { get; }

    /// <summary>For services.</summary>
    public string ConnectionString => $"127.0.0.1:{Port}{(_password is null ? "" : $",password={_password}")}";

    /// <summary>Starts Debian's redis-server, without persistence: a restart loses everything.</summary>
    public static Task<RedisServer> StartAsync() => StartAsync(embedded: false);

    /// <summary>Starts Debian's redis-server with an append-only file that is synced for each command: kill -9 loses nothing.</summary>
    public static async Task<RedisServer> StartDurableAsync()
    {
        var server = new RedisServer(embedded: false, null) { _isDurable = true };
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Starts one that wants a password, as a deployment's does.</summary>
    public static async Task<RedisServer> StartWithPasswordAsync(string password)
    {
        var server = new RedisServer(embedded: false, null) { _password = password };
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Starts either.</summary>
    public static async Task<RedisServer> StartAsync(bool embedded)
    {
        var server = new RedisServer(embedded, null);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>A server that is not started yet, on a port that is known.</summary>
    public static RedisServer Prepared() => new(embedded: false, null);

    /// <summary>Starts it, on the same port.</summary>
    public async Task StartAgainAsync()
    {
        var port = Port.ToString(CultureInfo.InvariantCulture);
        _process = _embedded
            ? new ChildProcess("EmbeddedRedis", "dotnet", [Services.Path("EmbeddedRedis")], new Dictionary<string, string>
            {
                ["EmbeddedRedis__Port"] = port, ["EmbeddedRedis__StatePath"] = _folder, ["ASPNETCORE_URLS"] = $"http://127.0.0.1:{Ports.Free()}",
            })
            : new ChildProcess("redis-server", "redis-server", ["--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", _isDurable ? "yes" : "no", "--appendfsync", "always", "--requirepass", _password ?? "", "--dir", _folder], new Dictionary<string, string>());
        await Eventually.IsAsync($"{_process.Name} on port {port}", async () =>
        {
            if (_process.HasExited) throw new InvalidOperationException($"{_process.Name} ended:\n{_process.Output}");
            try
            {
                await using var connection = await ConnectionMultiplexer.ConnectAsync($"{ConnectionString},connectTimeout=500,connectRetry=0");
                await connection.GetDatabase().PingAsync();
                return true;
            }
            catch (RedisException)
            {
                return false;
            }
        });
    }

    /// <summary>kill -9: redis-server forgets everything.</summary>
    public Task KillAsync() => _process!.KillAsync();

    /// <summary>SIGTERM: the embedded one keeps its data.</summary>
    public Task TerminateAsync() => _process!.TerminateAsync();

    /// <summary>A connection of its own.</summary>
    public async Task<ConnectionMultiplexer> ConnectAsync() => await ConnectionMultiplexer.ConnectAsync($"{ConnectionString},abortConnect=false,connectTimeout=2000");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_process is not null) await _process.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}

/// <summary>The services' built programs.</summary>
public static class Services
{
    /// <summary>artifacts/bin/NAME/CONFIGURATION/NAME.dll, of the configuration that the tests were built in.</summary>
    public static string Path(string name)
    {
        var configuration = System.IO.Path.GetFileName(AppContext.BaseDirectory.TrimEnd(System.IO.Path.DirectorySeparatorChar));
        return System.IO.Path.Combine(Repository.Root, "artifacts", "bin", name, configuration, $"{name}.dll");
    }
}
