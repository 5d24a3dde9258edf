using System.Buffers;

namespace Runner.Translation;

/// <summary>One wire event that waits to be published: its JSON in a pooled buffer.</summary>
internal sealed class PendingEvent
{
    /// <summary>A merged chunk stops growing here: one frame stays small enough to show at once.</summary>
    private const int MaxMergedBytes = 16 * 1024;

    /// <summary>What closes a chunk's JSON behind its text: <c>"}</c>.</summary>
    private static ReadOnlySpan<byte> ChunkEnd => "\"}"u8;

    private byte[] _buffer = [];
    private int _length;

    /// <summary>The stream of text that a chunk continues; null for any other event.</summary>
    public ChunkKey? Chunk { get; private set; }

    /// <summary>The event's JSON.</summary>
    public ReadOnlyMemory<byte> Json => _buffer.AsMemory(0, _length);

    /// <summary>Sets a whole event.</summary>
    public void Set(ReadOnlySpan<byte> json)
    {
        Chunk = null;
        _length = 0;
        Append(json);
    }

    /// <summary>Sets a chunk: its JSON up to the text, and the text as it stands escaped in the CLI's line.</summary>
    public void SetChunk(ChunkKey key, ReadOnlySpan<byte> escapedText)
    {
        Chunk = key;
        _length = 0;
        Append(key.Prefix);
        Append(escapedText);
        Append(ChunkEnd);
    }

    /// <summary>
    /// Puts more text behind a chunk of the same stream. Two escaped JSON strings are joined by putting one behind the other.
    /// </summary>
    public bool TryMerge(ChunkKey key, ReadOnlySpan<byte> escapedText)
    {
        if (!ReferenceEquals(Chunk, key) || _length + escapedText.Length > MaxMergedBytes) return false;
        _length -= ChunkEnd.Length;
        Append(escapedText);
        Append(ChunkEnd);
        return true;
    }

    /// <summary>Gives the buffer back.</summary>
    public void Release()
    {
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _length = 0;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (_buffer.Length < _length + bytes.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(512, (_length + bytes.Length) * 2));
            _buffer.AsSpan(0, _length).CopyTo(larger);
            if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = larger;
        }

        bytes.CopyTo(_buffer.AsSpan(_length));
        _length += bytes.Length;
    }
}

/// <summary>
/// One block of streaming text. Its chunks differ only in their text, so what stands before it is written once:
/// <code>{"type":"assistant_chunk","session_id":"…","turn_id":"…","message_id":"msg_01…","block":0,"content":"</code>
/// </summary>
internal sealed class ChunkKey(byte[] prefix)
{
    /// <summary>The chunk's JSON up to its text.</summary>
    public byte[] Prefix { get; } = prefix;
}
