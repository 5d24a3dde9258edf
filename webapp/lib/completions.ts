import type { CapabilitiesResponse } from "./rest";

/** A command that the text may become. */
export interface Completion {
  name: string;
  hint: string;
  description: string;
}

/** Commands and skills that begin with what is written, then those that only hold it; nothing once the command is complete. */
export function completionsOf(text: string, capabilities: CapabilitiesResponse | null): Completion[] {
  const typed = /^\/([\w:-]*)$/.exec(text)?.[1]?.toLowerCase();
  if (typed === undefined || !capabilities) return [];
  const rank = (name: string) => (name.toLowerCase().startsWith(typed) ? 0 : name.toLowerCase().includes(typed) ? 1 : 2);
  return capabilities.commands
    .filter((command) => rank(command.name) < 2)
    .sort((a, b) => rank(a.name) - rank(b.name) || a.name.localeCompare(b.name))
    .map(({ name, description, argument_hint }) => ({ name, description, hint: argument_hint }));
}
