using System.Buffers;
using System.IO.Pipelines;

namespace Runner.Cli;

/// <summary>
/// Splits a stream of bytes into lines at <c>\n</c>, whatever their length up to a limit. Reads of a pipe are cut at
/// 64 KiB, inside lines and characters, so nothing here looks at characters.
/// </summary>
internal sealed class LineReader(Stream stream, int maxLineBytes)
{
    private readonly PipeReader _reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 64 * 1024));
    private long _scanned;
    private bool _skipping;

    /// <summary>Lines that were longer than the limit and were dropped.</summary>
    public int Dropped { get; private set; }

    /// <summary>
    /// Waits for bytes and gives every whole line among them to <paramref name="onLine"/>, without its line end.
    /// False at the end of the stream; a last line without an end is dropped: it was cut off.
    /// The memory is valid only within the call.
    /// </summary>
    public async ValueTask<bool> ReadAsync(Action<ReadOnlyMemory<byte>> onLine, CancellationToken cancellationToken)
    {
        var result = await _reader.ReadAsync(cancellationToken);
        var buffer = result.Buffer;
        while (buffer.Slice(_scanned).PositionOf((byte)'\n') is { } end)
        {
            var line = buffer.Slice(0, end);
            if (_skipping) _skipping = false;
            else if (line.Length > 0) Give(line, onLine);
            buffer = buffer.Slice(buffer.GetPosition(1, end));
            _scanned = 0;
        }

        _scanned = buffer.Length;
        if (_scanned > maxLineBytes)
        {
            if (!_skipping) Dropped++;
            _skipping = true;
            buffer = buffer.Slice(buffer.End);
            _scanned = 0;
        }

        _reader.AdvanceTo(buffer.Start, result.Buffer.End);
        return !result.IsCompleted;
    }

    private static void Give(ReadOnlySequence<byte> line, Action<ReadOnlyMemory<byte>> onLine)
    {
        if (line.IsSingleSegment)
        {
            onLine(line.First);
            return;
        }

        var length = (int)line.Length;
        var copy = ArrayPool<byte>.Shared.Rent(length);
        try
        {
            line.CopyTo(copy);
            onLine(copy.AsMemory(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(copy);
        }
    }
}
