using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace TestKit;

/// <summary>A real PostgreSQL server for tests (Debian's), with a data folder of its own.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("postgres-").FullName;
    private ChildProcess? _process;
    private int _databases;

    private PostgresServer() { }

    /// <summary>The port; the same after a restart.</summary>
    public int Port { get; } = Ports.Free();

    /// <summary>Makes a data folder and starts the server.</summary>
    public static async Task<PostgresServer> StartAsync()
    {
        var server = new PostgresServer();
        if (IsRoot) await RunAsync("chown", ["postgres", server._folder]);
        var (command, arguments) = AsPostgres(Binary("initdb"), ["--pgdata", server._folder, "--username", "postgres", "--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"]);
        await RunAsync(command, arguments);
        await server.StartAgainAsync();
        return server;
    }

    /// <summary>Starts it, on the same port, with what it had.</summary>
    public async Task StartAgainAsync()
    {
        var (command, arguments) = AsPostgres(Binary("postgres"), [
            "-D", _folder, "-p", Port.ToString(CultureInfo.InvariantCulture), "-h", "127.0.0.1", "-k", _folder, "-c", "max_connections=300", "-c", "fsync=off",
        ]);
        _process = new ChildProcess("postgres", command, arguments, new Dictionary<string, string>());
        await Eventually.IsAsync($"postgres on port {Port}", async () =>
        {
            if (_process.HasExited) throw new InvalidOperationException($"postgres ended:\n{_process.Output}");
            try
            {
                await using var connection = new NpgsqlConnection($"{ConnectionString("postgres")};Pooling=false");
                await connection.OpenAsync();
                return true;
            }
            catch (NpgsqlException)
            {
                return false;
            }
        });
    }

    /// <summary>A database that nobody else uses.</summary>
    public async Task<string> NewDatabaseAsync()
    {
        var name = $"chat{Interlocked.Increment(ref _databases)}";
        await using var connection = new NpgsqlConnection($"{ConnectionString("postgres")};Pooling=false");
        await connection.OpenAsync();
        await using var create = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        await create.ExecuteNonQueryAsync();
        return ConnectionString(name);
    }

    /// <summary>kill -9 of the whole server.</summary>
    public async Task KillAsync()
    {
        foreach (var pid in Processes.Of(_folder).Concat(Processes.ChildrenOf(await PostmasterAsync())))
        {
            try
            {
                Process.GetProcessById(pid).Kill();
            }
            catch (ArgumentException)
            {
                // It ended with another one.
            }
        }

        await _process!.KillAsync();
        File.Delete(Path.Combine(_folder, "postmaster.pid"));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false }) await KillAsync();
        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (IOException)
        {
            // A child that is still ending; the system's temp folder is cleared anyway.
        }
    }

    private async Task<int> PostmasterAsync() =>
        int.Parse((await File.ReadAllLinesAsync(Path.Combine(_folder, "postmaster.pid")))[0], CultureInfo.InvariantCulture);

    private string ConnectionString(string database) => $"Host=127.0.0.1;Port={Port};Username=postgres;Database={database};Maximum Pool Size=40;Timeout=5";

    private static bool IsRoot => Environment.UserName == "root";

    // PostgreSQL refuses to run as root.
    private static (string Command, string[] Arguments) AsPostgres(string command, string[] arguments) =>
        IsRoot ? ("setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", command, .. arguments]) : (command, arguments);

    private static string Binary(string name) =>
        Directory.GetDirectories("/usr/lib/postgresql").OrderDescending().Select(version => Path.Combine(version, "bin", name)).FirstOrDefault(File.Exists)
        ?? throw new FileNotFoundException($"PostgreSQL's {name} is not installed. ./test installs it: apt-get install postgresql.");

    private static async Task RunAsync(string command, string[] arguments)
    {
        await using var process = new ChildProcess(command, command, arguments, new Dictionary<string, string>());
        if (await process.WaitAsync(TimeSpan.FromSeconds(60)) != 0) throw new InvalidOperationException($"{command} failed:\n{process.Output}");
    }
}
