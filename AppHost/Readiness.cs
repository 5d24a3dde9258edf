using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace AppHost;

/// <summary>Says, once, that everything is healthy and where to look.</summary>
internal static class Readiness
{
    /// <summary>Prints <c>Ready: ADDRESS</c> when all of these are ready; what they wait for is ready before them.</summary>
    public static void Announce(EndpointReference address, params ReadOnlySpan<IResourceBuilder<ProjectResource>> resources)
    {
        var waiting = resources.Length;
        foreach (var resource in resources)
        {
            resource.OnResourceReady((_, _, _) =>
            {
                if (Interlocked.Decrement(ref waiting) == 0) Console.WriteLine($"Ready: {address.Url}");
                return Task.CompletedTask;
            });
        }
    }
}
