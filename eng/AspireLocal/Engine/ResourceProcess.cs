using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting.Engine;

/// <summary>A resource's process: its output on our console, its name before each line.</summary>
internal sealed partial class ResourceProcess
{
    private const int SigTerm = 15;
    private const int LastLines = 40; // An exception's message stands before all its places.
    private readonly Process _process;
    private readonly bool _isScript;
    private readonly Queue<string> _last = new();

    public ResourceProcess(string name, ProcessStartInfo start, bool isScript)
    {
        _process = new Process { StartInfo = start };
        _isScript = isScript;
        void Take(string? line)
        {
            if (line is null) return;
            lock (_last)
            {
                _last.Enqueue(line);
                if (_last.Count > LastLines) _last.Dequeue();
            }

            Log.Write(name, line);
        }

        _process.OutputDataReceived += (_, data) => Take(data.Data);
        _process.ErrorDataReceived += (_, data) => Take(data.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        Exited = WaitAsync();
    }

    /// <summary>Completes with the exit code.</summary>
    public Task<int> Exited { get; }

    /// <summary>Its last lines.</summary>
    public string LastWords
    {
        get { lock (_last) return string.Join('\n', _last.Select(line => $"  {line}")); }
    }

    /// <summary>How a resource is started; null for one that is no process.</summary>
    public static ProcessStartInfo? StartInfo(IResource resource, Dashboard? dashboard)
    {
        ProcessStartInfo start;
        switch (resource)
        {
            case ProjectResource project:
                // Every project's output is beside AppHost's: artifacts/bin/NAME/CONFIGURATION/NAME.dll.
                var name = Path.GetFileNameWithoutExtension(project.Project.ProjectPath);
                var configuration = Path.GetFileName(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
                var output = Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", name, configuration, $"{name}.dll"));
                start = new ProcessStartInfo(Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet", [output])
                {
                    WorkingDirectory = Path.GetDirectoryName(project.Project.ProjectPath)!,
                };
                break;
            case JavaScript.JavaScriptAppResource app:
                var port = app.Annotations.OfType<EndpointAnnotation>().First().Port!.Value.ToString(CultureInfo.InvariantCulture);
                start = new ProcessStartInfo(app.Command, ["run", "--silent", app.Annotations.OfType<RunScriptAnnotation>().Last().ScriptName, "--", "-p", port])
                {
                    WorkingDirectory = app.WorkingDirectory,
                };
                break;
            default:
                return null;
        }

        start.UseShellExecute = false;
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        SetEnvironment(start.Environment, resource, dashboard);
        return start;
    }

    /// <summary>Asks it and all that it started to end, and kills what does not in time.</summary>
    public async Task StopAsync(CancellationToken limit)
    {
        if (Exited.IsCompleted) return;
        // A wrapper (npm) does not always pass a signal on; a service's own children are its own concern.
        foreach (var pid in _isScript ? Tree(_process.Id) : [_process.Id]) _ = Kill(pid, SigTerm);
        try
        {
            await Exited.WaitAsync(limit);
        }
        catch (OperationCanceledException)
        {
            _process.Kill(entireProcessTree: true);
        }
    }

    private static void SetEnvironment(IDictionary<string, string?> environment, IResource resource, Dashboard? dashboard)
    {
        // Our own settings are not theirs.
        foreach (var name in environment.Keys.Where(name => name.StartsWith("ASPNETCORE_", StringComparison.Ordinal) || name.StartsWith("ASPIRE_", StringComparison.Ordinal) || name.StartsWith("ANTHROPIC_", StringComparison.Ordinal) || name is "PORT").ToList())
            environment.Remove(name);

        var endpoints = resource.Annotations.OfType<EndpointAnnotation>().ToList();
        if (resource is ProjectResource)
        {
            environment["ASPNETCORE_URLS"] = string.Join(';', endpoints.Where(e => e.UriScheme == "http").Select(e => $"http://{(e.IsExternal ? "localhost" : "127.0.0.1")}:{e.Port}"));
            environment["DOTNET_ENVIRONMENT"] = "Development";
        }

        foreach (var endpoint in endpoints)
            if (endpoint.EnvironmentVariable is { } variable) environment[variable] = endpoint.Port!.Value.ToString(CultureInfo.InvariantCulture);
        if (dashboard is not null && resource.Annotations.OfType<OtlpAnnotation>().LastOrDefault() is { } otlp)
        {
            environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = dashboard.OtlpUrl(otlp.Protocol);
            environment["OTEL_EXPORTER_OTLP_PROTOCOL"] = otlp.Protocol == OtlpProtocol.Grpc ? "grpc" : "http/protobuf";
            environment["OTEL_SERVICE_NAME"] = resource.Name;
            environment["OTEL_RESOURCE_ATTRIBUTES"] = $"service.instance.id={Guid.NewGuid():N}";
            environment["OTEL_BSP_SCHEDULE_DELAY"] = "1000";
            environment["OTEL_BLRP_SCHEDULE_DELAY"] = "1000";
            environment["OTEL_METRIC_EXPORT_INTERVAL"] = "1000";
            environment["OTEL_TRACES_SAMPLER"] = "always_on";
        }

        foreach (var reference in resource.Annotations.OfType<ReferenceAnnotation>()) environment[reference.Name] = reference.Value();
        foreach (var variable in resource.Annotations.OfType<EnvironmentAnnotation>()) environment[variable.Name] = variable.Value;
    }

    private async Task<int> WaitAsync()
    {
        await _process.WaitForExitAsync();
        return _process.ExitCode;
    }

    // A script that npm runs is the grandchild of npm, and npm does not always tell it.
    private static List<int> Tree(int root)
    {
        var found = new List<int> { root };
        if (!OperatingSystem.IsLinux()) return found;
        for (var i = 0; i < found.Count; i++)
        {
            try
            {
                foreach (var task in Directory.EnumerateDirectories($"/proc/{found[i]}/task"))
                    found.AddRange(File.ReadAllText(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(pid => int.Parse(pid, CultureInfo.InvariantCulture)));
            }
            catch (IOException)
            {
                // It ended while we looked.
            }
        }

        return found;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int pid, int signal);
}

/// <summary>The services' output: to the console, or to the file that <c>./run</c> names.</summary>
internal static class Log
{
    private static readonly TextWriter s_writer = Environment.GetEnvironmentVariable("RUN_LOG") is { Length: > 0 } file
        ? TextWriter.Synchronized(new StreamWriter(file, append: true) { AutoFlush = true })
        : Console.Out;

    public static void Write(string resource, string line) => s_writer.WriteLine($"[{resource}] {line}");
}
