import type { ConnectionState } from "@/lib/chat/socket";

const looks: Record<ConnectionState, [string, string]> = {
  connecting: ["bg-warning", "Connecting"],
  open: ["bg-ok", "Live"],
  reconnecting: ["bg-warning animate-pulse", "Reconnecting"],
  gone: ["bg-destructive", "Gone"],
};

/** Whether what is shown is live. */
export function ConnectionBadge({ state }: { state: ConnectionState }) {
  const [dot, label] = looks[state];
  return (
    <span role="status" data-testid="connection" data-state={state} title={label} className="flex items-center gap-1.5 text-xs text-muted-foreground">
      <span className={`size-2 rounded-full ${dot}`} aria-hidden />
      <span className={state === "open" ? "sr-only sm:not-sr-only" : ""}>{label}</span>
    </span>
  );
}
