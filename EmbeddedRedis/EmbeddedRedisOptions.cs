using System.ComponentModel.DataAnnotations;

namespace EmbeddedRedis;

/// <summary>
/// Settings of the embedded Redis.
/// <code>"EmbeddedRedis": { "Port": 6379, "StatePath": ".data/redis" }</code>
/// </summary>
public sealed class EmbeddedRedisOptions
{
    /// <summary>The loopback port to serve.</summary>
    [Range(1, 65535)]
    public int Port { get; set; } = 6379;

    /// <summary>Where data is kept over a restart. Empty: nowhere.</summary>
    public string StatePath { get; set; } = "";
}
