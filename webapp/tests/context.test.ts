import { describe, expect, it } from "vitest";
import { contextFill } from "@/lib/chat/context";
import type { ChatMessage, ChatTurn } from "@/lib/chat/state";

const usage = { input_tokens: 100, output_tokens: 20, cache_read_input_tokens: 3_000, cache_creation_input_tokens: 400 };
const message = (change: Partial<ChatMessage>): ChatMessage => ({ id: "m", session_id: "s", turn_id: "t", role: "assistant", seq: 1, content: [], ...change });
const turn = (id: string, ...windows: (number | undefined)[]): ChatTurn => ({
  id, session_id: "s", status: "ended", cost_usd: 0,
  usage: { ...usage, models: Object.fromEntries(windows.map((context_window, i) => [`model-${i}`, { ...usage, cost_usd: 0, context_window }])) },
});

describe("how full the context is", () => {
  const turns = { a: turn("a", 200_000), b: turn("b", 200_000, 1_000_000) };

  it("is what the newest message of the main thread read and wrote", () =>
    expect(contextFill([message({ usage: { ...usage, input_tokens: 9 } }), message({ usage }), message({ usage: { ...usage, input_tokens: 7 }, parent_tool_use_id: "task" })], turns)).toEqual({ used: 3_520, window: 1_000_000 }));

  it("goes by the newest turn that reached a model", () => expect(contextFill([message({ usage })], { ...turns, c: turn("c") })?.window).toBe(1_000_000));

  it.each([
    ["before the first message", [], turns],
    ["where no window is known", [message({ usage })], { a: turn("a", undefined) }],
    ["from a compaction to the next message", [message({ usage }), message({ role: "notice", content: [{ type: "status", state: "compacted", text: "" }] })], turns],
  ] as const)("is not said %s", (_, messages, of) => expect(contextFill([...messages] as ChatMessage[], of as Record<string, ChatTurn>)).toBeNull());
});
