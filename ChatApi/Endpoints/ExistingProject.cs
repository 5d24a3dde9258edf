using ChatApi.Data;
using ChatApi.Live;
using Microsoft.EntityFrameworkCore;

namespace ChatApi.Endpoints;

/// <summary>What is below <c>/projects/{id}</c> is there only for projects that exist.</summary>
internal static class ExistingProject
{
    /// <summary>Answers 400 for a malformed id and 404 for an unknown one.</summary>
    public static async ValueTask<object?> CheckAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var id = (string)context.HttpContext.GetRouteValue("id")!;
        if (!ProjectIds.TryParse(id, out var projectId)) return Problems.MalformedProjectId();
        var db = context.HttpContext.RequestServices.GetRequiredService<ChatDb>();
        return await db.Projects.AnyAsync(p => p.Id == projectId, context.HttpContext.RequestAborted) ? await next(context) : Problems.UnknownProject(id);
    }
}
