using System.Text;
using System.Text.Json;
using Protocol.Events;

namespace Runner.Translation;

/// <summary>The message that the model streams at the moment, and which of its shown blocks are not finished yet.</summary>
internal sealed class StreamedMessage
{
    private readonly List<(string Type, int Block, ChunkKey Key)> _chunks = [];
    private readonly HashSet<int> _unfinished = [];
    private string _finishedBefore = "";

    /// <summary>The Messages API's id; empty before the first message of a turn.</summary>
    public string MessageId { get; private set; } = "";

    /// <summary>What message_start said: input tokens, and an output count to be replaced by message_delta's.</summary>
    public Usage Usage { get; private set; } = new();

    /// <summary>The id of the message of which no block is finished yet; null when there is none.</summary>
    public string? Unfinished => MessageId.Length > 0 && _finishedBefore != MessageId ? MessageId : null;

    /// <summary>Forgets everything: a new turn.</summary>
    public void Clear() => Begin("", new Usage());

    /// <summary>A new message begins.</summary>
    public void Begin(string messageId, Usage usage)
    {
        (MessageId, Usage) = (messageId, usage);
        _chunks.Clear();
        _unfinished.Clear();
        _finishedBefore = "";
    }

    /// <summary>The stream of text of a block. Made at its first chunk, then found without allocating.</summary>
    public ChunkKey Chunk(string type, int block, string sessionId, string turnId)
    {
        foreach (var chunk in _chunks)
            if (chunk.Block == block && ReferenceEquals(chunk.Type, type)) return chunk.Key;

        var key = new ChunkKey(Encoding.UTF8.GetBytes(
            $$"""{"type":"{{type}}","session_id":{{Quoted(sessionId)}},"turn_id":{{Quoted(turnId)}},"message_id":{{Quoted(MessageId)}},"block":{{block}},"content":" """[..^1]));
        _chunks.Add((type, block, key));
        _unfinished.Add(block);
        return key;
    }

    /// <summary>A block has its finished line.</summary>
    public void Finish(string messageId, int block)
    {
        if (messageId != MessageId) return;
        _unfinished.Remove(block);
        _finishedBefore = messageId;
    }

    /// <summary>The id of the message when it was shown in part and no block of it was ever finished; once.</summary>
    public string? TakeUnfinished()
    {
        if (_unfinished.Count == 0 || _finishedBefore == MessageId) return null;
        _unfinished.Clear();
        return MessageId;
    }

    private static string Quoted(string text) => $"\"{JsonEncodedText.Encode(text)}\"";
}
