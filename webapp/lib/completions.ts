import type { CapabilitiesResponse } from "./rest";

/** What the text at the caret may become. */
export interface Completion {
  /** What is put in place of what was typed. */
  insert: string;
  label: string;
  hint?: string;
  description?: string;
}

/** Commands, skills and agents that begin with what is written, then those that only hold it; nothing once the command is complete. */
export function completionsOf(text: string, capabilities: CapabilitiesResponse | null): Completion[] {
  const typed = /^\/([\w:-]*)$/.exec(text)?.[1]?.toLowerCase();
  if (typed === undefined || !capabilities) return [];
  const rank = (name: string) => (name.toLowerCase().startsWith(typed) ? 0 : name.toLowerCase().includes(typed) ? 1 : 2);
  const offers: [name: string, completion: Completion][] = [
    ...capabilities.commands.map(({ name, description, argument_hint }): [string, Completion] => [name, { insert: `/${name} `, label: `/${name}`, description, hint: argument_hint }]),
    ...capabilities.agents.map(({ name, description }): [string, Completion] => [name, { insert: `@agent-${name} `, label: `@agent-${name}`, description, hint: "an agent" }]),
  ];
  return offers
    .filter(([name]) => rank(name) < 2)
    .sort(([a], [b]) => rank(a) - rank(b) || a.localeCompare(b))
    .map(([, completion]) => completion);
}

/** The file that is being named at the caret: an @ at the beginning of a word, and what follows it. */
export function mentionAt(text: string, caret: number): { start: number; query: string } | null {
  const found = /(?:^|\s)@([^\s@"]*)$/.exec(text.slice(0, caret));
  return found ? { start: caret - found[1]!.length - 1, query: found[1]! } : null;
}

/** Files and folders as completions; a folder can be gone on with. */
export const fileCompletions = (paths: string[]): Completion[] =>
  paths.map((path) => ({ insert: path.includes(" ") ? `@"${path}" ` : path.endsWith("/") ? `@${path}` : `@${path} `, label: path }));
