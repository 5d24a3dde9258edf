using System.Text;
using System.Text.Json;
using Protocol.Redis;

namespace ChatApi.Live.Framing;

/// <summary>
/// Makes one event of consecutive text chunks of the same block, for a viewer that is behind: it wants to be level, not to
/// see each token. Works on the bytes; nothing but the text is read.
/// <code>
/// {"seq":17,"at":1,"type":"assistant_chunk","message_id":"m","block":0,"content":"Hel","session_id":"s","turn_id":"t"}
/// {"seq":18,"at":2,"type":"assistant_chunk","message_id":"m","block":0,"content":"lo","session_id":"s","turn_id":"t"}
/// {"seq":18,"first_seq":17,"at":2,"type":"assistant_chunk","message_id":"m","block":0,"content":"Hello","session_id":"s","turn_id":"t"}
/// </code>
/// </summary>
internal static class ChunkMerge
{
    /// <summary>Adds a page of the log to a batch, with what can be merged merged. Events up to <paramref name="after"/> are left out.</summary>
    public static void AddTo(FrameBatch batch, IReadOnlyList<ReadOnlyMemory<byte>> page, long after)
    {
        var run = new Run();
        foreach (var entry in page)
        {
            if (!ProjectLog.TryReadSeq(entry.Span, out var seq) || seq <= after) continue;
            if (run.TryAdd(seq, entry)) continue;
            run.Flush(batch);
            if (!run.TryAdd(seq, entry)) batch.Add(seq, entry.Span);
        }

        run.Flush(batch);
    }

    private sealed class Run
    {
        private readonly List<(long Seq, ReadOnlyMemory<byte> Entry, Range Content)> _chunks = [];

        /// <summary>Takes a chunk that goes on where the run is; any chunk when it is empty.</summary>
        public bool TryAdd(long seq, ReadOnlyMemory<byte> entry)
        {
            if (!TryFindContent(entry.Span, out var content)) return false;
            if (_chunks.Count > 0)
            {
                var first = _chunks[0];
                if (seq != _chunks[^1].Seq + 1 || !Same(first.Entry.Span, first.Content, entry.Span, content)) return false;
            }

            _chunks.Add((seq, entry, content));
            return true;
        }

        public void Flush(FrameBatch batch)
        {
            if (_chunks.Count == 1) batch.Add(_chunks[0].Seq, _chunks[0].Entry.Span);
            else if (_chunks.Count > 1) batch.Add(_chunks[^1].Seq, Merge());
            _chunks.Clear();
        }

        private byte[] Merge()
        {
            var (firstSeq, _, _) = _chunks[0];
            var (lastSeq, last, content) = _chunks[^1];
            var merged = new MemoryStream();
            var at = last.Span.IndexOf((byte)',');
            merged.Write(Encoding.ASCII.GetBytes($"{{\"seq\":{lastSeq},\"first_seq\":{firstSeq}"));
            merged.Write(last.Span[at..content.Start]);
            foreach (var (_, entry, text) in _chunks) merged.Write(entry.Span[text]);
            merged.Write(last.Span[content.End..]);
            return merged.ToArray();
        }
    }

    // The same in everything but seq, at and the text: then they are of the same block.
    private static bool Same(ReadOnlySpan<byte> a, Range aText, ReadOnlySpan<byte> b, Range bText) =>
        a[aText.End..].SequenceEqual(b[bText.End..]) && Head(a, aText).SequenceEqual(Head(b, bText));

    private static ReadOnlySpan<byte> Head(ReadOnlySpan<byte> entry, Range text) => entry[entry.IndexOf("\"type\":"u8)..text.Start];

    // Where the text is, between its quotation marks; as it is escaped, so that pieces can be joined.
    private static bool TryFindContent(ReadOnlySpan<byte> entry, out Range content)
    {
        content = default;
        // {"seq":17,"at":1764000000000,"type":"assistant_chunk",
        var head = entry[..Math.Min(96, entry.Length)];
        if (head.IndexOf("\"type\":\"assistant_chunk\""u8) < 0 && head.IndexOf("\"type\":\"thinking_chunk\""u8) < 0) return false;
        var reader = new Utf8JsonReader(entry);
        while (reader.Read())
        {
            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1 || !reader.ValueTextEquals("content"u8)) continue;
            if (!reader.Read() || reader.TokenType != JsonTokenType.String) return false;
            var start = (int)reader.TokenStartIndex + 1;
            content = start..(start + reader.ValueSpan.Length);
            return true;
        }

        return false;
    }
}
