// One pass through a real Chromium for each thing a person does; the specification's scenarios of the hook by their names.
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import { chromium } from "playwright-core";
import { root, startProduct, startProxy, waitFor } from "./product.mjs";

const LIMIT = 20_000;
const shots = join(root, "artifacts", "screenshots");

let product, browser, proxy, context, page, problems;

before(async () => {
  mkdirSync(shots, { recursive: true });
  product = await startProduct();
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
  await context?.close();
  context = await browser.newContext({ viewport: { width: 1280, height: 850 } });
  context.setDefaultTimeout(LIMIT);
  problems = [];
  page = await open();
});

async function open(at = context) {
  const opened = await at.newPage();
  opened.on("pageerror", (error) => problems.push(String(error)));
  return opened;
}

async function newProject(base = product.url) {
  const answer = await fetch(`${product.url}/api/projects`, {
    method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ name: `Project ${crypto.randomUUID().slice(0, 8)}` }),
  });
  const { id } = await answer.json();
  await page.goto(`${base}/projects/${id}`);
  await page.getByText("What shall Claude Code do?").waitFor();
  return id;
}

const script = (...steps) => `%%demo ${JSON.stringify(steps)}`;
const box = (at = page) => at.getByLabel("Message", { exact: true });
const ends = (at = page) => at.getByTestId("turn-end");
const state = (name, at = page) => at.locator(`[data-testid=connection][data-state=${name}]`).waitFor();

async function say(text, at = page) {
  await box(at).fill(text);
  await box(at).press("Enter");
}

describe("chat", () => {
  it("a newcomer creates a project, writes, and sees the answer stream, with its cost at the end", async () => {
    await page.goto(product.url);
    await page.getByLabel("Name of a new project").fill(`First ${Date.now()}`);
    await page.getByRole("button", { name: "Create" }).click();
    await page.getByText("A demo model answers from scripts").waitFor();
    await page.getByText("What shall Claude Code do?").waitFor();
    await say("Hello!");
    await page.getByText("This is a demo model", { exact: false }).waitFor();
    assert.equal(await ends().count(), 0, "the whole answer came at once");
    await ends().waitFor();
    assert.match(await ends().innerText(), /^\$0\.\d+ · \d+ tokens · [\d.]+ s$/);
    assert.match(await page.getByTestId("cost").innerText(), /^\$0\.\d+$/);
    assert.deepEqual(problems, []);
  });

  it("useChat: messages change as chunks arrive", async () => {
    await newProject();
    await say(script({ text: "one two three four five six seven eight nine ten", delay_ms: 60 }));
    const lengths = new Set();
    await waitFor("the answer to end", async () => {
      const answer = page.locator("[data-role=assistant]");
      if (await answer.count()) lengths.add((await answer.innerText()).length);
      return (await ends().count()) === 1;
    });
    assert.ok(lengths.size >= 4, `the text was seen at ${lengths.size} lengths`);
  });

  it("streaming state: stop is there while Claude Code works, and works", async () => {
    await newProject();
    assert.equal(await page.getByRole("button", { name: "Stop", exact: true }).count(), 0);
    await say(script({ text: "This would go on for a very long time if nobody stopped it.", delay_ms: 400 }));
    await page.locator("[data-role=assistant]").waitFor();
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await page.locator("[data-testid=turn-end][data-reason=interrupted]").waitFor();
    await page.getByRole("button", { name: "Stop", exact: true }).waitFor({ state: "detached" });

    await say(script({ text: "And this would, too, but for a key.", delay_ms: 400 }));
    await page.locator("[data-role=assistant]").nth(1).waitFor();
    await page.keyboard.press("Escape");
    await waitFor("two stopped turns", async () => (await page.locator("[data-testid=turn-end][data-reason=interrupted]").count()) === 2);
  });

  it("automatic reconnection: the answer is complete, and what was written meanwhile is sent once", async () => {
    await newProject(proxy.url);
    await state("open");
    const text = "A sentence that is cut off in its middle by a lost network and is whole all the same in the end.";
    await say(script({ text, delay_ms: 60 }));
    await page.locator("[data-role=assistant]").waitFor();
    proxy.cut();
    await state("reconnecting");
    await say(script({ text: "Sent while away." }));
    await page.getByTestId("pending").waitFor();
    proxy.mend();
    await state("open");
    await waitFor("both turns to end", async () => (await ends().count()) === 2);
    assert.equal((await page.locator("[data-role=assistant]").first().innerText()).trim().startsWith(text), true);
    assert.equal(await page.locator("[data-role=user]").count(), 2);
    assert.equal(await page.getByTestId("pending").count(), 0);
  });

  it("two people see the same, live", async () => {
    const id = await newProject();
    const other = await open(await browser.newContext());
    await other.goto(`${product.url}/projects/${id}`);
    await state("open", other);
    await page.getByTitle("2 people look at this project").waitFor();
    await say(script({ text: "For both of us." }));
    await ends(other).waitFor();
    await other.getByText("For both of us.", { exact: true }).waitFor();
    await other.context().close();
  });

  it("a reload shows what was there", async () => {
    await newProject();
    await say("Create a file");
    await ends().waitFor();
    await waitFor("the recorder", async () => {
      await page.reload();
      await page.locator("[data-role=assistant]").first().waitFor();
      return (await ends().count()) === 1;
    });
    assert.deepEqual(await page.getByTestId("tool").evaluateAll((cards) => cards.map((card) => [card.dataset.tool, card.dataset.state])), [["Write", "done"], ["Read", "done"]]);
  });

  it("thinking is folded, tools are cards with input and result", async () => {
    await newProject();
    await say("Create a file");
    await ends().waitFor();
    const thought = page.getByText("A small program shows the tools best", { exact: false });
    assert.equal(await thought.isVisible(), false);
    await page.getByText("Thinking", { exact: true }).click();
    await thought.waitFor();
    await page.locator("[data-tool=Read] summary").click();
    await page.locator("[data-tool=Read]").getByText("def greet", { exact: false }).waitFor();
  });

  it("what is not allowed is shown as denied, with the reason", async () => {
    await newProject();
    await say(script({ blocks: [{ type: "tool_use", name: "WebFetch", input: { url: "http://127.0.0.1:9/", prompt: "x" } }] }, { text: "Then not." }));
    await ends().waitFor();
    const card = page.locator("[data-tool=WebFetch][data-state=denied]");
    await card.locator("summary").click();
    await card.getByText("permission mode", { exact: false }).first().waitFor();
  });

  it("an error is told once, in words", async () => {
    await newProject();
    await say("Cause an error");
    await page.locator("[data-testid=turn-end][data-reason=api_error]").waitFor();
    assert.equal(await page.getByText("This is the demo model's error", { exact: false }).count(), 1);
  });

  it("messages wait their turn, and go in order", async () => {
    await newProject();
    for (const word of ["one", "two", "three"]) await say(script({ text: `Answer ${word}.`, delay_ms: 30 }));
    await waitFor("three turns", async () => (await ends().count()) === 3);
    assert.deepEqual(await page.locator("[data-role=assistant] p").evaluateAll((texts) => texts.map((t) => t.textContent).filter((t) => t.startsWith("Answer"))), ["Answer one.", "Answer two.", "Answer three."]);
  });

  it("sessions: a new one is empty, and the old one is still there", async () => {
    await newProject();
    await say("Show me some code");
    await ends().waitFor();
    await page.getByRole("button", { name: "New session" }).first().click();
    await page.getByText("What shall Claude Code do?").waitFor();
    await say(script({ text: "In the second session." }));
    await page.getByText("In the second session.", { exact: true }).waitFor();
    await page.getByRole("navigation").getByText("Show me some code").click();
    await page.getByText("Here is a debounce", { exact: false }).waitFor();
    assert.equal(await page.getByText("In the second session.", { exact: true }).count(), 0);
  });

  it("a message that waits is edited and withdrawn, and everybody sees it", async () => {
    const id = await newProject();
    const other = await open();
    await other.goto(`${product.url}/projects/${id}`);
    await say(script({ text: "The first answer takes its time, so that two more can wait behind it.", delay_ms: 150 }));
    await page.getByText("The first answer takes", { exact: false }).last().waitFor();
    await say(script({ text: "Never said." }));
    await say("before the edit");
    await waitFor("two queued messages", async () => (await page.getByTestId("queued").count()) === 2);
    await page.getByTestId("queued").first().getByRole("button", { name: "Withdraw" }).click();
    await waitFor("one queued message", async () => (await other.getByTestId("queued").count()) === 1);
    await page.getByTestId("queued").getByRole("button", { name: "Edit" }).click();
    const editor = page.getByLabel("Edit the queued message");
    await editor.fill(script({ text: "After the edit." }));
    await page.screenshot({ path: join(shots, "editing-queued.png") });
    await editor.press("Enter");
    // What waits stands behind the answer that runs.
    const order = await page.getByTestId("message").evaluateAll((rows) => rows.map((row) => row.dataset.role));
    assert.deepEqual(order, ["user", "assistant", "user"]);
    for (const at of [page, other]) {
      await at.getByText("After the edit.", { exact: true }).waitFor();
      assert.equal(await at.getByText("Never said.", { exact: true }).count(), 0);
    }
    assert.deepEqual(problems, []);
  });

  it("what is typed while the first session opens is kept", async () => {
    await newProject();
    await say(script({ text: "The first answer." }));
    await box().pressSequentially("half a thought");
    await ends().waitFor();
    assert.equal(await box().inputValue(), "half a thought");
    assert.ok(await box().evaluate((element) => element === document.activeElement), "the box lost the focus");
  });

  it("a draft stays over a reload", async () => {
    await newProject();
    await box().fill("half a thought");
    await page.reload();
    await waitFor("the draft", async () => (await box().inputValue()) === "half a thought");
  });

  it("a project that does not exist says so, and is not asked for again and again", async () => {
    let sockets = 0;
    page.on("websocket", () => sockets++);
    await page.goto(`${product.url}/projects/0198c5a2-7c1e-7d3a-9b6e-2f1d3c4b5a69`);
    await page.getByText("This project is not here").waitFor();
    assert.ok(sockets <= 1);
  });

  it("a project that is deleted is gone for everybody who looks at it", async () => {
    const id = await newProject();
    await state("open");
    await fetch(`${product.url}/api/projects/${id}`, { method: "DELETE" });
    await page.getByText("This project is not here").waitFor();
  });

  it("projects are deleted after a second thought", async () => {
    await newProject();
    const heading = page.getByRole("heading", { level: 1 });
    await heading.filter({ hasText: "Project" }).waitFor();
    const name = await heading.innerText();
    await page.goto(product.url);
    await page.getByRole("button", { name: `Delete ${name}` }).click();
    await page.getByRole("button", { name: "Delete for good" }).click();
    await page.getByText(name).waitFor({ state: "detached" });
  });

  for (const scheme of ["light", "dark"]) {
    for (const [device, width, height] of [["desktop", 1280, 850], ["phone", 390, 844]]) {
      it(`fits ${device}, ${scheme}`, async () => {
        await page.setViewportSize({ width, height });
        await page.emulateMedia({ colorScheme: scheme });
        await newProject();
        for (const [index, text] of ["Show me some code", "Create a file"].entries()) {
          await say(text);
          await waitFor("the turn to end", async () => (await ends().count()) === index + 1);
        }
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `the page is ${overflow} px wider than the screen`);
        await page.screenshot({ path: join(shots, `chat-${device}-${scheme}.png`) });
        assert.deepEqual(problems, []);
      });
    }
  }
});
