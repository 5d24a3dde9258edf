using System.ComponentModel.DataAnnotations;

namespace ProxyGateway;

/// <summary>
/// Settings of the gateway. Addresses come from service discovery's variables (<c>services__chatapi__http__0</c>),
/// which AppHost sets, or from here.
/// <code>"Gateway": { "ActivityTimeout": "00:10:00" }</code>
/// </summary>
public sealed class GatewayOptions
{
    /// <summary>Where ChatApi is. Empty: from service discovery.</summary>
    public string ChatApi { get; set; } = "";

    /// <summary>Where the webapp is. Empty: from service discovery.</summary>
    public string Webapp { get; set; } = "";

    /// <summary>A proxied request or socket without a byte in either direction for this long is ended. Servers ping every 15 s.</summary>
    [Range(typeof(TimeSpan), "00:00:30", "1.00:00:00")]
    public TimeSpan ActivityTimeout { get; set; } = TimeSpan.FromMinutes(10);
}
