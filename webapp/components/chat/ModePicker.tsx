import { modeMeaning, modeName } from "@/lib/suggestions";

/** The session's permission mode. Shift+Tab in the box to write in goes to the next one, as in the terminal. */
export function ModePicker({ mode, modes, onChange }: { mode: string; modes: string[]; onChange: (mode: string) => void }) {
  return (
    <select
      value={mode}
      onChange={(event) => onChange(event.target.value)}
      aria-label="Permission mode"
      title={`${modeMeaning(mode)} (Shift+Tab)`}
      className="h-7 rounded-md bg-transparent px-1 text-xs text-muted-foreground outline-none hover:bg-accent hover:text-foreground focus-visible:ring-2 focus-visible:ring-ring"
    >
      {[...new Set([...modes, mode])].map((name) => (
        <option key={name} value={name}>
          {modeName(name)}
        </option>
      ))}
    </select>
  );
}

/** The modes that Shift+Tab goes through: those of everyday work. */
const everyday = ["default", "acceptEdits", "plan"];

export const nextMode = (mode: string): string => everyday[(everyday.indexOf(mode) + 1) % everyday.length] ?? "default";
