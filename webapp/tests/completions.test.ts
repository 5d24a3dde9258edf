import { expect, it } from "vitest";
import { completionsOf } from "@/lib/completions";
import type { CapabilitiesResponse } from "@/lib/rest";

const command = (name: string) => ({ name, description: `does ${name}`, argument_hint: "" });
const capabilities: CapabilitiesResponse = { commands: [command("review"), command("compact"), command("code-review"), command("clear")], agents: [], models: [] };
const names = (text: string) => completionsOf(text, capabilities).map((completion) => completion.name);

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

it("nothing is known before the CLI has said what it offers", () => expect(completionsOf("/", null)).toEqual([]));
