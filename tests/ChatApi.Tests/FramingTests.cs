using System.IO.Pipelines;
using System.Text;
using ChatApi.Live.Framing;
using ChatApi.Live.Subscription;
using FsCheck;
using FsCheck.Xunit;

namespace ChatApi.Tests;

/// <summary>Bytes off a socket come in any pieces.</summary>
public sealed class FramingTests
{
    [Property(MaxTest = 200)]
    public void A_message_is_read_however_it_is_cut(NonNull<string> text, PositiveInt piece, PositiveInt fragments, bool withPing) =>
        CutAsync(string.Concat(Enumerable.Repeat(text.Get, 1 + text.Get.Length % 400)), piece.Get, 1 + fragments.Get % 4, withPing).GetAwaiter().GetResult();

    private static async Task CutAsync(string text, int piece, int fragments, bool withPing)
    {
        var payload = Encoding.UTF8.GetBytes(text);
        var wire = new List<byte>();
        var size = payload.Length / fragments + 1;
        for (var i = 0; i < fragments; i++)
        {
            var part = payload.Skip(i * size).Take(size).ToArray();
            wire.AddRange(Masked(i == 0 ? WebSocketFrames.Text : WebSocketFrames.Continuation, part, isFinal: i == fragments - 1));
            if (withPing && i == 0) wire.AddRange(Masked(WebSocketFrames.Ping, "p"u8.ToArray(), isFinal: true));
        }

        wire.AddRange(Masked(WebSocketFrames.Close, [], isFinal: true));
        var pipe = new Pipe();
        var writing = Task.Run(async () =>
        {
            foreach (var bytes in wire.Chunk(piece)) await pipe.Writer.WriteAsync(bytes);
            await pipe.Writer.CompleteAsync();
        });
        var reader = new WebSocketReader(pipe.Reader.AsStream(), 1 << 20);
        var kinds = new List<BrowserMessage>();
        string? read = null;
        while (kinds.Count == 0 || kinds[^1] is not (BrowserMessage.Close or BrowserMessage.End))
        {
            var (kind, bytes) = await reader.ReadAsync();
            kinds.Add(kind);
            if (kind == BrowserMessage.Text) read = Encoding.UTF8.GetString(bytes.Span);
        }

        await writing;
        Assert.Equal(Encoding.UTF8.GetString(payload), read);
        Assert.Equal(withPing, kinds.Contains(BrowserMessage.Ping));
        Assert.Equal(BrowserMessage.Close, kinds[^1]);
    }

    [Fact]
    public async Task What_is_too_big_is_read_to_its_end_and_the_next_message_is_whole()
    {
        var pipe = new Pipe();
        var reader = new WebSocketReader(pipe.Reader.AsStream(), 1000);
        _ = Task.Run(async () => await pipe.Writer.WriteAsync((byte[])[.. Masked(WebSocketFrames.Text, new byte[3_000_000], isFinal: true), .. Masked(WebSocketFrames.Text, "next"u8.ToArray(), isFinal: true)]), TestContext.Current.CancellationToken);
        Assert.Equal(BrowserMessage.TooBig, (await reader.ReadAsync()).Kind);
        Assert.Equal("next", Encoding.UTF8.GetString((await reader.ReadAsync()).Bytes.Span));
    }

    [Theory]
    [InlineData(new byte[] { 0x81, 0x01, 0x41 }, 1002)] // not masked
    [InlineData(new byte[] { 0xc1, 0x81, 0, 0, 0, 0, 0x41 }, 1002)] // a reserved bit
    [InlineData(new byte[] { 0x80, 0x81, 0, 0, 0, 0, 0x41 }, 1002)] // goes on with nothing
    [InlineData(new byte[] { 0x83, 0x81, 0, 0, 0, 0, 0x41 }, 1002)] // opcode 3
    [InlineData(new byte[] { 0x09, 0x80, 0, 0, 0, 0 }, 1002)] // half a ping
    [InlineData(new byte[] { 0x81, 0x81, 0, 0, 0, 0, 0xff }, 1007)] // no UTF-8
    public async Task What_breaks_the_protocol_is_refused_with_the_code_of_the_RFC(byte[] wire, int code)
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(wire, TestContext.Current.CancellationToken);
        var error = await Assert.ThrowsAsync<WebSocketProtocolException>(async () => await new WebSocketReader(pipe.Reader.AsStream(), 1000).ReadAsync());
        Assert.Equal(code, error.Code);
    }

    [Fact]
    public void The_handshake_is_answered_as_in_the_RFC() => Assert.Equal("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", WebSocketFrames.Accept("dGhlIHNhbXBsZSBub25jZQ=="));

    [Fact]
    public void Replies_of_Redis_are_read_whole_or_not_at_all()
    {
        var wire = "*3\r\n$7\r\nmessage\r\n$2\r\nch\r\n$7\r\nhe\r\nllo\r\n+OK\r\n*3\r\n$9\r\nsubscribe\r\n$2\r\nc2\r\n:1\r\n>2\r\n$4\r\npong\r\n$0\r\n\r\n-ERR no\r\n"u8;
        var seen = new List<string>();
        for (var start = 0; start < wire.Length;)
        {
            var end = start;
            RespMessage message;
            int length;
            while (!RespMessage.TryRead(wire[start..end], out message, out length)) end++;
            Assert.Equal(end - start, length); // Not a byte early.
            seen.Add($"{message.Kind} {Encoding.UTF8.GetString(message.Channel)} {Encoding.UTF8.GetString(message.Payload)}");
            start = end;
        }

        Assert.Equal(["Message ch he\r\nllo", "Other  ", "Subscribed c2 ", "Other  ", "Error  ERR no"], seen);
    }

    [Fact]
    public void What_is_no_reply_of_Redis_is_refused() => Assert.Throws<InvalidDataException>(() => RespMessage.TryRead("HTTP/1.1 400\r\n"u8, out _, out _));

    [Theory]
    [InlineData(0, 2)]
    [InlineData(125, 2)]
    [InlineData(126, 4)]
    [InlineData(65535, 4)]
    [InlineData(65536, 10)]
    public void Headers_have_the_shortest_length(int payload, int header) => Assert.Equal(header, WebSocketFrames.WriteHeader(new byte[10], WebSocketFrames.Text, payload));

    private static byte[] Masked(byte opcode, byte[] payload, bool isFinal)
    {
        Span<byte> header = stackalloc byte[10];
        var size = WebSocketFrames.WriteHeader(header, opcode, payload.Length);
        if (!isFinal) header[0] &= 0x7f;
        header[1] |= 0x80;
        byte[] mask = [17, 3, 201, 90];
        return [.. header[..size], .. mask, .. payload.Select((b, i) => (byte)(b ^ mask[i % 4]))];
    }
}
