// A small MCP server with one tool: over stdio, or with a PORT over HTTP (Streamable HTTP, answers without streams), where
// it wants the header Authorization: Bearer TOKEN.
import { createServer } from "node:http";
import { createInterface } from "node:readline";

function answerTo({ id, method, params }) {
  if (id === undefined) return null;
  const result = () => {
    if (method === "initialize") return { protocolVersion: params.protocolVersion, capabilities: { tools: {} }, serverInfo: { name: "tiny", version: "1.0.0" } };
    if (method === "tools/list") return { tools: [{ name: "greet", description: "Greets somebody.", inputSchema: { type: "object", properties: { who: { type: "string" } } } }] };
    if (method === "tools/call") return { content: [{ type: "text", text: `Hello ${params.arguments?.who}, from ${process.env.PLACE ?? "nowhere"}` }] };
    return {};
  };
  return JSON.stringify({ jsonrpc: "2.0", id, result: result() });
}

if (process.env.PORT) {
  createServer(async (request, response) => {
    if (request.method !== "POST") return response.writeHead(405).end();
    if (request.headers.authorization !== `Bearer ${process.env.TOKEN}`) return response.writeHead(401).end();
    const body = JSON.parse(Buffer.concat(await request.toArray()).toString());
    const answer = answerTo(body);
    if (answer === null) response.writeHead(202).end();
    else response.writeHead(200, { "content-type": "application/json" }).end(answer);
  }).listen(Number(process.env.PORT), "127.0.0.1", () => console.log("listening"));
} else {
  createInterface({ input: process.stdin }).on("line", (line) => {
    const answer = answerTo(JSON.parse(line));
    if (answer !== null) process.stdout.write(`${answer}\n`);
  });
}
