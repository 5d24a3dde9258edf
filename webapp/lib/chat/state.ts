import type { Attachment, PermissionRequestFrame, PermissionResolvedFrame, QuestionRequestFrame, QuestionResolvedFrame, Usage, UsageSummary } from "./wire";

/** A piece of a message, as it is shown. */
export type Block =
  | { type: "text"; text: string }
  | { type: "thinking"; thinking: string }
  | {
      type: "tool_use";
      tool_use_id: string;
      name: string;
      input: unknown;
      result?: { content: unknown; is_error: boolean; detail?: unknown };
      /** What runs for it beside the answer: a subagent, a command in the background. */
      task?: Task;
    }
  /** A file of the workspace that went with a message. */
  | ({ type: "attachment" } & Attachment)
  | { type: "error"; code: string; text: string }
  | { type: "status"; state: string; text: string }
  /** What a newer Claude Code wrote and this version does not know: raw. */
  | { type: "unknown"; detail: unknown };

/** Something that runs for a tool call. */
export interface Task {
  task_id: string;
  task_type?: string;
  /** running, completed, failed, stopped, killed. */
  status: string;
  /** What a command has printed so far. */
  output?: string;
  usage?: { total_tokens?: number; tool_uses?: number; duration_ms?: number };
}

/** A message. `null` blocks are still to come. */
export interface ChatMessage {
  id: string;
  session_id: string;
  turn_id: string;
  role: "user" | "assistant" | "notice";
  seq: number;
  parent_tool_use_id?: string | null;
  content: (Block | null)[];
  usage?: Usage | null;
  /** Blocks whose text is still growing, or may still be replaced. */
  open_blocks?: number[];
}

/** A message of this browser that the server has not taken yet. */
export interface PendingMessage {
  client_message_id: string;
  content: string;
  /** Whether it goes into the turn that runs. */
  steer?: boolean;
  attachments?: Attachment[];
  /** Why the server did not take it. */
  failed?: string;
}

/** A turn: one user message and everything until its result. */
export interface ChatTurn {
  id: string;
  session_id: string;
  /** `told`: its message goes into the turn that runs, with Claude Code's next step. */
  status: "queued" | "told" | "running" | "ended";
  reason?: string | null;
  is_error?: boolean;
  message?: string | null;
  /** Who wrote the message. */
  sent_by?: string | null;
  cost_usd: number;
  usage?: UsageSummary | null;
  duration_ms?: number | null;
  trace_id?: string | null;
}

/** Something that Claude Code asked of people, and what became of it. */
export interface PeopleRequest {
  id: string;
  turn_id: string;
  tool_use_id?: string | null;
  /** Whether somebody is waited for. */
  is_open: boolean;
  /** Absent for what a rule denied without asking. */
  request: PermissionRequestFrame | QuestionRequestFrame | null;
  resolution: PermissionResolvedFrame | QuestionResolvedFrame | null;
}

/** What Claude Code is doing between the lines. */
export interface Activity {
  state: string;
  message?: string | null;
}

/** A session's history and what came since: the fold of its events. */
export interface Conversation {
  session_id: string | null;
  messages: ChatMessage[];
  turns: Record<string, ChatTurn>;
  /** By their ids, in the order in which they were asked. */
  requests: Record<string, PeopleRequest>;
  activity: Activity | null;
  /** The newest event that is in here. */
  seq: number;
}

export const emptyConversation = (session_id: string | null): Conversation => ({
  session_id,
  messages: [],
  turns: {},
  requests: {},
  activity: null,
  seq: 0,
});
