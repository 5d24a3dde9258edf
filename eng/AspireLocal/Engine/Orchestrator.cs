using System.Net;
using System.Net.Sockets;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Engine;

/// <summary>A resource did not start. The message says which and why.</summary>
internal sealed class ResourceFailedException(string message) : Exception(message);

/// <summary>
/// What DCP does on Aspire: gives out ports, starts each resource when those it waits for are healthy, and ends
/// them in the reverse order.
/// </summary>
internal sealed class Orchestrator(DistributedApplicationBuilder builder) : IAsyncDisposable
{
    private static readonly TimeSpan s_healthLimit = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan s_stopLimit = TimeSpan.FromSeconds(8);

    private readonly Dictionary<IResource, ResourceProcess> _processes = [];
    private readonly Dictionary<IResource, TaskCompletionSource> _healthy = [];
    private Dashboard? _dashboard;

    /// <summary>Starts everything, then waits until it is stopped. Throws when a resource fails.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        AllocatePorts();
        _dashboard = Dashboard.TryStart(builder.AppHostDirectory, builder.Configuration);
        if (_dashboard is not null) Console.WriteLine($"Dashboard: {_dashboard.Url}");

        using var failed = CancellationTokenSource.CreateLinkedTokenSource(stop);
        foreach (var resource in builder.Resources) _healthy[resource] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = builder.Resources.Select(resource => RunAsync(resource, failed.Token)).ToList();
        while (running.Count > 0)
        {
            var ended = await Task.WhenAny(running);
            running.Remove(ended);
            if (ended.IsCompletedSuccessfully) continue;
            await failed.CancelAsync();
            await ended;
        }
    }

    /// <summary>Ends every process: those that nothing depends on first, each asked first and then killed with all it started.</summary>
    public async ValueTask DisposeAsync()
    {
        using var limit = new CancellationTokenSource(s_stopLimit);
        var waiting = new List<IResource>(_processes.Keys);
        while (waiting.Count > 0)
        {
            var free = waiting.Where(resource => !waiting.Any(other => DependsOn(other, resource))).ToList();
            if (free.Count == 0) free = waiting;
            await Task.WhenAll(free.Select(resource => _processes[resource].StopAsync(limit.Token)));
            waiting = [.. waiting.Except(free)];
        }

        if (_dashboard is not null) await _dashboard.DisposeAsync();
    }

    private async Task RunAsync(IResource resource, CancellationToken cancellationToken)
    {
        foreach (var dependency in resource.Annotations.OfType<WaitAnnotation>())
            await _healthy[dependency.Dependency].Task.WaitAsync(cancellationToken);

        if (ResourceProcess.StartInfo(resource, _dashboard) is { } start)
        {
            var process = new ResourceProcess(resource.Name, start, isScript: resource is JavaScript.JavaScriptAppResource);
            lock (_processes) _processes[resource] = process;
            await BecomeHealthyAsync(resource, process, cancellationToken);
            Console.WriteLine($"{resource.Name} is ready.");
            _healthy[resource].SetResult();
            await AnnounceAsync(resource, cancellationToken);
            var exitCode = await process.Exited.WaitAsync(cancellationToken);
            // As in Aspire: the rest goes on, and says in the page what is missing.
            await Console.Error.WriteLineAsync($"{resource.Name} ended by itself (exit code {exitCode}); the rest goes on without it until the next start. Its last words:\n{process.LastWords}");
            return;
        }

        _healthy[resource].SetResult();
        await AnnounceAsync(resource, cancellationToken);
    }

    private static async Task AnnounceAsync(IResource resource, CancellationToken cancellationToken)
    {
        foreach (var callback in resource.Annotations.OfType<ReadyCallbackAnnotation>()) await callback.Callback(new ResourceReadyEvent(resource), cancellationToken);
    }

    private static async Task BecomeHealthyAsync(IResource resource, ResourceProcess process, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        var deadline = DateTimeOffset.UtcNow + s_healthLimit;
        foreach (var check in resource.Annotations.OfType<HealthCheckAnnotation>())
        {
            var address = $"http://127.0.0.1:{new EndpointReference((IResourceWithEndpoints)resource, check.EndpointName).Port}{check.Path}";
            while (!await AnswersAsync(http, address, cancellationToken))
            {
                if (process.Exited.IsCompleted) throw new ResourceFailedException($"{resource.Name} ended while it started (exit code {await process.Exited}). Its last words:\n{process.LastWords}");
                if (DateTimeOffset.UtcNow > deadline) throw new ResourceFailedException($"{resource.Name} was not healthy at {address} within {s_healthLimit.TotalSeconds:0} s. Its last words:\n{process.LastWords}");
                await Task.Delay(100, cancellationToken);
            }
        }
    }

    private static async Task<bool> AnswersAsync(HttpClient http, string address, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await http.GetAsync(address, cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception error) when (error is HttpRequestException || (error is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    private static bool DependsOn(IResource resource, IResource other) => resource.Annotations.OfType<WaitAnnotation>().Any(wait => wait.Dependency == other);

    private void AllocatePorts()
    {
        foreach (var (resource, endpoint) in builder.Resources.SelectMany(resource => resource.Annotations.OfType<EndpointAnnotation>().Select(endpoint => (resource, endpoint))))
        {
            if (endpoint.IsFixed) RequireFree(resource, endpoint.Port!.Value);
            else endpoint.Port = FreePort();
        }
    }

    private static void RequireFree(IResource resource, int port)
    {
        try
        {
            using var probe = new TcpListener(IPAddress.Loopback, port);
            probe.Start();
        }
        catch (SocketException)
        {
            throw new ResourceFailedException($"Port {port}, which {resource.Name} needs, is taken. Choose another one: PORT={port + 1} ./run");
        }
    }

    /// <summary>
    /// A loopback port that nobody listens on, outside the range of which the kernel takes ports for outgoing connections:
    /// one of those may be taken by anybody's connection before the service that it was meant for has bound it.
    /// </summary>
    internal static int FreePort()
    {
        while (true)
        {
            var port = Random.Shared.Next(10_000, 32_000);
            try
            {
                using var probe = new TcpListener(IPAddress.Loopback, port);
                probe.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken: another one.
            }
        }
    }
}
