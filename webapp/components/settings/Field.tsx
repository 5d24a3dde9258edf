import type { ReactNode } from "react";

export const inputClass = "w-full rounded-lg border border-input bg-background px-3 py-1.5 text-base outline-none focus:border-ring sm:text-sm";

/** A setting: its name, what it does, and what one can do about it. */
export function Field({ label, hint, children }: { label: string; hint?: string; children: ReactNode }) {
  return (
    <label className="block">
      <span className="text-sm font-medium">{label}</span>
      {hint && <span className="block text-xs text-muted-foreground">{hint}</span>}
      <span className="mt-1 block">{children}</span>
    </label>
  );
}
