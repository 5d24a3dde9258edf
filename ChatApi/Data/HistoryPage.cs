using System.Data;
using Microsoft.EntityFrameworkCore;

namespace ChatApi.Data;

/// <summary>
/// A page of a project's history, true as of <c>Seq</c>. Found by the last page's first number (keyset), so that the
/// thousandth page costs what the first one does.
/// </summary>
internal sealed record HistoryPage(long Seq, bool HasMore, List<MessageRow> Messages, Dictionary<string, ToolCallRow> ToolCalls, List<TurnRow> Turns, List<RequestRow> Requests)
{
    /// <summary>Reads the newest messages before a number, oldest first, with their tool calls, turns and requests.</summary>
    /// <param name="db">The database.</param>
    /// <param name="projectId">The project.</param>
    /// <param name="sessionId">Only this session's; null for all.</param>
    /// <param name="before">Only messages with a smaller <c>seq</c>; <see cref="long.MaxValue"/> for the end of the history.</param>
    /// <param name="limit">At most so many messages.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<HistoryPage> ReadAsync(ChatDb db, string projectId, string? sessionId, long before, int limit, CancellationToken cancellationToken)
    {
        // One transaction: the seq and the rows are of the same moment.
        await using var transaction = await db.Database.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        var seq = await db.Projects.Where(p => p.Id == projectId).Select(p => p.RecordedSeq).SingleAsync(cancellationToken);
        var messages = new List<MessageRow>();
        foreach (var (session, below) in await SegmentsAsync(db, sessionId, cancellationToken))
        {
            var from = db.Messages.AsNoTracking().Where(m => m.ProjectId == projectId && m.Seq < before && (session == null || m.SessionId == session));
            // By turns: a message that waited stands in the midst of the turn before its own.
            if (below != long.MaxValue) from = from.Where(m => db.Turns.Any(t => t.Id == m.TurnId && t.AnnouncedSeq < below));
            messages.AddRange(await from
                .OrderByDescending(m => m.Seq).ThenByDescending(m => m.Id).Take(limit + 1 - messages.Count).ToListAsync(cancellationToken));
            if (messages.Count > limit) break;
        }

        var hasMore = messages.Count > limit;
        // Messages that were told at one point share its number: they are on one page.
        if (hasMore)
        {
            var next = messages[limit].Seq;
            messages.RemoveAll(m => m.Seq == next);
        }

        messages.Reverse();

        var messageIds = messages.ConvertAll(m => m.Id);
        var calls = await db.ToolCalls.AsNoTracking().Where(c => c.ProjectId == projectId && messageIds.Contains(c.MessageId)).ToDictionaryAsync(c => c.Id, cancellationToken);
        // A message that was told to another turn has one of its own: it says who sent it.
        var turnIds = messages.Select(m => m.TurnId).Concat(messages.Where(m => m.Role == "user").Select(m => m.Id)).Distinct().ToList();
        var turns = await db.Turns.AsNoTracking().Where(t => t.ProjectId == projectId && turnIds.Contains(t.Id)).ToListAsync(cancellationToken);
        // A turn that is stored and not yet announced has no message, and belongs to the end of the history.
        if (before == long.MaxValue)
            turns.AddRange(await db.Turns.AsNoTracking()
                .Where(t => t.ProjectId == projectId && t.Status != TurnStatus.Ended && (sessionId == null || t.SessionId == sessionId) && !turnIds.Contains(t.Id)).ToListAsync(cancellationToken));
        turns.Sort((a, b) => string.CompareOrdinal(a.Id, b.Id));
        var pageTurns = turns.ConvertAll(t => t.Id);
        var requests = await db.Requests.AsNoTracking().Where(r => r.ProjectId == projectId && pageTurns.Contains(r.TurnId)).OrderBy(r => r.AskedAt).ToListAsync(cancellationToken);
        return new HistoryPage(seq, hasMore, messages, calls, turns, requests);
    }

    // A fork's history begins in the session that it was forked from, and so on: the newest part first.
    private static async Task<List<(string? Session, long Below)>> SegmentsAsync(ChatDb db, string? sessionId, CancellationToken cancellationToken)
    {
        var segments = new List<(string?, long)> { (sessionId, long.MaxValue) };
        var below = long.MaxValue;
        while (sessionId is not null && await db.Sessions.AsNoTracking().Where(s => s.Id == sessionId).Select(s => new { s.ForkedFrom, s.ForkSeq }).SingleOrDefaultAsync(cancellationToken) is { ForkedFrom: { } origin } fork)
        {
            below = Math.Min(below, fork.ForkSeq);
            segments.Add((origin, below));
            sessionId = origin;
        }

        return segments;
    }
}
