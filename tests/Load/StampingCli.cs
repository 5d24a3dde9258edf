using System.Diagnostics;
using System.Text.Json;

namespace Load;

/// <summary>
/// Stands in for Claude Code where the time after its lines is measured: each message is answered with text deltas that
/// carry when they were printed, <c>@TICKS NUMBER</c> of the machine's monotonic clock.
/// </summary>
public static class StampingCli
{
    private const int DeltasOfTurn = 200;
    private static readonly TimeSpan s_pace = TimeSpan.FromMilliseconds(15);

    /// <summary>Whether this process was started as a CLI: a Runner's first argument is <c>-p</c>.</summary>
    public static bool IsMeant(string[] args) => args is ["-p", ..];

    /// <summary>Writes a script that starts this program, for <c>Runner:CliPath</c>.</summary>
    public static string WriteScript(string folder)
    {
        var path = Path.Combine(folder, "stamping-cli");
        File.WriteAllText(path, $"#!/bin/sh\nexec dotnet '{typeof(StampingCli).Assembly.Location}' \"$@\"\n");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    /// <summary>Answers stdin until it ends.</summary>
    public static void Run()
    {
        using var output = new StreamWriter(Console.OpenStandardOutput()) { AutoFlush = true, NewLine = "\n" };
        var number = 0;
        while (Console.In.ReadLine() is { } line)
        {
            using var message = JsonDocument.Parse(line);
            if (message.RootElement.TryGetProperty("request_id", out var id))
                output.WriteLine($$$$"""{"type":"control_response","response":{"subtype":"success","request_id":"{{{{id.GetString()}}}}","response":{}}}""");
            else if (message.RootElement.GetProperty("type").GetString() == "user") Answer(output, ref number);
        }
    }

    private static void Answer(StreamWriter output, ref int number)
    {
        const string Tail = ""","session_id":"s","parent_tool_use_id":null,"uuid":"u"}""";
        var id = $"msg_{Guid.NewGuid():N}";
        output.WriteLine("""{"type":"system","subtype":"init","session_id":"s","model":"stamps","permissionMode":"default","uuid":"u"}""");
        output.WriteLine($$$$"""{"type":"stream_event","event":{"type":"message_start","message":{"id":"{{{{id}}}}","usage":{"input_tokens":1,"output_tokens":1}}}{{{{Tail}}}}""");
        for (var i = 0; i < DeltasOfTurn; i++)
        {
            Thread.Sleep(s_pace);
            output.WriteLine($$$$"""{"type":"stream_event","event":{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"@{{{{Stopwatch.GetTimestamp()}}}} {{{{++number}}}} "}}{{{{Tail}}}}""");
        }

        output.WriteLine($$$$"""{"type":"assistant","message":{"id":"{{{{id}}}}","model":"stamps","content":[{"type":"text","text":"Done."}]}{{{{Tail}}}}""");
        output.WriteLine("""{"type":"result","subtype":"success","is_error":false,"duration_ms":1,"num_turns":1,"result":"Done.","total_cost_usd":0,"modelUsage":{},"session_id":"s","uuid":"u"}""");
    }
}
