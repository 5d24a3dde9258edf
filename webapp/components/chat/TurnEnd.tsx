import { RotateCw, Settings } from "lucide-react";
import { Button } from "@/components/ui/Button";
import type { ChatTurn } from "@/lib/chat/state";
import { formatCost, formatDuration, tokens } from "@/lib/format";

/** Failures after which the same message may well succeed. */
const worthAnother = new Set(["api_error", "cli_crashed", "cli_hung", "cli_unavailable", "runner_lost", "runner_stopped"]);

/** Ends that a setting has caused. */
const bySetting = new Set(["budget_reached", "max_turns"]);

interface Props {
  turn: ChatTurn;
  /** Sends the turn's message again; absent where it is not the newest. */
  onAgain?: () => void;
  onSettings: () => void;
}

/** How a turn ended: its price when it went well; when it did not, why, and what one can do about it. */
export function TurnEnd({ turn, onAgain, onSettings }: Props) {
  return (
    <div data-testid="turn-end" data-reason={turn.reason} className="mt-2">
      {turn.is_error && (
        <div role="alert" className="rounded-lg border border-destructive/40 bg-destructive/5 px-4 py-3 text-sm text-destructive">
          <p className="break-words whitespace-pre-wrap">{turn.message ?? "The turn failed."}</p>
          {onAgain && worthAnother.has(turn.reason ?? "") && (
            <Button className="mt-2 h-8 text-foreground" onClick={onAgain}>
              <RotateCw className="size-3.5" aria-hidden /> Send again
            </Button>
          )}
          {bySetting.has(turn.reason ?? "") && (
            <Button className="mt-2 h-8 text-foreground" onClick={onSettings}>
              <Settings className="size-3.5" aria-hidden /> Settings
            </Button>
          )}
        </div>
      )}
      {turn.reason === "interrupted" && <p className="text-sm text-muted-foreground">Stopped. {turn.message}</p>}
      {turn.usage && turn.cost_usd > 0 && (
        <p className="mt-1 text-xs text-muted-foreground tabular-nums">
          {formatCost(turn.cost_usd)} · {tokens(turn.usage.output_tokens)}
          {turn.duration_ms ? ` · ${formatDuration(turn.duration_ms)}` : ""}
        </p>
      )}
    </div>
  );
}
