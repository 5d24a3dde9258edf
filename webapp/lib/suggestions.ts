import { inWorkspace } from "./workspace";

/** What the CLI proposes to allow from now on (its permission_suggestions). */
export type Suggestion =
  | { type: "addRules" | "replaceRules" | "removeRules"; rules: { toolName: string; ruleContent?: string }[]; behavior: string; destination: string }
  | { type: "addDirectories" | "removeDirectories"; directories: string[]; destination: string }
  | { type: "setMode"; mode: string; destination: string };

/** Exactly what would be allowed. */
export function whatIsAllowed(suggestion: Suggestion): string {
  switch (suggestion.type) {
    case "addRules":
    case "replaceRules":
    case "removeRules":
      return suggestion.rules.map((rule) => (rule.ruleContent ? `${rule.toolName}(${rule.ruleContent})` : rule.toolName)).join(", ");
    case "addDirectories":
    case "removeDirectories":
      return `files in ${suggestion.directories.map(inWorkspace).join(", ")}`;
    case "setMode":
      return suggestion.mode === "acceptEdits" ? "all edits" : `permission mode ${modeName(suggestion.mode)}`;
  }
}

/** Where it is saved, and so for how long it holds. */
export const whereItIsSaved = (suggestion: Suggestion): string => (suggestion.destination === "session" ? "in this session, until its process ends" : "in this project: saved in its Claude Code settings on the server");

const modes: Record<string, [name: string, meaning: string]> = {
  default: ["Ask", "Asks before it edits or runs anything"],
  acceptEdits: ["Accept edits", "Edits files of the workspace unasked, asks for the rest"],
  plan: ["Plan", "Reads and makes a plan for you to approve"],
  dontAsk: ["Don't ask", "Does what is allowed, denies the rest unasked"],
  bypassPermissions: ["Bypass", "Does everything unasked"],
};

export const modeName = (mode: string): string => modes[mode]?.[0] ?? mode;
export const modeMeaning = (mode: string): string => modes[mode]?.[1] ?? "";
