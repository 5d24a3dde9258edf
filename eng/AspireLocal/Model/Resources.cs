namespace Aspire.Hosting.ApplicationModel
{
    /// <summary>Something that the application is made of.</summary>
    public interface IResource
    {
        /// <summary>Unique; the name that other resources and service discovery use.</summary>
        string Name { get; }

        /// <summary>What was said of it.</summary>
        IList<IResourceAnnotation> Annotations { get; }
    }

    /// <summary>A fact about a resource.</summary>
    public interface IResourceAnnotation;

    /// <summary>A resource with environment variables.</summary>
    public interface IResourceWithEnvironment : IResource;

    /// <summary>A resource that others can connect to.</summary>
    public interface IResourceWithEndpoints : IResource;

    /// <summary>A resource that can wait for others.</summary>
    public interface IResourceWithWaitSupport : IResource;

    /// <summary>A resource with a connection string.</summary>
    public interface IResourceWithConnectionString : IResource
    {
        /// <summary>The connection string.</summary>
        ReferenceExpression ConnectionStringExpression { get; }
    }

    /// <summary>A resource.</summary>
    public abstract class Resource(string name) : IResource
    {
        /// <inheritdoc/>
        public string Name { get; } = name;

        /// <inheritdoc/>
        public IList<IResourceAnnotation> Annotations { get; } = [];
    }

    /// <summary>A .NET project.</summary>
    public sealed class ProjectResource(string name, IProjectMetadata project) : Resource(name), IResourceWithEnvironment, IResourceWithEndpoints, IResourceWithWaitSupport, IResourceWithServiceDiscovery
    {
        internal IProjectMetadata Project { get; } = project;
    }

    /// <summary>A program.</summary>
    public class ExecutableResource(string name, string command, string workingDirectory) : Resource(name), IResourceWithEnvironment, IResourceWithEndpoints, IResourceWithWaitSupport
    {
        /// <summary>The program.</summary>
        public string Command { get; } = command;

        /// <summary>The folder it runs in.</summary>
        public string WorkingDirectory { get; } = workingDirectory;
    }

    /// <summary>A value that is given from outside.</summary>
    public sealed class ParameterResource(string name, Func<string> value, bool secret) : Resource(name), IValueProvider
    {
        /// <summary>Whether it must not be shown.</summary>
        public bool Secret { get; } = secret;

        string? IValueProvider.Value => value();
    }

    /// <summary>The event that a resource is up and healthy.</summary>
    public sealed class ResourceReadyEvent(IResource resource)
    {
        /// <summary>The resource.</summary>
        public IResource Resource { get; } = resource;
    }

    /// <summary>A resource that is being described.</summary>
    public interface IResourceBuilder<out T> where T : IResource
    {
        /// <summary>The resource.</summary>
        T Resource { get; }

        /// <summary>The application that it is part of.</summary>
        IDistributedApplicationBuilder ApplicationBuilder { get; }
    }

    /// <summary>Something that has a value once ports are known.</summary>
    internal interface IValueProvider
    {
        string? Value { get; }
    }
}

namespace Aspire.Hosting.JavaScript
{
    /// <summary>An app that npm runs.</summary>
    public class JavaScriptAppResource(string name, string command, string workingDirectory)
        : ApplicationModel.ExecutableResource(name, command, workingDirectory), IResourceWithServiceDiscovery;

    /// <summary>A Next.js app.</summary>
    public sealed class NextJsAppResource(string name, string command, string workingDirectory) : JavaScriptAppResource(name, command, workingDirectory);
}

namespace Aspire.Hosting
{
    /// <summary>A resource that others find by name.</summary>
    public interface IResourceWithServiceDiscovery : ApplicationModel.IResourceWithEndpoints;

    /// <summary>Where a project is. The build makes a class for each (AspireLocal.targets).</summary>
    public interface IProjectMetadata
    {
        /// <summary>The project file.</summary>
        string ProjectPath { get; }
    }

    /// <summary>A connection string that is put together from other values.</summary>
    public sealed class ConnectionStringResource(string name, ApplicationModel.ReferenceExpression connectionStringExpression)
        : ApplicationModel.Resource(name), ApplicationModel.IResourceWithConnectionString, ApplicationModel.IResourceWithWaitSupport
    {
        /// <inheritdoc/>
        public ApplicationModel.ReferenceExpression ConnectionStringExpression { get; } = connectionStringExpression;
    }
}
