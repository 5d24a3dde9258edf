using System.ComponentModel.DataAnnotations;

namespace DemoModel;

/// <summary>
/// Settings of the demo model.
/// <code>"DemoModel": { "TokenDelayMs": 18 }</code>
/// </summary>
public sealed class DemoModelOptions
{
    /// <summary>Pause between two tokens, in milliseconds. 18 reads like a model; tests set 0.</summary>
    [Range(0, 10_000)]
    public int TokenDelayMs { get; set; } = 18;
}
