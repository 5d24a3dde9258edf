namespace ChatApi.Live;

/// <summary>Why the server closes a WebSocket (RFC 6455 §7.4). They are an API: the README lists them.</summary>
internal static class CloseCodes
{
    /// <summary>The browser has closed; answered in kind.</summary>
    public const int Normal = 1000;

    /// <summary>The server failed on what the browser sent: come back.</summary>
    public const int Failed = 1011;

    /// <summary>The server restarts: come back.</summary>
    public const int Restart = 1012;

    /// <summary>The project was deleted: do not come back.</summary>
    public const int ProjectDeleted = 4404;

    /// <summary>The viewer took nothing for too long: come back, and resume from the last event seen.</summary>
    public const int TooSlow = 4408;
}
