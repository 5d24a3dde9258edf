import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { partsOf } from "@/components/tools/ToolResult";
import { fold } from "@/lib/chat/fold";
import { emptyConversation } from "@/lib/chat/state";
import { todosOf } from "@/lib/chat/todos";
import type { WireEvent } from "@/lib/chat/wire";

const conversationOf = (recording: string) =>
  readFileSync(join(import.meta.dirname, "..", "..", "tests", "Transcripts", "events", `${recording}.jsonl`), "utf8")
    .split("\n").filter(Boolean).map((line, index) => ({ ...(JSON.parse(line) as WireEvent), seq: index + 1 })).reduce(fold, emptyConversation(null));

it("tasks of the real CLI: created, worked on, done", () => {
  expect(todosOf(conversationOf("13a-taskcreate").messages)).toEqual([
    { id: "1", subject: "Write tests", status: "completed", active: "Writing tests" },
    { id: "2", subject: "Ship", status: "pending", active: undefined },
  ]);
});

it("the whole list of TodoWrite, where the CLI is set so", () => {
  expect(todosOf(conversationOf("13b-todowrite-env").messages)).toEqual([{ id: "0", subject: "a", status: "pending", active: "doing a" }]);
});

it("an image in a result is shown, and nothing that could run", () => {
  const image = (media_type: string) => ({ type: "image", source: { type: "base64", media_type, data: "AAAA" } });
  expect(partsOf([image("image/png"), { type: "text", text: "a" }, image("image/svg+xml"), { type: "other" }])).toEqual({ text: "a\n[other]", images: ["data:image/png;base64,AAAA"] });
  expect(partsOf("words")).toEqual({ text: "words", images: [] });
});
