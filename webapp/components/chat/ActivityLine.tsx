import { LoaderCircle } from "lucide-react";
import type { Chat } from "@/hooks/useChat";

const words: Record<string, string> = {
  starting: "Starting Claude Code…",
  requesting: "Waiting for the model…",
  compacting: "Compacting the conversation…",
};

/** What happens while nothing is to be read yet. */
export function ActivityLine({ chat }: { chat: Chat }) {
  if (!chat.isStreaming || !chat.activity) return null;
  return (
    <p role="status" className="flex items-center gap-2 text-sm text-muted-foreground" data-testid="activity">
      <LoaderCircle className="size-4 animate-spin text-primary" aria-hidden />
      {chat.activity.message ?? words[chat.activity.state] ?? "Working…"}
    </p>
  );
}
