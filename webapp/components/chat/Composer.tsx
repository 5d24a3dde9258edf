"use client";

import { ArrowUp, Square } from "lucide-react";
import { type KeyboardEvent, useEffect, useLayoutEffect, useRef, useState } from "react";
import { Button } from "@/components/ui/Button";

interface Props {
  /** Where the draft is kept in this browser: one for each project, so that nothing typed is lost when its first session opens or another one is looked at. */
  draftKey: string;
  /** Whoever goes to another session goes on writing there. */
  sessionId: string | null;
  isStreaming: boolean;
  onSend: (content: string) => void;
  onStop: () => void;
}

/** The box to write in. Enter sends, Shift+Enter makes a new line, the draft stays over a reload. */
export function Composer({ draftKey, sessionId, isStreaming, onSend, onStop }: Props) {
  const [text, setText] = useState("");
  const box = useRef<HTMLTextAreaElement>(null);

  useEffect(() => setText(localStorage.getItem(`draft:${draftKey}`) ?? ""), [draftKey]);

  useEffect(() => box.current?.focus(), [sessionId]);

  function change(value: string) {
    setText(value);
    if (value) localStorage.setItem(`draft:${draftKey}`, value);
    else localStorage.removeItem(`draft:${draftKey}`);
  }

  // As high as the text, up to a limit.
  useLayoutEffect(() => {
    if (!box.current) return;
    box.current.style.height = "auto";
    box.current.style.height = `${Math.min(box.current.scrollHeight, 240)}px`;
  }, [text]);

  function send() {
    if (text.trim() === "") return;
    onSend(text);
    change("");
  }

  function onKeyDown(event: KeyboardEvent) {
    // Enter also ends the composing of a character (Japanese, Chinese, Korean).
    if (event.key !== "Enter" || event.shiftKey || event.nativeEvent.isComposing) return;
    event.preventDefault();
    send();
  }

  return (
    <form
      className="mx-auto w-full max-w-3xl px-3 pb-3 sm:px-6 sm:pb-5"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
    >
      <div className="flex items-end gap-2 rounded-2xl border border-input bg-card p-2 shadow-sm focus-within:border-ring">
        <textarea
          ref={box}
          rows={1}
          value={text}
          onChange={(event) => change(event.target.value)}
          onKeyDown={onKeyDown}
          placeholder={isStreaming ? "Write the next message; it waits its turn" : "Write to Claude Code"}
          aria-label="Message"
          className="max-h-60 min-w-0 flex-1 resize-none bg-transparent px-2 py-1.5 text-base outline-none placeholder:text-muted-foreground sm:text-sm"
        />
        {isStreaming && (
          <Button onClick={onStop} aria-label="Stop" title="Stop (Esc)" className="px-2.5">
            <Square className="size-3.5 fill-current" aria-hidden /> <span className="max-sm:hidden">Stop</span>
          </Button>
        )}
        <Button look="primary" type="submit" aria-label="Send" title="Send (Enter)" disabled={text.trim() === ""} className="px-2.5">
          <ArrowUp className="size-4" aria-hidden />
        </Button>
      </div>
    </form>
  );
}
