using System.Globalization;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>An endpoint of a resource. Its port is free or fixed; nothing stands between it and the process.</summary>
public sealed class EndpointAnnotation(string name, string scheme, int? port, string? environmentVariable) : IResourceAnnotation
{
    /// <summary>Unique within the resource.</summary>
    public string Name { get; } = name;

    /// <summary>E.g. http or tcp.</summary>
    public string UriScheme { get; } = scheme;

    /// <summary>The port; allocated when the application starts, where it was not fixed.</summary>
    public int? Port { get; internal set; } = port;

    /// <summary>Whether it is meant for the outside.</summary>
    public bool IsExternal { get; internal set; }

    internal bool IsFixed { get; } = port is not null;

    internal string? EnvironmentVariable { get; } = environmentVariable;
}

/// <summary>A part of an endpoint's address.</summary>
public enum EndpointProperty
{
    /// <summary>Scheme, host and port.</summary>
    Url = 0,

    /// <summary>The host.</summary>
    Host = 1,

    /// <summary>The host's IPv4 address.</summary>
    IPV4Host = 2,

    /// <summary>The port.</summary>
    Port = 3,

    /// <summary>The scheme.</summary>
    Scheme = 4,

    /// <summary>The port that the process listens on.</summary>
    TargetPort = 5,

    /// <summary>Host and port.</summary>
    HostAndPort = 6,
}

/// <summary>An endpoint, by name: it may be described later.</summary>
public sealed class EndpointReference(IResourceWithEndpoints owner, string endpointName) : IValueProvider
{
    /// <summary>The resource.</summary>
    public IResourceWithEndpoints Resource { get; } = owner;

    /// <summary>The endpoint's name.</summary>
    public string EndpointName { get; } = endpointName;

    /// <summary>Scheme, host and port.</summary>
    public string Url => $"{Annotation.UriScheme}://localhost:{Port}";

    /// <summary>The port.</summary>
    public int Port => Annotation.Port ?? throw new InvalidOperationException($"The endpoint {EndpointName} of {Resource.Name} has no port before the application starts.");

    string? IValueProvider.Value => Url;

    private EndpointAnnotation Annotation => Resource.Annotations.OfType<EndpointAnnotation>().FirstOrDefault(e => e.Name == EndpointName)
        ?? throw new InvalidOperationException($"{Resource.Name} has no endpoint named {EndpointName}.");

    /// <summary>A part of the address.</summary>
    public EndpointReferenceExpression Property(EndpointProperty property) => new(this, property);

    internal string Part(EndpointProperty property) => property switch
    {
        EndpointProperty.Url => Url,
        EndpointProperty.Host => "localhost",
        EndpointProperty.IPV4Host => "127.0.0.1",
        EndpointProperty.Port or EndpointProperty.TargetPort => Port.ToString(CultureInfo.InvariantCulture),
        EndpointProperty.Scheme => Annotation.UriScheme,
        EndpointProperty.HostAndPort => $"localhost:{Port}",
        _ => throw new ArgumentOutOfRangeException(nameof(property)),
    };
}

/// <summary>A part of an endpoint's address.</summary>
public sealed class EndpointReferenceExpression(EndpointReference endpoint, EndpointProperty property) : IValueProvider
{
    string? IValueProvider.Value => endpoint.Part(property);
}
