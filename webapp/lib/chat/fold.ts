import type { Block, ChatMessage, ChatTurn, Conversation, PeopleRequest, Task } from "./state";
import type { WireEvent } from "./wire";

/**
 * Takes one event into a conversation. Pure; unknown events change nothing but `seq`.
 * ChatApi folds the same events in the same way (Recording/HistoryFold.cs), so that what is reloaded is what was seen.
 */
export function fold(conversation: Conversation, event: WireEvent): Conversation {
  const at = { ...conversation, seq: event.seq ?? conversation.seq };
  switch (event.type) {
    case "user_message":
      return withMessage(withTurn(at, event, (turn) => ({ ...turn, sent_by: event.sent_by ?? turn.sent_by }), "queued"), event, event.turn_id, "user", (message) => ({
        ...message,
        content: [{ type: "text", text: event.content }, ...(event.attachments ?? []).map((attachment) => ({ type: "attachment" as const, ...attachment }))],
      }));

    case "turn_start":
      return withTurn({ ...at, activity: { state: "starting" } }, event, (turn) => ({ ...turn, status: "running", trace_id: event.trace_id }));

    case "assistant_chunk":
      return { ...withText(at, event, "text", event.content), activity: null };

    case "thinking_chunk":
      return { ...withText(at, event, "thinking", event.content), activity: null };

    case "assistant_message": {
      if (event.discarded) return { ...at, messages: at.messages.filter((message) => message.id !== event.message_id) };
      const block = (event.content as Block[])[0];
      return block ? { ...withBlock(at, event, block), activity: null } : at;
    }

    case "tool_use":
      return { ...withBlock(at, event, { type: "tool_use", tool_use_id: event.tool_use_id, name: event.name, input: event.input }), activity: null };

    case "tool_result":
      return withTool(at, event.tool_use_id, { result: { content: event.content, is_error: event.is_error, ...(event.detail !== undefined && { detail: event.detail }) } });

    case "tool_output":
      return withTask(at, event.tool_use_id, (task) => ({ ...task, output: (task?.output ?? "") + event.content }));

    case "permission_request":
    case "question_request":
      return withRequest({ ...at, activity: null }, event, (known) => ({ ...known, request: event, is_open: known.resolution === null }));

    case "permission_resolved":
    case "question_resolved":
      return withRequest(at, event, (known) => ({ ...known, resolution: event, is_open: false }));

    case "usage_update":
      return mapMessage(at, event.message_id, (message) => ({ ...message, usage: event.usage }));

    case "cost_update":
      return withTurn(at, event, (turn) => (turn.status === "ended" ? turn : { ...turn, cost_usd: event.total_cost_usd, usage: event.usage_summary }));

    case "error":
      return notice(at, event, { type: "error", code: event.code, text: event.message });

    case "status":
      if (event.state === "task") {
        const { tool_use_id, ...change } = (event.detail ?? {}) as unknown as Task & { tool_use_id?: string };
        return withTask(at, tool_use_id, (task) => ({ ...task, ...change })); // Later details name what has changed.
      }
      if (event.state === "told") return withTurn(at, event, (turn) => (turn.status === "queued" ? { ...turn, status: "told" } : turn), "queued");
      if (event.state === "unknown") return notice(at, event, { type: "unknown", detail: event.detail ?? null });
      if (noticed.has(event.state))
        return notice({ ...at, activity: null }, event, { type: "status", state: event.state, text: event.message ?? "" });
      return event.state === "requesting" || event.state === "retrying" || event.state === "compacting"
        ? { ...at, activity: { state: event.state, message: event.message } }
        : at;

    case "session_end":
      return withTurn({ ...told(unanswered(at, event.turn_id), event), activity: null }, event, (turn) => ({
        ...turn,
        status: "ended",
        reason: event.reason,
        is_error: event.is_error,
        message: event.message,
        cost_usd: event.total_cost_usd,
        usage: event.usage_summary,
        duration_ms: event.duration_ms,
      }));

    default:
      return at;
  }
}

/** What is worth a line of its own, and stays. HistoryFold.cs has the same. */
const noticed = new Set(["compacted", "model_fallback", "budget_warning", "rate_limit", "continued"]);

type Of<T extends WireEvent["type"]> = Extract<WireEvent, { type: T }>;
type InMessage = Of<"assistant_chunk" | "thinking_chunk" | "assistant_message" | "tool_use">;

function withTurn(conversation: Conversation, event: WireEvent, change: (turn: ChatTurn) => ChatTurn, status: ChatTurn["status"] = "running"): Conversation {
  const turn = conversation.turns[event.turn_id] ?? { id: event.turn_id, session_id: event.session_id, status, cost_usd: 0 };
  return { ...conversation, turns: { ...conversation.turns, [turn.id]: change(turn) } };
}

function withMessage(
  conversation: Conversation,
  event: WireEvent,
  id: string,
  role: ChatMessage["role"],
  change: (message: ChatMessage) => ChatMessage,
): Conversation {
  if (conversation.messages.some((message) => message.id === id)) return mapMessage(conversation, id, change);
  const message: ChatMessage = {
    id,
    session_id: event.session_id,
    turn_id: event.turn_id,
    role,
    seq: event.seq ?? 0,
    parent_tool_use_id: "parent_tool_use_id" in event ? event.parent_tool_use_id : null,
    content: [],
  };
  const known = conversation.turns[event.turn_id] ? conversation : withTurn(conversation, event, (turn) => turn);
  return { ...known, messages: [...known.messages, change(message)] };
}

function mapMessage(conversation: Conversation, id: string, change: (message: ChatMessage) => ChatMessage): Conversation {
  // The message that changes is nearly always the last one.
  const index = conversation.messages.findLastIndex((message) => message.id === id);
  const message = conversation.messages[index];
  if (!message) return conversation;
  const messages = conversation.messages.slice();
  messages[index] = change(message);
  return { ...conversation, messages };
}

function withText(conversation: Conversation, event: Of<"assistant_chunk" | "thinking_chunk">, kind: "text" | "thinking", text: string): Conversation {
  return withMessage(conversation, event, event.message_id, "assistant", (message) => {
    const before = message.content[event.block];
    const shown = kind === "text" ? (before?.type === "text" ? before.text : "") : before?.type === "thinking" ? before.thinking : "";
    const block: Block = kind === "text" ? { type: "text", text: shown + text } : { type: "thinking", thinking: shown + text };
    return { ...put(message, event.block, block), open_blocks: [...new Set([...(message.open_blocks ?? []), event.block])] };
  });
}

function withBlock(conversation: Conversation, event: InMessage, block: Block): Conversation {
  return withMessage(conversation, event, event.message_id, "assistant", (message) => ({
    ...put(message, event.block, block),
    open_blocks: message.open_blocks?.filter((open) => open !== event.block),
  }));
}

function put(message: ChatMessage, index: number, block: Block): ChatMessage {
  const content = message.content.slice();
  while (content.length < index) content.push(null);
  content[index] = block;
  return { ...message, content };
}

function withTool(conversation: Conversation, id: string, change: Partial<Extract<Block, { type: "tool_use" }>>): Conversation {
  const message = conversation.messages.findLast((m) => m.content.some((block) => block?.type === "tool_use" && block.tool_use_id === id));
  if (!message) return conversation;
  return mapMessage(conversation, message.id, (m) => ({
    ...m,
    content: m.content.map((block) => (block?.type === "tool_use" && block.tool_use_id === id ? { ...block, ...change } : block)),
  }));
}

function withTask(conversation: Conversation, tool_use_id: string | undefined, change: (task?: Task) => Partial<Task>): Conversation {
  const block = conversation.messages.flatMap((message) => message.content).findLast((known) => known?.type === "tool_use" && known.tool_use_id === tool_use_id);
  return block?.type === "tool_use" ? withTool(conversation, block.tool_use_id, { task: change(block.task) as Task }) : conversation;
}

function withRequest(
  conversation: Conversation,
  event: Of<"permission_request" | "question_request" | "permission_resolved" | "question_resolved">,
  change: (request: PeopleRequest) => PeopleRequest,
): Conversation {
  const known = conversation.requests[event.request_id] ?? { id: event.request_id, turn_id: event.turn_id, tool_use_id: event.tool_use_id, is_open: false, request: null, resolution: null };
  const turn = conversation.turns[event.turn_id] ? conversation : withTurn(conversation, event, (same) => same);
  return { ...turn, requests: { ...conversation.requests, [known.id]: change(known) } };
}

/** A turn that has ended waits for nobody. */
function unanswered(conversation: Conversation, turnId: string): Conversation {
  const requests = Object.values(conversation.requests);
  if (!requests.some((request) => request.is_open && request.turn_id === turnId)) return conversation;
  return { ...conversation, requests: Object.fromEntries(requests.map((request) => [request.id, request.turn_id === turnId ? { ...request, is_open: false } : request])) };
}

/** A message that was told to a running turn belongs where Claude Code got it. */
function told(conversation: Conversation, event: Of<"session_end">): Conversation {
  const messages = conversation.messages.map(closed(event.turn_id));
  const message = event.steered_into && messages.find(({ id }) => id === event.turn_id);
  if (!message) return { ...conversation, messages };
  const others = messages.filter((other) => other !== message);
  const before = others.findIndex(({ id }) => id === event.steered_before);
  const [at, seq] = before < 0 ? [others.length, event.seq ?? message.seq] : [before, others[before]!.seq - 1];
  return { ...conversation, messages: others.toSpliced(at, 0, { ...message, turn_id: event.steered_into!, seq }) };
}

function notice(conversation: Conversation, event: WireEvent, block: Block): Conversation {
  return withMessage(conversation, event, `${event.turn_id}:${event.seq}`, "notice", (message) => ({ ...message, content: [block] }));
}

function closed(turn_id: string) {
  return (message: ChatMessage): ChatMessage => (message.turn_id === turn_id && message.open_blocks ? { ...message, open_blocks: undefined } : message);
}
