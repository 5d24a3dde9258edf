using ChatApi.Live.Framing;
using ChatApi.Live.Outlets;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace ChatApi.Live;

/// <summary>The life of one event stream: the same events with the same numbers as over WebSocket, for what can only read.</summary>
internal sealed class EventStream(ProjectFeeds feeds, ViewerContext context, IHostApplicationLifetime lifetime)
{
    private static readonly TimeSpan s_drainLimit = TimeSpan.FromSeconds(2);

    /// <summary>Serves the response to its end.</summary>
    public async Task ServeAsync(Beginning beginning, HttpContext http)
    {
        var response = http.Response;
        response.ContentType = "text/event-stream";
        response.Headers.CacheControl = "no-store";
        response.Headers["X-Accel-Buffering"] = "no"; // For an nginx on the way.
        // A viewer that reads slowly is ours to judge, not Kestrel's.
        if (http.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate) rate.MinDataRate = null;
        await response.StartAsync(http.RequestAborted);

        var viewer = feeds.Attach(beginning.ProjectId, feed =>
        {
            var viewer = new Viewer(FrameFormat.EventStream, new StreamOutlet(response.Body, http.Abort), beginning.After, context) { Feed = feed };
            viewer.Send(beginning.Hello);
            return viewer;
        });
        using var aborted = http.RequestAborted.UnsafeRegister(static viewer => ((Viewer)viewer!).Break(), viewer);
        if (lifetime.ApplicationStopping.IsCancellationRequested) viewer.Close(CloseCodes.Restart, "");
        await viewer.Closing;
        feeds.Detach(viewer);
        await viewer.DrainAsync(s_drainLimit);
    }
}
