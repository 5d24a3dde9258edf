using System.Globalization;
using Aspire.Hosting;

namespace AppHost;

/// <summary>The one fixed port: PORT, else 8080.</summary>
internal static class GatewayPort
{
    private const int Default = 8080;

    /// <summary>Reads PORT.</summary>
    /// <exception cref="InvalidOperationException">It is no port.</exception>
    public static int From(IDistributedApplicationBuilder builder) => builder.Configuration["PORT"] switch
    {
        null or "" => Default,
        var text when int.TryParse(text, CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65536 => port,
        var text => throw new InvalidOperationException($"PORT is '{text}', but a port is a number from 1 to 65535."),
    };
}
