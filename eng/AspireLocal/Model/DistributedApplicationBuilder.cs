using System.Reflection;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting;

/// <summary>An application that is being described.</summary>
public interface IDistributedApplicationBuilder
{
    /// <summary>The AppHost project's folder.</summary>
    string AppHostDirectory { get; }

    /// <summary>Settings: appsettings.json, the environment, the command line.</summary>
    ConfigurationManager Configuration { get; }

    /// <summary>Whether it runs or is published.</summary>
    DistributedApplicationExecutionContext ExecutionContext { get; }

    /// <summary>What it is made of.</summary>
    IList<IResource> Resources { get; }

    /// <summary>Adds a resource.</summary>
    IResourceBuilder<T> AddResource<T>(T resource) where T : IResource;

    /// <summary>Finishes the description.</summary>
    DistributedApplication Build();
}

/// <summary>Whether the application runs or is published. This engine only runs it.</summary>
public sealed class DistributedApplicationExecutionContext
{
    /// <summary>Always.</summary>
    public bool IsRunMode => !IsPublishMode;

    /// <summary>Never.</summary>
    public bool IsPublishMode { get; internal init; }
}

internal sealed class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    public DistributedApplicationBuilder(string[] args)
    {
        Configuration.AddEnvironmentVariables();
        Configuration.AddCommandLine(args);
    }

    // AspireLocal.targets' sibling in AppHost.csproj writes the folder into the assembly, as Aspire's SDK does.
    public string AppHostDirectory { get; } =
        Assembly.GetEntryAssembly()!.GetCustomAttributes<AssemblyMetadataAttribute>().FirstOrDefault(a => a.Key == "apphostprojectpath")?.Value
        ?? Directory.GetCurrentDirectory();

    public ConfigurationManager Configuration { get; } = new();

    public DistributedApplicationExecutionContext ExecutionContext { get; } = new();

    public IList<IResource> Resources { get; } = [];

    public IResourceBuilder<T> AddResource<T>(T resource) where T : IResource
    {
        if (Resources.Any(r => r.Name == resource.Name)) throw new InvalidOperationException($"There are two resources named {resource.Name}.");
        Resources.Add(resource);
        return new ResourceBuilder<T>(this, resource);
    }

    public DistributedApplication Build() => new(this);

    private sealed record ResourceBuilder<T>(IDistributedApplicationBuilder ApplicationBuilder, T Resource) : IResourceBuilder<T> where T : IResource;
}
