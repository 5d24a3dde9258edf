// Generated from Protocol/Events by tests/Protocol.Tests. Do not edit: UPDATE_GOLDEN=1 ./test --filter TypeScript

export interface HelloFrame {
  type: "hello";
  project: ProjectSummary;
  seq: number;
  oldest_seq: number;
  resume: string;
  sessions: SessionSummary[];
  model: string;
  permission_modes: string[];
}

export interface PresenceFrame {
  type: "presence";
  viewers: number;
}

export interface RejectedFrame {
  type: "rejected";
  code: string;
  message: string;
  client_message_id?: string;
}

export interface UserMessageFrame {
  type: "user_message";
  content: string;
  client_message_id?: string;
  sent_by?: string;
  attachments?: Attachment[];
  seq: number;
  at: number;
  session_id: string;
  turn_id: string;
}

export interface TurnStartFrame {
  type: "turn_start";
  runner_id: string;
  origin: string;
  trace_id?: string;
  seq: number;
  at: number;
  session_id: string;
  turn_id: string;
}

export interface AssistantChunkFrame {
  type: "assistant_chunk";
  message_id: string;
  block: number;
  content: string;
  first_seq?: number;
  parent_tool_use_id?: string;
  seq: number;
  at: number;
  session_id: string;
  turn_id: string;
}

export interface ThinkingChunkFrame {
  type: "thinking_chunk";
  message_id: string;
  block: number;
  content: string;
  first_seq?: number;
  parent_tool_use_id?: string;
  seq: number;
  at: number;
  session_id: string;
  turn_id: string;
}

export interface AssistantMessageFrame {
  type: "assistant_message";
  message_id: string;
  block: number;
  model?: string;
  content: unknown;
  discarded?: boolean;
  parent_tool_use_id?: string;
  seq: number;
  at: number;
  session_id: string;
  turn_id: string;
}

export interface ToolUseFrame {
  type: "tool_use";
  message_id: string;
  block: number;
  tool_use_id: string;
  name: string;
  input: unknown;
  parent_tool_use_id?: string;
  seq: number;
  at: number;
  session_id: string;
  turn_id: string;
}

export interface ToolOutputFrame {
  type: "tool_output";
  tool_use_id: string;
  content: string;
  parent_tool_use_id?: string;
  seq: number;
  at: number;
  session_id: string;
  turn_id: string;
}

export interface ToolResultFrame {
  type: "tool_result";
  tool_use_id: string;
  content: unknown;
  is_error: boolean;
  detail?: unknown;
  parent_tool_use_id?: string;
  seq: number;
  at: number;
  session_id: string;
  turn_id: string;
}

export interface UsageUpdateFrame {
  type: "usage_update";
  message_id: string;
  usage: Usage;
  parent_tool_use_id?: string;
  seq: number;
  at: number;
  session_id: string;
  turn_id: string;
}

export interface CostUpdateFrame {
  type: "cost_update";
  total_cost_usd: number;
  usage_summary: UsageSummary;
  seq: number;
  at: number;
  session_id: string;
  turn_id: string;
}

export interface PermissionRequestFrame {
  type: "permission_request";
  tool_name: string;
  input: unknown;
  suggestions?: unknown;
  reason?: string;
  blocked_path?: string;
  request_id: string;
  tool_use_id?: string;
  expires_at: number;
  parent_tool_use_id?: string;
  seq: number;
  at: number;
  session_id: string;
  turn_id: string;
}

export interface PermissionResolvedFrame {
  type: "permission_resolved";
  request_id: string;
  tool_use_id?: string;
  decision: string;
  decided_by: string;
  message?: string;
  updated_input?: unknown;
  allowed?: unknown;
  parent_tool_use_id?: string;
  seq: number;
  at: number;
  session_id: string;
  turn_id: string;
}

export interface QuestionRequestFrame {
  type: "question_request";
  questions: Question[];
  request_id: string;
  tool_use_id?: string;
  expires_at: number;
  parent_tool_use_id?: string;
  seq: number;
  at: number;
  session_id: string;
  turn_id: string;
}

export interface QuestionResolvedFrame {
  type: "question_resolved";
  request_id: string;
  tool_use_id?: string;
  decision: string;
  decided_by: string;
  answers?: Record<string, string>;
  message?: string;
  parent_tool_use_id?: string;
  seq: number;
  at: number;
  session_id: string;
  turn_id: string;
}

export interface SessionUpdateFrame {
  type: "session_update";
  by?: string;
  permission_mode?: string;
  model?: string;
  title?: string;
  seq: number;
  at: number;
  session_id: string;
  turn_id: string;
}

export interface StatusFrame {
  type: "status";
  state: string;
  message?: string;
  detail?: unknown;
  seq: number;
  at: number;
  session_id: string;
  turn_id: string;
}

export interface ErrorFrame {
  type: "error";
  code: string;
  message: string;
  seq: number;
  at: number;
  session_id: string;
  turn_id: string;
}

export interface SessionEndFrame {
  type: "session_end";
  total_cost_usd: number;
  usage_summary: UsageSummary;
  reason: string;
  is_error: boolean;
  message?: string;
  result?: string;
  duration_ms?: number;
  duration_api_ms?: number;
  num_turns?: number;
  resume_at?: string;
  steered_into?: string;
  steered_before?: string;
  seq: number;
  at: number;
  session_id: string;
  turn_id: string;
}

export interface SendMessageFrame {
  type: "user_message";
  content: string;
  client_message_id?: string;
  session_id?: string;
  steer?: boolean;
  attachments?: Attachment[];
}

export interface InterruptFrame {
  type: "interrupt";
  session_id?: string;
}

export interface PermissionResponseFrame {
  type: "permission_response";
  request_id: string;
  decision: string;
  suggestions?: number[];
  updated_input?: unknown;
  permission_mode?: string;
  message?: string;
  interrupt?: boolean;
}

export interface QuestionResponseFrame {
  type: "question_response";
  request_id: string;
  answers?: Record<string, string>;
  message?: string;
}

export interface SetPermissionModeFrame {
  type: "set_permission_mode";
  permission_mode: string;
  session_id?: string;
}

export interface SetModelFrame {
  type: "set_model";
  model: string;
  session_id?: string;
}

export interface PrepareFrame {
  type: "prepare";
  session_id?: string;
}

export interface ProjectSummary {
  id: string;
  name: string;
  permission_mode: string;
  model?: string;
}

export interface SessionSummary {
  id: string;
  title: string;
  state: string;
  permission_mode?: string;
  model?: string;
}

export interface Attachment {
  path: string;
  name: string;
  media_type: string;
  size: number;
}

export interface Usage {
  input_tokens: number;
  output_tokens: number;
  cache_read_input_tokens: number;
  cache_creation_input_tokens: number;
}

export interface UsageSummary {
  models: Record<string, ModelUsage>;
  input_tokens: number;
  output_tokens: number;
  cache_read_input_tokens: number;
  cache_creation_input_tokens: number;
}

export interface Question {
  text: string;
  header: string;
  multi_select: boolean;
  options: QuestionOption[];
}

export interface ModelUsage {
  cost_usd: number;
  context_window?: number;
  input_tokens: number;
  output_tokens: number;
  cache_read_input_tokens: number;
  cache_creation_input_tokens: number;
}

export interface QuestionOption {
  label: string;
  description?: string;
}

/** A numbered event of a project. */
export type WireEvent =
  | UserMessageFrame
  | TurnStartFrame
  | AssistantChunkFrame
  | ThinkingChunkFrame
  | AssistantMessageFrame
  | ToolUseFrame
  | ToolOutputFrame
  | ToolResultFrame
  | UsageUpdateFrame
  | CostUpdateFrame
  | PermissionRequestFrame
  | PermissionResolvedFrame
  | QuestionRequestFrame
  | QuestionResolvedFrame
  | SessionUpdateFrame
  | StatusFrame
  | ErrorFrame
  | SessionEndFrame;

/** Anything that the server sends. */
export type WireFrame =
  | WireEvent
  | HelloFrame
  | PresenceFrame
  | RejectedFrame;

/** Anything that a browser sends. */
export type BrowserFrame =
  | SendMessageFrame
  | InterruptFrame
  | PermissionResponseFrame
  | QuestionResponseFrame
  | SetPermissionModeFrame
  | SetModelFrame
  | PrepareFrame;
