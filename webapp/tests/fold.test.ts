import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fold } from "@/lib/chat/fold";
import { type Conversation, emptyConversation } from "@/lib/chat/state";
import type { WireEvent } from "@/lib/chat/wire";

const transcripts = join(import.meta.dirname, "..", "..", "tests", "Transcripts");
const recordings = readdirSync(join(transcripts, "events")).map((file) => file.replace(".jsonl", ""));

const eventsOf = (recording: string): WireEvent[] =>
  readFileSync(join(transcripts, "events", `${recording}.jsonl`), "utf8").split("\n").filter(Boolean)
    .map((line, index) => ({ ...(JSON.parse(line) as WireEvent), seq: index + 1, at: 1_764_000_000_001 + index }));

const foldAll = (events: WireEvent[], from: Conversation = emptyConversation(null)) => events.reduce(fold, from);

/** What ChatApi's fold knows, too. */
const show = (conversation: Conversation) => ({
  messages: conversation.messages.map(({ id, turn_id, role, parent_tool_use_id, usage, content }) => ({
    id, turn_id, role, parent_tool_use_id: parent_tool_use_id ?? null, usage: usage ?? null, content,
  })),
  turns: Object.values(conversation.turns).map(({ id, status, reason, is_error, cost_usd }) => ({ id, status, reason: reason ?? null, is_error: is_error ?? false, cost_usd })),
  requests: Object.values(conversation.requests).map(({ id, turn_id, tool_use_id, is_open, request, resolution }) => ({ id, turn_id, tool_use_id: tool_use_id ?? null, is_open, request, resolution })),
});

describe("the fold of every recording of the real CLI", () => {
  it("has recordings", () => expect(recordings.length).toBeGreaterThan(150));

  it.each(recordings)("%s: what was seen is what is reloaded", (recording) => {
    const history = JSON.parse(readFileSync(join(transcripts, "history", `${recording}.json`), "utf8"));
    expect(JSON.parse(JSON.stringify(show(foldAll(eventsOf(recording)))))).toEqual(history);
  });
});

describe("fold", () => {
  const of = (event: Partial<WireEvent> & { type: string }) => ({ seq: 1, at: 1, session_id: "s", turn_id: "t", ...event }) as WireEvent;

  it("appends chunks to their block and marks it open until it is finished", () => {
    const streaming = foldAll([
      of({ type: "assistant_chunk", seq: 1, message_id: "m", block: 1, content: "Hel" }),
      of({ type: "assistant_chunk", seq: 2, message_id: "m", block: 1, content: "lo" }),
    ]);
    expect(streaming.messages[0]).toMatchObject({ content: [null, { type: "text", text: "Hello" }], open_blocks: [1] });
    const finished = fold(streaming, of({ type: "assistant_message", seq: 3, message_id: "m", block: 1, content: [{ type: "text", text: "Hello!" }] }));
    expect(finished.messages[0]).toMatchObject({ content: [null, { type: "text", text: "Hello!" }], open_blocks: [] });
    expect(finished.seq).toBe(3);
  });

  it("keeps raw what this version does not know", () => {
    const after = foldAll([of({ type: "status", seq: 7, state: "unknown", detail: { type: "novelty", x: [1] } })]);
    expect(after.messages).toMatchObject([{ id: "t:7", role: "notice", content: [{ type: "unknown", detail: { type: "novelty", x: [1] } }] }]);
  });

  it("a message that was told to the running turn waits no longer, until Claude Code takes it or answers it", () => {
    const told = foldAll([of({ type: "user_message", content: "Left." }), of({ type: "status", state: "told" })]);
    expect(told.turns).toMatchObject({ t: { status: "told" } });
    expect(fold(told, of({ type: "turn_start", runner_id: "r", origin: "user" })).turns).toMatchObject({ t: { status: "running" } });
    const end = of({ type: "session_end", total_cost_usd: 0, usage_summary: {} as never, reason: "steered", is_error: false, steered_into: "other" });
    expect(foldAll([end, of({ type: "status", state: "told" })], told).turns).toMatchObject({ t: { status: "ended" } });
  });

  it("what is asked waits for an answer, until the turn ends", () => {
    const asked = of({ type: "permission_request", seq: 1, request_id: "t:r", tool_use_id: "u", tool_name: "Bash", input: {}, expires_at: 9 });
    expect(foldAll([asked]).requests["t:r"]).toMatchObject({ is_open: true, tool_use_id: "u" });
    const resolved = of({ type: "permission_resolved", seq: 2, request_id: "t:r", decision: "allow", decided_by: "Ada" });
    expect(foldAll([asked, resolved]).requests["t:r"]).toMatchObject({ is_open: false, resolution: { decided_by: "Ada" } });
    const end = of({ type: "session_end", seq: 2, total_cost_usd: 0, usage_summary: {} as never, reason: "runner_lost", is_error: true });
    expect(foldAll([asked, end]).requests["t:r"]).toMatchObject({ is_open: false, resolution: null });
  });

  it("changes nothing that was there before", () => {
    const before = foldAll([of({ type: "assistant_chunk", message_id: "m", block: 0, content: "a" })]);
    const copy = structuredClone(before);
    fold(before, of({ type: "assistant_chunk", seq: 2, message_id: "m", block: 0, content: "b" }));
    expect(before).toEqual(copy);
  });

  it("keeps messages that did not change as they are, so that they are not drawn again", () => {
    const before = foldAll([of({ type: "assistant_chunk", message_id: "m", block: 0, content: "a" }), of({ type: "assistant_chunk", seq: 2, message_id: "n", block: 0, content: "b" })]);
    const after = fold(before, of({ type: "assistant_chunk", seq: 3, message_id: "n", block: 0, content: "c" }));
    expect(after.messages[0]).toBe(before.messages[0]);
    expect(after.messages[1]).not.toBe(before.messages[1]);
  });

  it("lets an unknown event change nothing but seq", () => {
    const before = foldAll([of({ type: "assistant_chunk", message_id: "m", block: 0, content: "a" })]);
    expect(fold(before, of({ type: "of_2027" as never, seq: 9 }))).toEqual({ ...before, seq: 9 });
  });

  it("shows retries while they last", () => {
    const retrying = fold(emptyConversation("s"), of({ type: "status", state: "retrying", message: "The model is overloaded; trying again in 4 s." }));
    expect(retrying.activity).toEqual({ state: "retrying", message: "The model is overloaded; trying again in 4 s." });
    expect(fold(retrying, of({ type: "assistant_chunk", seq: 2, message_id: "m", block: 0, content: "a" })).activity).toBeNull();
  });
});
