using AppHost;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

var builder = DistributedApplication.CreateBuilder(args);
var state = StateFolders.From(builder);
var model = ModelSource.From(builder);

// Redis carries turns to runners and events back. Embedded, so that a laptop needs no container.
var redisServer = builder.AddProject<Projects.EmbeddedRedis>("redis-server")
    .WithHttpEndpoint().WithHttpHealthCheck("/health")
    .WithEndpoint(name: "redis", scheme: "tcp", env: "EmbeddedRedis__Port")
    .WithEnvironment("EmbeddedRedis__StatePath", state.Redis);
var redis = builder.AddConnectionString("redis",
    ReferenceExpression.Create($"{redisServer.GetEndpoint("redis").Property(EndpointProperty.HostAndPort)}"));

// History and usage.
var chatDb = builder.AddConnectionString("chatdb", ReferenceExpression.Create($"Data Source={state.Database}"));

// Executes Claude Code in the projects' workspaces. It has no database: the process below it runs what a model wrote.
var runner = builder.AddProject<Projects.Runner>("runner")
    .WithHttpEndpoint().WithHttpHealthCheck("/health")
    .WithReference(redis).WaitFor(redisServer)
    .WithEnvironment("Runner__StatePath", state.Runner)
    .WithModel(model);

// Fans events out to viewers, records them, and takes messages.
var chatApi = builder.AddProject<Projects.ChatApi>("chatapi")
    .WithHttpEndpoint().WithHttpHealthCheck("/health")
    .WithReference(redis).WaitFor(redisServer)
    .WithReference(chatDb)
    .WithEnvironment("ChatApi__Model", model.Name);

var webapp = builder.AddNextJsApp("webapp", "../webapp", builder.Configuration["WEBAPP_SCRIPT"] ?? "serve")
    .WithHttpHealthCheck("/healthz")
    .WithEnvironment("NEXT_PUBLIC_API_URL", chatApi.GetEndpoint("http"))
    .WithOtlpExporter(OtlpProtocol.HttpProtobuf);

// The only public port: /api/* and /ws/* to ChatApi, everything else to the webapp.
var gateway = builder.AddProject<Projects.ProxyGateway>("gateway")
    .WithHttpEndpoint(port: GatewayPort.From(builder)).WithHttpHealthCheck("/health")
    .WithExternalHttpEndpoints()
    .WithReference(chatApi).WaitFor(chatApi)
    .WithReference(webapp.GetEndpoint("http")).WaitFor(webapp);

Readiness.Announce(gateway.GetEndpoint("http"), runner, gateway);

builder.Build().Run();
