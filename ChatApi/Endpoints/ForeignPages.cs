using ChatApi.Live;

namespace ChatApi.Endpoints;

/// <summary>
/// Keeps pages of other sites out. Browsers do not guard WebSockets by the same-origin rule, nor a POST without a JSON body,
/// so a foreign page could talk to a laptop's own server. Programs send no Origin and are not concerned.
/// </summary>
internal static class ForeignPages
{
    /// <summary>Refuses what a foreign page could change or open; reading is guarded by the browser itself.</summary>
    public static async Task RefuseAsync(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        var mayChange = UpgradedConnection.IsAskedFor(context) || !(HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method));
        if (mayChange && !IsOwnPage(request))
        {
            var problem = Problems.Of(StatusCodes.Status403Forbidden, "foreign_origin", "A page of another site may not do this.");
            await problem.ExecuteAsync(context);
            return;
        }

        await next(context);
    }

    // Behind the gateway, or the webapp's own /api route, the page's host is in X-Forwarded-Host.
    private static bool IsOwnPage(HttpRequest request) =>
        request.Headers.Origin.ToString() is not { Length: > 0 } origin
        || (Uri.TryCreate(origin, UriKind.Absolute, out var page)
            && (page.Authority == request.Host.Value || page.Authority == request.Headers["X-Forwarded-Host"].ToString()));
}
