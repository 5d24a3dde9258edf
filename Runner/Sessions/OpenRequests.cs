using System.Text.Json;
using Protocol.Events;
using Protocol.Redis;
using Runner.Cli;
using Runner.Translation;

namespace Runner.Sessions;

/// <summary>What is to be written to the CLI, and what viewers are to see.</summary>
internal readonly record struct Resolution(ReadOnlyMemory<byte> Line, Event Event);

/// <summary>
/// What Claude Code has asked and nobody has answered yet. The CLI itself waits without limit (fact sheet §7).
/// Belongs to a session's actor, which calls it one at a time: so the first answer counts, and later ones find nothing.
/// </summary>
internal sealed class OpenRequests(TimeProvider time, TimeSpan limit)
{
    private const string QuestionTool = "AskUserQuestion";
    private const string PlanTool = "ExitPlanMode";

    private readonly Dictionary<string, OpenRequest> _open = [];

    /// <summary>Whether somebody is waited for.</summary>
    public bool Any => _open.Count > 0;

    /// <summary>Takes a <c>can_use_tool</c> request, and gives the event that shows it.</summary>
    // {"subtype":"can_use_tool","tool_name":"Bash","input":{"command":"touch d1"},"permission_suggestions":[{"type":"addRules",
    //  "rules":[{"toolName":"Bash","ruleContent":"touch d1 *"}],"behavior":"allow","destination":"localSettings"}],"tool_use_id":"toolu_1"}
    public PeopleRequest Open(CliOutcome.ControlRequest asked, string sessionId, string turnId)
    {
        var request = asked.Request;
        var id = $"{turnId}:{asked.RequestId}";
        var tool = Text(request, "tool_name") ?? "";
        var toolUseId = Text(request, "tool_use_id");
        var input = request.TryGetProperty("input", out var value) ? value : WireJson.EmptyObject;
        var suggestions = request.TryGetProperty("permission_suggestions", out var proposed) && proposed.GetArrayLength() > 0 ? SavedWithTheProject(proposed) : default(JsonElement?);
        var questions = tool == QuestionTool ? QuestionsOf(input) : null;
        var expiresAt = (time.GetUtcNow() + limit).ToUnixTimeMilliseconds();
        _open[id] = new OpenRequest(asked.RequestId, tool, toolUseId, input, suggestions, questions is not null, expiresAt);
        return questions is not null
            ? new QuestionRequest { SessionId = sessionId, TurnId = turnId, RequestId = id, ToolUseId = toolUseId, ExpiresAt = expiresAt, Questions = questions }
            : new PermissionRequest
            {
                SessionId = sessionId, TurnId = turnId, RequestId = id, ToolUseId = toolUseId, ExpiresAt = expiresAt, ToolName = tool, Input = input,
                Suggestions = suggestions, Reason = Text(request, "decision_reason"), BlockedPath = Text(request, "blocked_path"),
            };
    }

    /// <summary>Takes a person's answer. Null when there is no such request, or no longer.</summary>
    public Resolution? Answer(RequestAnswer answer, string sessionId, string turnId)
    {
        if (!_open.Remove(answer.RequestId, out var request)) return null;
        if (request.IsQuestion)
        {
            var isAnswered = answer is { Allow: true, Answers: not null };
            return new Resolution(
                isAnswered
                    ? ClaudeLines.Allow(request.CliRequestId, WithAnswers(request.Input, answer.Answers!), default)
                    : ClaudeLines.Deny(request.CliRequestId, answer.Message is { } said ? $"{answer.By} did not answer, and said: {said}" : $"{answer.By} does not want to answer. Choose sensibly yourself and say what you chose.", answer.Interrupt),
                new QuestionResolved
                {
                    SessionId = sessionId, TurnId = turnId, RequestId = answer.RequestId, ToolUseId = request.ToolUseId,
                    Decision = isAnswered ? "answered" : "declined", DecidedBy = answer.By, Answers = isAnswered ? answer.Answers : null, Message = answer.Message,
                });
        }

        var allowed = answer.Allow ? Chosen(request.Suggestions, answer) : null;
        return new Resolution(
            answer.Allow
                ? ClaudeLines.Allow(request.CliRequestId, answer.UpdatedInput ?? request.Input, allowed ?? default)
                : ClaudeLines.Deny(request.CliRequestId, Refusal(request.Tool, answer), answer.Interrupt),
            new PermissionResolved
            {
                SessionId = sessionId, TurnId = turnId, RequestId = answer.RequestId, ToolUseId = request.ToolUseId,
                Decision = answer.Allow ? "allow" : "deny", DecidedBy = answer.By, Message = answer.Message,
                UpdatedInput = answer.Allow ? answer.UpdatedInput : null, Allowed = allowed,
            });
    }

    /// <summary>Denies what has waited for too long.</summary>
    public IReadOnlyList<Resolution> Expire(string sessionId, string turnId)
    {
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        return [.. _open.Where(open => open.Value.ExpiresAt <= now).Select(open => open.Key).ToList().Select(id => Answer(
            new RequestAnswer { RequestId = id, By = "expiry", Allow = false, Message = $"Nobody answered within {Words(limit)}." }, sessionId, turnId)!.Value)];
    }

    /// <summary>The CLI no longer asks.</summary>
    public Event? Withdraw(string cliRequestId, string sessionId, string turnId) =>
        _open.FirstOrDefault(open => open.Value.CliRequestId == cliRequestId) is { Key: { } id } && _open.Remove(id, out var request) ? Withdrawn(id, request, sessionId, turnId) : null;

    /// <summary>The turn ends: nothing of it is waited for any more.</summary>
    public IReadOnlyList<Event> WithdrawAll(string sessionId, string turnId)
    {
        List<Event> withdrawn = [.. _open.Select(open => Withdrawn(open.Key, open.Value, sessionId, turnId))];
        _open.Clear();
        return withdrawn;
    }

    private static Event Withdrawn(string id, OpenRequest request, string sessionId, string turnId) => request.IsQuestion
        ? new QuestionResolved { SessionId = sessionId, TurnId = turnId, RequestId = id, ToolUseId = request.ToolUseId, Decision = "withdrawn", DecidedBy = "claude_code" }
        : new PermissionResolved { SessionId = sessionId, TurnId = turnId, RequestId = id, ToolUseId = request.ToolUseId, Decision = "withdrawn", DecidedBy = "claude_code" };

    private static string Refusal(string tool, RequestAnswer answer) => tool == PlanTool
        ? answer.Message is { } comments ? $"The plan is not approved yet. {answer.By} comments: {comments}" : $"{answer.By} did not approve the plan. Ask what should be different."
        : answer.Message is { } why ? $"{answer.By} denied this: {why}" : $"{answer.By} denied this. Do not try to reach the same in another way; ask what to do instead.";

    // The CLI would write its rules into the workspace's .claude/settings.local.json, and not heed them there the next time,
    // because nobody has trusted that folder in its dialog. The user settings of this CLAUDE_CONFIG_DIR are the project's own.
    private static JsonElement SavedWithTheProject(JsonElement suggestions) => WireJson.Build(writer =>
    {
        writer.WriteStartArray();
        foreach (var suggestion in suggestions.EnumerateArray())
        {
            writer.WriteStartObject();
            foreach (var property in suggestion.EnumerateObject())
            {
                if (property.NameEquals("destination") && property.Value.GetString() is "localSettings" or "projectSettings") writer.WriteString("destination", "userSettings");
                else property.WriteTo(writer);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    });

    // Browsers name suggestions by their place: what is allowed is what the CLI proposed, never what a browser sent.
    private static JsonElement? Chosen(JsonElement? suggestions, RequestAnswer answer)
    {
        var places = (answer.Suggestions ?? []).Distinct().Where(i => suggestions is { } all && i >= 0 && i < all.GetArrayLength()).ToList();
        if (places.Count == 0 && answer.PermissionMode is null) return null;
        return WireJson.Build(writer =>
        {
            writer.WriteStartArray();
            foreach (var place in places) suggestions!.Value[place].WriteTo(writer);
            if (answer.PermissionMode is { } mode)
            {
                writer.WriteStartObject();
                writer.WriteString("type", "setMode");
                writer.WriteString("mode", mode);
                writer.WriteString("destination", "session");
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        });
    }

    private static JsonElement WithAnswers(JsonElement input, IReadOnlyDictionary<string, string> answers) => WireJson.Build(writer =>
    {
        writer.WriteStartObject();
        foreach (var property in input.EnumerateObject()) if (!property.NameEquals("answers")) property.WriteTo(writer);
        writer.WriteStartObject("answers");
        foreach (var (question, answer) in answers) writer.WriteString(question, answer);
        writer.WriteEndObject();
        writer.WriteEndObject();
    });

    // {"questions":[{"question":"Which database?","header":"Database","options":[{"label":"SQLite","description":"file"}],"multiSelect":false}]}
    private static List<Question>? QuestionsOf(JsonElement input)
    {
        if (!input.TryGetProperty("questions", out var asked) || asked.ValueKind != JsonValueKind.Array || asked.GetArrayLength() == 0) return null;
        var questions = new List<Question>();
        foreach (var question in asked.EnumerateArray())
        {
            if (question.ValueKind != JsonValueKind.Object || Text(question, "question") is not { } text) return null;
            var options = question.TryGetProperty("options", out var list) && list.ValueKind == JsonValueKind.Array
                ? list.EnumerateArray().Where(option => option.ValueKind == JsonValueKind.Object).Select(option => new QuestionOption(Text(option, "label") ?? "", Text(option, "description"))).ToList()
                : [];
            questions.Add(new Question(text, Text(question, "header") ?? "", question.TryGetProperty("multiSelect", out var multi) && multi.ValueKind == JsonValueKind.True, options));
        }

        return questions;
    }

    private static string Words(TimeSpan time) => time.TotalHours >= 1 ? $"{time.TotalHours:0.#} hours" : time.TotalMinutes >= 1 ? $"{time.TotalMinutes:0.#} minutes" : $"{time.TotalSeconds:0.#} seconds";

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private sealed record OpenRequest(string CliRequestId, string Tool, string? ToolUseId, JsonElement Input, JsonElement? Suggestions, bool IsQuestion, long ExpiresAt);
}
