using System.Text.Json;
using Protocol.Events;
using Protocol.Redis;
using Runner.Sessions;
using Runner.Translation;

namespace Runner.Tests;

/// <summary>What a running turn costs, held against its budget.</summary>
public sealed class CostWatchTests
{
    private static readonly TurnBudget s_budget = new(0.50m, 0.50m, "turn", null);

    [Fact]
    public void It_asks_once_for_each_message_and_not_while_it_waits()
    {
        var watch = new CostWatch(null);
        Assert.False(watch.IsDue(0, () => "never"));
        Assert.True(watch.IsDue(1, () => "r1"));
        Assert.False(watch.IsDue(2, () => "never"));
        Assert.Single(watch.Take((0.1m, new UsageSummary()), "s", "t"));
        Assert.True(watch.IsDue(2, () => "r2"));
        Assert.Equal("r2", watch.Asked);
        Assert.Empty(watch.Take(null, "s", "t"));
        Assert.Null(watch.Reached);
    }

    [Fact]
    public void It_warns_once_at_four_fifths_and_says_when_it_is_used_up()
    {
        var watch = new CostWatch(s_budget);
        Assert.IsType<CostUpdate>(Assert.Single(Take(watch, 0.39m)));
        Assert.Empty(Take(watch, 0.39m));
        Assert.Equal("budget_warning", Assert.IsType<Status>(Take(watch, 0.40m)[1]).State);
        Assert.Single(Take(watch, 0.45m));
        Assert.Null(watch.Reached);
        Take(watch, 0.52m);
        Assert.Equal("The turn's budget of $0.50 is used up (this turn has cost $0.52), so Claude Code was stopped. What it had written is kept. Send a message to go on with a new turn's budget, or raise it in the settings.", watch.Reached);
    }

    [Fact]
    public void A_turn_does_not_begin_when_nothing_is_left()
    {
        Assert.Null(CostWatch.Objection(null));
        Assert.Null(CostWatch.Objection(s_budget));
        Assert.StartsWith("The project's budget for today of $2.00 is used up.", CostWatch.Objection(new TurnBudget(-0.01m, 2m, "day", -0.01m)), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_turn_has_cost_so_far_is_the_difference_to_the_result_before()
    {
        var usage = new CumulativeUsage();
        usage.Advance(JsonElement.Parse("""{"total_cost_usd":0.02,"modelUsage":{"opus":{"inputTokens":100,"outputTokens":10,"cacheReadInputTokens":0,"cacheCreationInputTokens":0,"costUSD":0.02}}}"""));
        var soFar = JsonElement.Parse("""{"session":{"total_cost_usd":0.05,"model_usage":{"opus":{"inputTokens":250,"outputTokens":30,"cacheReadInputTokens":5,"cacheCreationInputTokens":0,"costUSD":0.05}}}}""");
        for (var i = 0; i < 2; i++) // Looking changes nothing.
        {
            var (cost, summary) = usage.SoFar(soFar)!.Value;
            Assert.Equal((0.03m, 150, 20, 5), (cost, summary.InputTokens, summary.OutputTokens, summary.CacheReadInputTokens));
        }

        Assert.Equal(0.02m, usage.CostUsd);
        Assert.Null(usage.SoFar(JsonElement.Parse("{}")));
    }

    private static List<Event> Take(CostWatch watch, decimal cost) => [.. watch.Take((cost, new UsageSummary()), "s", "t")];
}
