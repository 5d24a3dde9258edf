using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using ProxyGateway;
using ServiceDefaults;
using TestKit;

namespace ProxyGateway.Tests;

/// <summary>The gateway before two services that say what they got: all on Kestrel, in this process.</summary>
public sealed class GatewayTests : IAsyncLifetime
{
    private readonly List<WebApplication> _apps = [];
    private HttpClient _http = null!;
    private string _gateway = "";

    public async ValueTask InitializeAsync()
    {
        var chatApi = await StartAsync(app =>
        {
            app.UseWebSockets(new WebSocketOptions { KeepAliveInterval = TimeSpan.FromSeconds(1) });
            app.Run(EchoAsync);
        });
        var webapp = await StartAsync(app => app.Run(context => context.Response.WriteAsync($"page {context.Request.Path}{context.Request.QueryString}")));
        await StartGatewayAsync(chatApi, webapp);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var app in _apps) await app.DisposeAsync();
        _http.Dispose();
    }

    [Theory]
    [InlineData("GET", null)]
    [InlineData("POST", "{\"a\":1}")]
    [InlineData("PUT", "text")]
    [InlineData("PATCH", "x")]
    [InlineData("DELETE", null)]
    [InlineData("DELETE", "{\"with\":\"body\"}")]
    [InlineData("OPTIONS", null)]
    public async Task A_method_its_path_query_headers_and_body_arrive_without_the_prefix(string method, string? body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), "/api/projects/a%2Fb?q=1&q=%20x") { Content = body is null ? null : new StringContent(body) };
        request.Headers.Add("x-own", "value");
        using var answer = await _http.SendAsync(request, TestContext.Current.CancellationToken);
        var echo = JsonElement.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        Assert.Equal(method, echo.GetProperty("method").GetString());
        Assert.Equal("/projects/a%2Fb?q=1&q=%20x", echo.GetProperty("target").GetString());
        Assert.Equal("value", echo.GetProperty("own").GetString());
        Assert.Equal(body ?? "", echo.GetProperty("body").GetString());
        Assert.Equal(new Uri(_gateway).Authority, echo.GetProperty("host").GetString());
    }

    [Fact]
    public async Task Everything_else_goes_to_the_webapp() =>
        Assert.Equal("page /projects/7?x=1", await _http.GetStringAsync("/projects/7?x=1", TestContext.Current.CancellationToken));

    [Fact]
    public async Task A_streamed_answer_comes_as_it_is_written()
    {
        using var answer = await _http.GetAsync("/api/stream", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        // The service writes the second line only when it was told that the first arrived.
        Assert.Equal("first", await reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken));
        await _http.PostAsync("/api/go-on", null, TestContext.Current.CancellationToken);
        Assert.Equal("second", await reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_large_upload_passes()
    {
        using var answer = await _http.PostAsync("/api/length", new ByteArrayContent(new byte[40 << 20]), TestContext.Current.CancellationToken);
        Assert.Equal((40 << 20).ToString(System.Globalization.CultureInfo.InvariantCulture), await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_socket_passes_both_ways()
    {
        using var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"{_gateway.Replace("http", "ws", StringComparison.Ordinal)}/ws/chat/x"), TestContext.Current.CancellationToken);
        await socket.SendAsync("hello"u8.ToArray(), WebSocketMessageType.Text, true, TestContext.Current.CancellationToken);
        var buffer = new byte[100];
        var received = await socket.ReceiveAsync(buffer.AsMemory(), TestContext.Current.CancellationToken);
        Assert.Equal("/ws/chat/x: hello", Encoding.UTF8.GetString(buffer, 0, received.Count));
    }

    [Fact]
    public void An_idle_socket_outlives_YARPs_default_because_the_server_pings_far_more_often()
    {
        var options = new GatewayOptions();
        // ChatApi pings every 15 s; a ping is activity, and so resets the timeout.
        Assert.True(options.ActivityTimeout > TimeSpan.FromSeconds(15 * 10), $"An idle socket would be cut after {options.ActivityTimeout}.");
    }

    [Fact]
    public async Task A_service_that_is_down_gives_a_problem_at_once()
    {
        await StartGatewayAsync($"http://127.0.0.1:{Ports.Free()}", $"http://127.0.0.1:{Ports.Free()}");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        using var answer = await _http.GetAsync("/api/projects", limit.Token);
        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        var problem = JsonElement.Parse(await answer.Content.ReadAsStringAsync(limit.Token));
        Assert.Equal(("service_unreachable", "chatapi"), (problem.GetProperty("code").GetString(), problem.GetProperty("service").GetString()));

        using var health = await _http.GetAsync("/health", limit.Token);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, health.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await _http.GetAsync("/alive", limit.Token)).StatusCode);
    }

    private readonly TaskCompletionSource _goOn = new();

    private async Task EchoAsync(HttpContext context)
    {
        var request = context.Request;
        if (context.WebSockets.IsWebSocketRequest)
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync();
            var buffer = new byte[100];
            var received = await socket.ReceiveAsync(buffer.AsMemory(), context.RequestAborted);
            await socket.SendAsync(Encoding.UTF8.GetBytes($"{request.Path}: {Encoding.UTF8.GetString(buffer, 0, received.Count)}"), WebSocketMessageType.Text, true, context.RequestAborted);
            return;
        }

        switch (request.Path.Value)
        {
            case "/stream":
                await context.Response.WriteAsync("first\n");
                await context.Response.Body.FlushAsync();
                await _goOn.Task;
                await context.Response.WriteAsync("second\n");
                return;
            case "/go-on":
                _goOn.TrySetResult();
                return;
            case "/length":
                var length = 0L;
                var part = new byte[1 << 16];
                for (int read; (read = await request.Body.ReadAsync(part)) > 0;) length += read;
                await context.Response.WriteAsync($"{length}");
                return;
        }

        using var reader = new StreamReader(request.Body);
        context.Response.StatusCode = 202;
        await context.Response.WriteAsJsonAsync(new
        {
            method = request.Method,
            target = context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget,
            own = request.Headers["x-own"].ToString(),
            host = request.Headers["X-Forwarded-Host"].ToString(),
            body = await reader.ReadToEndAsync(),
        });
    }

    private async Task StartGatewayAsync(string chatApi, string webapp)
    {
        var builder = NewBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["services:chatapi:http:0"] = chatApi, ["services:webapp:http:0"] = webapp });
        builder.AddServiceDefaults();
        builder.AddGateway();
        var app = builder.Build();
        app.MapDefaultEndpoints();
        app.MapGateway();
        _gateway = await StartAsync(app);
        _http = new HttpClient { BaseAddress = new Uri(_gateway) };
    }

    private Task<string> StartAsync(Action<WebApplication> map)
    {
        var builder = NewBuilder();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = null);
        var app = builder.Build();
        map(app);
        return StartAsync(app);
    }

    private async Task<string> StartAsync(WebApplication app)
    {
        _apps.Add(app);
        await app.StartAsync();
        return app.Urls.Single();
    }

    private static WebApplicationBuilder NewBuilder()
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        return builder;
    }
}
