import { type ReactNode, type Ref, useEffect, useImperativeHandle, useRef } from "react";

/** What a dialog can be told. */
export interface DialogHandle {
  close: () => void;
}

/** A modal dialog: in the middle of a desktop, at the bottom of a phone. It opens as it is drawn; `onClose` comes however it is closed. */
export function Dialog({ ref, titleId, onClose, className = "max-w-lg overflow-y-auto p-5", children }: { ref: Ref<DialogHandle>; titleId: string; onClose: () => void; className?: string; children: ReactNode }) {
  const element = useRef<HTMLDialogElement>(null);
  useEffect(() => element.current?.showModal(), []);
  useImperativeHandle(ref, () => ({ close: () => element.current?.close() }), []);
  return (
    <dialog
      ref={element}
      onClose={onClose}
      onKeyDown={(event) => event.stopPropagation() /* Elsewhere Escape stops the running turn. */}
      aria-labelledby={titleId}
      className={`m-auto max-h-[90dvh] w-full rounded-2xl border bg-card text-foreground shadow-xl backdrop:bg-black/40 max-sm:mb-0 max-sm:max-w-full max-sm:rounded-b-none ${className}`}
    >
      {children}
    </dialog>
  );
}
