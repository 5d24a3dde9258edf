using System.Text.Json;
using ChatApi.Data;
using ChatApi.Dispatch;
using ChatApi.Endpoints;
using ChatApi.Live;
using ChatApi.Live.Transport;
using ChatApi.Messages;
using ChatApi.Recording;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Options;
using Protocol.Events;
using Protocol.Redis;

namespace ChatApi;

/// <summary>What ChatApi is made of.</summary>
internal static class ChatApiServices
{
    /// <summary>Adds history, live events, dispatch and REST. Wants Redis and <c>ConnectionStrings:chatdb</c>.</summary>
    public static WebApplicationBuilder AddChatApi(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<ChatApiOptions>().BindConfiguration("ChatApi").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton(TimeProvider.System);

        var database = builder.Configuration.GetConnectionString("chatdb")
            ?? throw new InvalidOperationException("ConnectionStrings:chatdb is missing. AppHost sets it; by hand: ConnectionStrings__chatdb=\"Data Source=chat.db\", or \"Host=…\" for PostgreSQL.");
        services.AddChatDb(database);
        services.AddHealthChecks().AddCheck<DatabaseHealthCheck>("database");
        services.AddHostedService<DatabaseSetup>();

        services.AddSingleton<ProjectLog>();
        services.AddSingleton<TurnQueue>();
        services.AddSingleton<Preparations>();
        services.AddSingleton<CliCapabilities>();
        services.AddSingleton<RunnerCalls>();
        services.AddSingleton<TurnDispatcher>();
        services.AddSingleton<MessageIntake>();
        services.AddSingleton<SessionPreparation>();
        services.AddSingleton<RequestAnswers>();
        services.AddSingleton<SessionSettings>();
        services.AddSingleton<Recorder>();
        services.AddSingleton<SessionForks>();
        services.AddSingleton<People>();
        services.AddSingleton<ProjectFeeds>();
        services.AddSingleton<Hellos>();
        services.AddSingleton<FrameTaker>();
        services.AddSingleton<ChatSocket>();
        services.AddHostedService(provider => provider.GetRequiredService<ChatSocket>());
        services.AddSingleton<EventStream>();
        services.AddSingleton<LiveTelemetry>();
        services.AddSingleton<Inbox>();
        services.AddSingleton<InboxSocket>();
        services.AddHostedService(provider => provider.GetRequiredService<Inbox>());
        services.AddSingleton(provider => new ViewerContext(
            provider.GetRequiredService<ProjectLog>(), provider.GetRequiredService<IOptions<ChatApiOptions>>().Value,
            provider.GetRequiredService<LiveTelemetry>(), provider.GetRequiredService<ILogger<Viewer>>()));
        services.AddHostedService<Heartbeat>();
        if (builder.Configuration.GetValue("ChatApi:RecordsHistory", true)) services.AddHostedService(provider => provider.GetRequiredService<Recorder>());
        services.AddHostedService<TurnSweeper>();
        services.AddHostedService<Retention>();

        services.AddProblemDetails(problems => problems.CustomizeProblemDetails = Problems.Complete);
        services.AddExceptionHandler<BadRequestHandler>();
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
            json.SerializerOptions.Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        });
        services.AddOpenApi();
        // Sockets are closed at once and come back elsewhere; requests finish.
        services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(5));
        services.AddSingleton<IConnectionListenerFactory, DetachableTransport>(); // The last one is Kestrel's.
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = 8 << 20);
        return builder;
    }

    /// <summary>Maps everything that ChatApi answers.</summary>
    public static WebApplication MapChatApi(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.Use(ForeignPages.RefuseAsync);
        // The chat's own sockets do without (UpgradedConnection).
        app.UseWhen(context => context.Request.Path.StartsWithSegments("/ws/inbox"), inbox => inbox.UseWebSockets());
        app.MapOpenApi();
        app.MapGet("/asyncapi/v1.json", () => TypedResults.Json(WireSchema.ToAsyncApi())).ExcludeFromDescription();
        app.MapProjects();
        app.MapHistory();
        app.MapRequests();
        app.MapCapabilities();
        app.MapFiles();
        app.MapSettings();
        app.MapTerminal();
        app.MapLedger();
        app.MapEvents();
        return app;
    }
}
