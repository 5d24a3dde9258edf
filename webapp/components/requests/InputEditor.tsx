import { useState } from "react";
import { Button } from "@/components/ui/Button";

interface Props {
  input: Record<string, unknown>;
  onSave: (input: Record<string, unknown>) => void;
  onCancel: () => void;
}

/** A tool's arguments to be changed before it runs: text as text, everything else as JSON. */
export function InputEditor({ input, onSave, onCancel }: Props) {
  const [drafts, setDrafts] = useState(() => Object.fromEntries(Object.entries(input).map(([name, value]) => [name, typeof value === "string" ? value : JSON.stringify(value, null, 2)])));
  const wrong = Object.keys(drafts).filter((name) => typeof input[name] !== "string" && !isJson(drafts[name] ?? ""));

  function save() {
    onSave(Object.fromEntries(Object.entries(drafts).map(([name, draft]) => [name, typeof input[name] === "string" ? draft : JSON.parse(draft)])));
  }

  return (
    <div className="flex flex-col gap-3">
      {Object.entries(drafts).map(([name, draft]) => (
        <label key={name} className="flex flex-col gap-1">
          <span className="font-mono text-xs text-muted-foreground">{name}</span>
          <textarea
            rows={Math.min(12, draft.split("\n").length)}
            value={draft}
            onChange={(event) => setDrafts({ ...drafts, [name]: event.target.value })}
            aria-invalid={wrong.includes(name)}
            spellCheck={false}
            className="resize-y rounded-lg border border-input bg-background px-3 py-2 font-mono text-base outline-none focus:border-ring aria-invalid:border-destructive sm:text-xs"
          />
          {wrong.includes(name) && <span className="text-xs text-destructive">This is not valid JSON.</span>}
        </label>
      ))}
      <div className="flex gap-2">
        <Button look="primary" disabled={wrong.length > 0} onClick={save}>
          Allow with these changes
        </Button>
        <Button look="ghost" onClick={onCancel}>
          Back
        </Button>
      </div>
    </div>
  );
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
