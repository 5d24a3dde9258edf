"use client";

import { CircleUserRound } from "lucide-react";
import { type FormEvent, useRef, useState, useSyncExternalStore } from "react";
import { Button } from "@/components/ui/Button";
import { useName } from "@/hooks/useName";
import { nameStore } from "@/lib/name";
import { noticeStore } from "@/lib/notices";

/** Who one is to the others, shown beside messages and answers; and whether one is told on this device what goes on. Named: in words on a phone, too. */
export function NameButton({ isNamed = false }: { isNamed?: boolean }) {
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
        className={isNamed ? "max-w-full text-xs" : "max-w-32 px-2"}
        aria-label={name ? `You are ${name}. Change your name` : "Say who you are"}
        title={name || "Say who you are"}
        onClick={() => {
          setDraft(name);
          dialog.current?.showModal();
        }}
      >
        <CircleUserRound className={`${isNamed ? "size-4" : "size-5"} shrink-0`} aria-hidden />
        {isNamed ? <span className="truncate">{name || "Say who you are"}</span> : name && <span className="truncate max-sm:hidden">{name}</span>}
      </Button>
      <dialog ref={dialog} className="m-auto w-80 rounded-2xl border bg-card p-5 text-foreground shadow-xl backdrop:bg-black/40">
        <form onSubmit={save} className="flex flex-col gap-3">
          <label className="flex flex-col gap-1 text-sm">
            <span className="font-medium">Your name</span>
            <span className="text-muted-foreground">The others see it beside what you write and answer.</span>
            <input value={draft} onChange={(event) => setDraft(event.target.value)} maxLength={60} autoComplete="name" className="mt-1 h-10 rounded-lg border border-input bg-background px-3 outline-none focus:border-ring" />
          </label>
          <Notices />
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

const never = () => false;

function Notices() {
  const areThere = useSyncExternalStore(noticeStore.subscribe, noticeStore.areThere, never);
  const areOn = useSyncExternalStore(noticeStore.subscribe, noticeStore.get, never);
  const [refused, setRefused] = useState(false);
  if (!areThere) return null;
  return (
    <div className="flex flex-col gap-1 text-sm">
      <label className="flex items-start gap-2">
        <input type="checkbox" checked={areOn} onChange={async (event) => setRefused(!(await noticeStore.turn(event.target.checked)))} className="mt-0.5 size-4 accent-primary" />
        Tell me on this device when Claude Code asks or is done while I look elsewhere
      </label>
      {refused && (
        <p role="alert" className="text-xs text-destructive">
          The browser does not allow it for this page. Where its address is, it says how to change that.
        </p>
      )}
    </div>
  );
}
