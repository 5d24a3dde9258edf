import type { ClaudeSettings } from "./rest";

/** An MCP server as it is written down in a form. */
export interface McpForm {
  name: string;
  type: "stdio" | "http" | "sse";
  /** A command, or an address. */
  target: string;
  /** One a line. */
  args: string;
  /** KEY=value, or Header: value; one a line. */
  extra: string;
}

export const emptyMcp: McpForm = { name: "", type: "stdio", target: "", args: "", extra: "" };

/** As the CLI has it. */
export function mcpConfig({ type, target, args, extra }: McpForm): Record<string, unknown> {
  const pairs = lines(extra).map((line) => split(line, type === "stdio" ? "=" : ":"));
  const more = pairs.length > 0 ? { [type === "stdio" ? "env" : "headers"]: Object.fromEntries(pairs) } : {};
  return type === "stdio" ? { type, command: target.trim(), args: lines(args), ...more } : { type, url: target.trim(), ...more };
}

/** What an MCP server is, in a line. */
export function describeMcp(config: unknown): string {
  const { type = "stdio", command, args, url } = (config ?? {}) as { type?: string; command?: string; args?: string[]; url?: string };
  return type === "stdio" ? [command, ...(args ?? [])].join(" ") : (url ?? "");
}

/** Without empty lines. */
export const lines = (text: string): string[] => text.split("\n").map((line) => line.trim()).filter((line) => line !== "");

/** A list as text, one a line. */
export const unlines = (list: readonly string[] | null | undefined): string => (list ?? []).join("\n");

/** Without what is not set. */
export const trimmed = (settings: Partial<ClaudeSettings>): Partial<ClaudeSettings> =>
  Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null && value !== undefined && value !== "" && !(typeof value === "object" && Object.keys(value).length === 0)));

function split(line: string, at: string): [string, string] {
  const index = line.indexOf(at);
  return index < 0 ? [line, ""] : [line.slice(0, index).trim(), line.slice(index + 1).trim()];
}
