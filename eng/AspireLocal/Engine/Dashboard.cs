using System.Diagnostics;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Engine;

/// <summary>The real Aspire dashboard, out of the Aspire CLI's npm package. Without it everything else works.</summary>
internal sealed class Dashboard : IAsyncDisposable
{
    private readonly ResourceProcess _process;
    private readonly string _grpc;
    private readonly string _http;

    private Dashboard(ResourceProcess process, string url, string grpc, string http) => (_process, Url, _grpc, _http) = (process, url, grpc, http);

    /// <summary>The page.</summary>
    public string Url { get; }

    /// <summary>Starts it when it is installed.</summary>
    public static Dashboard? TryStart(string appHostDirectory, IConfiguration configuration)
    {
        var cli = Path.Combine(appHostDirectory, "..", "eng", "AspireLocal", "npm", "node_modules", "@microsoft", "aspire-cli-linux-x64", "bin", "aspire");
        if (!OperatingSystem.IsLinux() || !File.Exists(cli) || configuration["DASHBOARD"] == "off") return null;

        var url = configuration["DASHBOARD_URL"] ?? $"http://127.0.0.1:{Orchestrator.FreePort()}";
        var (grpc, http) = ($"http://127.0.0.1:{Orchestrator.FreePort()}", $"http://127.0.0.1:{Orchestrator.FreePort()}");
        var start = new ProcessStartInfo(Path.GetFullPath(cli),
            ["dashboard", "run", "--non-interactive", "--nologo", "--allow-anonymous", "--frontend-url", url, "--otlp-grpc-url", grpc, "--otlp-http-url", http])
        {
            UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["ASPIRE_CLI_TELEMETRY_OPTOUT"] = "true";
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("ANTHROPIC_", StringComparison.Ordinal) || name == "ASPNETCORE_URLS").ToList()) start.Environment.Remove(name);
        return new Dashboard(new ResourceProcess("dashboard", start, isScript: true), url, grpc, http);
    }

    /// <summary>Where telemetry goes.</summary>
    public string OtlpUrl(OtlpProtocol protocol) => protocol == OtlpProtocol.Grpc ? _grpc : _http;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _process.StopAsync(limit.Token);
    }
}
