import { expect, it } from "vitest";
import { byTurn } from "@/lib/chat/order";
import type { ChatMessage } from "@/lib/chat/state";

const message = (id: string, turn_id: string): ChatMessage => ({ id, turn_id, session_id: "s", role: "user", seq: 0, content: [] });

it("what was written while an answer ran stands behind it", () => {
  const came = [message("asks 1", "1"), message("asks 2", "2"), message("answers 1", "1"), message("asks 3", "3"), message("answers 1 again", "1"), message("answers 2", "2")];
  expect(byTurn(came).map((m) => m.id)).toEqual(["asks 1", "answers 1", "answers 1 again", "asks 2", "answers 2", "asks 3"]);
});
