using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace AppHost;

/// <summary>
/// What answers Claude Code: the model's own API when ANTHROPIC_API_KEY is set (and ANTHROPIC_BASE_URL where it is
/// elsewhere), else DemoModel, which is only then part of the application.
/// </summary>
/// <param name="Name"><c>claude</c> or <c>demo</c>: the page says which.</param>
/// <param name="Key">The key, when there is one.</param>
/// <param name="BaseUrl">Where the model's API is, when it is said.</param>
/// <param name="Demo">DemoModel, when there is no key.</param>
internal sealed record ModelSource(string Name, IResourceBuilder<ParameterResource>? Key, string? BaseUrl, IResourceBuilder<ProjectResource>? Demo)
{
    /// <summary>Reads the environment.</summary>
    public static ModelSource From(IDistributedApplicationBuilder builder) =>
        builder.Configuration["ANTHROPIC_API_KEY"] is { Length: > 0 }
            ? new ModelSource("claude", builder.AddParameterFromConfiguration("anthropic-api-key", "ANTHROPIC_API_KEY", secret: true), builder.Configuration["ANTHROPIC_BASE_URL"], null)
            : new ModelSource("demo", null, null, builder.AddProject<Projects.DemoModel>("demomodel").WithHttpEndpoint().WithHttpHealthCheck("/health"));
}

/// <summary>Points a Runner at what answers.</summary>
internal static class ModelSourceExtensions
{
    /// <summary>DemoModel asks for no key, but the CLI wants one before it calls anybody.</summary>
    private const string DummyKey = "demo-model-needs-no-key";

    /// <summary>Gives the Runner the model's address and key; with the demo model it waits for it.</summary>
    public static IResourceBuilder<ProjectResource> WithModel(this IResourceBuilder<ProjectResource> runner, ModelSource model)
    {
        if (model.Demo is { } demo)
            return runner.WithEnvironment("Runner__AnthropicBaseUrl", demo.GetEndpoint("http")).WithEnvironment("Runner__AnthropicApiKey", DummyKey).WaitFor(demo);
        if (model.BaseUrl is { Length: > 0 } address) runner.WithEnvironment("Runner__AnthropicBaseUrl", address);
        return runner.WithEnvironment("Runner__AnthropicApiKey", model.Key!);
    }
}
