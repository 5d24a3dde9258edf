using Microsoft.AspNetCore.Mvc;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.Model;

namespace ProxyGateway;

/// <summary>Tells a person which service is away, where YARP would answer with an empty body.</summary>
internal static class UnreachableProblem
{
    /// <summary>Runs behind the forwarder: a request that did not reach its service, and has no answer yet, gets a problem.</summary>
    public static async Task WriteAsync(HttpContext context, Func<Task> next)
    {
        await next();
        if (context.Features.Get<IForwarderErrorFeature>() is not { } failure || context.Response.HasStarted || context.RequestAborted.IsCancellationRequested) return;

        var service = context.Features.Get<IReverseProxyFeature>()?.Route.Config.ClusterId ?? "The service";
        var problem = new ProblemDetails
        {
            Status = context.Response.StatusCode,
            Title = "Service unreachable",
            Detail = $"{service} does not answer ({failure.Error}). It may be starting; try again in a moment. The Aspire dashboard shows its state.",
        };
        problem.Extensions["code"] = "service_unreachable";
        problem.Extensions["service"] = service;
        var problems = context.RequestServices.GetRequiredService<IProblemDetailsService>();
        if (!await problems.TryWriteAsync(new ProblemDetailsContext { HttpContext = context, ProblemDetails = problem }))
            await context.Response.WriteAsync(problem.Detail); // A browser that asks for a page takes no JSON.
    }
}
