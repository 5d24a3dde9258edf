using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;

namespace ProxyGateway;

/// <summary>
/// The gateway's whole table: <c>/api/*</c> and <c>/ws/*</c> go to ChatApi, everything else to the webapp.
/// </summary>
internal static class Routes
{
    private const string ChatApi = "chatapi";
    private const string Webapp = "webapp";

    /// <summary>The routes, the most specific first.</summary>
    public static IReadOnlyList<RouteConfig> All { get; } =
    [
        new() { RouteId = "api", ClusterId = ChatApi, Order = 1, Match = new RouteMatch { Path = $"{RawPath.ApiPrefix}/{{**path}}" } },
        new() { RouteId = "ws", ClusterId = ChatApi, Order = 1, Match = new RouteMatch { Path = "/ws/{**path}" } },
        new() { RouteId = "webapp", ClusterId = Webapp, Order = 2, Match = new RouteMatch { Path = "/{**path}" } },
    ];

    /// <summary>The services behind, each with the time that a connection may idle.</summary>
    public static IReadOnlyList<ClusterConfig> Clusters(IConfiguration configuration, GatewayOptions options) =>
    [
        Cluster(ChatApi, Address(configuration, ChatApi, options.ChatApi), options),
        Cluster(Webapp, Address(configuration, Webapp, options.Webapp), options),
    ];

    /// <summary>The address of a service: the setting, else what service discovery says.</summary>
    /// <exception cref="InvalidOperationException">Neither is there.</exception>
    public static string Address(IConfiguration configuration, string service, string configured) =>
        configured.Length > 0 ? configured
        : configuration[$"services:{service}:http:0"] ?? configuration[$"services:{service}:https:0"]
        ?? throw new InvalidOperationException($"The address of {service} is missing. AppHost sets it; by hand: services__{service}__http__0=http://localhost:5000.");

    private static ClusterConfig Cluster(string id, string address, GatewayOptions options) => new()
    {
        ClusterId = id,
        Destinations = new Dictionary<string, DestinationConfig> { [id] = new() { Address = address } },
        HttpRequest = new ForwarderRequestConfig { ActivityTimeout = options.ActivityTimeout },
    };
}
