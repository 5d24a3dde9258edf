// Generated from ChatApi/Endpoints by tests/ChatApi.Tests. Do not edit: UPDATE_GOLDEN=1 ./test --filter TypeScript

export interface ProjectResponse {
  id: string;
  name: string;
  permission_mode: string;
  model: string | null;
  created_at: string;
  updated_at: string;
  cost_usd: number;
}

export interface ProjectRequest {
  name: string | null;
  permission_mode: string | null;
  model: string | null;
}

export interface SessionResponse {
  id: string;
  project_id: string;
  title: string;
  created_at: string;
  updated_at: string;
  cost_usd: number;
}

export interface HistoryResponse {
  seq: number;
  has_more: boolean;
  messages: MessageResponse[];
  turns: TurnResponse[];
}

export interface MessageRequest {
  content: string | null;
  client_message_id: string | null;
  session_id: string | null;
}

export interface EditRequest {
  content: string | null;
}

export interface MessageResponse {
  id: string;
  session_id: string;
  turn_id: string;
  role: string;
  seq: number;
  parent_tool_use_id: string | null;
  content: unknown[];
  usage: unknown | null;
  created_at: string;
}

export interface TurnResponse {
  id: string;
  project_id: string;
  session_id: string;
  client_message_id: string | null;
  status: string;
  reason: string | null;
  is_error: boolean;
  message: string | null;
  cost_usd: number;
  usage: unknown | null;
  duration_ms: number | null;
  created_at: string;
  started_at: string | null;
  ended_at: string | null;
}
