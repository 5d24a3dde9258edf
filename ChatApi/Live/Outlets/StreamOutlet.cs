namespace ChatApi.Live.Outlets;

/// <summary>A stream: an HTTP response, or a WebSocket over TLS or HTTP/2, where the socket holds other bytes than ours.</summary>
internal sealed class StreamOutlet(Stream stream, Action abort) : Outlet
{
    /// <inheritdoc/>
    public override int TrySend(ReadOnlySpan<byte> bytes) => 0;

    /// <inheritdoc/>
    public override async ValueTask<int> SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await stream.WriteAsync(bytes);
            await stream.FlushAsync();
            return bytes.Length;
        }
        catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException or InvalidOperationException)
        {
            throw new IOException(error.Message, error);
        }
    }

    /// <inheritdoc/>
    public override void Abort() => abort();
}
