using System.Text;

namespace Runner.Sessions;

/// <summary>
/// What a shell command prints while it runs. Claude Code tells it only at the end, but writes it to a file of its temporary folder
/// (<c>…/{session}/tasks/{task}.output</c>, checked with 2.1.197), for commands in the background and for those that take longer than
/// some three seconds alike.
/// </summary>
/// <param name="folder">Claude Code's temporary folder.</param>
/// <param name="taskId">The CLI's id of the task.</param>
/// <param name="tell">Takes each new piece.</param>
internal sealed class OutputTail(string folder, string taskId, Action<string> tell)
{
    /// <summary>Of one command so many characters are told; its result has more.</summary>
    private const int MaxCharacters = 64 * 1024;

    private const int MaxPiece = 16 * 1024;
    private static readonly TimeSpan s_lookEvery = TimeSpan.FromMilliseconds(400);

    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private readonly byte[] _bytes = new byte[MaxPiece];
    private readonly char[] _characters = new char[MaxPiece];
    private long _position;
    private int _told;

    /// <summary>Follows the file until it is told to stop, then looks once more.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        string? file = null;
        while (_told < MaxCharacters)
        {
            var isLast = stopping.IsCancellationRequested;
            try
            {
                file ??= Directory.EnumerateFiles(folder, $"{taskId}.output", SearchOption.AllDirectories).FirstOrDefault();
                if (file is not null) Read(file);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // It is removed when its command has ended; the result has what was in it.
            }

            if (isLast) return;
            await Task.WhenAny(Task.Delay(s_lookEvery, stopping));
        }
    }

    private void Read(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        stream.Position = _position;
        while (_told < MaxCharacters && stream.Read(_bytes, 0, Math.Min(MaxPiece, MaxCharacters - _told)) is > 0 and var read)
        {
            _position += read;
            var count = _decoder.GetChars(_bytes, 0, read, _characters, 0);
            _told += count;
            if (count > 0) tell(new string(_characters, 0, count));
        }

        if (_told >= MaxCharacters) tell("\n… more is in the result.\n");
    }
}
