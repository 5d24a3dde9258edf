namespace ChatApi.Live.Framing;

/// <summary>How frames are laid on a connection.</summary>
internal enum FrameFormat
{
    /// <summary>WebSocket text frames (RFC 6455 §5).</summary>
    WebSocket,

    /// <summary>Server-sent events (WHATWG HTML §9.2), the <c>id</c> being the <c>seq</c>.</summary>
    EventStream,
}
