import { CornerDownRight, Pencil, RotateCcw, Undo2 } from "lucide-react";
import { type KeyboardEvent, useState } from "react";
import { Button } from "@/components/ui/Button";
import { AttachmentList } from "@/components/files/AttachmentList";
import type { ChatMessage, PendingMessage } from "@/lib/chat/state";

const bubble = "ml-auto w-fit max-w-[85%] rounded-2xl rounded-br-md bg-accent px-4 py-2.5 text-sm break-words whitespace-pre-wrap";

export interface UserBubbleActions {
  onSend: (content: string) => void;
  onEdit: (turnId: string, content: string) => Promise<boolean>;
  onWithdraw: (turnId: string) => Promise<boolean>;
  /** Tells it to the turn that runs. */
  onSteer: (turnId: string) => Promise<boolean>;
  /** Goes on from before this message, in a session of its own, with its text to be changed. */
  onRewind: (turnId: string, content: string) => void;
}

/** What a person wrote. While it waits its turn it can be edited or taken back, by anybody who looks at the project; later it can be gone back to. */
export function UserBubble({ projectId, message, sentBy, waits, canSteer, isRunning, onSend, onEdit, onWithdraw, onSteer, onRewind }: { projectId: string; message: ChatMessage; sentBy?: string; waits?: "queued" | "told"; canSteer: boolean; isRunning: boolean } & UserBubbleActions) {
  const block = message.content[0];
  const text = block?.type === "text" ? block.text : "";
  const attachments = message.content.filter((part) => part?.type === "attachment");
  const [draft, setDraft] = useState<string | null>(null);
  const isQueued = waits === "queued";
  async function save() {
    if (draft === text || (draft && (await onEdit(message.turn_id, draft)))) setDraft(null);
  }

  // What was told to a running turn is no place to go back to: the conversation has no gap there.
  const canRewind = !isRunning && message.id === message.turn_id;
  const editor = draft !== null && (
    <Editor
      draft={draft}
      begun={!isQueued}
      onChange={setDraft}
      onCancel={() => setDraft(null)}
      onSave={() => {
        if (isQueued) return void save();
        onSend(draft);
        setDraft(null);
      }}
    />
  );
  if (editor && isQueued) return editor;
  return (
    <>
      {sentBy && <p className="mb-1 text-right text-xs text-muted-foreground">{sentBy}</p>}
      <div className="group flex items-center gap-1">
        {canRewind && (
          <Button
            look="ghost"
            className="ml-auto h-7 px-2 opacity-0 group-hover:opacity-100 focus-visible:opacity-100 max-sm:opacity-60"
            aria-label="Rewind to here"
            title="Edit this and go on from here, in a new session. With the files as they were then, if you like."
            onClick={() => onRewind(message.turn_id, text)}
          >
            <RotateCcw className="size-3.5" aria-hidden />
          </Button>
        )}
        {text !== "" && <div className={`${bubble} ${canRewind ? "ml-0" : ""}`}>{text}</div>}
      </div>
      <AttachmentList projectId={projectId} attachments={attachments} />
      {isQueued && (
        <div data-testid="queued" className="mt-1 flex items-center justify-end gap-1 text-xs text-muted-foreground">
          <span className="mr-1">queued</span>
          {canSteer && (
            <Button look="ghost" className="h-7 px-2 text-xs" title="Claude Code gets it with its next step, without waiting for the end" onClick={() => void onSteer(message.turn_id)}>
              <CornerDownRight className="size-3" aria-hidden /> Send now
            </Button>
          )}
          <Button look="ghost" className="h-7 px-2 text-xs" onClick={() => setDraft(text)}>
            <Pencil className="size-3" aria-hidden /> Edit
          </Button>
          <Button look="ghost" className="h-7 px-2 text-xs" onClick={() => void onWithdraw(message.turn_id)}>
            <Undo2 className="size-3" aria-hidden /> Withdraw
          </Button>
        </div>
      )}
      {waits === "told" && (
        <p data-testid="told" className="mt-1 flex items-center justify-end gap-1 text-xs text-muted-foreground">
          <CornerDownRight className="size-3" aria-hidden /> Claude Code gets it with its next step
        </p>
      )}
      {editor && <div className="mt-3">{editor}</div>}
    </>
  );
}

interface EditorProps {
  draft: string;
  /** Claude Code has begun with the message meanwhile: what was written is not lost, but another message. */
  begun: boolean;
  onChange: (text: string) => void;
  onSave: () => void;
  onCancel: () => void;
}

function Editor({ draft, begun, onChange, onSave, onCancel }: EditorProps) {
  function onKeyDown(event: KeyboardEvent) {
    if (event.key === "Escape") {
      event.stopPropagation(); // Elsewhere Escape stops the running turn.
      onCancel();
    } else if (event.key === "Enter" && !event.shiftKey && !event.nativeEvent.isComposing) {
      event.preventDefault();
      onSave();
    }
  }

  return (
    <div className="ml-auto w-full max-w-[85%]">
      <textarea
        autoFocus
        rows={Math.min(8, draft.split("\n").length)}
        value={draft}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={onKeyDown}
        aria-label="Edit the queued message"
        className="w-full resize-none rounded-2xl border border-input bg-card px-4 py-2.5 text-base outline-none focus:border-ring sm:text-sm"
      />
      <div className="mt-1 flex flex-wrap items-center justify-end gap-1">
        {begun && <p className="mr-auto text-xs text-muted-foreground">Claude Code has begun with the message as it was.</p>}
        <Button look="ghost" className="h-7 px-2 text-xs" onClick={onCancel}>
          Cancel
        </Button>
        <Button look="primary" className="h-7 px-3 text-xs" disabled={draft.trim() === ""} onClick={onSave}>
          {begun ? "Send as the next" : "Save"}
        </Button>
      </div>
    </div>
  );
}

/** What this browser has sent, or tries to send. */
export function PendingBubble({ projectId, message, onResend, onDiscard }: { projectId: string; message: PendingMessage; onResend: (id: string) => void; onDiscard: (id: string) => void }) {
  return (
    <div data-testid="pending">
      {message.content !== "" && <div className={`${bubble} opacity-60`}>{message.content}</div>}
      <AttachmentList projectId={projectId} attachments={message.attachments ?? []} />
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
