using System.Text.Json;
using System.Threading.Channels;
using ChatApi.Data;
using ChatApi.Messages;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Protocol.Redis;
using StackExchange.Redis;

namespace ChatApi.Live;

/// <summary>What waits for people at a moment.</summary>
/// <param name="frame">The frame that says it.</param>
internal sealed class InboxState(ReadOnlyMemory<byte> frame)
{
    private readonly TaskCompletionSource _replaced = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The frame that says it.</summary>
    public ReadOnlyMemory<byte> Frame { get; } = frame;

    /// <summary>Completed when something else waits.</summary>
    public Task Replaced => _replaced.Task;

    /// <summary>Says that something else waits.</summary>
    public void Replace() => _replaced.SetResult();
}

/// <summary>
/// What waits for people, across projects: read once for all who look at it on this replica, whenever the recorder of any
/// replica rings, and now and then, because a bell may be lost.
/// </summary>
internal sealed partial class Inbox(IDbContextFactory<ChatDb> databases, IConnectionMultiplexer connection, IOptions<JsonOptions> json, TimeProvider time, ILogger<Inbox> logger) : BackgroundService
{
    private const int MostItems = 200;
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromSeconds(15);

    private readonly Channel<bool> _rung = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private volatile InboxState _state = new("""{"type":"inbox","items":[]}"""u8.ToArray());

    /// <summary>What waits now.</summary>
    public InboxState State => _state;

    /// <summary>Everything that waits for a person, the oldest first.</summary>
    public static async Task<List<InboxItem>> ReadAsync(ChatDb db, CancellationToken cancellationToken)
    {
        var open = await (from request in db.Requests.AsNoTracking()
                          where request.IsOpen
                          join project in db.Projects on request.ProjectId equals project.Id
                          join session in db.Sessions on request.SessionId equals session.Id
                          orderby request.AskedAt
                          select new { request, project.Name, session.Title }).Take(MostItems).ToListAsync(cancellationToken);
        return open.ConvertAll(item => new InboxItem(item.Name, item.Title, RequestResponse.Of(item.request)));
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var isSubscribed = false;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!isSubscribed) await connection.GetSubscriber().SubscribeAsync(ProjectLog.InboxBell, (_, _) => _rung.Writer.TryWrite(true));
                isSubscribed = true;
                await LookAsync(stoppingToken);
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                LogNotRead(error.Message);
            }

            await WaitForBellAsync(stoppingToken);
        }
    }

    private async Task WaitForBellAsync(CancellationToken stoppingToken)
    {
        using var limit = new CancellationTokenSource(s_lookEvery, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, limit.Token);
        try
        {
            await _rung.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException)
        {
            // Nobody rang, or it is over.
        }
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        await using var db = await databases.CreateDbContextAsync(cancellationToken);
        var frame = JsonSerializer.SerializeToUtf8Bytes(new { type = "inbox", items = await ReadAsync(db, cancellationToken) }, json.Value.SerializerOptions);
        var before = _state;
        if (before.Frame.Span.SequenceEqual(frame)) return;
        _state = new InboxState(frame);
        before.Replace();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "What waits for people could not be read: {Reason}")]
    private partial void LogNotRead(string reason);
}
