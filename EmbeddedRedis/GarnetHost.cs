using System.Globalization;
using System.Net.Sockets;
using Garnet;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace EmbeddedRedis;

/// <summary>
/// Serves the Redis protocol from this process with Garnet, so that a laptop needs neither a container nor an installation.
/// Lua scripts run as transactions: without that Garnet, being multi-threaded, would interleave those on the same keys.
/// </summary>
internal sealed partial class GarnetHost(IOptions<EmbeddedRedisOptions> options, ILoggerFactory loggers, ILogger<GarnetHost> logger) : IHostedService, IHealthCheck, IDisposable
{
    private GarnetServer? _server;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        var settings = options.Value;
        List<string> arguments =
        [
            "--bind", "127.0.0.1", "--port", settings.Port.ToString(CultureInfo.InvariantCulture),
            "--lua", "--lua-transaction-mode",
            // No libaio needed, and a laptop's memory is enough.
            "--device-type", "RandomAccess", "--memory", "256m", "--page", "4m", "--index", "16m",
        ];
        if (settings.StatePath.Length > 0)
        {
            Directory.CreateDirectory(settings.StatePath);
            arguments.AddRange(["--checkpointdir", settings.StatePath, "--aof", "--aof-commit-freq", "100", "--aof-size-limit", "64m", "--recover"]);
        }

        _server = new GarnetServer([.. arguments], loggers);
        _server.Start();
        LogServing(settings.Port, settings.StatePath.Length > 0 ? settings.StatePath : "memory only");
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_server is null) return;
        if (options.Value.StatePath.Length > 0) await _server.Store.CommitAOFAsync(cancellationToken);
    }

    /// <summary>Healthy when a client that connects gets +PONG.</summary>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", options.Value.Port, cancellationToken);
            var stream = client.GetStream();
            await stream.WriteAsync("PING\r\n"u8.ToArray(), cancellationToken);
            var answer = new byte[5];
            await stream.ReadExactlyAsync(answer, cancellationToken);
            return answer.AsSpan().SequenceEqual("+PONG"u8) ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("no PONG");
        }
        catch (Exception error) when (error is SocketException or IOException)
        {
            return HealthCheckResult.Unhealthy(error.Message);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            _server?.Dispose();
        }
        catch (ObjectDisposedException)
        {
            // Garnet 2.2.8 sometimes cancels a source that it has disposed, after its files are closed (LightEpoch.Dispose).
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Serving the Redis protocol on 127.0.0.1:{Port}, kept in {Where}.")]
    private partial void LogServing(int port, string where);
}
