using System.Text.Json;
using Protocol.Events;

namespace Runner.Translation;

/// <summary>
/// The CLI's <c>total_cost_usd</c> and <c>modelUsage</c> count for the life of its process. A turn's part is the
/// difference to the result before (fact sheet, rule 5): <c>usage</c> leaves out subagents and is zero after a repeated stream.
/// </summary>
internal sealed class CumulativeUsage
{
    private readonly Dictionary<string, ModelUsage> _models = [];
    private decimal _cost;

    /// <summary>US dollars that the process had cost at its last result.</summary>
    public decimal CostUsd => _cost;

    /// <summary>The turn's cost in US dollars and its tokens, from its result line.</summary>
    public (decimal CostUsd, UsageSummary Usage) Advance(JsonElement result)
    {
        var turn = Difference(result, "modelUsage");
        _cost = Total(result);
        foreach (var (name, model) in Models(result, "modelUsage")) _models[name] = model;
        return turn;
    }

    /// <summary>The same for a turn that goes on, from the answer to <c>get_usage</c>: {"session":{"total_cost_usd":0.0427,"model_usage":{…}}}.</summary>
    public (decimal CostUsd, UsageSummary Usage)? SoFar(JsonElement answer) =>
        answer.TryGetProperty("session", out var session) && session.ValueKind == JsonValueKind.Object ? Difference(session, "model_usage") : null;

    private (decimal CostUsd, UsageSummary Usage) Difference(JsonElement figures, string modelsName)
    {
        var total = Total(figures);
        // A figure that went back is one of a process that began anew.
        var cost = total >= _cost ? total - _cost : total;
        var models = new SortedDictionary<string, ModelUsage>(StringComparer.Ordinal);
        foreach (var (name, now) in Models(figures, modelsName))
        {
            var difference = Subtract(now, _models.GetValueOrDefault(name) ?? new ModelUsage());
            if (difference != new ModelUsage { ContextWindow = now.ContextWindow }) models[name] = difference;
        }

        return (cost, new UsageSummary
        {
            InputTokens = models.Values.Sum(m => m.InputTokens),
            OutputTokens = models.Values.Sum(m => m.OutputTokens),
            CacheReadInputTokens = models.Values.Sum(m => m.CacheReadInputTokens),
            CacheCreationInputTokens = models.Values.Sum(m => m.CacheCreationInputTokens),
            Models = models,
        });
    }

    private decimal Total(JsonElement figures) =>
        figures.TryGetProperty("total_cost_usd", out var figure) && figure.ValueKind == JsonValueKind.Number ? Dollars(figure) : _cost;

    private static IEnumerable<(string Name, ModelUsage Usage)> Models(JsonElement figures, string name) =>
        figures.TryGetProperty(name, out var models) && models.ValueKind == JsonValueKind.Object ? models.EnumerateObject().Select(model => (model.Name, Read(model.Value))) : [];

    // {"inputTokens":240,"outputTokens":84,"cacheReadInputTokens":14,"cacheCreationInputTokens":60,"webSearchRequests":0,"costUSD":0.003682,"contextWindow":200000,…}
    private static ModelUsage Read(JsonElement model) => new()
    {
        InputTokens = Count(model, "inputTokens"),
        OutputTokens = Count(model, "outputTokens"),
        CacheReadInputTokens = Count(model, "cacheReadInputTokens"),
        CacheCreationInputTokens = Count(model, "cacheCreationInputTokens"),
        CostUsd = model.TryGetProperty("costUSD", out var cost) && cost.ValueKind == JsonValueKind.Number ? Dollars(cost) : 0,
        ContextWindow = Count(model, "contextWindow") is > 0 and var window ? window : null,
    };

    private static ModelUsage Subtract(ModelUsage a, ModelUsage b) => a.InputTokens < b.InputTokens ? a : new()
    {
        InputTokens = a.InputTokens - b.InputTokens,
        OutputTokens = a.OutputTokens - b.OutputTokens,
        CacheReadInputTokens = a.CacheReadInputTokens - b.CacheReadInputTokens,
        CacheCreationInputTokens = a.CacheCreationInputTokens - b.CacheCreationInputTokens,
        CostUsd = a.CostUsd - b.CostUsd,
        ContextWindow = a.ContextWindow,
    };

    // The CLI adds binary fractions: 0.012887000000000001. Nano-dollars are exact enough, and what the database keeps.
    private static decimal Dollars(JsonElement figure) => Math.Round(figure.GetDecimal(), 9);

    private static long Count(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt64() : 0;
}

/// <summary>Reads the Messages API's <c>usage</c> object.</summary>
internal static class UsageReading
{
    /// <summary>The usage with the counts that the object names: message_delta's replace message_start's.</summary>
    public static Usage With(this Usage usage, JsonElement json) => json.ValueKind != JsonValueKind.Object ? usage : new Usage
    {
        InputTokens = Count(json, "input_tokens") ?? usage.InputTokens,
        OutputTokens = Count(json, "output_tokens") ?? usage.OutputTokens,
        CacheReadInputTokens = Count(json, "cache_read_input_tokens") ?? usage.CacheReadInputTokens,
        CacheCreationInputTokens = Count(json, "cache_creation_input_tokens") ?? usage.CacheCreationInputTokens,
    };

    private static long? Count(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetInt64() : null;
}
