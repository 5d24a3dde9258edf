using ChatApi.Data;
using Microsoft.EntityFrameworkCore;
using Protocol.Redis;

namespace ChatApi.Dispatch;

/// <summary>What a turn may cost, by what its project and its session have cost already. What runs counts as far as it is recorded.</summary>
internal static class Budgets
{
    /// <summary>The least that is left; null where nothing is limited.</summary>
    public static async Task<TurnBudget?> LeftAsync(ChatDb db, SessionRow session, ClaudeSettings settings, DateTime now, CancellationToken cancellationToken)
    {
        var left = new List<TurnBudget>();
        if (settings.TurnBudgetUsd is { } turn) left.Add(new TurnBudget(turn, turn, "turn", null));
        if (settings.SessionBudgetUsd is null && settings.DayBudgetUsd is null && settings.ProjectBudgetUsd is null) return left.FirstOrDefault();

        var running = await db.Turns.Where(t => t.ProjectId == session.ProjectId && t.Status == TurnStatus.Running).Select(t => new { t.SessionId, t.CostUsd }).ToListAsync(cancellationToken);
        if (settings.SessionBudgetUsd is { } perSession) Add(perSession, session.CostUsd + running.Where(t => t.SessionId == session.Id).Sum(t => t.CostUsd), "session");
        if (settings.DayBudgetUsd is { } perDay)
        {
            var today = DateOnly.FromDateTime(now);
            var spent = await db.Usage.Where(u => u.ProjectId == session.ProjectId && u.Day == today).Select(u => u.CostUsd).ToListAsync(cancellationToken);
            Add(perDay, spent.Sum() + running.Sum(t => t.CostUsd), "day");
        }

        if (settings.ProjectBudgetUsd is { } inAll)
        {
            var spent = await db.Sessions.Where(s => s.ProjectId == session.ProjectId).Select(s => s.CostUsd).ToListAsync(cancellationToken);
            Add(inAll, spent.Sum() + running.Sum(t => t.CostUsd), "project");
        }

        return left.MinBy(budget => budget.Usd)! with { ProcessUsd = left.Where(budget => budget.Of != "turn").Min(budget => budget.Usd) };

        void Add(decimal limit, decimal spent, string of) => left.Add(new TurnBudget(limit - spent, limit, of, null));
    }
}
