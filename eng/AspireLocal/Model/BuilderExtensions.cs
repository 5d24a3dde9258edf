using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.JavaScript;

namespace Aspire.Hosting;

/// <summary>How a service sends telemetry.</summary>
public enum OtlpProtocol
{
    /// <summary>gRPC.</summary>
    Grpc = 0,

    /// <summary>Protobuf over HTTP.</summary>
    HttpProtobuf = 1,
}

/// <summary>
/// The part of Aspire 13.5's API that AppHost uses, with the same names and signatures.
/// Source: microsoft/aspire, src/Aspire.Hosting/api/Aspire.Hosting.cs.
/// </summary>
public static class BuilderExtensions
{
    /// <summary>Adds a .NET project.</summary>
    public static IResourceBuilder<ProjectResource> AddProject<TProject>(this IDistributedApplicationBuilder builder, string name) where TProject : IProjectMetadata, new() =>
        builder.AddResource(new ProjectResource(name, new TProject())).WithOtlpExporter();

    /// <summary>Adds a Next.js app, which npm runs by a script of its package.json. Its port is in PORT and behind -p.</summary>
    public static IResourceBuilder<NextJsAppResource> AddNextJsApp(this IDistributedApplicationBuilder builder, string name, string appDirectory, string runScriptName = "dev") =>
        builder.AddResource(new NextJsAppResource(name, "npm", Path.GetFullPath(appDirectory, builder.AppHostDirectory)))
            .With(new RunScriptAnnotation(runScriptName)).WithHttpEndpoint(env: "PORT").WithOtlpExporter();

    /// <summary>Adds a connection string that is put together from other values.</summary>
    public static IResourceBuilder<ConnectionStringResource> AddConnectionString(this IDistributedApplicationBuilder builder, string name, ReferenceExpression connectionStringExpression) =>
        builder.AddResource(new ConnectionStringResource(name, connectionStringExpression));

    /// <summary>Adds a value that the configuration holds.</summary>
    public static IResourceBuilder<ParameterResource> AddParameterFromConfiguration(this IDistributedApplicationBuilder builder, string name, string configurationKey, bool secret = false) =>
        builder.AddResource(new ParameterResource(name, () => builder.Configuration[configurationKey] ?? throw new InvalidOperationException($"{configurationKey} is not set."), secret));

    /// <summary>An endpoint of the resource, which may be described later.</summary>
    public static EndpointReference GetEndpoint<T>(this IResourceBuilder<T> builder, string name) where T : IResourceWithEndpoints => new(builder.Resource, name);

    /// <summary>Adds an endpoint. Without a port a free one is taken.</summary>
    public static IResourceBuilder<T> WithEndpoint<T>(
        this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? scheme = null, string? name = null, string? env = null,
        bool? isProxied = null, bool? isExternal = null, System.Net.Sockets.ProtocolType? protocol = null) where T : IResourceWithEndpoints =>
        builder.With(new EndpointAnnotation(name ?? scheme ?? "tcp", scheme ?? "tcp", port ?? targetPort, env) { IsExternal = isExternal ?? false });

    /// <summary>Adds an HTTP endpoint.</summary>
    public static IResourceBuilder<T> WithHttpEndpoint<T>(
        this IResourceBuilder<T> builder, int? port = null, int? targetPort = null, string? name = null, string? env = null, bool? isProxied = null) where T : IResourceWithEndpoints =>
        builder.WithEndpoint(port, targetPort, "http", name ?? "http", env, isProxied);

    /// <summary>Says that the HTTP endpoints are meant for the outside.</summary>
    public static IResourceBuilder<T> WithExternalHttpEndpoints<T>(this IResourceBuilder<T> builder) where T : IResourceWithEndpoints
    {
        foreach (var endpoint in builder.Resource.Annotations.OfType<EndpointAnnotation>().Where(e => e.UriScheme == "http")) endpoint.IsExternal = true;
        return builder;
    }

    /// <summary>The resource is healthy when this path answers 200.</summary>
    public static IResourceBuilder<T> WithHttpHealthCheck<T>(this IResourceBuilder<T> builder, string? path = null, int? statusCode = null, string? endpointName = null) where T : IResourceWithEndpoints =>
        builder.With(new HealthCheckAnnotation(endpointName ?? "http", path ?? "/"));

    /// <summary>Sets an environment variable.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, string? value) where T : IResourceWithEnvironment =>
        builder.With(new EnvironmentAnnotation(name, null, value));

    /// <summary>Sets an environment variable to an endpoint's address.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, EndpointReference endpointReference) where T : IResourceWithEnvironment =>
        builder.With(new EnvironmentAnnotation(name, endpointReference, null));

    /// <summary>Sets an environment variable to a parameter.</summary>
    public static IResourceBuilder<T> WithEnvironment<T>(this IResourceBuilder<T> builder, string name, IResourceBuilder<ParameterResource> parameter) where T : IResourceWithEnvironment =>
        builder.With(new EnvironmentAnnotation(name, parameter.Resource, null));

    /// <summary>Gives the resource a connection string: <c>ConnectionStrings__NAME</c>.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(
        this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithConnectionString> source, string? connectionName = null, bool optional = false)
        where TDestination : IResourceWithEnvironment =>
        builder.With(new ReferenceAnnotation($"ConnectionStrings__{connectionName ?? source.Resource.Name}", () => ((IValueProvider)source.Resource.ConnectionStringExpression).Value));

    /// <summary>Gives the resource the addresses of another: <c>services__NAME__SCHEME__0</c>.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(this IResourceBuilder<TDestination> builder, IResourceBuilder<IResourceWithServiceDiscovery> source)
        where TDestination : IResourceWithEnvironment
    {
        foreach (var endpoint in source.Resource.Annotations.OfType<EndpointAnnotation>()) builder.WithReference(new EndpointReference(source.Resource, endpoint.Name));
        return builder;
    }

    /// <summary>Gives the resource one address of another.</summary>
    public static IResourceBuilder<TDestination> WithReference<TDestination>(this IResourceBuilder<TDestination> builder, EndpointReference endpointReference)
        where TDestination : IResourceWithEnvironment =>
        builder.With(new ReferenceAnnotation($"services__{endpointReference.Resource.Name}__{endpointReference.Part(EndpointProperty.Scheme)}__0", () => endpointReference.Url));

    /// <summary>The resource starts when the other one is up and healthy.</summary>
    public static IResourceBuilder<T> WaitFor<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency) where T : IResourceWithWaitSupport =>
        builder.With(new WaitAnnotation(dependency.Resource));

    /// <summary>The resource sends its telemetry to the dashboard.</summary>
    public static IResourceBuilder<T> WithOtlpExporter<T>(this IResourceBuilder<T> builder) where T : IResourceWithEnvironment => builder.WithOtlpExporter(OtlpProtocol.Grpc);

    /// <summary>The resource sends its telemetry to the dashboard, by this protocol.</summary>
    public static IResourceBuilder<T> WithOtlpExporter<T>(this IResourceBuilder<T> builder, OtlpProtocol protocol) where T : IResourceWithEnvironment =>
        builder.With(new OtlpAnnotation(protocol));

    /// <summary>Runs when the resource is up and healthy.</summary>
    public static IResourceBuilder<T> OnResourceReady<T>(this IResourceBuilder<T> builder, Func<T, ResourceReadyEvent, CancellationToken, Task> callback) where T : IResource =>
        builder.With(new ReadyCallbackAnnotation((ready, cancellationToken) => callback(builder.Resource, ready, cancellationToken)));

    private static IResourceBuilder<T> With<T>(this IResourceBuilder<T> builder, IResourceAnnotation annotation) where T : IResource
    {
        builder.Resource.Annotations.Add(annotation);
        return builder;
    }
}
