namespace ChatApi.Live.Outlets;

/// <summary>Where a viewer's bytes go.</summary>
internal abstract class Outlet
{
    /// <summary>Writes what can be written now without waiting. Returns how many bytes that were, or -1 when the connection is broken.</summary>
    public abstract int TrySend(ReadOnlySpan<byte> bytes);

    /// <summary>Writes at least one byte, when that is possible. Returns how many were written.</summary>
    /// <exception cref="IOException">The connection is broken.</exception>
    public abstract ValueTask<int> SendAsync(ReadOnlyMemory<byte> bytes);

    /// <summary>Drops the connection; what waits in <see cref="SendAsync"/> fails.</summary>
    public abstract void Abort();
}
