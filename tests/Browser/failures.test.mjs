// What goes wrong, and what the page says of it: each failure has its own words and its own next step.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { describe, it } from "node:test";
import { bash, dock, ends, newProject, page, problems, product, say, script, set, shots, useProduct } from "./page.mjs";
import { partsOf, processesOf, root, waitFor } from "./product.mjs";

useProduct({
  Runner__CliPath: join(root, "tests/TestKit/cli-with-lines.mjs"),
  Runner__SilenceLimit: "00:00:08",
  Runner__AnswerLimit: "00:00:12",
  Runner__MaxRetries: "3",
});

const ended = (reason) => page.locator(`[data-testid=turn-end][data-reason=${reason}]`);
const endedTurns = (count) => waitFor(`${count} ended turns`, async () => (await ends().count()) === count);

/** Lets Claude Code go on after a failure, and sees that it does. */
async function goOn(end, timeout) {
  await end.getByRole("button", { name: "Go on" }).click();
  await page.locator("[data-testid=turn-end][data-reason=completed]").last().waitFor({ timeout });
  assert.equal(await end.getByRole("button", { name: "Go on" }).count(), 0); // Only the newest.
}

/** Kills what belongs to a session, without a word. */
async function killClaudeCode(projectId) {
  const [{ id }] = await (await fetch(`${product.url}/api/projects/${projectId}/sessions`)).json();
  const processes = processesOf(`=${id}`);
  assert.ok(processes.length > 0, "Claude Code does not run");
  for (const pid of processes) {
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // It went with the one before.
    }
  }
}

describe("the model fails", () => {
  it("a refused key says what to check, and the message is sent again by one press", async () => {
    await newProject();
    await say(script({ status: 403, times: 1, text: "Now it works." }));
    await ended("api_error").getByText("Check the API key").waitFor();
    await page.screenshot({ path: join(shots, "failure.png") });
    await ended("api_error").getByRole("button", { name: "Send again" }).click();
    await endedTurns(2);
    assert.equal(await page.locator("[data-role=user]").count(), 2);
    assert.equal(await ends().first().getByRole("button", { name: "Send again" }).count(), 0); // Only the newest.
    assert.deepEqual(problems, []);
  });

  it("an overloaded model is tried again, and the page says when", async () => {
    await newProject();
    await say(script({ status: 529, times: 2, text: "There it is." }));
    await page.getByTestId("activity").getByText(/overloaded.*trying again in/i).waitFor();
    await page.screenshot({ path: join(shots, "retry.png") });
    await ended("completed").waitFor();
    await page.getByText("There it is.", { exact: true }).waitFor();
    assert.deepEqual(problems, []);
  });

  it("an exhausted credit says where to add some; a lost login says what the Runner needs", async () => {
    await newProject();
    await say(script({ status: 400, error: "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing to upgrade or purchase credits." }));
    await ended("api_error").getByText("has no credit left").waitFor();
    await say(script({ status: 401, error: "invalid x-api-key" }));
    await ended("api_error").getByText("Check the API key").waitFor();
    assert.deepEqual(problems, []);
  });

  it("the limit of steps is said, with the setting at hand, and one can let it go on", async () => {
    const id = await newProject();
    await set(id, { max_turns: 1 });
    await say(script(bash("echo one"), { text: "Never said." }));
    await ended("max_turns").getByText("limit of steps").waitFor();
    await ended("max_turns").getByRole("button", { name: "Settings" }).waitFor();
    await goOn(ended("max_turns"));
    assert.deepEqual(problems, []);
  });
});

describe("Claude Code fails", () => {
  it("a crash in the middle keeps what was written, and one press goes on", async () => {
    const id = await newProject();
    await say(script({ text: "This is written before the crash, and there would be more of it.", stall_after: 6 }));
    await page.locator("[data-role=assistant]").getByText("This is written").waitFor();
    await killClaudeCode(id);
    await ended("cli_crashed").waitFor();
    await page.locator("[data-role=assistant]").getByText("This is written").waitFor();
    await page.screenshot({ path: join(shots, "crash.png") });
    await page.reload();
    await goOn(ended("cli_crashed"));
    assert.deepEqual(problems, []);
  });

  it("silence is ended, and one press goes on", async () => {
    await newProject();
    await say(script({ text: "It begins well and then there is nothing more.", stall_after: 3 }));
    await ended("cli_hung").getByText("was silent for").waitFor();
    await goOn(ended("cli_hung"));
    assert.deepEqual(problems, []);
  });

  it("what is no line of the protocol, what a newer one would write, and rate limits are said, and the turn goes on", async () => {
    await newProject();
    const lines = [
      "this is not JSON",
      { type: "telepathy", subtype: "of 2028", thought: "something new" },
      { type: "rate_limit_event", rate_limit_info: { status: "allowed_warning", resetsAt: 1893456000, rateLimitType: "five_hour", utilization: 0.93 } },
    ];
    await say(`%%lines ${JSON.stringify(lines)} ${script({ text: "And on it goes." })}`);
    await ended("completed").waitFor();
    const seen = async () => {
      await page.getByText("printed a line that is not part of its protocol").waitFor();
      await page.getByText("The rate limit is nearly reached; it counts until 2030-01-01").waitFor();
      await page.getByTestId("unknown").locator("summary").click();
      await page.getByTestId("unknown").getByText('"thought": "something new"').waitFor();
    };
    await seen();
    await page.screenshot({ path: join(shots, "unknown.png") });
    await page.reload();
    await seen();
    assert.deepEqual(problems, []);
  });
});

describe("nobody and nothing is there", () => {
  it("what nobody answers is denied in time, and says so", async () => {
    await newProject(product.url, "default");
    await say(script(bash("rm -rf nothing"), { text: "Then not." }));
    await dock().getByText("Denied by itself in less than a minute").waitFor();
    await ended("completed").waitFor();
    assert.equal(await dock().count(), 0);
    await page.locator("[data-tool=Bash][data-state=denied] summary").click();
    await page.locator("[data-tool=Bash]").getByText(/nobody answered/i).first().waitFor();
    assert.deepEqual(problems, []);
  });

  it("the runner is lost in the middle of a question; another one goes on with the session", async () => {
    await newProject(product.url, "default");
    await say(script(bash("touch asked.txt"), { text: "Touched." }));
    await dock().getByText("touch asked.txt").waitFor();
    // Not the small process between it and Claude Code, which is the same program.
    const isRunner = (parts) => parts.some((part) => /\/Runner(\.dll)?$/.test(part)) && !parts.includes("supervise");
    const runner = processesOf("/Runner").find((pid) => isRunner(partsOf(pid, "cmdline")) && partsOf(pid, "environ").some((pair) => pair.includes(product.data)));
    const [command, ...args] = partsOf(runner, "cmdline");
    const env = Object.fromEntries(partsOf(runner, "environ").map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]));
    process.kill(Number(runner), "SIGKILL");
    await ended("runner_lost").waitFor({ timeout: 40_000 });
    assert.equal(await dock().count(), 0);
    await page.screenshot({ path: join(shots, "runner-lost.png") });
    await page.reload();
    const another = spawn(command, args, { env, stdio: "ignore" });
    try {
      await goOn(ended("runner_lost"), 60_000); // A whole runner starts for it.
      await say(script(bash("touch asked.txt"), { text: "Touched." }));
      await dock().getByRole("button", { name: "Allow once" }).click();
      await page.getByText("Touched.", { exact: true }).waitFor();
    } finally {
      another.kill("SIGTERM");
    }
    assert.deepEqual(problems, []);
  });
});
