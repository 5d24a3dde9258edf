using Protocol.Events;

namespace TestKit;

/// <summary>
/// A viewer that comes back, as the page's hook does: with the number of the last event that it has seen, wherever it is
/// told to go. It keeps every number, so that a test can say: this is exactly the log.
/// </summary>
public sealed class ResumingViewer : IAsyncDisposable
{
    private readonly List<long> _seqs = [];
    private readonly List<Event> _events = [];
    private readonly CancellationTokenSource _end = new();
    private readonly Func<long?, Uri> _address;
    private readonly Task _running;
    private volatile Viewer? _viewer;

    /// <summary>Begins at <paramref name="address"/>, and goes there again after each end.</summary>
    public ResumingViewer(Func<long?, Uri> address)
    {
        _address = address;
        _running = RunAsync();
    }

    /// <summary>Every event's number, in the order of arrival.</summary>
    public IReadOnlyList<long> Seqs
    {
        get { lock (_seqs) return [.. _seqs]; }
    }

    /// <summary>Every event.</summary>
    public IReadOnlyList<Event> Events
    {
        get { lock (_seqs) return [.. _events]; }
    }

    /// <summary>How often it came back.</summary>
    public int Returns { get; private set; }

    /// <summary>What the server said of resuming, when that was not "ok".</summary>
    public string? Gap { get; private set; }

    /// <summary>Waits for an event's number.</summary>
    public Task WaitForAsync(long seq) => Eventually.IsAsync($"a viewer to have event {seq}", () => Task.FromResult(Seqs is { Count: > 0 } seen && seen[^1] >= seq));

    /// <summary>Waits until it is connected.</summary>
    public Task ConnectedAsync() => Eventually.IsAsync("a viewer to be connected", () => Task.FromResult(_viewer is not null));

    /// <summary>Drops the connection without a word, and comes back.</summary>
    public void Drop() => _viewer?.Abort();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _viewer?.Abort();
        await _running;
        _end.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                await using var viewer = await Viewer.ConnectAsync(_address(Seqs is { Count: > 0 } seen ? seen[^1] : null), Take);
                _viewer = viewer;
                await viewer.Closed;
                Returns++;
            }
            catch (Exception error) when (error is System.Net.WebSockets.WebSocketException or TimeoutException or OperationCanceledException)
            {
                await Task.WhenAny(Task.Delay(50, _end.Token));
            }

            _viewer = null;
        }
    }

    private void Take(Frame frame)
    {
        if (frame is Hello { Resume: not "ok" } hello) Gap = hello.Resume;
        if (frame is not Event @event) return;
        lock (_seqs)
        {
            _events.Add(@event);
            _seqs.AddRange(Viewer.NumbersOf(@event));
        }
    }
}
