import { FastForward, RotateCw, Settings } from "lucide-react";
import { Button } from "@/components/ui/Button";
import type { ChatTurn } from "@/lib/chat/state";
import { type MessagesOf, UsageDetails } from "./UsageDetails";

/** Failures that another try may well pass. */
const worthAnother = new Set(["api_error", "cli_crashed", "cli_hung", "cli_unavailable", "runner_lost", "runner_stopped", "budget_reached", "max_turns"]);

/** Ends that a setting has caused. */
const bySetting = new Set(["budget_reached", "max_turns"]);

interface Props {
  turn: ChatTurn;
  /** Sends the turn's message again; absent where it is not the newest, or where something was done already. */
  onAgain?: () => void;
  /** Lets Claude Code go on where it stopped; absent where nothing was done yet. */
  onGoOn?: () => void;
  onSettings: () => void;
  /** The turn's messages, for the details of its usage. */
  messagesOf: MessagesOf;
}

/** How a turn ended: its price when it went well; when it did not, why, and what one can do about it. */
export function TurnEnd({ turn, onAgain, onGoOn, onSettings, messagesOf }: Props) {
  return (
    <div data-testid="turn-end" data-reason={turn.reason} className="mt-2">
      {turn.is_error && (
        <div role="alert" className="rounded-lg border border-destructive/40 bg-destructive/5 px-4 py-3 text-sm text-destructive">
          <p className="break-words whitespace-pre-wrap">{turn.message ?? "The turn failed."}</p>
          <div className="mt-2 flex flex-wrap gap-2 text-foreground empty:hidden">
            {onGoOn && worthAnother.has(turn.reason ?? "") && (
              <Button className="h-8" onClick={onGoOn}>
                <FastForward className="size-3.5" aria-hidden /> Go on
              </Button>
            )}
            {onAgain && worthAnother.has(turn.reason ?? "") && (
              <Button className="h-8" onClick={onAgain}>
                <RotateCw className="size-3.5" aria-hidden /> Send again
              </Button>
            )}
            {bySetting.has(turn.reason ?? "") && (
              <Button className="h-8" onClick={onSettings}>
                <Settings className="size-3.5" aria-hidden /> Settings
              </Button>
            )}
          </div>
        </div>
      )}
      {turn.reason === "interrupted" && <p className="text-sm text-muted-foreground">Stopped. {turn.message}</p>}
      {turn.usage && turn.cost_usd > 0 && <UsageDetails turn={turn} usage={turn.usage} messagesOf={messagesOf} />}
    </div>
  );
}
