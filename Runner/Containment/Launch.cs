using System.Buffers.Binary;

namespace Runner.Containment;

/// <summary>What a supervisor is to start.</summary>
/// <param name="Command">The program's path.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Environment">Its whole environment: nothing is inherited.</param>
/// <param name="Folder">Where it works.</param>
internal sealed record Launch(string Command, IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment, string Folder)
{
    /// <summary>
    /// As it is written to a supervisor's stdin, ahead of what is the command's own: a length of four bytes (little-endian), and as
    /// many bytes. Not JSON: a supervisor that only now begins would take 20 ms longer.
    /// </summary>
    public byte[] ToBytes()
    {
        var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write(0);
        writer.Write(Command);
        writer.Write(Folder);
        writer.Write(Arguments.Count);
        foreach (var argument in Arguments) writer.Write(argument);
        writer.Write(Environment.Count);
        foreach (var (name, value) in Environment)
        {
            writer.Write(name);
            writer.Write(value);
        }

        BinaryPrimitives.WriteInt32LittleEndian(bytes.GetBuffer(), (int)bytes.Length - 4);
        return bytes.ToArray();
    }

    /// <summary>Reads one, and not a byte more. Null at the end of the stream: the Runner has gone, or needs no supervisor any more.</summary>
    public static Launch? Read(Stream stream)
    {
        var length = new byte[4];
        if (stream.ReadAtLeast(length, 4, throwOnEndOfStream: false) < 4) return null;
        var bytes = new byte[BinaryPrimitives.ReadInt32LittleEndian(length)];
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length) return null;
        using var reader = new BinaryReader(new MemoryStream(bytes));
        var (command, folder) = (reader.ReadString(), reader.ReadString());
        var arguments = new string[reader.ReadInt32()];
        for (var i = 0; i < arguments.Length; i++) arguments[i] = reader.ReadString();
        var environment = new Dictionary<string, string>();
        for (var left = reader.ReadInt32(); left > 0; left--) environment[reader.ReadString()] = reader.ReadString();
        return new Launch(command, arguments, environment, folder);
    }
}
