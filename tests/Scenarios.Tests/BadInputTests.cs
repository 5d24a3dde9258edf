using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Protocol.Events;
using TestKit;

namespace Scenarios.Tests;

/// <summary>Whatever is sent, the sender hears what was wrong, and the next good message works on the same socket.</summary>
public sealed class BadInputTests(SharedStack shared)
{
    private readonly Stack _stack = shared.Stack;

    public static TheoryData<string, string> BadFrames => new()
    {
        { "{", "malformed_json" },
        { "", "malformed_json" },
        { "[1]", "malformed_json" },
        { "\"text\"", "malformed_json" },
        { "{}", "missing_type" },
        { """{"type":7}""", "wrong_type" },
        { """{"type":"nonsense"}""", "unknown_type" },
        { """{"type":"user_message"}""", "missing_content" },
        { """{"type":"user_message","content":7}""", "wrong_type" },
        { """{"type":"user_message","content":"hi","client_message_id":{}}""", "wrong_type" },
        { """{"type":"user_message","content":"hi","steer":"yes"}""", "wrong_type" },
        { """{"type":"user_message","content":"hi","attachments":[{"path":"a.txt"}]}""", "bad_attachment" },
        { """{"type":"user_message","content":"hi","attachments":"a.txt"}""", "wrong_type" },
        { """{"type":"user_message","content":"hi","attachments":[{"path":"","name":"a","media_type":"text/plain","size":1}]}""", "bad_attachment" },
        { """{"type":"user_message","content":""}""", "empty_content" },
        { """{"type":"user_message","content":" \n\t "}""", "empty_content" },
        { """{"type":"user_message","content":"hi","session_id":"no-uuid"}""", "bad_session_id" },
        { """{"type":"user_message","content":"hi","session_id":"0198c5a2-7c1e-7d3a-9b6e-2f1d3c4b5a69"}""", "unknown_session" },
        { """{"type":"user_message","content":"hi","client_message_id":""}""", "bad_client_message_id" },
        { """{"type":"interrupt"}""", "nothing_to_interrupt" },
        { """{"type":"permission_response","decision":"allow"}""", "wrong_type" },
        { """{"type":"permission_response","request_id":"t:r","decision":"perhaps"}""", "bad_decision" },
        { """{"type":"permission_response","request_id":"t:r","decision":"allow"}""", "not_asked" },
        { """{"type":"permission_response","request_id":"no colon","decision":"allow"}""", "bad_request_id" },
        { """{"type":"permission_response","request_id":"t:r","decision":"allow","suggestions":"all"}""", "wrong_type" },
        { """{"type":"question_response","request_id":"t:r","answers":[]}""", "wrong_type" },
        { """{"type":"set_permission_mode","permission_mode":"yolo"}""", "invalid_permission_mode" },
        { """{"type":"set_permission_mode","permission_mode":"bypassPermissions"}""", "invalid_permission_mode" },
        { """{"type":"prepare","session_id":1}""", "wrong_type" },
        { """{"type":"prepare","session_id":"57a5ff2b-3b4d-4b8c-9a9f-3f5ed2c8a111"}""", "unknown_session" },
        { """{"type":"set_model"}""", "wrong_type" },
        { """{"type":"set_model","model":"sonnet"}""", "unknown_session" },
    };

    [Theory]
    [MemberData(nameof(BadFrames))]
    public async Task A_bad_frame_is_answered_and_the_socket_stays(string frame, string code)
    {
        await using var viewer = await _stack.ViewAsync(await _stack.NewProjectAsync());
        await viewer.SendAsync(frame);
        var rejected = await viewer.WaitForAsync<Rejected>();
        Assert.Equal(code, rejected.Code);
        Assert.NotEmpty(rejected.Message);
        await viewer.SendAsync("""{"type":"nonsense"}""");
        await viewer.WaitForAsync<Rejected>(r => r.Code == "unknown_type");
        Assert.Empty(viewer.Events);
    }

    [Fact]
    public async Task A_message_of_10_MB_is_refused_and_the_next_one_works()
    {
        await using var viewer = await _stack.ViewAsync(await _stack.NewProjectAsync());
        await viewer.SayAsync(new string('x', 10 << 20));
        Assert.Equal("message_too_big", (await viewer.WaitForAsync<Rejected>()).Code);
        await viewer.SayAsync("""%%demo [{"text":"Fine."}]""");
        Assert.Equal(EndReasons.Completed, (await viewer.WaitForEndAsync()).Reason);
    }

    [Fact]
    public async Task A_binary_frame_is_refused()
    {
        await using var viewer = await _stack.ViewAsync(await _stack.NewProjectAsync());
        await viewer.SendAsync([1, 2, 3], WebSocketMessageType.Binary);
        Assert.Equal("binary_frame", (await viewer.WaitForAsync<Rejected>()).Code);
    }

    [Fact]
    public async Task Invalid_UTF8_is_refused_or_closes_the_socket_with_the_code_for_it()
    {
        var project = await _stack.NewProjectAsync();
        await using (var viewer = await _stack.ViewAsync(project))
        {
            await viewer.SendAsync([0x7b, 0xff, 0xfe, 0x7d], WebSocketMessageType.Text);
            var refused = viewer.WaitForAsync<Rejected>();
            await Task.WhenAny(refused, viewer.WaitForCloseAsync());
            if (!viewer.Frames.OfType<Rejected>().Any()) Assert.Equal(WebSocketCloseStatus.InvalidPayloadData, viewer.CloseStatus);
            await refused.ContinueWith(_ => { }, TestContext.Current.CancellationToken, TaskContinuationOptions.None, TaskScheduler.Default);
        }

        await using var again = await _stack.ViewAsync(project);
    }

    [Fact]
    public async Task The_history_of_a_session_that_is_not_there_is_a_problem_and_not_an_empty_one()
    {
        var answer = await _stack.Http.GetAsync($"projects/{await _stack.NewProjectAsync()}/messages?session_id=gone", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("unknown_session", (await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("code").GetString());
    }

    [Fact]
    public async Task Ten_thousand_frames_at_once_are_throttled_and_others_notice_nothing()
    {
        await using var flooding = await _stack.ViewAsync(await _stack.NewProjectAsync());
        await using var other = await _stack.ViewAsync(await _stack.NewProjectAsync());
        var flood = Task.Run(async () =>
        {
            for (var i = 0; i < 10_000; i++) await flooding.SendAsync("""{"type":"nonsense"}""");
        }, TestContext.Current.CancellationToken);
        await other.SayAsync("""%%demo [{"text":"Undisturbed."}]""");
        Assert.Equal(EndReasons.Completed, (await other.WaitForEndAsync()).Reason);
        await flood;
        await flooding.WaitForAsync<Rejected>(r => r.Code == "too_many_frames");
        Assert.InRange(flooding.Frames.OfType<Rejected>().Count(), 1, 1000);

        // Allowed again once the bucket has refilled.
        await Eventually.IsAsync("the flooder to be heard again", async () =>
        {
            await flooding.SayAsync("""%%demo [{"text":"Calm."}]""", "calm");
            await Task.Delay(100, TestContext.Current.CancellationToken);
            return flooding.Frames.OfType<UserMessage>().Any();
        });
    }

    [Fact]
    public async Task A_socket_that_closes_mid_turn_does_not_stop_the_turn()
    {
        var project = await _stack.NewProjectAsync();
        var viewer = await _stack.ViewAsync(project);
        await viewer.SayAsync("""%%demo [{"text":"Nobody is looking at this any more.","delay_ms":30}]""");
        await viewer.WaitForAsync<AssistantChunk>();
        await viewer.DisposeAsync();
        var history = await _stack.HistoryAsync(project, h => h.GetProperty("turns")[0].GetProperty("status").GetString() == "ended", "an ended turn");
        Assert.Equal("completed", history.GetProperty("turns")[0].GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_project_deleted_while_running_closes_its_sockets_for_good_and_stops_its_turn()
    {
        var project = await _stack.NewProjectAsync();
        await using var viewer = await _stack.ViewAsync(project);
        await viewer.SayAsync("""%%demo [{"blocks":[{"type":"tool_use","name":"Bash","input":{"command":"sleep 300 # deleted"}}]}]""");
        await viewer.WaitForAsync<ToolUse>();
        var deleted = await _stack.Http.DeleteAsync($"projects/{project}", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        await viewer.WaitForCloseAsync();
        Assert.Equal(4404, (int)viewer.CloseStatus!);
        await Processes.GoneAsync("the shell command of the deleted project", "sleep 300 # deleted");
    }

    [Theory]
    [InlineData("{", "application/json", HttpStatusCode.BadRequest, "malformed_json", null)]
    [InlineData("""{"name":7}""", "application/json", HttpStatusCode.BadRequest, "malformed_json", "name")]
    [InlineData("""{}""", "application/json", HttpStatusCode.BadRequest, "invalid_name", "name")]
    [InlineData("""{"name":"  "}""", "application/json", HttpStatusCode.BadRequest, "invalid_name", "name")]
    [InlineData("""{"name":"x","permission_mode":"bypassPermissions"}""", "application/json", HttpStatusCode.BadRequest, "invalid_permission_mode", "permission_mode")]
    [InlineData("name=x", "application/x-www-form-urlencoded", HttpStatusCode.UnsupportedMediaType, "unsupported_media_type", null)]
    public async Task A_bad_project_is_refused_with_the_field_that_is_wrong(string body, string type, HttpStatusCode status, string code, string? field)
    {
        var content = new StringContent(body, Encoding.UTF8, MediaTypeHeaderValue.Parse(type));
        var answer = await _stack.Http.PostAsync("projects", content, TestContext.Current.CancellationToken);
        await AssertProblemAsync(answer, status, code, field);
    }

    [Fact]
    public async Task A_name_that_is_taken_conflicts()
    {
        var name = $"twice {Guid.NewGuid():N}";
        await _stack.Http.PostAsJsonAsync("projects", new { name }, TestContext.Current.CancellationToken);
        var second = await _stack.Http.PostAsJsonAsync("projects", new { name }, TestContext.Current.CancellationToken);
        await AssertProblemAsync(second, HttpStatusCode.Conflict, "name_taken", "name");
    }

    [Fact]
    public async Task A_body_over_the_limit_is_refused()
    {
        var answer = await _stack.Http.PostAsJsonAsync($"projects/{await _stack.NewProjectAsync()}/messages", new { content = new string('x', 2 << 20) }, TestContext.Current.CancellationToken);
        await AssertProblemAsync(answer, HttpStatusCode.RequestEntityTooLarge, "message_too_big", "content");
        var huge = await _stack.Http.PostAsJsonAsync("projects", new { name = new string('x', 9 << 20) }, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, huge.StatusCode);
    }

    [Fact]
    public async Task A_message_over_REST_does_what_the_frame_does()
    {
        var project = await _stack.NewProjectAsync();
        await using var viewer = await _stack.ViewAsync(project);
        var answer = await _stack.Http.PostAsJsonAsync($"projects/{project}/messages", new { content = """%%demo [{"text":"By REST."}]""" }, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        var turn = await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        var end = await viewer.WaitForEndAsync();
        Assert.Equal(turn.GetProperty("id").GetString(), end.TurnId);
    }

    [Fact]
    public async Task A_page_of_another_site_may_not_open_the_socket()
    {
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        socket.Options.SetRequestHeader("Origin", "https://evil.example");
        await Assert.ThrowsAsync<WebSocketException>(async () => await socket.ConnectAsync(_stack.SocketAddress(await _stack.NewProjectAsync()), TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.Forbidden, socket.HttpStatusCode);
    }

    [Theory]
    [InlineData("https://evil.example", HttpStatusCode.Forbidden)]
    [InlineData("null", HttpStatusCode.Forbidden)]
    [InlineData("own", HttpStatusCode.Created)]
    public async Task A_page_of_another_site_may_not_change_anything(string origin, HttpStatusCode status)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"projects/{await _stack.NewProjectAsync()}/sessions");
        request.Headers.Add("Origin", origin == "own" ? _stack.Address("ProxyGateway") : origin);
        using var answer = await _stack.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(status, answer.StatusCode);
    }

    private static async Task AssertProblemAsync(HttpResponseMessage answer, HttpStatusCode status, string code, string? field)
    {
        var body = await answer.Content.ReadAsStringAsync();
        Assert.True(status == answer.StatusCode, $"{answer.StatusCode}: {body}");
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = JsonElement.Parse(body);
        Assert.Equal(code, problem.GetProperty("code").GetString());
        Assert.Equal(field, problem.TryGetProperty("field", out var named) ? named.GetString() : null);
    }
}
