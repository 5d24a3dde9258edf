import { useEffect, useRef } from "react";
import type { Completion } from "@/lib/completions";

/** What the text at the caret may become, above the box to write in. */
export function CompletionList({ completions, chosen, onChoose }: { completions: Completion[]; chosen: number; onChoose: (completion: Completion) => void }) {
  const current = useRef<HTMLLIElement>(null);
  useEffect(() => {
    // In braces: newer browsers return a promise here, and React takes what is returned for a clean-up.
    current.current?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    <ul role="listbox" aria-label="Completions" className="absolute inset-x-3 bottom-full z-10 mb-2 max-h-72 overflow-y-auto rounded-xl border bg-card p-1 text-sm shadow-lg sm:inset-x-6">
      {completions.map((completion, index) => (
        <li
          key={completion.label}
          ref={index === chosen ? current : undefined}
          role="option"
          aria-selected={index === chosen}
          onMouseDown={(event) => {
            event.preventDefault(); // The box keeps the focus.
            onChoose(completion);
          }}
          className={`cursor-pointer rounded-lg px-3 py-1.5 ${index === chosen ? "bg-accent" : ""}`}
        >
          <span className="font-mono text-xs font-medium break-all">{completion.label}</span> <span className="font-mono text-xs text-muted-foreground">{completion.hint}</span>
          {completion.description && <span className="line-clamp-2 text-xs text-muted-foreground">{completion.description}</span>}
        </li>
      ))}
    </ul>
  );
}
