
using Yarp.ReverseProxy.Transforms;

namespace ProxyGateway;

/// <summary>What the gateway is made of.</summary>
internal static class GatewayServices
{
    /// <summary>Adds the proxy and the health of what is behind it.</summary>
    public static WebApplicationBuilder AddGateway(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<GatewayOptions>().BindConfiguration("Gateway").ValidateDataAnnotations().ValidateOnStart();
        var options = builder.Configuration.GetSection("Gateway").Get<GatewayOptions>() ?? new GatewayOptions();
        builder.Services.AddReverseProxy()
            .LoadFromMemory(Routes.All, Routes.Clusters(builder.Configuration, options))
            .AddTransforms(transforms => transforms.AddRequestTransform(RawPath.ApplyAsync));

        // A service that is down is told at once: no waiting for a connection that nobody accepts.
        builder.Services.AddSingleton<Yarp.ReverseProxy.Forwarder.IForwarderHttpClientFactory, ImpatientClientFactory>();

        var client = new HttpClient();
        var chatApi = Routes.Address(builder.Configuration, "chatapi", options.ChatApi);
        var webapp = Routes.Address(builder.Configuration, "webapp", options.Webapp);
        builder.Services.AddHealthChecks()
            .AddCheck("chatapi", new ServiceHealthCheck(client, $"{chatApi.TrimEnd('/')}/health"))
            .AddCheck("webapp", new ServiceHealthCheck(client, $"{webapp.TrimEnd('/')}/healthz"));
        // Uploads and long streams pass through: their sizes are the services' concern.
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = null);
        return builder;
    }

    /// <summary>Maps the routes.</summary>
    public static WebApplication MapGateway(this WebApplication app)
    {
        app.UseWebSockets();
        app.MapReverseProxy(proxy => proxy.Use(UnreachableProblem.WriteAsync));
        return app;
    }

    private sealed class ImpatientClientFactory : Yarp.ReverseProxy.Forwarder.ForwarderHttpClientFactory
    {
        protected override void ConfigureHandler(Yarp.ReverseProxy.Forwarder.ForwarderHttpClientContext context, SocketsHttpHandler handler)
        {
            base.ConfigureHandler(context, handler);
            handler.ConnectTimeout = TimeSpan.FromSeconds(3);
        }
    }
}
