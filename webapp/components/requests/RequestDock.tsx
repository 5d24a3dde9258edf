import type { Chat } from "@/hooks/useChat";
import type { PeopleRequest } from "@/lib/chat/state";
import { RequestForm } from "./RequestForm";

/** What Claude Code asks here and now, above the box to write in: the oldest first, the others counted. */
export function RequestDock({ chat }: { chat: Chat }) {
  const open = openRequests(chat.requests);
  const first = open[0];
  if (!first) return null;
  return (
    <section aria-label="Claude Code asks" data-testid="request" className="mx-auto mb-2 w-full max-w-3xl px-3 sm:px-6">
      <div className="max-h-[60dvh] overflow-y-auto rounded-2xl border border-warning/60 bg-card p-4 shadow-md">
        <RequestForm key={first.id} request={first} permissionModes={chat.permissionModes} onAnswer={(answer) => chat.answer(first.id, answer)} />
        {open.length > 1 && <p className="mt-3 text-xs text-muted-foreground">{open.length - 1} more {open.length === 2 ? "question waits" : "questions wait"} behind this one.</p>}
      </div>
    </section>
  );
}

export const openRequests = (requests: Record<string, PeopleRequest>): PeopleRequest[] => Object.values(requests).filter((request) => request.is_open && request.request);
