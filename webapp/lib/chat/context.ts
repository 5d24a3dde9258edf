import type { ChatMessage, ChatTurn } from "./state";

/** How full a conversation is. */
export interface ContextFill {
  /** Tokens that the model read and wrote with its newest message. */
  used: number;
  /** Tokens that fit. */
  window: number;
}

/**
 * How full the session's context is, by its newest message of the main thread, and the largest window of the models of its
 * newest turn that says so. Null until both are known, and from a compaction to the next message.
 */
export function contextFill(messages: ChatMessage[], turns: Record<string, ChatTurn>): ContextFill | null {
  const newest = messages.findLast((message) => !message.parent_tool_use_id && (message.usage != null || isCompaction(message)));
  if (!newest?.usage) return null;
  const { input_tokens, cache_read_input_tokens, cache_creation_input_tokens, output_tokens } = newest.usage;
  const windows = Object.values(turns).map((turn) => Math.max(0, ...Object.values(turn.usage?.models ?? {}).map((model) => model.context_window ?? 0)));
  const window = windows.findLast((size) => size > 0);
  return window ? { used: input_tokens + cache_read_input_tokens + cache_creation_input_tokens + output_tokens, window } : null;
}

const isCompaction = (message: ChatMessage) => message.content.some((block) => block?.type === "status" && block.state === "compacted");
