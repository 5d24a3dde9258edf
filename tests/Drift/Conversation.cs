using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Drift;

/// <summary>What is said to a CLI, always in the same words, so that what it writes can be compared.</summary>
/// <param name="Name">For the report.</param>
/// <param name="Mode">Its permission mode.</param>
/// <param name="Messages">What the user writes, one after the other's result.</param>
/// <param name="Interrupt">Whether the first answer is stopped at its first words.</param>
internal sealed record Conversation(string Name, string Mode, string[] Messages, bool Interrupt = false)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(60);

    /// <summary>One for each thing that the product does.</summary>
    public static IReadOnlyList<Conversation> All { get; } =
    [
        new("text and thinking", "default", [Script("""{"blocks":[{"type":"thinking","text":"Hm."},{"type":"text","text":"Hello there."}]}""")]),
        new("a command", "acceptEdits", [Script("""{"blocks":[{"type":"tool_use","name":"Bash","input":{"command":"echo hi"}}]}""", """{"text":"Done."}""")]),
        new("a file, written and edited", "acceptEdits",
        [
            Script("""{"blocks":[{"type":"tool_use","name":"Write","input":{"file_path":"$WORKSPACE/a.txt","content":"one\n"}}]}""", """{"blocks":[{"type":"tool_use","name":"Edit","input":{"file_path":"$WORKSPACE/a.txt","old_string":"one","new_string":"two"}}]}""", """{"text":"Done."}"""),
        ]),
        new("a permission", "default", [Script("""{"blocks":[{"type":"tool_use","name":"Bash","input":{"command":"mkdir made"}}]}""", """{"text":"Done."}""")]),
        new("a question", "default", [Script("""{"blocks":[{"type":"tool_use","name":"AskUserQuestion","input":{"questions":[{"question":"Which?","header":"Which","multiSelect":false,"options":[{"label":"This","description":"a"},{"label":"That","description":"b"}]}]}}]}""", """{"text":"Done."}""")]),
        new("a subagent", "acceptEdits", [Script("""{"blocks":[{"type":"tool_use","name":"Agent","input":{"description":"Look","prompt":"%%demo [{\"text\":\"Seen.\"}]","subagent_type":"general-purpose"}}]}""", """{"text":"Done."}""")]),
        new("a list of tasks", "acceptEdits", [Script("""{"blocks":[{"type":"tool_use","name":"TaskCreate","input":{"subject":"One","description":"The first","activeForm":"Doing one"}}]}""", """{"text":"Done."}""")]),
        new("a command in the background", "acceptEdits", [Script("""{"blocks":[{"type":"tool_use","name":"Bash","input":{"command":"sleep 20","run_in_background":true}}]}""", """{"text":"It runs."}""")]),
        new("an overloaded model", "default", [Script("""{"status":529,"times":1,"text":"At last."}""")]),
        new("a refused key", "default", [Script("""{"status":403}""")]),
        new("a stream that is cut", "default", [Script("""{"text":"This text is cut in its middle.","cut_after":4,"times":1,"delay_ms":30}""")]),
        new("two turns", "default", [Script("""{"text":"One."}"""), Script("""{"text":"Two."}""")]),
        new("compaction", "acceptEdits", [Script("""{"blocks":[{"type":"tool_use","name":"Bash","input":{"command":"echo one"}}]}""", """{"text":"One."}"""), "/compact"]),
        new("an unknown command", "default", ["/no-such-command"]),
        new("an interrupt", "default", [Script("""{"text":"A text that is long enough to be stopped in its middle by somebody.","delay_ms":60}""")], Interrupt: true),
    ];

    /// <summary>The lines that the CLI wrote.</summary>
    public async Task<IReadOnlyList<JsonElement>> RunAsync(string cli, string model)
    {
        var folder = Directory.CreateTempSubdirectory("drift-");
        var workspace = folder.CreateSubdirectory("workspace").FullName;
        var start = new ProcessStartInfo(cli,
        [
            "-p", "--input-format=stream-json", "--output-format=stream-json", "--verbose", "--include-partial-messages", "--replay-user-messages", "--permission-prompt-tool=stdio",
            "--strict-mcp-config", $"--permission-mode={Mode}", $"--session-id={Guid.NewGuid()}", "--model=default",
        ])
        {
            WorkingDirectory = workspace, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach (var (name, value) in new Dictionary<string, string?>
        {
            ["PATH"] = Environment.GetEnvironmentVariable("PATH"), ["HOME"] = folder.FullName, ["CLAUDE_CONFIG_DIR"] = Path.Combine(folder.FullName, "claude"),
            ["CLAUDE_CODE_TMPDIR"] = folder.FullName, ["CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC"] = "1", ["CLAUDE_CODE_MAX_RETRIES"] = "2",
            ["ANTHROPIC_API_KEY"] = "dummy", ["ANTHROPIC_BASE_URL"] = model,
        }) start.Environment[name] = value;
        using var process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(s_limit);
        var lines = new List<JsonElement>();
        try
        {
            _ = process.StandardError.ReadToEndAsync(limit.Token);
            await SendAsync(process, Request("initialize", "start"));
            foreach (var message in Messages)
            {
                await SendAsync(process, new JsonObject { ["type"] = "user", ["message"] = new JsonObject { ["role"] = "user", ["content"] = message }, ["parent_tool_use_id"] = null, ["session_id"] = "", ["uuid"] = Guid.NewGuid().ToString() });
                await ReadToResultAsync(process, lines, limit.Token);
            }

            foreach (var question in (string[])["get_usage", "mcp_status", "end_session"]) await SendAsync(process, Request(question, question));
            while (await process.StandardOutput.ReadLineAsync(limit.Token) is { } line) lines.Add(JsonElement.Parse(line));
        }
        catch (Exception error) when (error is OperationCanceledException or IOException or JsonException)
        {
            lines.Add(JsonElement.Parse($$"""{"type":"(drift)","subtype":"{{error.GetType().Name}}"}"""));
        }
        finally
        {
            process.Kill(entireProcessTree: true);
            folder.Delete(recursive: true);
        }

        return lines;
    }

    private async Task ReadToResultAsync(Process process, List<JsonElement> lines, CancellationToken cancellationToken)
    {
        var mayInterrupt = Interrupt;
        while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } text)
        {
            var line = JsonElement.Parse(text);
            lines.Add(line);
            var type = line.GetProperty("type").GetString();
            if (type == "result") return;
            if (type == "control_request") await SendAsync(process, Allow(line));
            if (mayInterrupt && type == "stream_event" && text.Contains("text_delta", StringComparison.Ordinal))
            {
                mayInterrupt = false;
                await SendAsync(process, Request("interrupt", "stop"));
            }
        }
    }

    // Yes to everything; the first option of every question.
    private static JsonObject Allow(JsonElement request)
    {
        var asked = request.GetProperty("request");
        var input = asked.TryGetProperty("input", out var given) ? (JsonObject)JsonNode.Parse(given.GetRawText())! : [];
        if (input["questions"] is JsonArray questions)
            input["answers"] = new JsonObject(questions.Select(question => KeyValuePair.Create(question!["question"]!.GetValue<string>(), (JsonNode?)question["options"]![0]!["label"]!.DeepClone())));
        return new JsonObject
        {
            ["type"] = "control_response",
            ["response"] = new JsonObject { ["subtype"] = "success", ["request_id"] = request.GetProperty("request_id").GetString(), ["response"] = new JsonObject { ["behavior"] = "allow", ["updatedInput"] = input } },
        };
    }

    private static JsonObject Request(string subtype, string id) =>
        new() { ["type"] = "control_request", ["request_id"] = id, ["request"] = new JsonObject { ["subtype"] = subtype } };

    private static async Task SendAsync(Process process, JsonObject line)
    {
        await process.StandardInput.WriteAsync($"{line.ToJsonString()}\n");
        await process.StandardInput.FlushAsync();
    }

    private static string Script(params string[] steps) => $"%%demo [{string.Join(',', steps)}]";
}
