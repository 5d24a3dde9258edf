using System.Buffers.Text;
using System.Collections.Concurrent;

namespace ChatApi.Live.Framing;

/// <summary>
/// Events that go out together, laid end to end: framed once for all viewers. Rented and returned; a viewer that cannot take
/// all of it at once copies what is left.
/// </summary>
internal sealed class FrameBatch
{
    private const int LargestKept = 1 << 20;
    private static readonly ConcurrentBag<FrameBatch> s_pool = [];

    private readonly List<Entry> _entries = [];
    private readonly List<int> _eventStreamStarts = [];
    private byte[] _frames = new byte[4096];
    private byte[] _eventStream = [];
    private int _length;
    private int _eventStreamLength;

    private FrameBatch() { }

    /// <summary>Bytes, as WebSocket frames.</summary>
    public int Length => _length;

    /// <summary>How many events.</summary>
    public int Count => _entries.Count;

    /// <summary>The number of the first event.</summary>
    public long FirstSeq => _entries[0].Seq;

    /// <summary>The number of the last event.</summary>
    public long LastSeq => _entries[^1].Seq;

    /// <summary>An empty one.</summary>
    public static FrameBatch Rent() => s_pool.TryTake(out var batch) ? batch : new FrameBatch();

    /// <summary>Gives it back. Nobody may hold on to what <see cref="After"/> gave.</summary>
    public void Return()
    {
        if (_frames.Length > LargestKept || _eventStream.Length > LargestKept) return;
        _entries.Clear();
        _eventStreamStarts.Clear();
        (_length, _eventStreamLength) = (0, 0);
        s_pool.Add(this);
    }

    /// <summary>Adds an event's payload.</summary>
    public void Add(long seq, ReadOnlySpan<byte> payload)
    {
        Reserve(ref _frames, _length, payload.Length + WebSocketFrames.MaxHeader);
        var payloadStart = _length + WebSocketFrames.WriteHeader(_frames.AsSpan(_length), WebSocketFrames.Text, payload.Length);
        payload.CopyTo(_frames.AsSpan(payloadStart));
        _entries.Add(new Entry(seq, _length, payloadStart));
        _length = payloadStart + payload.Length;
    }

    /// <summary>The frames of all events after a number.</summary>
    public ReadOnlySpan<byte> After(long seq, FrameFormat format)
    {
        var first = 0;
        while (first < _entries.Count && _entries[first].Seq <= seq) first++;
        if (first == _entries.Count) return default;
        if (format == FrameFormat.WebSocket) return _frames.AsSpan(_entries[first].Start, _length - _entries[first].Start);
        if (_eventStreamLength == 0) EncodeEventStream();
        return _eventStream.AsSpan(_eventStreamStarts[first], _eventStreamLength - _eventStreamStarts[first]);
    }

    // id: 17\ndata: {"seq":17,…}\n\n — JSON holds no line end.
    private void EncodeEventStream()
    {
        for (var i = 0; i < _entries.Count; i++)
        {
            var end = i + 1 < _entries.Count ? _entries[i + 1].Start : _length;
            var payload = _frames.AsSpan(_entries[i].PayloadStart, end - _entries[i].PayloadStart);
            Reserve(ref _eventStream, _eventStreamLength, payload.Length + 48);
            _eventStreamStarts.Add(_eventStreamLength);
            Append("id: "u8);
            Utf8Formatter.TryFormat(_entries[i].Seq, _eventStream.AsSpan(_eventStreamLength), out var digits);
            _eventStreamLength += digits;
            Append("\ndata: "u8);
            Append(payload);
            Append("\n\n"u8);
        }
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_eventStream.AsSpan(_eventStreamLength));
        _eventStreamLength += bytes.Length;
    }

    private static void Reserve(ref byte[] buffer, int used, int more)
    {
        if (buffer.Length - used < more) Array.Resize(ref buffer, Math.Max(Math.Max(4096, buffer.Length * 2), used + more));
    }

    private readonly record struct Entry(long Seq, int Start, int PayloadStart);
}
