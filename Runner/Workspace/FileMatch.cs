namespace Runner.Workspace;

/// <summary>How well a path fits what was typed, as editors judge it: the letters in order, best together, at beginnings, and in the name.</summary>
internal static class FileMatch
{
    /// <summary>Higher is better; null when the path does not have the letters in that order.</summary>
    public static int? Score(string path, string query)
    {
        if (query.Length == 0) return path.Count(c => c == '/') is var depth && path.EndsWith('/') ? 1 - depth : -depth;
        var name = path.TrimEnd('/').LastIndexOf('/') + 1;
        if (path.AsSpan(name).StartsWith(query, StringComparison.OrdinalIgnoreCase)) return 1000 - path.Length;
        if (path[name..].Contains(query, StringComparison.OrdinalIgnoreCase)) return 800 - path.Length;
        if (path.Contains(query, StringComparison.OrdinalIgnoreCase)) return 600 - path.Length;

        var (score, at, last) = (0, 0, -2);
        foreach (var letter in query)
        {
            var found = path.AsSpan(at).IndexOfAny(char.ToLowerInvariant(letter), char.ToUpperInvariant(letter));
            if (found < 0) return null;
            var position = at + found;
            if (position == last + 1) score += 5;
            if (position == 0 || path[position - 1] is '/' or '.' or '-' or '_') score += 8;
            if (position >= name) score += 2;
            (last, at) = (position, position + 1);
        }

        return score - path.Length / 4;
    }
}
