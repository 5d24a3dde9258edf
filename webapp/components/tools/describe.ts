import { inWorkspace } from "@/lib/workspace";

/** A tool's arguments, shaped per tool: sdk-tools.d.ts of the CLI names them, a newer CLI may know more. */
export type ToolInput = Record<string, unknown>;

export const inputOf = (input: unknown): ToolInput => (typeof input === "object" && input !== null && !Array.isArray(input) ? (input as ToolInput) : {});

export const text = (input: ToolInput, name: string): string => (typeof input[name] === "string" ? input[name] : "");

/** The last two parts of a path: enough to tell files apart. */
export const shortPath = (path: string): string => inWorkspace(path).split("/").slice(-2).join("/");

/** How a tool is called for people: MCP tools are mcp__server__tool on the wire. */
export function toolTitle(name: string): string {
  const [, server, tool] = /^mcp__(.+?)__(.+)$/.exec(name) ?? [];
  if (server && tool) return `${server} · ${tool}`;
  return titles[name] ?? name;
}

const titles: Record<string, string> = {
  Task: "Subagent",
  Agent: "Subagent",
  AskUserQuestion: "Question",
  ExitPlanMode: "Plan",
  WebFetch: "Fetch",
  WebSearch: "Search",
  Grep: "Search in files",
  Glob: "Find files",
  NotebookEdit: "Edit notebook",
  TodoWrite: "To-do list",
};

/** What tells one call from another at a glance. */
export function toolSummary(name: string, input: unknown): string {
  const fields = inputOf(input);
  if (name === "AskUserQuestion") return (fields.questions as { question?: string }[] | undefined)?.map((q) => q.question).join(" · ") ?? "";
  if (name === "ExitPlanMode") return text(fields, "plan").replace(/^#+\s*/, "").split("\n")[0] ?? "";
  const path = text(fields, "file_path") || text(fields, "notebook_path");
  if (path) return shortPath(path);
  for (const field of ["command", "pattern", "url", "query", "description", "subject", "path", "prompt", "skill"]) if (text(fields, field)) return text(fields, field);
  return "";
}

/** What Claude Code wants, as the end of a sentence that begins with its name. */
export function wish(name: string, input: unknown): string {
  const fields = inputOf(input);
  const path = shortPath(text(fields, "file_path") || text(fields, "notebook_path"));
  switch (name) {
    case "Bash":
      return "wants to run a command";
    case "Write":
      return `wants to write ${path}`;
    case "Edit":
    case "MultiEdit":
    case "NotebookEdit":
      return `wants to edit ${path}`;
    case "Read":
      return `wants to read ${path}`;
    case "Glob":
    case "Grep":
      return "wants to search the files";
    case "WebFetch":
      return "wants to fetch a page";
    case "WebSearch":
      return "wants to search the web";
    default:
      return `wants to use ${toolTitle(name)}`;
  }
}
