using System.Text.Json;

namespace DemoModel.Scripts;

/// <summary>What the demo model says to people: chosen by words in their message, so that a newcomer sees each part of the product.</summary>
internal static class DefaultScripts
{
    /// <summary>The script for a message. <paramref name="workspace"/>: the folder that Claude Code works in.</summary>
    public static IReadOnlyList<Step> For(string message, string workspace)
    {
        bool Says(params ReadOnlySpan<string> words)
        {
            foreach (var word in words)
                if (message.Contains(word, StringComparison.OrdinalIgnoreCase)) return true;
            return false;
        }

        if (Says("slow")) return Slow;
        if (Says("error", "fail")) return Error;
        if (Says("long", "story", "essay")) return Long;
        if (Says("plan")) return Plan(workspace);
        if (Says("question", "ask me")) return Question;
        if (Says("search")) return Search;
        if (Says("command", "shell", "run ")) return Command;
        if (Says("file", "tool", "write", "create")) return File(workspace);
        if (Says("code", "markdown", "example", "function")) return Code;
        return Says("think") ? Thinking : Greeting;
    }

    /// <summary>What the CLI goes on with after it has compacted a conversation.</summary>
    public static IReadOnlyList<Step> Summary => [new() { Text = "<summary>\nSomebody tried out the demo model, which answers from scripts.\n</summary>" }];

    private static IReadOnlyList<Step> Greeting =>
    [
        new()
        {
            Text = """
                Hello! This is a **demo model**: the real Claude Code runs on the server, and a small scripted service answers in place of Claude. Everything else is real: streaming, tools, tokens, cost, and everyone who opens this project sees it live.

                Try one of these:

                - **Create a file**: Claude Code thinks, asks whether it may, then really writes and reads a file in this project's workspace
                - **Run a command**: allow it once, always, edited, or not at all
                - **Make a plan**: approve it, or send it back with comments
                - **Ask me a question**: answer in a form
                - **Search the web**: see the hits as links
                - **Show me some code**: Markdown with highlighted code
                - **Tell me a long story**: press *Stop* (or `Esc`) in the middle
                - **Cause an error**: see how failures look
                - **Answer slowly**: see what waiting looks like

                To talk to Claude itself, start with `ANTHROPIC_API_KEY=… ./run`.
                """,
        },
    ];

    private static IReadOnlyList<Step> Code =>
    [
        new()
        {
            Text = """
                Here is a debounce in TypeScript: it waits until calls have paused, then makes the last one.

                ```ts
                export function debounce<A extends unknown[]>(act: (...args: A) => void, waitMs: number) {
                  let timer: ReturnType<typeof setTimeout> | undefined;
                  return (...args: A) => {
                    clearTimeout(timer);
                    timer = setTimeout(() => act(...args), waitMs);
                  };
                }
                ```

                How the two common ways differ:

                | | runs | good for |
                | --- | --- | --- |
                | debounce | after the last call | search boxes, resize |
                | throttle | at most once per interval | scrolling, progress |

                > A debounced function drops calls on purpose. Where each call counts, use a queue.

                1. Keep the timer in the closure, not on the element.
                2. Clear it when the component goes away.
                """,
        },
    ];

    private static IReadOnlyList<Step> Thinking =>
    [
        new()
        {
            Blocks =
            [
                new("thinking", "The question can be read in two ways. The simple reading asks for an answer; the interesting one asks how I got there. I will answer the simple one first and show the steps, because steps can be checked and answers can only be believed."),
                new("text", "I thought about it first: open *Thinking* above to see how.\n\nThe short answer is **yes**. The steps that lead there:\n\n1. State what is known.\n2. Find what would prove it wrong.\n3. Look for exactly that."),
            ],
        },
    ];

    private static IReadOnlyList<Step> Error => [new() { Status = 400 }];

    private static IReadOnlyList<Step> Slow => [new() { FirstDelayMs = 3000, DelayMs = 220, Text = "This answer takes its time, one word after another, so that you can see what waiting looks like, who is typing, and that *Stop* works at any moment." }];

    private static IReadOnlyList<Step> Long
    {
        get
        {
            string[] scenes =
            [
                "The lighthouse had two keepers, and they had not spoken for a year. Not out of anger: there was simply nothing that the log did not already say. *Lamp trimmed. Wind south-west. One ship.*",
                "In the second winter the younger one began to leave questions in the margin. The older one answered them, in the margin too, the next morning. Soon the log was twice as long, and the ships were only a small part of it.",
                "They wrote about the sea first, because it was there. Then about bread. Then about the letters that the supply boat brought, and about those that it did not bring.",
                "When the boat came in spring, its captain asked for the log, as he always did. He read it standing on the pier, and then he sat down, and the unloading waited.",
                "He copied one page by hand and took it with him. It is the only page that survives. It says: *Lamp trimmed. Wind none. Two of us, and the sea, and this book, in which nothing is lost.*",
            ];
            return [new() { Text = "## The log of the two keepers\n\n" + string.Join("\n\n", Enumerable.Range(0, 4).SelectMany(part => scenes.Select((scene, i) => i == 0 ? $"### Part {part + 1}\n\n{scene}" : scene))) }];
        }
    }

    private static IReadOnlyList<Step> File(string workspace)
    {
        var path = Path.Combine(workspace, "hello.py");
        const string Program = "import sys\n\n\ndef greet(name: str) -> str:\n    return f\"Hello, {name}!\"\n\n\nif __name__ == \"__main__\":\n    print(greet(sys.argv[1] if len(sys.argv) > 1 else \"team\"))\n";
        return
        [
            new()
            {
                Blocks =
                [
                    new("thinking", "A small program shows the tools best: write it, then read it back to be sure that it is there."),
                    new("text", "I will write a small Python program into the workspace."),
                    new("tool_use", Name: "Write", Input: Json(new { file_path = path, content = Program })),
                ],
            },
            new()
            {
                Blocks =
                [
                    new("text", "Written. Let me read it back."),
                    new("tool_use", Name: "Read", Input: Json(new { file_path = path })),
                ],
            },
            new()
            {
                Text = "Done: `hello.py` is in the workspace, and it holds what it should.\n\n```python\nprint(greet(\"team\"))  # Hello, team!\n```\n\nClaude Code really ran these tools on the server; only the words were scripted.",
            },
        ];
    }

    private static IReadOnlyList<Step> Search =>
    [
        new() { Blocks = [new("text", "I will look it up."), new("tool_use", Name: "WebSearch", Input: Json(new { query = "resume a WebSocket without loss" }))] },
        new() { Text = "Open the card above: it holds what was found. With a real key the web is really searched." },
    ];

    private static IReadOnlyList<Step> Command =>
    [
        new()
        {
            Blocks =
            [
                new("text", "I will make a folder for notes and put today's date into it."),
                new("tool_use", Name: "Bash", Input: Json(new { command = "mkdir -p notes && date -u +%F | tee notes/today.txt", description = "Make a folder and write the date" })),
            ],
        },
        new() { Text = "That is what became of the command: open the card above to see its output, and who allowed it." },
    ];

    private static IReadOnlyList<Step> Question =>
    [
        new()
        {
            Blocks =
            [
                new("text", "Two things are yours to decide."),
                new("tool_use", Name: "AskUserQuestion", Input: Json(new
                {
                    questions = new object[]
                    {
                        new
                        {
                            question = "Where should the data be kept?", header = "Storage", multiSelect = false,
                            options = new[] { new { label = "SQLite", description = "One file, nothing to run" }, new { label = "PostgreSQL", description = "A server, for several replicas" } },
                        },
                        new
                        {
                            question = "What should come with it?", header = "Extras", multiSelect = true,
                            options = new[] { new { label = "Migrations", description = "The schema changes with the code" }, new { label = "Seed data", description = "Something to look at from the start" }, new { label = "Backups", description = "A copy every night" } },
                        },
                    },
                })),
            ],
        },
        new() { Text = "Thank you: that is decided. Everybody in this project saw the questions, and the first answer counted." },
    ];

    private static IReadOnlyList<Step> Plan(string workspace) =>
    [
        new() { Blocks = [new("text", "Let me look first, and propose a plan."), new("tool_use", Name: "EnterPlanMode", Input: Json(new { }))] },
        new()
        {
            Blocks =
            [
                new("tool_use", Name: "ExitPlanMode", Input: Json(new
                {
                    plan = "# A greeting that speaks several languages\n\n1. **Add** `greetings.py` with a table of languages\n2. **Test** it with the languages that the team speaks\n3. **Document** how to add one\n\n```python\nGREETINGS = {\"en\": \"Hello\", \"de\": \"Hallo\"}\n```\n\nNothing else changes.",
                })),
            ],
        },
        new() { Blocks = [new("text", "Approved. I begin with the first step."), new("tool_use", Name: "Write", Input: Json(new { file_path = Path.Combine(workspace, "greetings.py"), content = "GREETINGS = {\"en\": \"Hello\", \"de\": \"Hallo\"}\n" }))] },
        new() { Text = "The first step is done: `greetings.py` is in the workspace." },
    ];

    private static JsonElement Json<T>(T value) => JsonSerializer.SerializeToElement(value);
}
