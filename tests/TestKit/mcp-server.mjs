// A small MCP server over stdio, with one tool.
import readline from "node:readline";

const answer = (id, result) => process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", id, result })}\n`);
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const { id, method, params } = JSON.parse(line);
  if (id === undefined) return;
  if (method === "initialize") answer(id, { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "tiny", version: "1.0.0" } });
  else if (method === "tools/list") answer(id, { tools: [{ name: "greet", description: "Greets somebody.", inputSchema: { type: "object", properties: { who: { type: "string" } } } }] });
  else if (method === "tools/call") answer(id, { content: [{ type: "text", text: `Hello ${params.arguments?.who}, from ${process.env.PLACE ?? "nowhere"}` }] });
  else answer(id, {});
});
