#!/usr/bin/env node
// The real, pinned Claude Code that also prints what a message asks for: %%lines ["…", {…}] goes to stdout, line by line,
// before the message goes to it. So a browser sees what a newer, or a broken, Claude Code would write.
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const packages = join(dirname(fileURLToPath(import.meta.url)), "../../Runner/npm/node_modules/@anthropic-ai");
const cli = spawn(join(packages, readdirSync(packages).find((name) => name.startsWith("claude-code-")), "claude"), process.argv.slice(2), { stdio: ["pipe", "inherit", "inherit"] });
cli.on("exit", (code, signal) => (signal ? process.kill(process.pid, signal) : process.exit(code)));
cli.stdin.on("error", () => {}); // It ended; its exit says so.

const asked = /%%lines (\[.*?\]) %%demo/;
createInterface({ input: process.stdin })
  .on("line", (line) => {
    const message = JSON.parse(line);
    const content = message.type === "user" ? message.message.content : "";
    const [, lines] = asked.exec(typeof content === "string" ? content : content.map((block) => block.text ?? "").join("\n")) ?? [];
    for (const extra of lines ? JSON.parse(lines) : []) process.stdout.write(`${typeof extra === "string" ? extra : JSON.stringify(extra)}\n`);
    cli.stdin.write(`${line}\n`);
  })
  .on("close", () => cli.stdin.end());
