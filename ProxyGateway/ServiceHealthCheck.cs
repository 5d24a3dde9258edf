using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ProxyGateway;

/// <summary>Whether a service behind the gateway answers.</summary>
internal sealed class ServiceHealthCheck(HttpClient http, string address) : IHealthCheck
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            limit.CancelAfter(s_limit);
            using var answer = await http.GetAsync(address, limit.Token);
            return answer.IsSuccessStatusCode ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy($"It answers {(int)answer.StatusCode}.");
        }
        catch (Exception error) when (error is HttpRequestException or OperationCanceledException)
        {
            return HealthCheckResult.Unhealthy($"It does not answer: {error.Message}");
        }
    }
}
