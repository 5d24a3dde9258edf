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
  permission_mode: string | null;
  model: string | null;
  forked_from: string | null;
  created_at: string;
  updated_at: string;
  cost_usd: number;
}

export interface SessionRequest {
  title: string | null;
  permission_mode: string | null;
  model: string | null;
}

export interface NewSessionRequest {
  fork_of: string | null;
  before_turn: string | null;
}

export interface HistoryResponse {
  seq: number;
  has_more: boolean;
  messages: MessageResponse[];
  turns: TurnResponse[];
  requests: RequestResponse[];
}

export interface InboxItem {
  project_name: string;
  session_title: string;
  request: RequestResponse;
}

export interface AnswerRequest {
  decision: string | null;
  suggestions: number[] | null;
  updated_input: unknown | null;
  permission_mode: string | null;
  answers: Record<string, string> | null;
  message: string | null;
  interrupt: boolean;
}

export interface CapabilitiesResponse {
  commands: CommandOffer[];
  agents: AgentOffer[];
  models: ModelOffer[];
}

export interface MessageRequest {
  content: string | null;
  client_message_id: string | null;
  session_id: string | null;
  steer: boolean;
  attachments: Attachment[] | null;
}

export interface EditRequest {
  content: string | null;
}

export interface FoundFiles {
  paths: string[];
}

export interface RewindRequest {
  before_turn: string;
  dry_run: boolean;
}

export interface RewoundFiles {
  files_changed: string[];
  insertions: number;
  deletions: number;
}

export interface ClaudeSettings {
  effort: string | null;
  append_system_prompt: string | null;
  allowed_tools: string[] | null;
  disallowed_tools: string[] | null;
  mcp_servers: Record<string, unknown> | null;
  max_turns: number | null;
  turn_budget_usd: number | null;
  session_budget_usd: number | null;
  day_budget_usd: number | null;
  project_budget_usd: number | null;
}

export interface McpTestRequest {
  mcp_servers: Record<string, unknown> | null;
}

export interface TestedMcpServers {
  servers: McpServerState[];
}

export interface LedgerResponse {
  from: string;
  to: string;
  entries: LedgerEntry[];
}

export interface FoundTranscripts {
  workspace: string;
  config_folder: string;
  transcripts: TranscriptSummary[];
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
  sent_by: string | null;
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

export interface RequestResponse {
  id: string;
  project_id: string;
  session_id: string;
  turn_id: string;
  tool_use_id: string | null;
  is_open: boolean;
  asked_at: string;
  request: unknown | null;
  resolution: unknown | null;
}

export interface CommandOffer {
  name: string;
  description: string;
  argument_hint: string;
}

export interface AgentOffer {
  name: string;
  description: string;
}

export interface ModelOffer {
  value: string;
  display_name: string;
  description: string;
  effort_levels: string[];
}

export interface Attachment {
  path: string;
  name: string;
  media_type: string;
  size: number;
}

export interface McpServerState {
  name: string;
  status: string;
  error: string | null;
  tools: string[];
}

export interface LedgerEntry {
  day: string;
  project_id: string;
  project_name: string | null;
  model: string;
  turns: number;
  input_tokens: number;
  output_tokens: number;
  cache_read_input_tokens: number;
  cache_creation_input_tokens: number;
  cost_usd: number;
}

export interface TranscriptSummary {
  session_id: string;
  title: string;
  updated_at: string;
  messages: number;
}
