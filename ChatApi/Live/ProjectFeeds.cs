using Protocol.Redis;
using StackExchange.Redis;

namespace ChatApi.Live;

/// <summary>The feeds of this replica: one for each project that has viewers here.</summary>
internal sealed partial class ProjectFeeds : IDisposable
{
    private readonly Dictionary<string, ProjectFeed> _feeds = [];
    private readonly SemaphoreSlim _one = new(1);
    private readonly IConnectionMultiplexer _connection;
    private readonly ProjectLog _log;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger<ProjectFeeds> _logger;

    public ProjectFeeds(IConnectionMultiplexer connection, ProjectLog log, ILoggerFactory loggers)
    {
        (_connection, _log, _loggers, _logger) = (connection, log, loggers, loggers.CreateLogger<ProjectFeeds>());
        _connection.ConnectionRestored += OnConnectionRestored;
    }

    /// <summary>Adds a viewer to its project's feed.</summary>
    public async Task<ProjectFeed> AttachAsync(string projectId, Viewer viewer)
    {
        await _one.WaitAsync();
        try
        {
            if (!_feeds.TryGetValue(projectId, out var feed))
                feed = new ProjectFeed(projectId, _connection.GetSubscriber(), _log, _loggers.CreateLogger<ProjectFeed>());
            await feed.AddAsync(viewer);
            return _feeds[projectId] = feed;
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Removes a viewer; the last one ends the feed.</summary>
    public async Task DetachAsync(string projectId, Viewer viewer)
    {
        await _one.WaitAsync();
        try
        {
            if (_feeds.TryGetValue(projectId, out var feed) && await feed.RemoveAsync(viewer)) _feeds.Remove(projectId);
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Tells the viewers on every replica that the project is gone.</summary>
    public Task AnnounceDeletedAsync(string projectId) =>
        _connection.GetSubscriber().PublishAsync(ProjectLog.Channel(projectId), ProjectFeed.Deleted.ToArray());

    /// <inheritdoc/>
    public void Dispose() => _connection.ConnectionRestored -= OnConnectionRestored;

    // What was published while the subscription was away is in the log.
    private void OnConnectionRestored(object? sender, ConnectionFailedEventArgs restored) => _ = HealAsync();

    private async Task HealAsync()
    {
        List<ProjectFeed> feeds;
        await _one.WaitAsync();
        try
        {
            feeds = [.. _feeds.Values];
        }
        finally
        {
            _one.Release();
        }

        LogHealing(feeds.Count);
        foreach (var feed in feeds) await feed.HealAsync();
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Redis is back: {Count} feeds read what they missed.")]
    private partial void LogHealing(int count);
}
