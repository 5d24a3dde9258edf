import { expect, it } from "vitest";
import { completionsOf, fileCompletions, mentionAt } from "@/lib/completions";
import type { CapabilitiesResponse } from "@/lib/rest";

const command = (name: string) => ({ name, description: `does ${name}`, argument_hint: "" });
const capabilities: CapabilitiesResponse = { commands: [command("review"), command("compact"), command("code-review"), command("clear")], agents: [], models: [] };
const names = (text: string) => completionsOf(text, capabilities).map((completion) => completion.label.slice(1));

it.each([
  ["/", ["clear", "code-review", "compact", "review"]],
  ["/re", ["review", "code-review"]],
  ["/CO", ["code-review", "compact"]],
  ["/compact", ["compact"]],
  ["/compact now", []],
  ["/nothing", []],
  [" /re", []],
  ["a /re", []],
  ["/etc/hosts", []],
  ["", []],
])("%j", (text, expected) => expect(names(text)).toEqual(expected));

it("agents are among them, and are called by their mention", () => {
  const offered = { ...capabilities, agents: [{ name: "code-explorer", description: "Looks around." }] };
  expect(completionsOf("/co", offered).map(({ label, insert }) => [label, insert])).toEqual([["@agent-code-explorer", "@agent-code-explorer "], ["/code-review", "/code-review "], ["/compact", "/compact "]]);
});

it("nothing is known before the CLI has said what it offers", () => expect(completionsOf("/", null)).toEqual([]));

it.each([
  ["look at @src/ma", 15, { start: 8, query: "src/ma" }],
  ["@", 1, { start: 0, query: "" }],
  ["me@example.com", 14, null],
  ["look at @src now", 16, null],
  ["two @a and @b", 6, { start: 4, query: "a" }],
  ['@"with space', 12, null],
])("the mention in %j at %i", (text, caret, expected) => expect(mentionAt(text, caret)).toEqual(expected));

it("names a file so that Claude Code finds it", () =>
  expect(fileCompletions(["src/", "a.ts", "my notes.md"]).map(({ insert }) => insert)).toEqual(["@src/", "@a.ts ", '@"my notes.md" ']));
