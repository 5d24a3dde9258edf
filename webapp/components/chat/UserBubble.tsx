import { Button } from "@/components/ui/Button";
import type { ChatMessage, PendingMessage } from "@/lib/chat/state";

const bubble = "ml-auto w-fit max-w-[85%] rounded-2xl rounded-br-md bg-accent px-4 py-2.5 text-sm break-words whitespace-pre-wrap";

/** What a person wrote. */
export function UserBubble({ message, isQueued }: { message: ChatMessage; isQueued: boolean }) {
  const block = message.content[0];
  return (
    <>
      <div className={bubble}>{block?.type === "text" ? block.text : ""}</div>
      {isQueued && <p className="mt-1 text-right text-xs text-muted-foreground">queued</p>}
    </>
  );
}

/** What this browser has sent, or tries to send. */
export function PendingBubble({ message, onResend, onDiscard }: { message: PendingMessage; onResend: (id: string) => void; onDiscard: (id: string) => void }) {
  return (
    <div data-testid="pending">
      <div className={`${bubble} opacity-60`}>{message.content}</div>
      {message.failed ? (
        <div role="alert" className="mt-1 flex flex-wrap items-center justify-end gap-2 text-xs text-destructive">
          {message.failed}
          <Button look="ghost" className="h-7 px-2 text-xs" onClick={() => onResend(message.client_message_id)}>
            Send again
          </Button>
          <Button look="ghost" className="h-7 px-2 text-xs" onClick={() => onDiscard(message.client_message_id)}>
            Discard
          </Button>
        </div>
      ) : (
        <p className="mt-1 text-right text-xs text-muted-foreground">sending…</p>
      )}
    </div>
  );
}
