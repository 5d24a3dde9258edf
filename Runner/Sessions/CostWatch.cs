using System.Globalization;
using Protocol.Events;
using Protocol.Redis;

namespace Runner.Sessions;

/// <summary>What a turn costs while it runs: asked of the CLI after each message of the model, told to everybody, and held against the budget.</summary>
/// <param name="budget">What the turn may cost; null for no limit.</param>
internal sealed class CostWatch(TurnBudget? budget)
{
    /// <summary>At this part of the budget people are warned.</summary>
    private const decimal WarnAt = 0.8m;

    private int _askedAt;
    private bool _hasWarned;
    private decimal _cost;

    /// <summary>The request whose answer is awaited; null for none.</summary>
    public string? Asked { get; private set; }

    /// <summary>Why the turn must end, once the budget is used up.</summary>
    public string? Reached { get; private set; }

    /// <summary>Why the turn may not even begin; null when it may.</summary>
    public static string? Objection(TurnBudget? budget) => budget is { Usd: <= 0 }
        ? $"{Whose(budget)} of {Dollars(budget.LimitUsd)} is used up. {Next(budget)}"
        : null;

    /// <summary>Whether to ask now, after so many messages whose tokens are counted.</summary>
    public bool IsDue(int countedMessages, Func<string> newRequest)
    {
        if (Asked is not null || countedMessages == _askedAt) return false;
        _askedAt = countedMessages;
        Asked = newRequest();
        return true;
    }

    /// <summary>The answer came (null: of no use). The events to tell.</summary>
    public IEnumerable<Event> Take((decimal CostUsd, UsageSummary Usage)? figures, string sessionId, string turnId)
    {
        Asked = null;
        if (figures is not var (cost, usage) || cost == _cost) yield break;
        _cost = cost;
        yield return new CostUpdate { SessionId = sessionId, TurnId = turnId, TotalCostUsd = cost, UsageSummary = usage };
        if (budget is null) yield break;
        if (cost >= budget.Usd)
        {
            Reached ??= $"{Whose(budget)} of {Dollars(budget.LimitUsd)} is used up (this turn has cost {Dollars(cost)}), so Claude Code was stopped. What it had written is kept. {Next(budget)}";
        }
        else if (cost >= budget.Usd * WarnAt && !_hasWarned)
        {
            _hasWarned = true;
            yield return new Status
            {
                SessionId = sessionId, TurnId = turnId, State = "budget_warning",
                Message = $"{Dollars(cost)} of the {Dollars(budget.Usd)} that are left of {Whose(budget).ToLowerInvariant()} are spent; there Claude Code is stopped.",
            };
        }
    }

    private static string Whose(TurnBudget budget) => budget.Of switch
    {
        "session" => "The session's budget",
        "day" => "The project's budget for today",
        "project" => "The project's budget",
        _ => "The turn's budget",
    };

    private static string Next(TurnBudget budget) => budget.Of switch
    {
        "turn" => "Send a message to go on with a new turn's budget, or raise it in the settings.",
        "session" => "Raise it in the settings, or go on in a new session.",
        "day" => "Raise it in the settings, or go on tomorrow (UTC).",
        _ => "Raise it in the settings.",
    };

    private static string Dollars(decimal usd) => string.Create(CultureInfo.InvariantCulture, $"${usd:0.00##}");
}
