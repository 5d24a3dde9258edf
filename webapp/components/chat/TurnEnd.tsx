import type { ChatTurn } from "@/lib/chat/state";
import { formatCost, formatDuration, formatTokens } from "@/lib/format";

/** How a turn ended: its price when it went well, its reason when it did not. */
export function TurnEnd({ turn }: { turn: ChatTurn }) {
  return (
    <div data-testid="turn-end" data-reason={turn.reason} className="mt-2">
      {turn.is_error && (
        <p role="alert" className="rounded-lg border border-destructive/40 bg-destructive/5 px-4 py-3 text-sm break-words whitespace-pre-wrap text-destructive">
          {turn.message ?? "The turn failed."}
        </p>
      )}
      {turn.reason === "interrupted" && <p className="text-sm text-muted-foreground">Stopped. {turn.message}</p>}
      {turn.usage && !turn.is_error && turn.cost_usd > 0 && (
        <p className="text-xs text-muted-foreground tabular-nums">
          {formatCost(turn.cost_usd)} · {formatTokens(turn.usage.output_tokens)} tokens
          {turn.duration_ms ? ` · ${formatDuration(turn.duration_ms)}` : ""}
        </p>
      )}
    </div>
  );
}
