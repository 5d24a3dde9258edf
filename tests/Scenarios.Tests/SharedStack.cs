using TestKit;

[assembly: AssemblyFixture(typeof(Scenarios.Tests.SharedStack))]

namespace Scenarios.Tests;

/// <summary>One whole path for all the tests that break nothing of it: each works in projects of its own.</summary>
public sealed class SharedStack : IAsyncLifetime
{
    /// <summary>The path, with the gateway before it.</summary>
    public Stack Stack { get; private set; } = null!;

    /// <summary>Claude Code's folder of somebody who works in the same workspaces in a terminal.</summary>
    public string TerminalConfig => Path.Combine(Stack.Folder, "home", ".claude");

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() => Stack = await Stack.StartAsync(
        configure: stack => stack.Settings["Runner__TerminalConfigPath"] = Path.Combine(stack.Folder, "home", ".claude"), services: ["DemoModel", "Runner", "ChatApi", "ProxyGateway"]);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Stack.DisposeAsync();
        await Stack.EndSharedAsync();
    }
}
