import { expect, it } from "vitest";
import { describeMcp, emptyMcp, mcpConfig, trimmed } from "@/lib/settings";

it("an MCP server that is a command", () =>
  expect(mcpConfig({ ...emptyMcp, target: " npx ", args: "-y\n\n@scope/server", extra: "TOKEN=a=b\nEMPTY" })).toEqual({ type: "stdio", command: "npx", args: ["-y", "@scope/server"], env: { TOKEN: "a=b", EMPTY: "" } }));

it("an MCP server that is an address", () =>
  expect(mcpConfig({ ...emptyMcp, type: "http", target: "https://x.test/mcp", extra: "Authorization: Bearer a:b" })).toEqual({ type: "http", url: "https://x.test/mcp", headers: { Authorization: "Bearer a:b" } }));

it.each([
  [{ type: "stdio", command: "npx", args: ["-y", "server"] }, "npx -y server"],
  [{ command: "server" }, "server"],
  [{ type: "sse", url: "https://x.test" }, "https://x.test"],
  [null, ""],
])("%j is said as %j", (config, words) => expect(describeMcp(config)).toBe(words));

it("what is not set is left out", () => expect(trimmed({ effort: "", max_turns: null, allowed_tools: [], mcp_servers: {}, turn_budget_usd: 1 })).toEqual({ turn_budget_usd: 1 }));
