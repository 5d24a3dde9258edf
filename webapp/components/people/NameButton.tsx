"use client";

import { CircleUserRound } from "lucide-react";
import { type FormEvent, useRef, useState } from "react";
import { Button } from "@/components/ui/Button";
import { useName } from "@/hooks/useName";
import { nameStore } from "@/lib/name";

/** Who one is to the others: shown beside messages and answers. */
export function NameButton() {
  const name = useName();
  const [draft, setDraft] = useState("");
  const dialog = useRef<HTMLDialogElement>(null);

  function save(event: FormEvent) {
    event.preventDefault();
    nameStore.set(draft);
    dialog.current?.close();
  }

  return (
    <>
      <Button
        look="ghost"
        className="max-w-32 px-2"
        aria-label={name ? `You are ${name}. Change your name` : "Say who you are"}
        title={name || "Say who you are"}
        onClick={() => {
          setDraft(name);
          dialog.current?.showModal();
        }}
      >
        <CircleUserRound className="size-5 shrink-0" aria-hidden />
        {name && <span className="truncate max-sm:hidden">{name}</span>}
      </Button>
      <dialog ref={dialog} className="m-auto w-80 rounded-2xl border bg-card p-5 text-foreground shadow-xl backdrop:bg-black/40">
        <form onSubmit={save} className="flex flex-col gap-3">
          <label className="flex flex-col gap-1 text-sm">
            <span className="font-medium">Your name</span>
            <span className="text-muted-foreground">The others see it beside what you write and answer.</span>
            <input value={draft} onChange={(event) => setDraft(event.target.value)} maxLength={60} autoComplete="name" className="mt-1 h-10 rounded-lg border border-input bg-background px-3 outline-none focus:border-ring" />
          </label>
          <div className="flex justify-end gap-2">
            <Button look="ghost" onClick={() => dialog.current?.close()}>
              Cancel
            </Button>
            <Button look="primary" type="submit">
              Save
            </Button>
          </div>
        </form>
      </dialog>
    </>
  );
}
