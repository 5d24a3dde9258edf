// The product as a newcomer starts it: ./run, on a free port, with a folder of its own.
import { spawn } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { createServer, createConnection } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** A port that nobody listens on, outside the range of which the kernel takes ports for outgoing connections. */
export async function freePort() {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 22_000);
    const server = createServer();
    const isFree = await new Promise((resolve) => server.once("error", () => resolve(false)).listen(port, "127.0.0.1", () => resolve(true)));
    await new Promise((resolve) => server.close(resolve));
    if (isFree) return port;
  }
}

/** Runs ./run with a clean environment: no key, whatever this machine has. */
export async function startProduct({ port, data = mkdtempSync(join(tmpdir(), "product-")), environment = {} } = {}) {
  port ??= await freePort();
  const kept = Object.fromEntries(["PATH", "HOME", "LANG", "AspireEngine", "DOTNET_ROOT", "DOTNET_EnableWriteXorExecute", "DOTNET_TC_CallCountingDelayMs", "NUGET_PACKAGES", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE", "SSL_CERT_DIR"].filter((name) => process.env[name]).map((name) => [name, process.env[name]]));
  const child = spawn("./run", {
    cwd: root,
    env: { ...kept, PORT: String(port), DATA_DIR: data, VERBOSE: "1", DemoModel__TokenDelayMs: "8", ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const product = { port, data, child, output: "", url: `http://localhost:${port}`, exit: new Promise((resolve) => child.on("exit", resolve)) };
  const take = (chunk) => (product.output += chunk);
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  product.ready = waitFor(`"Ready:" from ./run`, () => {
    if (child.exitCode !== null) throw new Error(`./run ended with ${child.exitCode}:\n${product.output.slice(-12_000)}`); // An exception of .NET comes before all its places.
    return /^Ready: (.+)$/m.test(product.output);
  }, 240_000, () => product.output.slice(-3000));
  product.stop = async () => {
    const began = Date.now();
    if (child.exitCode === null) child.kill("SIGTERM");
    await product.exit;
    return Date.now() - began;
  };
  return product;
}

/** Waits until `probe` is true, and says what it waited for when it is not in time. */
export async function waitFor(what, probe, limitMs = 20_000, more = () => "") {
  const deadline = Date.now() + limitMs;
  while (!(await probe())) {
    if (Date.now() > deadline) throw new Error(`Waited ${limitMs / 1000} s in vain for ${what}. ${more()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** What /proc tells of a process, part by part: its "cmdline" or its "environ". Nothing, when it ended or is not ours. */
export function partsOf(pid, what) {
  try {
    return readFileSync(`/proc/${pid}/${what}`, "utf8").split("\0").filter(Boolean);
  } catch {
    return [];
  }
}

/** Processes whose environment or command line names a folder. */
export const processesOf = (text) =>
  readdirSync("/proc").filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid && ["environ", "cmdline"].some((what) => partsOf(name, what).some((part) => part.includes(text))));

/** A TCP proxy that can be cut: what lies between a laptop and the server. */
export async function startProxy(targetPort) {
  const sockets = new Set();
  let isCut = false;
  const server = createServer((client) => {
    if (isCut) return client.destroy();
    const upstream = createConnection(targetPort, "127.0.0.1");
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket)).on("error", () => {});
    }
    client.pipe(upstream).pipe(client);
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
  });
  await new Promise((resolve) => server.listen(0, "localhost", resolve));
  return {
    url: `http://localhost:${server.address().port}`,
    cut() {
      isCut = true;
      for (const socket of sockets) socket.destroy();
    },
    mend: () => (isCut = false),
    close: () => new Promise((resolve) => {
      for (const socket of sockets) socket.destroy();
      server.close(resolve);
    }),
  };
}
