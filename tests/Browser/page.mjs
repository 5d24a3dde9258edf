// A real Chromium at a product of its own, a fresh context for each test, and what tests do on most pages.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before, beforeEach } from "node:test";
import { chromium } from "playwright-core";
import { root, startProduct, startProxy } from "./product.mjs";

const LIMIT = 20_000;

/** Screenshots, to be looked at. */
export const shots = join(root, "artifacts", "screenshots");

/** Those of the test that runs; problems are the page's errors. */
export let product, browser, proxy, context, page, problems;

/** Starts it all before a file's tests; the environment is for ./run. */
export function useProduct(environment = {}) {
  before(async () => {
    mkdirSync(shots, { recursive: true });
    product = await startProduct({ environment });
    await product.ready;
    proxy = await startProxy(product.port);
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
    });
  }, { timeout: 300_000 });

  after(async () => {
    await browser?.close();
    await proxy?.close();
    await product?.stop();
  });

  beforeEach(async () => {
    printed = product.output.length;
    await newContext();
  });

  afterEach(async (test) => test.passed || console.log(await whatWasThere(test)));
}

let printed = 0;

/** For a test that failed: what stood on the page, what was written in its box, and what the product printed meanwhile. */
async function whatWasThere({ name }) {
  const file = join(shots, `failed-${name.replace(/\W+/g, "-").slice(0, 60)}.png`);
  await page.screenshot({ path: file }).catch(() => {});
  const text = await page.locator("body").innerText().catch(String);
  const written = await box().inputValue({ timeout: 1_000 }).catch(() => "");
  return [`── ${name}`, `${page.url()} (${file})`, text.slice(-3_000), `In the box: ${written}`, `Errors of the page: ${problems.join("; ") || "none"}`, "── printed meanwhile", product.output.slice(printed).slice(-12_000), "──"].join("\n");
}

/** A browser of somebody else. Nothing turns or pulses in it: without a graphics card, drawing that is most of what Chromium does. */
export const newWindow = (options) => browser.newContext({ reducedMotion: "reduce", ...options });

/** Another browser window with nothing in it, in place of the one before. */
export async function newContext(options = { viewport: { width: 1280, height: 850 } }) {
  await context?.close();
  context = await newWindow(options);
  context.setDefaultTimeout(LIMIT);
  problems = [];
  page = await open();
}

export async function open(at = context) {
  const opened = await at.newPage();
  opened.on("pageerror", (error) => problems.push(String(error)));
  return opened;
}

/** A project, opened; answers its id. */
export async function newProject(base = product.url, permission_mode = "acceptEdits") {
  const answer = await fetch(`${product.url}/api/projects`, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ name: `Project ${crypto.randomUUID().slice(0, 8)}`, permission_mode }),
  });
  const { id } = await answer.json();
  await page.goto(`${base}/projects/${id}`);
  await page.getByText("What shall Claude Code do?").waitFor();
  return id;
}

/** Sets a project's settings. */
export async function set(projectId, settings) {
  const answer = await fetch(`${product.url}/api/projects/${projectId}/settings`, { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify(settings) });
  if (!answer.ok) throw new Error(`The settings were not taken: ${await answer.text()}`);
}

export const script = (...steps) => `%%demo ${JSON.stringify(steps)}`;
export const call = (name, input) => ({ blocks: [{ type: "tool_use", name, input }] });
export const bash = (command) => call("Bash", { command });

/** A command that waits until the test opens its gate; and how the test does. */
export const gate = "until [ -e .gate ]; do sleep 0.05; done";
export const openGate = (projectId) => writeFileSync(join(product.data, "runner", "projects", projectId, "workspace", ".gate"), "");

/** Notes at how many lengths an answer is seen from now on; answers how many these were. */
export async function watchAnswer() {
  await page.evaluate(() => {
    globalThis.lengths = new Set();
    const note = () => {
      const answer = document.querySelector("[data-role=assistant]");
      if (answer) globalThis.lengths.add(answer.innerText.length);
    };
    new MutationObserver(note).observe(document.body, { subtree: true, childList: true, characterData: true });
  });
  return () => page.evaluate(() => globalThis.lengths.size);
}

export const box = (at = page) => at.getByLabel("Message", { exact: true });
export const ends = (at = page) => at.getByTestId("turn-end");
export const dock = (at = page) => at.getByTestId("request");
export const state = (name, at = page) => at.locator(`[data-testid=connection][data-state=${name}]`).waitFor();

export async function say(text, at = page) {
  await box(at).fill(text);
  await box(at).press("Enter");
}
