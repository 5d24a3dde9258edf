using System.Net.Http.Json;
using System.Text.Json;
using Protocol.Events;
using Protocol.Redis;
using StackExchange.Redis;

namespace TestKit;

/// <summary>
/// The whole path as processes on free ports: a Redis, DemoModel, Runner (with the real CLI), ChatApi, and on wish the gateway.
/// </summary>
public sealed class Stack : IAsyncDisposable
{
    private readonly Dictionary<string, ChildProcess> _services = [];
    private readonly Dictionary<string, int> _ports = [];

    private static readonly Lazy<Task<PostgresServer>> s_postgres = new(PostgresServer.StartAsync);
    private string? _postgres;
    private ConnectionMultiplexer? _redis;

    private Stack(RedisServer redis) => Redis = redis;

    /// <summary>Whether tests run on PostgreSQL (<c>CHAT_DATABASE=postgres</c>) or SQLite.</summary>
    public static bool OnPostgres => Environment.GetEnvironmentVariable("CHAT_DATABASE") == "postgres";

    /// <summary>A PostgreSQL server of its own, to be killed; null for the one that all tests share, or for SQLite.</summary>
    public PostgresServer? Postgres { get; set; }

    /// <summary>Ends the PostgreSQL server that tests share.</summary>
    public static async ValueTask EndSharedAsync()
    {
        if (s_postgres.IsValueCreated) await (await s_postgres.Value).DisposeAsync();
    }

    /// <summary>Its Redis.</summary>
    public RedisServer Redis { get; }

    /// <summary>A shell command that waits until <see cref="OpenGate"/>.</summary>
    public const string Gate = "until [ -e .gate ]; do sleep 0.05; done";

    /// <summary>Everything that it keeps.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("stack-").FullName;

    /// <summary>ChatApi, or the gateway's /api when there is one.</summary>
    public HttpClient Http { get; private set; } = new();

    /// <summary>Settings of services, by variable; those of a Runner begin with Runner__.</summary>
    public Dictionary<string, string> Settings { get; } = new()
    {
        ["DemoModel__TokenDelayMs"] = "1",
        ["Runner__MaxRetries"] = "1",
        ["ChatApi__Model"] = "demo",
    };

    /// <summary>
    /// Services that may write no file larger than this, in kilobytes (setrlimit(2)): for them the disk is full from there on.
    /// </summary>
    public Dictionary<string, int> FileLimits { get; } = [];

    /// <summary>Starts what is asked for, by default all but the gateway. <c>ChatApi#2</c> is another replica of ChatApi.</summary>
    public static async Task<Stack> StartAsync(RedisServer? redis = null, Action<Stack>? configure = null, params string[] services)
    {
        var stack = new Stack(redis ?? await RedisServer.StartAsync());
        configure?.Invoke(stack);
        try
        {
            if (stack.Postgres is not null || OnPostgres) stack._postgres = await (stack.Postgres ?? await s_postgres.Value).NewDatabaseAsync();
            foreach (var service in services.Length > 0 ? services : ["DemoModel", "Runner", "ChatApi"]) stack.Begin(service);
            foreach (var service in stack._services.Keys.ToList()) await stack.WaitForAsync(service, redis is not null);
        }
        catch
        {
            await stack.DisposeAsync();
            throw;
        }

        return stack;
    }

    /// <summary>A connection to its Redis, for looking at the log and writing to it.</summary>
    public async Task<ConnectionMultiplexer> RedisAsync() => _redis ??= await Redis.ConnectAsync();

    /// <summary>A service's process.</summary>
    public ChildProcess Service(string name) => _services[name];

    /// <summary>A service's address.</summary>
    public string Address(string name) => $"http://127.0.0.1:{Port(name)}";

    /// <summary>Kills a service and starts it again on the same port; with other settings when these were changed.</summary>
    public async Task RestartAsync(string service)
    {
        await _services[service].DisposeAsync();
        Begin(service);
        await WaitForAsync(service);
    }

    /// <summary>Starts a service and does not wait.</summary>
    public void Begin(string service)
    {
        var environment = new Dictionary<string, string>
        {
            ["ASPNETCORE_URLS"] = Address(service),
            ["ConnectionStrings__redis"] = Redis.ConnectionString,
            ["ConnectionStrings__chatdb"] = _postgres ?? $"Data Source={Path.Combine(Folder, "db", "chat.db")}",
            ["Runner__StatePath"] = Path.Combine(Folder, "runner"),
            ["Runner__AnthropicApiKey"] = "test-key",
            ["Runner__AnthropicBaseUrl"] = Address("DemoModel"),
            ["services__chatapi__http__0"] = Address("ChatApi"),
            ["services__webapp__http__0"] = Address("Webapp"),
        };
        if (Repository.OtherCli is { } cli) (environment["Runner__CliPath"], environment["Runner__RequirePinnedCli"]) = (cli, "false");
        foreach (var (key, value) in Settings) environment[key] = value;
        var program = Services.Path(service.Split('#')[0]);
        if (FileLimits.TryGetValue(service, out var kilobytes))
        {
            // The runtime reserves its code's memory as a large file, unless told not to; the signal would end it before write(2) says so.
            environment["DOTNET_EnableWriteXorExecute"] = "0";
            _services[service] = new ChildProcess(service, "bash", ["-c", $"trap '' XFSZ; ulimit -f {kilobytes}; exec dotnet {program}"], environment);
        }
        else
        {
            _services[service] = new ChildProcess(service, "dotnet", [program], environment);
        }

        if (service is "ChatApi") Http = new HttpClient { BaseAddress = new Uri($"{Address(service)}/") };
        if (service is "ProxyGateway") Http = new HttpClient { BaseAddress = new Uri($"{Address(service)}/api/") };
    }

    /// <summary>Waits until a service answers.</summary>
    public async Task WaitForAsync(string service, bool onlyAlive = false)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5) };
        await Eventually.IsAsync($"{service} to be healthy. It says:\n{_services[service].Output}", async () =>
        {
            if (_services[service].HasExited) throw new InvalidOperationException($"{service} ended:\n{_services[service].Output}");
            try
            {
                return (await http.GetAsync($"{Address(service)}/{(onlyAlive || service == "ProxyGateway" ? "alive" : "health")}")).IsSuccessStatusCode;
            }
            catch (Exception error) when (error is HttpRequestException or TaskCanceledException)
            {
                return false;
            }
        });
    }

    /// <summary>Creates a project and returns its id. By default Claude Code may edit files in it unasked.</summary>
    public async Task<string> NewProjectAsync(string permissionMode = "acceptEdits")
    {
        var answer = await Http.PostAsJsonAsync("projects", new { name = $"project {Guid.NewGuid():N}", permission_mode = permissionMode });
        answer.EnsureSuccessStatusCode();
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
    }

    /// <summary>Answers what Claude Code asks in a project.</summary>
    public Task<HttpResponseMessage> AnswerAsync(string projectId, PeopleRequest request, object answer, string? name = null) =>
        Http.PostAsJsonAsync($"projects/{projectId}/requests/{Uri.EscapeDataString(request.RequestId)}/answer{(name is null ? "" : $"?name={Uri.EscapeDataString(name)}")}", answer);

    /// <summary>Looks at a project.</summary>
    public Task<Viewer> ViewAsync(string projectId, long? after = null, string? on = null, string? name = null) =>
        Viewer.ConnectAsync(name is null ? SocketAddress(projectId, after, on) : new Uri($"{SocketAddress(projectId, after ?? 0, on)}&name={name}"));

    /// <summary>The address of a project's socket: through the gateway when there is one, unless a replica is named.</summary>
    public Uri SocketAddress(string projectId, long? after = null, string? on = null) => new(
        $"ws://127.0.0.1:{Port(on ?? (_services.ContainsKey("ProxyGateway") ? "ProxyGateway" : "ChatApi"))}/ws/chat/{projectId}{(after is null ? "" : $"?after={after}")}");

    /// <summary>A project's history, once it holds what is asked for.</summary>
    public async Task<JsonElement> HistoryAsync(string projectId, Func<JsonElement, bool> once, string what) =>
        (JsonElement)await Eventually.GetAsync<object>($"a history with {what}", async () =>
        {
            var history = await Http.GetFromJsonAsync<JsonElement>($"projects/{projectId}/messages");
            return once(history) ? history : null;
        });

    /// <summary>Claude Code's own record of a session, once it holds what is asked for: it is written a little later than an answer.</summary>
    public Task<string> TranscriptAsync(string sessionId, string with) => Eventually.GetAsync($"a transcript with {with}", async () =>
        Directory.GetFiles(Path.Combine(Folder, "runner"), $"{sessionId}.jsonl", SearchOption.AllDirectories).SingleOrDefault() is { } file
        && await File.ReadAllTextAsync(file) is var written && written.Contains(with, StringComparison.Ordinal) ? written : null);

    /// <summary>The turns, as the services see them.</summary>
    public async Task<TurnQueue> QueueAsync() => new((await RedisAsync()).GetDatabase());

    /// <summary>A project's workspace.</summary>
    public string Workspace(string projectId) => Path.Combine(Folder, "runner", "projects", projectId, "workspace");

    /// <summary>Lets go on what waits at the <see cref="Gate"/> in a project's workspace.</summary>
    public void OpenGate(string projectId) => File.WriteAllText(Path.Combine(Workspace(projectId), ".gate"), "");

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // The Runner is asked, so that it ends its processes; a killed one is the business of the tests of that.
        foreach (var (name, runner) in _services) if (name.StartsWith("Runner", StringComparison.Ordinal) && !runner.HasExited) await runner.TerminateAsync();
        foreach (var service in _services.Values) await service.DisposeAsync();
        if (_redis is not null) await _redis.DisposeAsync();
        await Redis.DisposeAsync();
        if (Postgres is not null) await Postgres.DisposeAsync();
        Http.Dispose();
        try
        {
            Directory.Delete(Folder, recursive: true);
        }
        catch (IOException)
        {
            // A file that something still writes: the system's temp folder is cleared anyway.
        }
    }

    private int Port(string name) => _ports.TryGetValue(name, out var port) ? port : _ports[name] = Ports.Free();
}
