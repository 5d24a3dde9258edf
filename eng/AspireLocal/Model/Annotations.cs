namespace Aspire.Hosting.ApplicationModel;

internal sealed record EnvironmentAnnotation(string Name, IValueProvider? Provider, string? Text) : IResourceAnnotation
{
    public string? Value => Provider is { } provider ? provider.Value : Text;
}

internal sealed record ReferenceAnnotation(string Name, Func<string?> Value) : IResourceAnnotation;

internal sealed record WaitAnnotation(IResource Dependency) : IResourceAnnotation;

internal sealed record HealthCheckAnnotation(string EndpointName, string Path) : IResourceAnnotation;

internal sealed record OtlpAnnotation(OtlpProtocol Protocol) : IResourceAnnotation;

internal sealed record RunScriptAnnotation(string ScriptName) : IResourceAnnotation;

internal sealed record ReadyCallbackAnnotation(Func<ResourceReadyEvent, CancellationToken, Task> Callback) : IResourceAnnotation;
