using System.Text;
using Protocol.Events;
using Runner.Transcripts;

namespace Runner.Tests;

/// <summary>Claude Code's own records, as events.</summary>
public sealed class TranscriptReadingTests
{
    private static string User(string uuid, string? parent, string content) => $$"""{"parentUuid":{{(parent is null ? "null" : $"\"{parent}\"")}},"isSidechain":false,"type":"user","message":{"role":"user","content":{{content}}},"uuid":"{{uuid}}"}""";

    private static string Assistant(string uuid, string parent, string block) => $$$"""{"parentUuid":"{{{parent}}}","isSidechain":false,"type":"assistant","message":{"id":"msg_{{{uuid}}}","role":"assistant","model":"m","content":[{{{block}}}],"usage":{"input_tokens":7,"output_tokens":2}},"uuid":"{{{uuid}}}"}""";

    [Fact]
    public void Turns_are_what_a_person_wrote_and_all_until_the_next()
    {
        var turns = Read(
            """{"type":"queue-operation","operation":"enqueue"}""",
            User("u1", null, "\"First.\""),
            """{"parentUuid":"u1","isSidechain":false,"type":"attachment","attachment":{},"uuid":"x1"}""",
            Assistant("a1", "x1", """{"type":"tool_use","id":"t1","name":"Bash","input":{"command":"ls"}}"""),
            """{"parentUuid":"a1","isSidechain":false,"type":"user","message":{"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":"a.txt"}]},"toolUseResult":{"interrupted":true},"uuid":"r1"}""",
            Assistant("a2", "r1", """{"type":"text","text":"One file."}"""),
            User("m1", "a2", "\"<command-name>/cost</command-name>\""),
            User("u2", "m1", """[{"type":"text","text":"Second."},{"type":"image","source":{}}]"""),
            Assistant("a3", "u2", """{"type":"text","text":"Yes."}"""),
            "not json");
        Assert.Equal([("u1", "First."), ("u2", "Second.\n[image]")], turns.Select(t => (t.TurnId, t.Content)));
        var first = Events(turns[0]);
        Assert.Equal([typeof(UserMessage), typeof(TurnStart), typeof(ToolUse), typeof(UsageUpdate), typeof(ToolResult), typeof(AssistantMessage), typeof(UsageUpdate), typeof(SessionEnd)], first.Select(e => e.GetType()));
        Assert.All(first, e => Assert.Equal(("s", "u1"), (e.SessionId, e.TurnId)));
        Assert.Equal("a2", ((SessionEnd)first[^1]).ResumeAt);
        Assert.True(((ToolResult)first[4]).Detail!.Value.GetProperty("interrupted").GetBoolean());
    }

    [Fact]
    public void What_was_rewound_and_what_subagents_said_is_left_out()
    {
        var turns = Read(
            User("u1", null, "\"First.\""), Assistant("a1", "u1", """{"type":"text","text":"One."}"""),
            User("u2", "a1", "\"A wrong turn.\""), Assistant("a2", "u2", """{"type":"text","text":"Wrong."}"""),
            """{"parentUuid":"a1","isSidechain":true,"type":"user","message":{"role":"user","content":"From below."},"uuid":"b1"}""",
            User("u3", "a1", "\"The right turn.\""), Assistant("a3", "u3", """{"type":"text","text":"Right."}"""));
        Assert.Equal(["First.", "The right turn."], turns.Select(t => t.Content));
    }

    [Fact]
    public void Rubbish_is_no_transcript() => Assert.Empty(Read("", "{", "[]", "null", """{"uuid":7}""", """{"type":"user","uuid":"x","parentUuid":"x","message":7}"""));

    private static IReadOnlyList<TranscriptTurn> Read(params string[] lines) => TranscriptReading.Read(lines, "s");

    private static List<Event> Events(TranscriptTurn turn) => [.. turn.Events.Select(json => (Event)WireJson.Read(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(json))))];
}
