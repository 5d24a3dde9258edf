// One pass through a real Chromium for each thing a person does; the specification's scenarios of the hook by their names.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, it } from "node:test";
import { bash, box, call, context, dock, ends, gate, newProject, newWindow, open, openGate, page, problems, product, proxy, say, script, set, shots, state, useProduct, watchAnswer } from "./page.mjs";
import { partsOf, processesOf, root, waitFor } from "./product.mjs";

useProduct();

describe("chat", () => {
  it("a newcomer creates a project, writes, and sees the answer stream, with its cost at the end", async () => {
    await page.goto(product.url);
    await page.getByLabel("Name of a new project").fill(`First ${Date.now()}`);
    await page.getByRole("button", { name: "Create" }).click();
    await page.getByText("A demo model answers from scripts").waitFor();
    await page.getByText("What shall Claude Code do?").waitFor();
    const lengthsSeen = await watchAnswer();
    await say("Hello!");
    await page.getByText("This is a demo model", { exact: false }).waitFor();
    await ends().waitFor();
    assert.ok((await lengthsSeen()) >= 3, "the whole answer came at once");
    assert.match(await ends().innerText(), /^\$0\.\d+ · \d+ tokens · [\d.]+ s$/);
    assert.match(await page.getByTestId("cost").innerText(), /^\$0\.\d+$/);
    assert.deepEqual(problems, []);
  });

  it("useChat: messages change as chunks arrive", async () => {
    await newProject();
    const lengthsSeen = await watchAnswer();
    await say(script({ text: "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen", delay_ms: 60 }));
    await ends().waitFor();
    assert.ok((await lengthsSeen()) >= 4, `the text was seen at ${await lengthsSeen()} lengths`);
  });

  it("streaming state: stop is there while Claude Code works, and works", async () => {
    await newProject();
    assert.equal(await page.getByRole("button", { name: "Stop", exact: true }).count(), 0);
    await say(script({ text: "This would go on for a very long time if nobody stopped it.", stall_after: 3 }));
    await page.locator("[data-role=assistant]").waitFor();
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await page.locator("[data-testid=turn-end][data-reason=interrupted]").waitFor();
    await page.getByRole("button", { name: "Stop", exact: true }).waitFor({ state: "detached" });

    await say(script({ text: "And this would, too, but for a key.", stall_after: 3 }));
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
    const other = await open(await newWindow());
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

  it("a session has an address: a reload, the back button and a link show it; and a title that can be changed", async () => {
    const id = await newProject();
    const named = () => new URL(page.url()).searchParams.get("session");
    await say("the first of two");
    await ends().waitFor();
    const first = named();
    await page.getByRole("banner").getByRole("button", { name: "New session" }).click();
    await page.getByText("What shall Claude Code do?").waitFor();
    await say("the second of two");
    await ends().waitFor();
    const second = named();
    assert.ok(first && second && first !== second, `${first}, ${second}`);

    // A reload shows the session that was looked at, not the newest.
    await page.getByRole("navigation", { name: "Sessions" }).getByRole("button", { name: "the first of two", exact: true }).click();
    await page.locator("[data-role=user]").getByText("the first of two").waitFor();
    assert.equal(named(), first);
    await page.reload();
    await page.locator("[data-role=user]").getByText("the first of two").waitFor();
    await page.goBack();
    await page.locator("[data-role=user]").getByText("the second of two").waitFor();
    assert.equal(named(), second);

    // Of a link to a session that is not there, the newest is shown.
    const other = await open();
    await other.goto(`${product.url}/projects/${id}?session=${first}`);
    await other.locator("[data-role=user]").getByText("the first of two").waitFor();
    await other.goto(`${product.url}/projects/${id}?session=gone`);
    await other.locator("[data-role=user]").getByText("the second of two").waitFor();
    await waitFor("the address of what is shown", () => new URL(other.url()).searchParams.get("session") === second);

    const list = other.getByRole("navigation", { name: "Sessions" });
    await list.getByRole("button", { name: "the first of two", exact: true }).hover();
    await list.getByRole("button", { name: "Rename the first of two" }).click();
    await list.getByLabel("Title of the session").fill("A better title");
    await list.getByLabel("Title of the session").press("Enter");
    await page.getByRole("navigation", { name: "Sessions" }).getByRole("button", { name: "A better title", exact: true }).waitFor();
    assert.deepEqual(problems, []);
  });

  it("how full the context is stands below the box, and one press writes the command that makes room", async () => {
    await newProject();
    await say(script({ text: "Something was read and written." }));
    await ends().waitFor();
    const meter = page.getByTestId("context");
    await meter.waitFor();
    assert.match(await meter.innerText(), /^(<?\d+)%$/);
    assert.match(await meter.getAttribute("title"), /of (200k|1\.0M) tokens/);
    await meter.click();
    assert.equal(await box().inputValue(), "/compact ");
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

  it("what a mode denies unasked is shown as denied, with the reason", async () => {
    await newProject(product.url, "dontAsk");
    await say(script(call("WebFetch", { url: "http://127.0.0.1:9/", prompt: "x" }), { text: "Then not." }));
    await ends().waitFor();
    const card = page.locator("[data-tool=WebFetch][data-state=denied]");
    await card.locator("summary").click();
    await card.getByText("Denied by a mode", { exact: false }).waitFor();
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

  it("a message goes into the turn that runs, and stands where Claude Code got it", async () => {
    const id = await newProject();
    await say(script(bash(gate), bash("echo two"), { text: "I minded both sides." }));
    await page.locator("[data-tool=Bash]").waitFor();
    await box().fill("Mind the left side.");
    await box().press("Control+Enter");
    await box().fill("And the right one.");
    await box().press("Enter");
    await page.getByTestId("told").waitFor();
    await page.getByTestId("queued").getByRole("button", { name: "Send now" }).waitFor();
    await page.screenshot({ path: join(shots, "steering.png") });
    await page.getByTestId("queued").getByRole("button", { name: "Send now" }).click();
    await waitFor("both messages to be told", async () => (await page.getByTestId("told").count()) === 2);
    await page.screenshot({ path: join(shots, "told.png") });
    openGate(id);
    await ends().waitFor();
    const read = async () => (await page.getByTestId("message").allInnerTexts()).filter((text) => !text.includes("%%demo")).map((text) => ["Mind the left side.", "And the right one.", "I minded both sides."].find((known) => text.includes(known))).filter(Boolean);
    assert.deepEqual(await read(), ["Mind the left side.", "And the right one.", "I minded both sides."]);
    assert.equal(await ends().count(), 1);
    await page.reload();
    await ends().waitFor();
    assert.deepEqual(await read(), ["Mind the left side.", "And the right one.", "I minded both sides."]);
    await page.screenshot({ path: join(shots, "steered.png") });
  });

  it("a message that waits is edited and withdrawn, and everybody sees it", async () => {
    const id = await newProject();
    const other = await open();
    await other.goto(`${product.url}/projects/${id}`);
    await say(script({ text: "The first answer stops in its middle, so that two more wait behind it.", stall_after: 3 }));
    await page.locator("[data-role=assistant]").waitFor();
    await say(script({ text: "Never said." }));
    await say("before the edit");
    const queued = (count) => Promise.all([page, other].map((at) => waitFor(`${count} queued messages`, async () => (await at.getByTestId("queued").count()) === count)));
    await queued(2);
    await page.getByTestId("queued").first().getByRole("button", { name: "Withdraw" }).click();
    await queued(1);
    await page.getByTestId("queued").getByRole("button", { name: "Edit" }).click();
    const editor = page.getByLabel("Edit the queued message");
    await editor.fill(script({ text: "After the edit." }));
    await page.screenshot({ path: join(shots, "editing-queued.png") });
    await editor.press("Enter");
    await page.locator("[data-role=user]").getByText("After the edit.").waitFor();
    // What waits stands behind the answer that runs.
    const order = await page.getByTestId("message").evaluateAll((rows) => rows.map((row) => row.dataset.role));
    assert.deepEqual(order, ["user", "assistant", "user"]);
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    for (const at of [page, other]) {
      await at.getByText("After the edit.", { exact: true }).waitFor();
      assert.equal(await at.getByText("Never said.", { exact: true }).count(), 0);
    }
    assert.deepEqual(problems, []);
  });

  it("what was being edited when Claude Code began with the message is sent as the next one", async () => {
    await newProject();
    await say(script({ text: "This stops in its middle.", stall_after: 3 }));
    await page.locator("[data-role=assistant]").waitFor();
    await say(script({ text: "As it was." }));
    await page.getByTestId("queued").getByRole("button", { name: "Edit" }).click();
    await page.getByLabel("Edit the queued message").fill(script({ text: "As it should have been." }));
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await page.getByText("As it was.", { exact: true }).waitFor();
    await page.getByText("Claude Code has begun with the message as it was").waitFor();
    await page.getByRole("button", { name: "Send as the next" }).click();
    await page.getByText("As it should have been.", { exact: true }).waitFor();
    assert.equal(await page.getByLabel("Edit the queued message").count(), 0);
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

  it("Claude Code is started with the first letter of a message, which then finds it ready", async () => {
    // So that there is room for it: each of the tests before has left a process.
    for (const project of await (await fetch(`${product.url}/api/projects`)).json()) await fetch(`${product.url}/api/projects/${project.id}`, { method: "DELETE" });
    const id = await newProject();
    assert.deepEqual(processesOf(id), []);
    await box().press("S");
    await waitFor("its process", () => processesOf(id).length > 0);
    await box().press("Shift+Tab");
    await waitFor("another mode", async () => (await page.getByLabel("Permission mode").inputValue()) === "plan");
    const sessions = await (await fetch(`${product.url}/api/projects/${id}/sessions`)).json();
    assert.deepEqual(sessions.map((session) => session.permission_mode), ["plan"]);
    await say(script({ text: "At once." }));
    await page.getByText("At once.", { exact: true }).waitFor();
    assert.deepEqual(problems, []);
  });

  it("fits a desktop and a phone, light and dark", async () => {
    await newProject();
    for (const [index, text] of ["Show me some code", "Create a file"].entries()) {
      await say(text);
      await waitFor("the turn to end", async () => (await ends().count()) === index + 1);
    }

    for (const colorScheme of ["light", "dark"]) {
      for (const [device, width, height] of [["desktop", 1280, 850], ["phone", 390, 844]]) {
        await page.setViewportSize({ width, height });
        await page.emulateMedia({ colorScheme });
        await page.reload();
        await waitFor("both turns", async () => (await ends().count()) === 2);
        await page.getByTestId("message").last().locator("pre span[style*='--sdm-c:#'], pre span[style*='--sdm-c: #']").first().waitFor(); // The code has its colours.
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        assert.ok(overflow <= 0, `on a ${device} the page is ${overflow} px wider than the screen`);
        await page.screenshot({ path: join(shots, `chat-${device}-${colorScheme}.png`) });
      }
    }

    assert.deepEqual(problems, []);
  });
});

const outcome = (tool, at = page) => at.locator(`[data-tool=${tool}]`).last();

/** Opens a tool's card and waits for words in it. */
async function cardSays(tool, words, at = page) {
  const card = outcome(tool, at);
  if ((await card.getAttribute("open")) === null) await card.locator("summary").click();
  await card.getByText(words, { exact: false }).first().waitFor();
}

describe("people are asked", () => {
  it("a command is shown to everybody, allowed once by one of them, and all see by whom", async () => {
    const id = await newProject(product.url, "default");
    await page.evaluate(() => localStorage.setItem("name", "Ada"));
    await page.reload();
    const other = await open(await newWindow());
    await other.goto(`${product.url}/projects/${id}`);
    await say(script(bash("echo allowed > made.txt && cat made.txt"), { text: "Done." }));
    for (const at of [page, other]) await dock(at).getByText("echo allowed > made.txt", { exact: false }).waitFor();
    await dock().getByText("Asked because of made.txt", { exact: true }).waitFor();
    await page.screenshot({ path: join(shots, "permission.png") });
    await other.getByTestId("tool").locator("[aria-label='waits for an answer']").waitFor();

    await dock().getByRole("button", { name: "Allow once" }).click();
    await dock(other).waitFor({ state: "detached" });
    await ends(other).waitFor();
    await cardSays("Bash", "Allowed by Ada", other);
    await cardSays("Bash", "allowed", page);
    await other.context().close();
    assert.deepEqual(problems, []);
  });

  it("a request is still there after a reload and a lost connection, and can be denied with a reason", async () => {
    await newProject(proxy.url, "default");
    await say(script(bash("touch somewhere"), { text: "Then elsewhere." }));
    await dock().waitFor();
    await page.reload();
    await dock().waitFor();
    proxy.cut();
    await state("reconnecting");
    proxy.mend();
    await state("open");
    await dock().getByRole("button", { name: "Deny…" }).click();
    await page.getByLabel("What should Claude Code do instead?").fill("Put it into notes/.");
    await dock().getByRole("button", { name: "Deny", exact: true }).click();
    await ends().waitFor();
    await cardSays("Bash", "Put it into notes/.");
    await page.locator("[data-tool=Bash][data-state=denied]").waitFor();
  });

  it("an input is edited before it runs", async () => {
    await newProject(product.url, "default");
    await say(script(bash("echo wrong | tee out.txt"), { text: "Done." }));
    await dock().getByRole("button", { name: "Edit…" }).click();
    await dock().getByLabel("command").fill("echo right | tee out.txt");
    await dock().getByRole("button", { name: "Allow with these changes" }).click();
    await ends().waitFor();
    await cardSays("Bash", "with an edited input");
    await cardSays("Bash", "echo right");
  });

  it("what is allowed always is named exactly, and is not asked again", async () => {
    await newProject(product.url, "default");
    await say(script(bash("touch again"), { text: "First." }));
    await dock().getByRole("button", { name: "Allow always…" }).click();
    await page.screenshot({ path: join(shots, "permission-always.png") });
    await dock().getByRole("button", { name: /Bash\(touch again \*\).*saved in its Claude Code settings/ }).click();
    await ends().waitFor();
    await say(script(bash("touch again"), { text: "Second." }));
    await waitFor("the second turn", async () => (await ends().count()) === 2);
    assert.equal(await dock().count(), 0);
    await page.locator("[data-tool=Bash]").first().locator("summary").click();
    await page.getByText("From then on allowed:", { exact: false }).waitFor();
  });

  it("deny and stop ends the turn", async () => {
    await newProject(product.url, "default");
    await say(script(bash("touch no"), { text: "Never said." }));
    await dock().getByRole("button", { name: "Deny…" }).click();
    await dock().getByRole("button", { name: "Deny and stop" }).click();
    await page.locator("[data-testid=turn-end][data-reason=interrupted]").waitFor();
    await dock().waitFor({ state: "detached" });
  });

  it("questions are a form: one, several, and words of one's own", async () => {
    await newProject();
    await say("Ask me a question");
    const answer = dock().getByRole("button", { name: "Answer", exact: true });
    await answer.waitFor();
    assert.ok(await answer.isDisabled(), "an incomplete form can be sent");
    await dock().getByLabel("Something else: Where should the data be kept?").fill("In DuckDB");
    await dock().getByLabel("Backups").check();
    await dock().getByLabel("Migrations").check();
    await page.screenshot({ path: join(shots, "question.png") });
    await answer.click();
    await ends().waitFor();
    await cardSays("AskUserQuestion", "In DuckDB");
    await cardSays("AskUserQuestion", "Migrations, Backups");
  });

  it("a plan is a document: sent back with comments, then approved, and its edits are accepted", async () => {
    await newProject(product.url, "default");
    const plan = (title) => ({ blocks: [{ type: "tool_use", name: "ExitPlanMode", input: { plan: `# ${title}\n\n- first\n- second` } }] });
    await page.getByLabel("Permission mode").selectOption("plan");
    await waitFor("the mode to be plan", async () => (await page.getByLabel("Permission mode").inputValue()) === "plan");
    await say(script(plan("Too big"), plan("Just right"), bash("touch planned"), { text: "Done." }));
    await dock().getByRole("heading", { name: "Too big" }).waitFor();
    await page.getByLabel("Comments on the plan").fill("Smaller, please.");
    await dock().getByRole("button", { name: "Send back with comments" }).click();
    await dock().getByRole("heading", { name: "Just right" }).waitFor();
    await page.screenshot({ path: join(shots, "plan.png") });
    await dock().getByRole("button", { name: "Approve, accept edits" }).click();
    await ends().waitFor();
    assert.equal(await page.getByLabel("Permission mode").inputValue(), "acceptEdits");
    assert.equal(await page.locator("[data-tool=Bash][data-state=done]").count(), 1);
  });

  it("Shift+Tab goes through the permission modes, and everybody sees which it is", async () => {
    const id = await newProject(product.url, "default");
    await say(script({ text: "Hello." }));
    await ends().waitFor();
    const other = await open();
    await other.goto(`${product.url}/projects/${id}`);
    await ends(other).waitFor();
    await box().press("Shift+Tab");
    await waitFor("the other to see it", async () => (await other.getByLabel("Permission mode").inputValue()) === "acceptEdits");
    await page.reload();
    await waitFor("the mode to be kept", async () => (await page.getByLabel("Permission mode").count()) === 1 && (await page.getByLabel("Permission mode").inputValue()) === "acceptEdits");
  });

  it("the inbox holds what waits in all projects, counts it in the title, and takes answers", async () => {
    await newProject(product.url, "default");
    await say(script(bash("touch from-the-inbox"), { text: "Done." }));
    await dock().waitFor();
    const inbox = await open();
    await inbox.goto(product.url);
    await waitFor("the count in the title", async () => /^\(\d+\) Projects/.test(await inbox.title()));
    await inbox.getByRole("link", { name: /^Inbox: \d+ waiting/ }).click();
    const item = inbox.getByTestId("inbox-item").filter({ hasText: "touch from-the-inbox" });
    await item.waitFor();
    await inbox.screenshot({ path: join(shots, "inbox.png") });
    await item.getByRole("button", { name: "Allow once" }).click();
    await item.waitFor({ state: "detached" });
    await ends().waitFor();
  });

  it("who looks elsewhere is told by the system what is asked and when it is done, where that was turned on", async () => {
    await context.grantPermissions(["notifications"]);
    // Playwright gives every page the focus; what is shown is noted beside.
    await context.addInitScript(() => {
      document.hasFocus = () => false;
      globalThis.shown = [];
      globalThis.Notification = class extends Notification {
        constructor(title, options) {
          super(title, options);
          globalThis.shown.push(`${title} | ${options.body}`);
        }
      };
    });
    const shown = () => page.evaluate(() => globalThis.shown);
    await newProject(product.url, "default");
    await say(script({ text: "Nobody is told of this." }));
    await ends().waitFor();
    await page.getByRole("button", { name: "Say who you are" }).click();
    // The browser is asked first; the box follows its answer.
    await page.getByRole("checkbox", { name: "Tell me on this device" }).click();
    await waitFor("the browser's leave", () => page.getByRole("checkbox", { name: "Tell me on this device" }).isChecked());
    await page.screenshot({ path: join(shots, "notices.png") });
    await page.getByRole("button", { name: "Cancel" }).click();
    assert.deepEqual(await shown(), []);
    await say(script(bash("touch told-of"), { text: "The file is there." }));
    await dock().waitFor();
    await waitFor("a notice of the question", async () => (await shown()).length === 1);
    await dock().getByRole("button", { name: "Allow once" }).click();
    await waitFor("a notice of the end", async () => (await shown()).length === 2);
    const [asks, done] = await shown();
    assert.match(asks, /^Project .*: Claude Code asks \| It wants to run a command: touch told-of$/);
    assert.match(done, /^Project .*: done \| The file is there\.$/);
  });

  it("one says who one is, and the others see it", async () => {
    const id = await newProject();
    await page.getByRole("button", { name: "Say who you are" }).click();
    await page.getByRole("textbox", { name: "Your name" }).fill("Grace");
    await page.getByRole("button", { name: "Save" }).click();
    await page.getByRole("button", { name: "You are Grace. Change your name" }).waitFor();
    await state("open");
    await say(script({ text: "Hello, Grace." }));
    await ends().waitFor();
    const other = await open(await newWindow());
    await other.goto(`${product.url}/projects/${id}`);
    await other.getByText("Grace", { exact: true }).waitFor();
    await other.context().close();
  });
});

describe("going back and on", () => {
  it("a message is edited and sent again from where it was, and the first session stays", async () => {
    await newProject();
    await say(script({ text: "First answer." }));
    await waitFor("one turn", async () => (await ends().count()) === 1);
    await say(script({ text: "A wrong answer." }));
    await waitFor("two turns", async () => (await ends().count()) === 2);
    await page.locator("[data-role=user]").last().hover();
    await page.getByRole("button", { name: "Rewind to here" }).last().click();
    await page.getByRole("dialog").getByRole("button", { name: "Conversation only" }).click();
    await waitFor("the text to be edited", async () => (await box().inputValue()).includes("A wrong answer."));
    await page.getByText("First answer.", { exact: true }).waitFor();
    assert.equal(await page.getByText("A wrong answer.", { exact: true }).count(), 0);
    await say(script({ text: "A right answer." }));
    await page.getByText("A right answer.", { exact: true }).waitFor();
    await page.reload();
    await page.getByText("A right answer.", { exact: true }).waitFor();
    assert.equal(await page.getByText("First answer.", { exact: true }).count(), 1);
    await page.getByRole("navigation", { name: "Sessions" }).getByRole("button", { name: /^%%demo/ }).last().click();
    await page.getByText("A wrong answer.", { exact: true }).waitFor();
    assert.deepEqual(problems, []);
  });

  it("a session is forked: both go on, each in its own way", async () => {
    await newProject();
    await say(script({ text: "Common ground." }));
    await ends().waitFor();
    await page.getByRole("button", { name: "Fork this session" }).click();
    await waitFor("a second session", async () => (await page.getByRole("navigation", { name: "Sessions" }).getByRole("listitem").count()) === 2);
    await page.getByText("Common ground.", { exact: true }).waitFor();
    await say(script({ text: "Another way." }));
    await page.getByText("Another way.", { exact: true }).waitFor();
  });

  it("a phone has the sessions, a fork and one's name in a drawer", async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    await newProject();
    await say(script({ text: "Common ground." }));
    await ends().waitFor();
    await page.getByRole("button", { name: "Sessions", exact: true }).click();
    const drawer = page.getByRole("navigation", { name: "Sessions" });
    await drawer.getByRole("button", { name: "Say who you are" }).click();
    await page.getByRole("textbox", { name: "Your name" }).fill("Grace");
    await page.getByRole("button", { name: "Save" }).click();
    await drawer.getByText("Grace").waitFor();
    await page.screenshot({ path: join(shots, "drawer.png") });
    await drawer.getByRole("button", { name: "Fork this session" }).click();
    await drawer.waitFor({ state: "hidden" });
    await page.getByText("Common ground.", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Sessions", exact: true }).click();
    await waitFor("a second session", async () => (await drawer.getByRole("listitem").count()) === 2);
    assert.deepEqual(problems, []);
  });

  it("the arrow keys bring back what was written, and drafts are kept for each session", async () => {
    await newProject();
    for (const word of ["one", "two"]) await say(script({ text: word }));
    await waitFor("two turns", async () => (await ends().count()) === 2);
    await box().press("ArrowUp");
    assert.match(await box().inputValue(), /two/);
    await box().press("ArrowUp");
    assert.match(await box().inputValue(), /one/);
    await box().press("ArrowDown");
    await box().press("ArrowDown");
    assert.equal(await box().inputValue(), "");
    await box().fill("a draft here");
    await page.getByRole("banner").getByRole("button", { name: "New session" }).click();
    await waitFor("an empty box", async () => (await box().inputValue()) === "");
    await page.getByRole("navigation", { name: "Sessions" }).getByRole("button", { name: /^%%demo/ }).click();
    await waitFor("the draft", async () => (await box().inputValue()) === "a draft here");
  });

  it("/ completes what Claude Code says that it offers, and models can be chosen", async () => {
    await newProject();
    await page.getByLabel("Model").waitFor();
    await box().fill("/comp");
    await page.getByRole("option", { name: /\/compact/ }).waitFor();
    await page.screenshot({ path: join(shots, "commands.png") });
    await box().press("Tab");
    assert.equal(await box().inputValue(), "/compact ");
    await box().fill("");
    await page.getByLabel("Model").selectOption("haiku");
    await waitFor("the model to be chosen", async () => (await page.getByLabel("Model").inputValue()) === "haiku");
    await say(script({ text: "Small and quick." }));
    await ends().waitFor();
    await page.reload();
    await waitFor("the model to be kept", async () => (await page.getByLabel("Model").count()) === 1 && (await page.getByLabel("Model").inputValue()) === "haiku");
  });
});

describe("a terminal", () => {
  it("what was begun in a terminal is brought in and gone on with", async () => {
    const id = await newProject();
    const packages = join(root, "Runner/npm/node_modules/@anthropic-ai");
    const { workspace, config_folder } = await (await fetch(`${product.url}/api/projects/${id}/terminal-sessions`)).json();
    // Where the model is, only the Runner's own processes are told.
    await say(script({ text: "There." }));
    await ends().waitFor();
    const address = processesOf(config_folder).map((pid) => partsOf(pid, "environ")).find((all) => all.includes(`CLAUDE_CONFIG_DIR=${config_folder}`)).find((one) => one.startsWith("ANTHROPIC_BASE_URL=")).split("=")[1];
    await promisify(execFile)(join(packages, readdirSync(packages).find((name) => name.startsWith("claude-code-")), "claude"), ["-p", script({ text: "Said in a terminal." })], {
      cwd: workspace, env: { PATH: process.env.PATH, HOME: tmpdir(), CLAUDE_CONFIG_DIR: config_folder, ANTHROPIC_API_KEY: "dummy", ANTHROPIC_BASE_URL: address, CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1" },
    });
    await page.getByRole("button", { name: "Sessions of a terminal" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("Said in a terminal.").waitFor();
    await page.screenshot({ path: join(shots, "terminal-sessions.png") });
    await dialog.getByRole("button", { name: "Bring in" }).click();
    await page.getByText("Said in a terminal.", { exact: true }).waitFor();
    await say(script({ text: "Said in the browser." }));
    await page.getByText("Said in the browser.", { exact: true }).waitFor();
    assert.deepEqual(problems, []);
  });
});

describe("files", () => {
  it("pictures and files are picked, pasted and dropped, and go with the message", async () => {
    await newProject();
    await page.getByTestId("file-picker").setInputFiles([{ name: "notes.txt", mimeType: "text/plain", buffer: Buffer.from("Some notes.") }]);
    await page.locator("[data-testid=upload][data-state=ready]").waitFor();
    // A paste and a drop, as the browser hands them over.
    const give = (kind) => box().evaluate(async (element, how) => {
      const canvas = Object.assign(document.createElement("canvas"), { width: 320, height: 200 });
      const pen = canvas.getContext("2d");
      pen.fillStyle = how === "paste" ? "#3b82f6" : "#f59e0b";
      pen.fillRect(0, 0, 320, 200);
      const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
      const data = new DataTransfer();
      data.items.add(new File([blob], `${how}.png`, { type: "image/png" }));
      element.dispatchEvent(how === "paste" ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true }) : new DragEvent("drop", { dataTransfer: data, bubbles: true }));
    }, kind);
    await give("paste");
    await give("drop");
    await waitFor("three files to be there", async () => (await page.locator("[data-testid=upload][data-state=ready]").count()) === 3);
    await page.screenshot({ path: join(shots, "attachments-to-send.png") });
    await box().fill(script({ text: "I have seen all three." }));
    await box().press("Enter");
    await ends().waitFor();
    await waitFor("both pictures to be drawn", () => page.getByLabel("Attachments").locator("img").evaluateAll((all) => all.length === 2 && all.every((img) => img.complete && img.naturalWidth === 320)));
    assert.equal(await page.getByTestId("upload").count(), 0);
    await page.reload();
    await page.getByLabel("Attachments").getByText("notes.txt").waitFor();
    await page.screenshot({ path: join(shots, "attachments.png") });
    await page.getByTestId("file-picker").setInputFiles([{ name: "huge.bin", mimeType: "application/octet-stream", buffer: Buffer.alloc(11 << 20) }]);
    await page.locator("[data-testid=upload][data-state=failed]").getByText("larger than 10 MB").waitFor();
    assert.deepEqual(problems, []);
  });

  it("@ completes files of the workspace", async () => {
    await newProject();
    await say(script(bash("mkdir -p src/parts && touch src/parts/engine.ts src/main.ts README.md"), { text: "Made." }));
    await ends().waitFor();
    await box().fill("Look at @eng");
    const options = page.getByRole("listbox", { name: "Completions" }).getByRole("option");
    await options.getByText("src/parts/engine.ts").waitFor();
    await page.screenshot({ path: join(shots, "file-completion.png") });
    await box().press("Tab");
    assert.equal(await box().inputValue(), "Look at @src/parts/engine.ts ");
    await box().pressSequentially("and @src");
    await options.getByText("src/", { exact: true }).waitFor();
    await box().press("Enter");
    assert.equal(await box().inputValue(), "Look at @src/parts/engine.ts and @src/");
    await options.getByText("src/main.ts").waitFor();
    assert.deepEqual(problems, []);
  });

  it("going back to a message sets the files back, too, if one likes", async () => {
    const id = await newProject();
    const write = (content) => script(call("Write", { file_path: `$WORKSPACE/poem.txt`, content }), { text: "Written." });
    await say(write("roses\n"));
    await ends().waitFor();
    await say(script(call("Edit", { file_path: `$WORKSPACE/poem.txt`, old_string: "roses", new_string: "thistles" }), { text: "Changed." }));
    await waitFor("two ended turns", async () => (await ends().count()) === 2);
    await page.getByRole("button", { name: "Rewind to here" }).last().click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("poem.txt").waitFor();
    await page.screenshot({ path: join(shots, "rewind.png") });
    await dialog.getByRole("button", { name: "Conversation and files" }).click();
    await waitFor("the message to be there to be edited", async () => (await box().inputValue()).includes("thistles"));
    const content = await (await fetch(`${product.url}/api/projects/${id}/files/content?path=poem.txt`)).text();
    assert.equal(content, "roses\n");
    assert.deepEqual(problems, []);
  });
});

describe("settings and money", () => {
  it("settings are made in the page, for the project and for a session; MCP servers are added, tried and used", async () => {
    const id = await newProject();
    await say(script({ text: "Hello." }));
    await ends().waitFor();
    await page.getByRole("button", { name: "Settings", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Usual permission mode").selectOption("plan");
    await dialog.getByLabel("Effort").selectOption("low");
    await dialog.getByLabel("A turn").fill("2.5");
    await dialog.getByLabel("Addition to the system prompt").fill("Answer briefly.");
    await dialog.getByLabel("Allowed unasked").fill("mcp__tiny__greet\n");
    await dialog.getByRole("button", { name: "Add" }).click();
    await dialog.getByLabel("Name", { exact: true }).fill("tiny");
    await dialog.getByLabel("Command", { exact: true }).fill("node");
    await dialog.getByLabel("Arguments").fill(join(root, "tests", "TestKit", "mcp-server.mjs"));
    await dialog.getByLabel("Environment").fill("PLACE=the page");
    await dialog.getByRole("button", { name: "Add server" }).click();
    await dialog.getByRole("button", { name: "Test" }).click();
    await dialog.locator("[data-testid=mcp-server][data-status=connected]").getByText("greet").waitFor();
    await page.screenshot({ path: join(shots, "settings.png") });
    await dialog.getByRole("tab", { name: "This session" }).click();
    await dialog.getByLabel("Effort").selectOption("high");
    await dialog.getByLabel("Most steps").fill("0");
    await dialog.getByRole("button", { name: "Save" }).click();
    assert.ok(await dialog.isVisible()); // The browser says what is wrong with 0.
    await dialog.getByLabel("Most steps").fill("40");
    await dialog.getByRole("button", { name: "Save" }).click();
    await dialog.waitFor({ state: "hidden" });
    assert.equal((await (await fetch(`${product.url}/api/projects/${id}`)).json()).permission_mode, "plan");
    const kept = await (await fetch(`${product.url}/api/projects/${id}/settings`)).json();
    assert.deepEqual(Object.fromEntries(Object.entries(kept).filter(([, value]) => value !== null)), {
      effort: "low", append_system_prompt: "Answer briefly.", allowed_tools: ["mcp__tiny__greet"], turn_budget_usd: 2.5,
      mcp_servers: { tiny: { type: "stdio", command: "node", args: [join(root, "tests", "TestKit", "mcp-server.mjs")], env: { PLACE: "the page" } } },
    });
    await say(script(call("mcp__tiny__greet", { who: "you" }), { text: "Greeted." }));
    await waitFor("two ended turns", async () => (await ends().count()) === 2);
    await page.getByText("tiny", { exact: false }).last().click();
    await page.getByText("Hello you, from the page").first().waitFor();
    assert.deepEqual(problems, []);
  });

  it("a budget warns, then stops the turn, and says so; the cost is seen while it runs", async () => {
    const id = await newProject();
    await say(script({ text: "One message." }));
    await ends().waitFor();
    // Each message costs about as much as this one did. It is recorded a moment after it is seen.
    let cost = 0;
    await waitFor("the turn's cost", async () => (cost = (await (await fetch(`${product.url}/api/projects/${id}`)).json()).cost_usd) > 0);
    await set(id, { turn_budget_usd: cost * 1.2 });
    const before = await page.getByTestId("cost").innerText();
    await say(script(bash(gate), bash("sleep 316"), { text: "Too far." }));
    await waitFor("a cost while it runs", async () => (await page.getByTestId("cost").innerText()) !== before);
    await page.getByText("that are left of the turn's budget").waitFor();
    assert.equal(await ends().count(), 1);
    openGate(id);
    await page.locator("[data-testid=turn-end][data-reason=budget_reached]").getByText("is used up").waitFor();
    await page.screenshot({ path: join(shots, "budget.png") });
    await page.locator("[data-testid=turn-end][data-reason=budget_reached]").getByRole("button", { name: "Settings" }).click();
    await page.getByRole("dialog").getByLabel("A turn").waitFor();
    await page.keyboard.press("Escape");
    await page.reload();
    await page.locator("[data-testid=turn-end][data-reason=budget_reached]").waitFor();
    assert.deepEqual(problems, []);
  });

  it("the ledger shows what was spent, by model and by project, and gives it as CSV", async () => {
    await newProject();
    await say(script({ text: "Something that costs." }));
    await ends().waitFor();
    await page.goto(product.url);
    await page.getByRole("link", { name: "Usage" }).click();
    await waitFor("a sum", async () => /^\$0\.\d*[1-9]/.test(await page.getByTestId("ledger-total").innerText()));
    await page.getByRole("cell", { name: /opus/ }).waitFor();
    await page.screenshot({ path: join(shots, "ledger.png") });
    await page.getByLabel("Divide by").selectOption("project");
    await page.getByRole("cell", { name: /Project/ }).first().waitFor();
    await page.locator("g[data-day]").last().hover();
    await page.locator("figcaption").waitFor();
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "CSV" }).click()]);
    assert.match(download.suggestedFilename(), /^claude-usage-.*\.csv$/);
    assert.deepEqual(problems, []);
  });
});

describe("the work is seen", () => {
  it("what a command prints is seen while it runs, and its result when it has ended", async () => {
    const id = await newProject();
    await say(script(bash(`echo the first line; ${gate}; echo the last line`), { text: "Done." }));
    await page.getByTestId("live-output").getByText("the first line").waitFor();
    await page.screenshot({ path: join(shots, "live-output.png") });
    await page.reload();
    await page.getByTestId("live-output").getByText("the first line").waitFor();
    openGate(id);
    await ends().waitFor();
    assert.equal(await page.getByTestId("live-output").count(), 0);
    await page.locator("[data-tool=Bash] summary").click();
    await page.locator("[data-tool=Bash]").getByText("the last line", { exact: false }).last().waitFor();
    assert.deepEqual(problems, []);
  });

  it("what runs in the background is seen after its turn, over a reload, and is stopped", async () => {
    await newProject();
    await say(script(call("Bash", { command: "sleep 319", run_in_background: true }), { text: "It runs." }));
    await ends().waitFor();
    await page.getByTestId("background-task").getByText("sleep 319").waitFor();
    await page.screenshot({ path: join(shots, "background.png") });
    await page.reload();
    await page.getByTestId("background-task").getByRole("button", { name: "Stop" }).click();
    await page.getByTestId("background-task").waitFor({ state: "detached" });
    assert.deepEqual(problems, []);
  });

  it("what Claude Code begins by itself is seen, asks, and is stopped", async () => {
    const id = await newProject(undefined, "default");
    // It is told the command's description when the command has ended.
    const then = script(call("Bash", { command: "touch later.txt" }), bash("sleep 323"), { text: "Too far." });
    await say(script(call("Bash", { command: gate, description: then, run_in_background: true }), { text: "It runs." }));
    await ends().waitFor();
    openGate(id);
    await dock().getByText("touch later.txt").first().waitFor();
    await page.getByText("Claude Code goes on by itself.").waitFor();
    await page.screenshot({ path: join(shots, "own-turn.png") });
    await dock().getByRole("button", { name: "Allow once" }).click();
    await page.locator("[data-tool=Bash]").getByText("sleep 323", { exact: true }).waitFor();
    await page.getByRole("button", { name: "Stop", exact: true }).click();
    await page.locator("[data-testid=turn-end][data-reason=interrupted]").waitFor();
    assert.deepEqual(problems, []);
  });

  it("an edit is a diff with line numbers, and a failed command tells its exit code", async () => {
    const id = await newProject();
    const file = `${product.data}/runner/projects/${id}/workspace/a.txt`;
    await say(script(call("Write", { file_path: file, content: "one\ntwo\nthree\n" }), call("Edit", { file_path: file, old_string: "two", new_string: "2" }), bash("ls nowhere"), { text: "Done." }));
    await ends().waitFor();
    await page.locator("[data-tool=Edit] summary").click();
    assert.match(await page.locator("[data-tool=Edit]").getByTestId("diff").innerText(), /\+1 −1[\s\S]*2\s*-\s*two[\s\S]*2\s*\+\s*2/);
    await page.locator("[data-tool=Bash] summary").click();
    await page.locator("[data-tool=Bash]").getByText(/exit code \d/).waitFor();
    await page.screenshot({ path: join(shots, "tools.png") });
  });

  it("what is read, seen, searched and fetched is on its card, as it suits it", async () => {
    const id = await newProject();
    await set(id, { allowed_tools: ["WebSearch", "WebFetch"] });
    const dot = "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAFUlEQVR42mNk+M9Qz0AEYBxVSF+FABJADveWkH6oAAAAAElFTkSuQmCC";
    await say(script(
      bash(`mkdir -p docs && printf 'one\ntwo\n' > docs/notes.txt && echo ${dot} | base64 -d > docs/dot.png`),
      call("Read", { file_path: "$WORKSPACE/docs/notes.txt" }),
      call("Read", { file_path: "$WORKSPACE/docs/dot.png" }),
      call("WebSearch", { query: "lossless resume" }),
      call("WebFetch", { url: "http://127.0.0.1:9/", prompt: "What is there?" }),
      { text: "Seen all." },
    ));
    await ends().waitFor();
    const seen = async () => {
      for (const card of await page.getByTestId("tool").locator("summary").all()) await card.click();
      await page.locator("[data-tool=Read]").first().getByText(/1\s+one\s+2\s+two/).waitFor();
      await waitFor("the picture to be drawn", () => page.locator("[data-tool=Read] img").evaluate((img) => img.complete && img.naturalWidth === 10));
      const hit = page.getByTestId("search-hits").getByRole("link", { name: "What a real search would find" });
      assert.deepEqual([await hit.getAttribute("href"), await hit.getAttribute("rel")], ["https://example.com/real?q=1", "noreferrer noopener"]);
      await page.locator("[data-tool=WebFetch][data-state=failed]").getByText("What is there?").waitFor();
    };
    await seen();
    await page.screenshot({ path: join(shots, "cards.png"), fullPage: true });
    await page.reload();
    await ends().waitFor();
    await seen();
    assert.deepEqual(problems, []);
  });

  it("a conversation is compacted, and says so", async () => {
    await newProject();
    await say(script(bash("echo one"), { text: "One." }));
    await ends().waitFor();
    await say("/compact");
    await page.getByText("The conversation was compacted").waitFor();
    await say(script({ text: "And on." }));
    await page.getByText("And on.", { exact: true }).waitFor();
    await page.reload();
    await page.getByText("The conversation was compacted").waitFor();
    assert.deepEqual(problems, []);
  });

  it("what a turn used is told by message, for its subagents and by model", async () => {
    await newProject();
    const prompt = script({ text: "The subagent's report." });
    await say(script(call("Agent", { description: "Look around", prompt, subagent_type: "general-purpose" }), { text: "Main done." }));
    await ends().waitFor();
    const seen = async () => {
      await page.getByTestId("turn-usage").locator("summary").click();
      const rows = page.getByTestId("turn-usage").getByRole("row");
      await waitFor("a row for each message and model", async () => (await rows.count()) === 5);
      assert.deepEqual((await rows.locator(":first-child").allInnerTexts()).map((name) => name.replace(/claude.*/, "model")), ["Tokens", "Message 1", "Message 2", "Subagents, tools", "model"]);
    };
    await seen();
    await page.screenshot({ path: join(shots, "usage.png") });
    await page.reload();
    await seen();
    assert.deepEqual(problems, []);
  });

  it("a subagent's work is below the call that started it, and not in the main thread", async () => {
    await newProject();
    const prompt = script(bash("echo from the subagent"), { text: "The subagent's report." });
    await say(script(call("Agent", { description: "Look around", prompt, subagent_type: "general-purpose" }), { text: "Main done." }));
    await ends().waitFor();
    assert.equal(await page.locator("[data-testid=message][data-role=assistant]").count(), 2);
    const card = page.locator("[data-tool=Agent]");
    await card.locator("summary").first().click();
    await card.getByTestId("subagent").locator("[data-tool=Bash]").waitFor();
    await card.getByText(/tokens · 1 tool calls/).waitFor();
  });

  it("tasks are a live checklist", async () => {
    const id = await newProject();
    await say(script(call("TaskCreate", { subject: "Write tests", description: "d", activeForm: "Writing tests" }), call("TaskCreate", { subject: "Ship", description: "d" }), call("TaskUpdate", { taskId: "1", status: "in_progress" }), bash(gate), { text: "On it." }));
    await page.getByTestId("todos").getByText("0 of 2 done").waitFor();
    await page.getByTestId("todos").getByText("Writing tests").first().waitFor();
    await page.getByTestId("todos").locator("summary").click();
    assert.equal(await page.getByTestId("todos").locator("li[data-status=pending]").count(), 1);
    openGate(id);
    await ends().waitFor();
  });
});
