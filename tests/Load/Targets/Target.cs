using TestKit;

namespace Load.Targets;

/// <summary>A server under load: a process that fans a project's events out to WebSockets.</summary>
public abstract class Target : IAsyncDisposable
{
    /// <summary>What it said last, for when it has ended.</summary>
    public string Output => Process!.Output;

    /// <summary>Whether it has ended, which it should not.</summary>
    public bool HasEnded => Process!.HasExited;

    private protected ChildProcess? Process { get; set; }

    /// <summary>Its name in the table.</summary>
    public abstract string Name { get; }

    /// <summary>The process whose CPU and memory are measured.</summary>
    public int Pid => Process!.Pid;

    /// <summary>Starts it, with projects to look at.</summary>
    public abstract Task StartAsync(RedisServer redis, int projects);

    /// <summary>The address of a project's WebSocket.</summary>
    public abstract Uri SocketOf(int project);

    /// <summary>What a client says first, as text; null for nothing.</summary>
    public virtual string? Greeting => null;

    /// <summary>What a client must say every ten seconds to be kept; null for nothing.</summary>
    public virtual string? KeepAlive => null;

    /// <summary>Publishes one event: its number in the project (1, 2, 3 …) and when it was sent are in the text.</summary>
    public abstract Task PublishAsync(int project, long number);

    /// <inheritdoc/>
    public virtual async ValueTask DisposeAsync()
    {
        if (Process is not null) await Process.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>What stands in an event: the sending time in ticks of the monotonic clock, the number, and words as a model writes them.</summary>
    protected static string Text(long number) => $"@{System.Diagnostics.Stopwatch.GetTimestamp()} {number} and some more words of the answer";

    /// <summary>Waits until it answers.</summary>
    protected async Task WaitAsync(string address)
    {
        using var http = new HttpClient();
        await Eventually.IsAsync($"{Name} at {address}", async () =>
        {
            if (Process!.HasExited) throw new InvalidOperationException($"{Name} ended:\n{Process.Output}");
            try
            {
                return (await http.GetAsync(address)).IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        });
    }
}
