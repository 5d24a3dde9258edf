namespace Runner.Sessions;

/// <summary>
/// Until viewers can answer (issue 4), the project's permission mode is the answer: what it does not allow by itself is
/// denied at once, with a reason that both Claude Code and the viewer see. Nothing is left hanging.
/// </summary>
internal static class PermissionPolicy
{
    /// <summary>What Claude Code and the viewer are told.</summary>
    public static string ReasonForDenying(string tool, string permissionMode) => tool switch
    {
        "AskUserQuestion" => "Nobody can answer questions here yet. Choose sensibly yourself and say what you chose.",
        "ExitPlanMode" => "Plans cannot be approved here yet. Describe the plan in your answer instead.",
        _ => $"The project's permission mode ({permissionMode}) does not allow {tool} by itself, and nobody can be asked yet. Do it another way, or say what you need.",
    };
}
