using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Protocol.Events;
using TestKit;

namespace Scenarios.Tests;

/// <summary>What waits for people, across projects, as it changes.</summary>
public sealed class InboxTests(SharedStack shared)
{
    private const string Ask = """%%demo [{"blocks":[{"type":"tool_use","name":"Bash","input":{"command":"touch asked"}}]},{"text":"Done."}]""";

    [Fact]
    public async Task It_is_told_on_every_replica_as_it_changes_and_again_after_a_restart()
    {
        await using var stack = await Stack.StartAsync(services: ["DemoModel", "Runner", "ChatApi", "ChatApi#2"]);
        var (one, two) = (await stack.NewProjectAsync("default"), await stack.NewProjectAsync("default"));
        using var watching = await ConnectAsync(stack, "ChatApi#2");
        Assert.Empty(await UntilAsync(watching, 0));

        await using var viewer = await stack.ViewAsync(one, on: "ChatApi");
        await viewer.SayAsync(Ask);
        Assert.Equal([one], await UntilAsync(watching, 1));
        await using var other = await stack.ViewAsync(two, on: "ChatApi");
        await other.SayAsync(Ask);
        Assert.Equal([one, two], await UntilAsync(watching, 2));

        await stack.RestartAsync("ChatApi#2");
        using var back = await ConnectAsync(stack, "ChatApi#2");
        Assert.Equal([one, two], await UntilAsync(back, 2));

        var request = await viewer.WaitForAsync<PermissionRequest>();
        using var answer = await stack.AnswerAsync(one, request, new { decision = "deny" });
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Equal([two], await UntilAsync(back, 1));
        using var deleted = await stack.Http.DeleteAsync($"projects/{two}", TestContext.Current.CancellationToken);
        Assert.Empty(await UntilAsync(back, 0));
    }

    [Fact]
    public async Task Who_does_not_ask_for_a_WebSocket_or_comes_from_another_site_is_told_so()
    {
        using var plain = await shared.Stack.Http.GetAsync(new Uri($"{shared.Stack.Address("ProxyGateway")}/ws/inbox"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.UpgradeRequired, plain.StatusCode);
        using var foreign = new ClientWebSocket();
        foreign.Options.SetRequestHeader("Origin", "https://elsewhere.example");
        await Assert.ThrowsAsync<WebSocketException>(() => foreign.ConnectAsync(AddressOf(shared.Stack, "ProxyGateway"), TestContext.Current.CancellationToken));
        using var own = await ConnectAsync(shared.Stack, "ProxyGateway");
        using var limit = new CancellationTokenSource(Eventually.Limit);
        await NextAsync(own, limit.Token);
    }

    private static Uri AddressOf(Stack stack, string service) => new(stack.Address(service).Replace("http://", "ws://", StringComparison.Ordinal) + "/ws/inbox");

    private static async Task<ClientWebSocket> ConnectAsync(Stack stack, string service)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(AddressOf(stack, service), TestContext.Current.CancellationToken).WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken);
        return socket;
    }

    private static async Task<List<string>> UntilAsync(ClientWebSocket socket, int count)
    {
        using var limit = new CancellationTokenSource(Eventually.Limit);
        List<string> last;
        do last = await NextAsync(socket, limit.Token);
        while (last.Count != count);
        return last;
    }

    /// <summary>The projects of what waits, as the next frame says it that says something else than before.</summary>
    private static async Task<List<string>> NextAsync(ClientWebSocket socket, CancellationToken limit)
    {
        var buffer = new byte[1 << 16];
        while (true)
        {
            var message = new StringBuilder();
            ValueWebSocketReceiveResult received;
            try
            {
                do
                {
                    received = await socket.ReceiveAsync(buffer.AsMemory(), limit);
                    message.Append(Encoding.UTF8.GetString(buffer, 0, received.Count));
                }
                while (!received.EndOfMessage);
            }
            catch (OperationCanceledException)
            {
                throw new TimeoutException("Waited in vain for the inbox to say what waits.");
            }

            var frame = JsonElement.Parse(message.ToString());
            if (frame.GetProperty("type").GetString() == "unchanged") continue;
            Assert.Equal("inbox", frame.GetProperty("type").GetString());
            return [.. frame.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("request").GetProperty("project_id").GetString()!)];
        }
    }
}
