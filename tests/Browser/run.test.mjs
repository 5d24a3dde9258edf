// ./run itself: what it says, what it leaves behind, what it keeps.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { createServer } from "node:net";
import { describe, it } from "node:test";
import { freePort, processesOf, root, startProduct, waitFor } from "./product.mjs";

const run = (args, env = {}) => spawnSync("./run", args, { cwd: root, encoding: "utf8", env: { ...process.env, ...env } });

describe("./run", () => {
  it("says what can be configured", () => {
    const { status, stdout } = run(["--help"]);
    assert.equal(status, 0);
    for (const name of ["PORT", "ANTHROPIC_API_KEY", "ANTHROPIC_BASE_URL", "DATA_DIR"]) assert.match(stdout, new RegExp(name));
  });

  it("refuses an option that it does not have", () => {
    const { status, stderr } = run(["--nonsense"]);
    assert.equal(status, 2);
    assert.match(stderr, /--nonsense.*--help/);
  });

  it("refuses a port that is none, and one that is taken, in one line with the remedy", async () => {
    assert.match(run([], { PORT: "http" }).stderr, /^PORT is 'http', but a port is a number.*\n$/);
    const server = createServer();
    const port = await freePort();
    await new Promise((resolve) => server.listen(port, "127.0.0.1", resolve));
    const { status, stderr } = run([], { PORT: String(port) });
    server.close();
    assert.equal(status, 1);
    assert.match(stderr, new RegExp(`^Port ${port} is taken. .*PORT=${port + 1} \\./run\\n$`));
  });

  it("ends everything on SIGTERM, also in the middle of a turn, and a second start has kept what was there", { timeout: 300_000 }, async () => {
    const first = await startProduct();
    await first.ready;
    const headers = { "content-type": "application/json" };
    const { id } = await (await fetch(`${first.url}/api/projects`, { method: "POST", headers, body: '{"name":"Kept"}' })).json();
    const send = (url, content) => fetch(`${url}/api/projects/${id}/messages`, { method: "POST", headers, body: JSON.stringify({ content }) });
    const turns = async (url) => (await fetch(`${url}/api/projects/${id}/turns`)).json();
    await send(first.url, '%%demo [{"text":"Before the restart."}]');
    await waitFor("the first turn to end", async () => (await turns(first.url))[0]?.reason === "completed");
    await send(first.url, '%%demo [{"blocks":[{"type":"tool_use","name":"Bash","input":{"command":"sleep 321"}}]}]');
    await waitFor("the shell command to run", () => processesOf("sleep 321").length > 0);

    const took = await first.stop();
    assert.ok(took < 10_000, `it took ${took} ms to end`);
    await waitFor("no process to be left", () => processesOf(first.data).length === 0 && processesOf("sleep 321").length === 0, 3_000, () => processesOf(first.data).join(" "));

    const second = await startProduct({ port: first.port, data: first.data });
    await second.ready;
    await waitFor("the turn that was cut short to have ended", async () => (await turns(second.url)).every((turn) => turn.status === "ended"));
    await send(second.url, '%%demo [{"text":"After the restart."}]');
    await waitFor("a turn after the restart", async () => (await turns(second.url))[0].reason === "completed");
    const { messages } = await (await fetch(`${second.url}/api/projects/${id}/messages`)).json();
    const texts = messages.flatMap((message) => message.content.map((block) => block?.text));
    assert.ok(texts.includes("Before the restart.") && texts.includes("After the restart."));
    await second.stop();
  });
});
