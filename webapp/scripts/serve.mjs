// Serves the production build, and builds first when the sources have changed since.
// Arguments: -p PORT (else PORT, else 3000); --build-only stops after the build.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, ".next", "built-from");
const notSources = new Set(["node_modules", ".next", "tests", "tsconfig.tsbuildinfo", "next-env.d.ts"]);

function* sources(folder) {
  for (const name of readdirSync(folder).sort()) {
    if (notSources.has(name)) continue;
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* sources(path);
    else yield path;
  }
}

function fingerprint() {
  const hash = createHash("sha256");
  for (const path of sources(root)) hash.update(path.slice(root.length)).update(readFileSync(path));
  return hash.digest("hex");
}

if (!existsSync(join(root, "node_modules", "next"))) {
  console.log("Installing the webapp's npm packages.");
  const installed = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--include=dev"], { cwd: root, stdio: "inherit" });
  if (installed.status !== 0) process.exit(installed.status ?? 1);
}

const wanted = fingerprint();
if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== wanted) {
  console.log("Building the webapp.");
  const built = spawnSync(process.execPath, [join(root, "node_modules", "next", "dist", "bin", "next"), "build"], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" },
  });
  if (built.status !== 0) process.exit(built.status ?? 1);
  // A standalone server comes without what is served as it is.
  for (const [from, to] of [["public", "public"], [join(".next", "static"), join(".next", "static")]]) {
    rmSync(join(root, ".next", "standalone", to), { recursive: true, force: true });
    cpSync(join(root, from), join(root, ".next", "standalone", to), { recursive: true });
  }
  writeFileSync(stamp, wanted);
}

if (!process.argv.includes("--build-only")) {
  const flag = process.argv.indexOf("-p");
  const port = flag > 0 ? process.argv[flag + 1] : (process.env.PORT ?? "3000");
  const server = spawn(process.execPath, [join(root, ".next", "standalone", "server.js")], {
    stdio: "inherit",
    env: { ...process.env, NODE_ENV: "production", PORT: port, HOSTNAME: process.env.BIND ?? "127.0.0.1" },
  });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => server.kill(signal));
  server.on("exit", (code, signal) => process.exit(signal ? 0 : (code ?? 0)));
}
