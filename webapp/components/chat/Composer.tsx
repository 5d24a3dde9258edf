"use client";

import { ArrowUp, Paperclip, Square } from "lucide-react";
import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import { flushSync } from "react-dom";
import { UploadList } from "@/components/files/UploadList";
import { Button } from "@/components/ui/Button";
import { useDraft } from "@/hooks/useDraft";
import { useAttachments } from "@/hooks/useAttachments";
import { useFileCompletions } from "@/hooks/useFileCompletions";
import { type Completion, completionsOf, mentionAt } from "@/lib/completions";
import type { ContextFill } from "@/lib/chat/context";
import type { SendOptions } from "@/lib/chat/store";
import type { CapabilitiesResponse } from "@/lib/rest";
import { CompletionList } from "./CompletionList";
import { ContextMeter } from "./ContextMeter";
import { ModePicker, nextMode } from "./ModePicker";
import { ModelPicker } from "./ModelPicker";

interface Props {
  projectId: string;
  /** Null in a project without sessions. */
  sessionId: string | null;
  isStreaming: boolean;
  /** Null until it is known. */
  permissionMode: string | null;
  permissionModes: string[];
  onPermissionMode: (mode: string) => void;
  /** The session's or the project's; null for the CLI's default. */
  model: string | null;
  onModel: (model: string) => void;
  capabilities: CapabilitiesResponse | null;
  /** How full the conversation is; null while that is not known. */
  contextFill: ContextFill | null;
  /** What was written in this session, the newest last: the arrow keys bring it back. */
  history: string[];
  /** Something is being written. */
  onWrite: () => void;
  onSend: (content: string, options?: SendOptions) => void;
  onStop: () => void;
}

/**
 * The box to write in. Enter sends, Ctrl+Enter (⌘ on a Mac) tells it to the turn that runs, Shift+Enter makes a new line, / completes commands, @ files; files are
 * pasted, dropped or picked; the draft stays over a reload.
 */
export function Composer({ projectId, sessionId, isStreaming, permissionMode, permissionModes, onPermissionMode, model, onModel, capabilities, contextFill, history, onWrite, onSend, onStop }: Props) {
  const [text, setText] = useDraft(projectId, sessionId);
  const [recalled, setRecalled] = useState<number | null>(null);
  const [chosen, setChosen] = useState(0);
  const [dismissed, setDismissed] = useState<string | null>(null);
  const box = useRef<HTMLTextAreaElement>(null);
  const [caret, setCaret] = useState(0);
  const [isDragging, setIsDragging] = useState(false);
  const picker = useRef<HTMLInputElement>(null);
  const files = useAttachments(projectId);
  const mention = dismissed === text ? null : mentionAt(text, caret);
  const fileMatches = useFileCompletions(projectId, mention?.query ?? null);
  const completions = dismissed === text ? [] : mention ? fileMatches : completionsOf(text, capabilities);
  const canSend = (text.trim() !== "" || files.uploads.some((one) => one.attachment)) && !files.isUploading;

  useEffect(() => {
    box.current?.focus();
  }, [sessionId]);

  // As high as the text, up to a limit.
  useLayoutEffect(() => {
    if (!box.current) return;
    box.current.style.height = "auto";
    box.current.style.height = `${Math.min(box.current.scrollHeight, 240)}px`;
  }, [text]);

  function change(value: string) {
    setText(value);
    setRecalled(null);
    setChosen(0);
  }

  function send(steer = false) {
    if (!canSend) return;
    onSend(text, { steer: steer && isStreaming, attachments: files.uploads.flatMap((one) => one.attachment ?? []) });
    files.clear();
    change("");
  }

  function complete({ insert }: Completion) {
    const start = mention?.start ?? 0;
    const after = start + insert.length;
    // Drawn at once: the caret is behind what was put in before the next key comes.
    flushSync(() => {
      change(text.slice(0, start) + insert + text.slice(mention ? caret : text.length));
      setCaret(after);
    });
    box.current?.focus();
    box.current?.setSelectionRange(after, after);
  }

  /** Goes through what was written before; past the newest the box is empty again. */
  function recall(step: -1 | 1) {
    const index = (recalled ?? history.length) + step;
    if (index < 0) return;
    setText(history[index] ?? "");
    setRecalled(index < history.length ? index : null);
  }

  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>) {
    // Enter also ends the composing of a character (Japanese, Chinese, Korean).
    if (event.nativeEvent.isComposing) return;
    const key = `${event.shiftKey ? "Shift+" : ""}${event.key}`;
    const option = completions[Math.min(chosen, completions.length - 1)];
    const taken = () => event.preventDefault();
    if (key === "Shift+Tab" && permissionMode) {
      taken();
      onPermissionMode(nextMode(permissionMode));
    } else if (option && (key === "ArrowDown" || key === "ArrowUp")) {
      taken();
      setChosen((chosen + (key === "ArrowDown" ? 1 : completions.length - 1)) % completions.length);
    } else if (option && (key === "Tab" || (key === "Enter" && text !== option.insert.trimEnd()))) {
      taken();
      complete(option);
    } else if (option && key === "Escape") {
      event.stopPropagation(); // Elsewhere Escape stops the running turn.
      setDismissed(text);
    } else if (key === "Enter") {
      taken();
      send(event.ctrlKey || event.metaKey);
    } else if (key === "ArrowUp" && (text === "" || recalled !== null) && history.length > 0) {
      taken();
      recall(-1);
    } else if (key === "ArrowDown" && recalled !== null) {
      taken();
      recall(1);
    }
  }

  return (
    <form
      className="relative mx-auto w-full max-w-3xl px-3 pb-3 sm:px-6 sm:pb-4"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes("Files")) return;
        event.preventDefault();
        setIsDragging(true);
      }}
      onDragLeave={() => setIsDragging(false)}
      onDrop={(event) => {
        event.preventDefault();
        setIsDragging(false);
        files.add(event.dataTransfer.files);
      }}
    >
      {completions.length > 0 && <CompletionList completions={completions} chosen={Math.min(chosen, completions.length - 1)} onChoose={complete} />}
      <div className={`flex flex-wrap items-end gap-2 rounded-2xl border bg-card p-2 shadow-sm focus-within:border-ring ${isDragging ? "border-ring bg-accent" : "border-input"}`}>
        <UploadList uploads={files.uploads} onRemove={files.remove} />
        <Button look="ghost" className="px-2" aria-label="Send files along" title="Send files along: pick, drop or paste them" onClick={() => picker.current?.click()}>
          <Paperclip className="size-4" aria-hidden />
        </Button>
        <input
          ref={picker}
          type="file"
          multiple
          hidden
          data-testid="file-picker"
          onChange={(event) => {
            files.add(event.target.files ?? []);
            event.target.value = ""; // The same file can be picked again.
          }}
        />
        <textarea
          ref={box}
          rows={1}
          value={text}
          onChange={(event) => {
            change(event.target.value);
            if (event.target.value !== "") onWrite();
            setCaret(event.target.selectionStart);
          }}
          onSelect={(event) => setCaret(event.currentTarget.selectionStart)}
          onPaste={(event) => {
            if (event.clipboardData.files.length === 0) return;
            event.preventDefault();
            files.add(event.clipboardData.files);
          }}
          onKeyDown={onKeyDown}
          placeholder={isStreaming ? "Write the next message" : "Write to Claude Code"}
          aria-label="Message"
          className="max-h-60 min-w-0 flex-1 resize-none bg-transparent px-2 py-1.5 text-base outline-none placeholder:text-muted-foreground sm:text-sm"
        />
        {isStreaming && (
          <Button onClick={onStop} aria-label="Stop" title="Stop (Esc)" className="px-2.5">
            <Square className="size-3.5 fill-current" aria-hidden /> <span className="max-sm:hidden">Stop</span>
          </Button>
        )}
        <Button look="primary" type="submit" aria-label="Send" title="Send (Enter)" disabled={!canSend} className="px-2.5">
          <ArrowUp className="size-4" aria-hidden />
        </Button>
      </div>
      <div className="mt-1 flex min-h-7 flex-wrap items-center gap-1 px-2">
        {permissionMode && <ModePicker mode={permissionMode} modes={permissionModes} onChange={onPermissionMode} />}
        {capabilities && capabilities.models.length > 0 && <ModelPicker model={model} models={capabilities.models} onChange={onModel} />}
        {contextFill && (
          <ContextMeter
            fill={contextFill}
            onCompact={() => {
              if (text === "") change("/compact ");
              box.current?.focus();
            }}
          />
        )}
        <p className="ml-auto text-xs text-muted-foreground max-sm:hidden">{isStreaming ? "Enter: it waits its turn · Ctrl+Enter: Claude Code gets it now" : "/ commands · @ files · Shift+Enter new line"}</p>
      </div>
    </form>
  );
}
