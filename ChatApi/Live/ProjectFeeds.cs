using ChatApi.Live.Subscription;
using Microsoft.Extensions.Options;
using Protocol.Redis;
using StackExchange.Redis;

namespace ChatApi.Live;

/// <summary>The feeds of this replica: one for each project that has viewers here.</summary>
internal sealed class ProjectFeeds : IDisposable
{
    private readonly Dictionary<string, ProjectFeed> _feeds = [];
    private readonly Lock _lock = new();
    private readonly RedisSubscription[] _subscriptions;
    private readonly IConnectionMultiplexer _connection;
    private readonly ProjectLog _log;
    private readonly LiveTelemetry _telemetry;
    private readonly ILogger<ProjectFeed> _feedLogger;

    public ProjectFeeds(IConnectionMultiplexer connection, ProjectLog log, LiveTelemetry telemetry, IOptions<ChatApiOptions> options, IHostApplicationLifetime lifetime, ILoggerFactory loggers)
    {
        (_connection, _log, _telemetry, _feedLogger) = (connection, log, telemetry, loggers.CreateLogger<ProjectFeed>());
        var redis = ConfigurationOptions.Parse(connection.Configuration);
        _subscriptions = [.. Enumerable.Range(0, options.Value.SubscriptionThreads).Select(_ => new RedisSubscription(redis, loggers.CreateLogger<RedisSubscription>()))];
        lifetime.ApplicationStopping.Register(() => CloseAll(CloseCodes.Restart, "The server restarts; come back."));
    }

    /// <summary>All feeds, for what is done now and then.</summary>
    public ProjectFeed[] All
    {
        get { lock (_lock) return [.. _feeds.Values]; }
    }

    /// <summary>A viewer comes to a project. With the first one the subscription begins.</summary>
    public Viewer Attach(string projectId, Func<ProjectFeed, Viewer> create)
    {
        Viewer viewer;
        lock (_lock)
        {
            if (!_feeds.TryGetValue(projectId, out var feed))
            {
                _feeds[projectId] = feed = new ProjectFeed(projectId, _log, _telemetry, _feedLogger);
                Subscription(feed).Subscribe(feed);
            }

            viewer = create(feed);
            feed.Add(viewer);
        }

        _telemetry.ViewersChanged(1);
        viewer.Feed.TellPresence();
        viewer.Start();
        return viewer;
    }

    /// <summary>A viewer leaves. With the last one the subscription ends.</summary>
    public void Detach(Viewer viewer)
    {
        lock (_lock)
        {
            if (viewer.Feed.Remove(viewer))
            {
                _feeds.Remove(viewer.Feed.ProjectId);
                Subscription(viewer.Feed).Unsubscribe(viewer.Feed);
                viewer.Feed.End();
            }
        }

        _telemetry.ViewersChanged(-1);
        viewer.Feed.TellPresence();
    }

    /// <summary>Tells the viewers on every replica that the project is gone.</summary>
    public Task AnnounceDeletedAsync(string projectId) =>
        _connection.GetSubscriber().PublishAsync(ProjectLog.Channel(projectId), ProjectFeed.Deleted.ToArray());

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var subscription in _subscriptions) subscription.Dispose();
    }

    private void CloseAll(int code, string reason)
    {
        foreach (var feed in All)
            foreach (var viewer in feed.Viewers) viewer.Close(code, reason);
    }

    // Always the same one for a project, so that its events stay in order.
    private RedisSubscription Subscription(ProjectFeed feed) => _subscriptions[(int)((uint)string.GetHashCode(feed.ProjectId.AsSpan()) % (uint)_subscriptions.Length)];
}
