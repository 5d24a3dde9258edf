namespace Runner.Sessions;

/// <summary>This Runner replica. A new one for each start: a runner that came back is not the one whose turns were lost.</summary>
internal sealed class RunnerIdentity
{
    /// <summary>Unique, and readable in logs.</summary>
    public string Id { get; } = $"{Environment.MachineName.ToLowerInvariant()}-{Guid.CreateVersion7():N}"[^24..];
}
