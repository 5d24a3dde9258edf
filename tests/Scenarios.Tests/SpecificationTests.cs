using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;
using Protocol.Events;
using TestKit;

namespace Scenarios.Tests;

/// <summary>
/// The specification's scenarios, by their names, over the real path: the real CLI, DemoModel, redis-server, real sockets,
/// through the gateway. (Those of the hook are in tests/Browser.)
/// </summary>
public sealed class SpecificationTests(SharedStack shared)
{
    private readonly Stack _stack = shared.Stack;

    [Fact]
    public async Task Connection_by_project()
    {
        var (one, other) = (await _stack.NewProjectAsync(), await _stack.NewProjectAsync());
        await using var viewer = await _stack.ViewAsync(one);
        await using var second = await _stack.ViewAsync(one);
        await using var stranger = await _stack.ViewAsync(other);
        var hello = await viewer.WaitForAsync<Hello>();
        Assert.Equal((one, "ok", "demo"), (hello.Project.Id, hello.Resume, hello.Model));

        await viewer.SayAsync("""%%demo [{"text":"For this project only."}]""");
        await viewer.WaitForEndAsync();
        await second.WaitForEndAsync();

        Assert.Equal(viewer.Seqs, second.Seqs);
        Assert.Empty(stranger.Events);
    }

    [Theory]
    [InlineData("0198c5a2-7c1e-7d3a-9b6e-2f1d3c4b5a69", HttpStatusCode.NotFound, "unknown_project")]
    [InlineData("no-uuid", HttpStatusCode.BadRequest, "malformed_project_id")]
    public async Task Invalid_project_refused(string projectId, HttpStatusCode status, string code)
    {
        using var socket = new ClientWebSocket();
        socket.Options.CollectHttpResponseDetails = true;
        await Assert.ThrowsAsync<WebSocketException>(() => socket.ConnectAsync(_stack.SocketAddress(projectId), TestContext.Current.CancellationToken));
        Assert.Equal(status, socket.HttpStatusCode);

        // The same handshake by hand, for the body that ClientWebSocket does not give.
        var request = new HttpRequestMessage(HttpMethod.Get, $"{_stack.Address("ProxyGateway")}/ws/chat/{projectId}");
        request.Headers.Add("Connection", "Upgrade");
        request.Headers.Add("Upgrade", "websocket");
        request.Headers.Add("Sec-WebSocket-Version", "13");
        request.Headers.Add("Sec-WebSocket-Key", Convert.ToBase64String(Guid.NewGuid().ToByteArray()));
        var answer = await new HttpClient().SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(status, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        Assert.Equal(code, (await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken)).GetProperty("code").GetString());
    }

    [Fact]
    public async Task Text_chunk()
    {
        await using var viewer = await _stack.ViewAsync(await _stack.NewProjectAsync());
        await viewer.SayAsync("""%%demo [{"text":"Grüße – in \"chunks\", one after another. 🎉","delay_ms":100}]""");
        await viewer.WaitForEndAsync();

        var chunks = viewer.Frames.OfType<AssistantChunk>().ToList();
        Assert.True(chunks.Count > 3, $"It came in {chunks.Count} chunks, so it was not streamed.");
        Assert.Equal("Grüße – in \"chunks\", one after another. 🎉", string.Concat(chunks.Select(c => c.Content)));
        Assert.Contains("\"type\":\"assistant_chunk\"", viewer.Json.First(j => j.Contains("assistant_chunk", StringComparison.Ordinal)), StringComparison.Ordinal);
        var finished = Assert.Single(viewer.Frames.OfType<AssistantMessage>());
        Assert.Equal("Grüße – in \"chunks\", one after another. 🎉", finished.Content[0].GetProperty("text").GetString());
    }

    [Fact]
    public async Task Token_metrics()
    {
        await using var viewer = await _stack.ViewAsync(await _stack.NewProjectAsync());
        await viewer.SayAsync("""%%demo [{"blocks":[{"type":"text","text":"Listing."},{"type":"tool_use","name":"Bash","input":{"command":"ls"}}]},{"text":"That is all."}]""");
        var end = await viewer.WaitForEndAsync();

        var usage = viewer.Frames.OfType<UsageUpdate>().ToList();
        Assert.Equal(2, usage.Count); // One for each message, and each message once.
        Assert.Equal(2, usage.Select(u => u.MessageId).Distinct().Count());
        Assert.Equal(end.UsageSummary.OutputTokens, usage.Sum(u => u.Usage.OutputTokens));
        Assert.Equal(end.UsageSummary.InputTokens, usage.Sum(u => u.Usage.InputTokens));
    }

    [Fact]
    public async Task End_of_session()
    {
        await using var viewer = await _stack.ViewAsync(await _stack.NewProjectAsync());
        await viewer.SayAsync("""%%demo [{"text":"First."}]""");
        var first = await viewer.WaitForEndAsync(1);
        await viewer.SayAsync("""%%demo [{"text":"Second."}]""");
        var second = await viewer.WaitForEndAsync(2);

        Assert.Equal((EndReasons.Completed, false), (first.Reason, first.IsError));
        Assert.True(first.TotalCostUsd > 0);
        // The CLI's figure is cumulative; a turn's cost is its own. The second repeats the first's context, so it costs more, but not twice.
        Assert.InRange(second.TotalCostUsd, first.TotalCostUsd / 2, first.TotalCostUsd * 1.9m);
        Assert.Equal(second.TotalCostUsd, second.UsageSummary.Models.Values.Sum(m => m.CostUsd));
        Assert.Equal(first.SessionId, second.SessionId);
        Assert.Equal(2, viewer.Frames.OfType<SessionEnd>().Count());
        Assert.IsType<SessionEnd>(viewer.Events[^1]);
    }

    [Fact]
    public async Task Proxied_request()
    {
        var projectId = await _stack.NewProjectAsync(); // through the gateway's /api
        var throughGateway = await new HttpClient().GetStringAsync($"{_stack.Address("ProxyGateway")}/api/projects/{projectId}", TestContext.Current.CancellationToken);
        var direct = await new HttpClient().GetStringAsync($"{_stack.Address("ChatApi")}/projects/{projectId}", TestContext.Current.CancellationToken);
        Assert.Equal(direct, throughGateway);
    }

    [Fact]
    public async Task HTTP_methods_preserved()
    {
        var name = $"methods {Guid.NewGuid():N}";
        var cancel = TestContext.Current.CancellationToken;
        var created = await _stack.Http.PostAsJsonAsync("projects", new { name }, cancel);
        Assert.Equal(HttpStatusCode.Created, created.StatusCode);
        var id = (await created.Content.ReadFromJsonAsync<JsonElement>(cancel)).GetProperty("id").GetString();
        Assert.Equal($"/projects/{id}", created.Headers.Location?.OriginalString);

        var changed = await _stack.Http.PutAsJsonAsync($"projects/{id}", new { name = $"{name}!" }, cancel);
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.Equal($"{name}!", (await _stack.Http.GetFromJsonAsync<JsonElement>($"projects/{id}", cancel)).GetProperty("name").GetString());
        Assert.Equal(HttpStatusCode.NoContent, (await _stack.Http.DeleteAsync($"projects/{id}", cancel)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await _stack.Http.GetAsync($"projects/{id}", cancel)).StatusCode);
    }
}
