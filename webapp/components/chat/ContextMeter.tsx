import type { ContextFill } from "@/lib/chat/context";
import { formatTokens } from "@/lib/format";

/** From here on it is time to compact: Claude Code does so by itself a little later. */
const NEARLY_FULL = 0.8;

/** How full the conversation is. Pressed, it writes the command that makes room into the box. */
export function ContextMeter({ fill: { used, window }, onCompact }: { fill: ContextFill; onCompact: () => void }) {
  const share = Math.min(1, used / window);
  const percent = share > 0 && share < 0.01 ? "<1%" : `${Math.round(share * 100)}%`;
  return (
    <button
      type="button"
      onClick={onCompact}
      data-testid="context"
      aria-label={`Context: ${percent} used`}
      title={`${formatTokens(used)} of ${formatTokens(window)} tokens of context are used. Press to compact the conversation.`}
      className={`flex h-7 items-center gap-1.5 rounded-md px-1.5 text-xs tabular-nums hover:bg-accent hover:text-foreground ${share >= NEARLY_FULL ? "text-warning" : "text-muted-foreground"}`}
    >
      <svg viewBox="0 0 20 20" className="size-3.5 -rotate-90" aria-hidden>
        <circle cx="10" cy="10" r="8" fill="none" stroke="currentColor" strokeWidth="3" opacity="0.25" />
        <circle cx="10" cy="10" r="8" fill="none" stroke="currentColor" strokeWidth="3" pathLength="100" strokeDasharray={`${share * 100} 100`} />
      </svg>
      {percent}
    </button>
  );
}
