using System.Text;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Runner.Cli;

namespace Runner.Tests;

/// <summary>Lines off a pipe, wherever its reads are cut.</summary>
public sealed class LineReaderTests
{
    [Property(MaxTest = 300)]
    public bool Lines_are_the_same_however_the_stream_is_cut(NonEmptyArray<byte> bytes, PositiveInt cut)
    {
        // Many line ends, and bytes that are half of a character.
        var input = bytes.Get.SelectMany(b => b % 5 == 0 ? [(byte)'\n'] : new[] { b, (byte)0xc3 }).ToArray();
        var expected = Split(input);
        var lines = ReadAsync(new CutStream(input, cut.Get), 1 << 20).GetAwaiter().GetResult();
        return expected.SequenceEqual(lines.Lines);
    }

    [Fact]
    public async Task A_line_over_the_limit_is_dropped_and_the_next_ones_are_read()
    {
        var input = Encoding.UTF8.GetBytes($"first\n{new string('x', 200_000)}\nlast\n");
        var (lines, dropped) = await ReadAsync(new CutStream(input, 4096), 100_000);
        Assert.Equal(["first", "last"], lines);
        Assert.Equal(1, dropped);
    }

    [Fact]
    public async Task A_last_line_that_was_cut_off_is_dropped()
    {
        var (lines, _) = await ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes("whole\nhal")), 1000);
        Assert.Equal(["whole"], lines);
    }

    private static List<string> Split(byte[] input)
    {
        var text = Encoding.Latin1.GetString(input);
        var end = text.LastIndexOf('\n');
        return end < 0 ? [] : [.. text[..end].Split('\n').Where(line => line.Length > 0)];
    }

    private static async Task<(List<string> Lines, int Dropped)> ReadAsync(Stream stream, int max)
    {
        var reader = new LineReader(stream, max);
        var lines = new List<string>();
        while (await reader.ReadAsync(line => lines.Add(Encoding.Latin1.GetString(line.Span)), CancellationToken.None)) { }
        return (lines, reader.Dropped);
    }

    /// <summary>Gives at most so many bytes a read, as a pipe does.</summary>
    private sealed class CutStream(byte[] bytes, int most) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, most)], cancellationToken);
    }
}
