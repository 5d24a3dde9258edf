using System.Text;

namespace Drift;

/// <summary>What changed, for people.</summary>
internal static class Report
{
    /// <summary>As Markdown. Says so where nothing changed.</summary>
    public static string Of(Shapes pinned, Shapes other)
    {
        var report = new StringBuilder("# What another Claude Code writes otherwise\n\nThe same conversations with DemoModel; `-` is the pinned version's, `+` the other's. What stands here as new is shown folded, raw, until the Translator knows it.\n");
        Section(report, "Kinds of lines", Changes(pinned.Kinds.Keys, other.Kinds.Keys));
        Section(report, "Tools", Changes(pinned.Tools, other.Tools));
        foreach (var (kind, fields) in pinned.Kinds)
            if (other.Kinds.TryGetValue(kind, out var now)) Section(report, $"Fields of `{kind}`", Changes(Typed(fields), Typed(now)));
        foreach (var (conversation, order) in pinned.Orders)
            if (!order.SequenceEqual(other.Orders[conversation])) Section(report, $"Order in \"{conversation}\"", [$"- {string.Join(" → ", order)}", $"+ {string.Join(" → ", other.Orders[conversation])}"]);
        if (!report.ToString().Contains("\n## ", StringComparison.Ordinal)) report.Append("\nNothing changed.\n");
        return report.ToString();
    }

    private static IEnumerable<string> Typed(IReadOnlyDictionary<string, SortedSet<string>> fields) => fields.Select(field => $"{field.Key}: {string.Join(" or ", field.Value)}");

    private static List<string> Changes(IEnumerable<string> before, IEnumerable<string> after)
    {
        var (old, now) = (before.ToHashSet(), after.ToHashSet());
        return [.. old.Except(now).Order(StringComparer.Ordinal).Select(gone => $"- {gone}"), .. now.Except(old).Order(StringComparer.Ordinal).Select(added => $"+ {added}")];
    }

    private static void Section(StringBuilder report, string title, List<string> changes)
    {
        if (changes.Count > 0) report.Append($"\n## {title}\n\n```diff\n{string.Join('\n', changes)}\n```\n");
    }
}
