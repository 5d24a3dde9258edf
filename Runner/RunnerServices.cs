using Protocol.Redis;
using Runner.Calls;
using Runner.Cli;
using Runner.Containment;
using Runner.Sessions;
using Runner.Transcripts;
using Runner.Turns;

namespace Runner;

/// <summary>What a Runner is made of.</summary>
internal static class RunnerServices
{
    /// <summary>Adds the turn taker and all it needs. Wants Redis.</summary>
    public static IHostApplicationBuilder AddRunner(this IHostApplicationBuilder builder)
    {
        builder.Services.AddOptions<RunnerOptions>().BindConfiguration("Runner").ValidateDataAnnotations().ValidateOnStart();
        // Turns drain within DrainLimit; their processes then have a few seconds to end.
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(9));
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<ProjectLog>();
        builder.Services.AddSingleton<TurnQueue>();
        builder.Services.AddSingleton<Preparations>();
        builder.Services.AddSingleton<CliCapabilities>();
        builder.Services.AddSingleton<ReadySupervisor>();
        builder.Services.AddSingleton<ClaudeCli>();
        builder.Services.AddSingleton<RunnerIdentity>();
        builder.Services.AddSingleton<RunnerTelemetry>();
        builder.Services.AddSingleton<SessionRegistry>();
        builder.Services.AddHostedService<TurnTaker>();
        builder.Services.AddHostedService<CliProbe>();
        builder.Services.AddSingleton<RunnerCalls>();
        builder.Services.AddSingleton<FileRewind>();
        builder.Services.AddSingleton<McpTest>();
        builder.Services.AddSingleton<TranscriptFiles>();
        builder.Services.AddHostedService<CallTaker>();
        return builder;
    }
}
