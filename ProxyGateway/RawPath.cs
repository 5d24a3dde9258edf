using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Transforms;

namespace ProxyGateway;

/// <summary>
/// Hands the path and query on byte for byte. YARP builds them anew from the decoded path, in which ASP.NET Core leaves
/// %2F as it is: it would arrive as %252F.
/// </summary>
internal static class RawPath
{
    private static readonly UriCreationOptions s_asItIs = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <summary>The prefix that is the gateway's own.</summary>
    public const string ApiPrefix = "/api";

    /// <summary>A request transform.</summary>
    public static ValueTask ApplyAsync(RequestTransformContext context)
    {
        var target = context.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        if (!target.StartsWith('/')) return default; // Absolute or asterisk form (RFC 9112 §3.2): YARP's own way.
        if (target == ApiPrefix || target.StartsWith($"{ApiPrefix}/", StringComparison.Ordinal) || target.StartsWith($"{ApiPrefix}?", StringComparison.Ordinal))
            target = target[ApiPrefix.Length..];
        if (!target.StartsWith('/')) target = $"/{target}";
        context.ProxyRequest.RequestUri = new Uri($"{context.DestinationPrefix.TrimEnd('/')}{target}", in s_asItIs);
        return default;
    }
}
