import type { ChatMessage } from "./state";

/**
 * Messages turn by turn: what is written while Claude Code answers is announced before the answer's end, and belongs
 * behind it. Turns keep the order of their first messages, and messages theirs within a turn.
 */
export function byTurn(messages: ChatMessage[]): ChatMessage[] {
  const turns = new Map<string, ChatMessage[]>();
  for (const message of messages) {
    const turn = turns.get(message.turn_id);
    if (turn) turn.push(message);
    else turns.set(message.turn_id, [message]);
  }
  return [...turns.values()].flat();
}
