import { api, ApiError } from "../api";
import type { AnswerRequest, HistoryResponse, SessionRequest, SessionResponse } from "../rest";
import { fold } from "./fold";
import { type ConnectionState, ReconnectingSocket, socketAddress } from "./socket";
import { nameStore, withName } from "../name";
import { type ChatMessage, type ChatTurn, type Conversation, emptyConversation, type PendingMessage, type PeopleRequest } from "./state";
import type { Attachment, ProjectSummary, SessionSummary, WireEvent, WireFrame } from "./wire";

/** Everything that the chat page shows. */
export interface ChatSnapshot {
  connection: ConnectionState;
  /** What is wrong with the page as a whole, for people. */
  error: string | null;
  /** Whether the history is here. */
  loaded: boolean;
  project: ProjectSummary | null;
  model: "demo" | "claude" | null;
  /** The permission modes that may be chosen. */
  permissionModes: string[];
  viewers: number;
  sessions: SessionSummary[];
  conversation: Conversation;
  hasMore: boolean;
  pending: PendingMessage[];
}

/** A process that was asked for stays for minutes; after this long it is asked for again. */
const preparedForMs = 60_000;

/** A page of history; its blocks are those of the fold (compared in tests), its turns as far as the page shows them. */
type History = Omit<HistoryResponse, "messages" | "turns" | "requests"> & { messages: ChatMessage[]; turns: ChatTurn[]; requests: PeopleRequest[] };

/** A person's answer to a permission request or to questions. */
export type Answer = Partial<AnswerRequest>;

export interface SendOptions {
  /** Into the turn that runs, where one does. */
  steer?: boolean;
  /** Files of the workspace that go with it. */
  attachments?: Attachment[];
}

export interface ChatStoreOptions {
  /** The session to show; without it the project's current one. */
  sessionId?: string | null;
  /** Where the WebSocket is; without it this page's own origin. */
  socketUrl?: string | null;
}

/**
 * One session of one project, outside React: history over REST, then events by `seq`. Subscribe and read as
 * useSyncExternalStore wants it. What the browser sends waits here until its own event comes back, and is sent
 * again after each reconnect: the server takes it once, by its client_message_id.
 */
export class ChatStore {
  private snapshot: ChatSnapshot;
  private readonly listeners = new Set<() => void>();
  private readonly socket: ReconnectingSocket<WireFrame>;
  private aborter = new AbortController();
  private queued: WireEvent[] | null = [];
  private users = 0;
  private notifying = false;
  private stopNaming = () => {};
  private preparedAt = -preparedForMs;
  private preparesOnHello = false;

  constructor(
    readonly projectId: string,
    private readonly options: ChatStoreOptions = {},
  ) {
    this.snapshot = {
      connection: "connecting",
      error: null,
      loaded: false,
      project: null,
      model: null,
      permissionModes: [],
      viewers: 1,
      sessions: [],
      conversation: emptyConversation(options.sessionId ?? null),
      hasMore: false,
      pending: [],
    };
    this.socket = new ReconnectingSocket<WireFrame>({
      address: () => this.address(),
      onFrame: (frame) => this.take(frame),
      onState: (connection) => this.set({ connection, error: connection === "gone" ? "This project does not exist. It may have been deleted." : this.snapshot.error }),
      exists: () => this.exists(),
    });
  }

  getSnapshot = () => this.snapshot;

  /** The first listener connects, the last one disconnects. */
  subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    if (++this.users === 1) void this.start();
    return () => {
      this.listeners.delete(listener);
      if (--this.users === 0) this.stop();
    };
  };

  /** Sends a message. It is shown at once and sent when there is a connection. With `steer` it goes into the turn that runs, where one does. */
  send = (content: string, { steer, attachments }: SendOptions = {}): void => {
    if (content.trim() === "" && !attachments?.length) return;
    const message = { client_message_id: crypto.randomUUID(), content, ...(steer && { steer }), ...(attachments?.length && { attachments }) };
    this.set({ pending: [...this.snapshot.pending, message] });
    this.sendPending(message);
  };

  /** Says that a message is being written: Claude Code is started meanwhile, which takes it a second. */
  prepare = (): void => {
    const { session_id, turns } = this.snapshot.conversation;
    if (performance.now() - this.preparedAt < preparedForMs || Object.values(turns).some((turn) => turn.status !== "ended")) return;
    this.preparesOnHello = !this.socket.send({ type: "prepare", ...(session_id ? { session_id } : {}) }); // Who writes before there is a connection is prepared for, too.
    if (!this.preparesOnHello) this.preparedAt = performance.now();
  };

  /** Sends a message again that the server did not take. */
  resend = (client_message_id: string): void => {
    const message = this.snapshot.pending.find((m) => m.client_message_id === client_message_id);
    if (!message) return;
    const { failed: _, ...again } = message;
    this.set({ pending: this.snapshot.pending.map((m) => (m === message ? again : m)) });
    this.sendPending(again);
  };

  /** Forgets a message that the server did not take. */
  discard = (client_message_id: string): void => this.set({ pending: this.snapshot.pending.filter((m) => m.client_message_id !== client_message_id) });

  /** Stops what runs in this session. */
  interrupt = (): void => {
    const session_id = this.snapshot.conversation.session_id;
    if (!this.socket.send({ type: "interrupt", ...(session_id ? { session_id } : {}) }))
      this.set({ error: "Not connected: the stop did not reach the server. It is tried again when you press it after reconnecting." });
  };

  /** Changes a message that waits its turn; everybody sees it when the server has taken it. */
  editQueued = (turnId: string, content: string): Promise<boolean> => this.change(`/projects/${this.projectId}/turns/${turnId}`, "PUT", { content });

  /** Takes back a message that waits its turn. */
  withdrawQueued = (turnId: string): Promise<boolean> => this.change(`/projects/${this.projectId}/turns/${turnId}`, "DELETE");

  /** Tells a message that waits its turn to the one that runs. */
  steerQueued = (turnId: string): Promise<boolean> => this.change(`/projects/${this.projectId}/turns/${turnId}/steer`, "POST");

  /** Stops something that runs in the background. */
  stopTask = (taskId: string): Promise<boolean> => this.change(`/projects/${this.projectId}/sessions/${this.snapshot.conversation.session_id}/tasks/${encodeURIComponent(taskId)}/stop`, "POST");

  /** Answers what Claude Code asked. False when that could not be; `error` says why, and everybody sees whose answer counts. */
  answer = (requestId: string, answer: Answer): Promise<boolean> =>
    this.change(`/projects/${this.projectId}/requests/${encodeURIComponent(requestId)}/answer`, "POST", answer);

  /** Changes the session that is shown; a project without sessions gets its first one. */
  changeSession = async (change: Partial<SessionRequest>): Promise<boolean> => {
    try {
      const session = this.snapshot.conversation.session_id ?? (await this.currentSession()) ?? (await api<SessionResponse>(`/projects/${this.projectId}/sessions`, { method: "POST" })).id;
      if (!this.snapshot.conversation.session_id) this.set({ conversation: { ...this.snapshot.conversation, session_id: session } });
      return await this.change(`/projects/${this.projectId}/sessions/${session}`, "PATCH", change);
    } catch (error) {
      if (error instanceof ApiError) this.set({ error: error.message });
      return false;
    }
  };

  /** Gives a session of the project another title. */
  renameSession = (sessionId: string, title: string): Promise<boolean> => this.change(`/projects/${this.projectId}/sessions/${sessionId}`, "PATCH", { title });

  private async change(path: string, method: string, body?: unknown): Promise<boolean> {
    try {
      await api(withName(path), { method, body, signal: this.aborter.signal });
      this.set({ error: null });
      return true;
    } catch (error) {
      if (error instanceof ApiError) this.set({ error: error.message });
      return false;
    }
  }

  /** Loads the page of history before what is shown. */
  loadMore = async (): Promise<void> => {
    const first = this.snapshot.conversation.messages[0];
    if (!first || !this.snapshot.hasMore) return;
    const page = await this.history(first.seq);
    const conversation = this.snapshot.conversation;
    const turns = { ...byId(page.turns), ...conversation.turns };
    const requests = { ...byId(page.requests), ...conversation.requests };
    this.set({ hasMore: page.has_more, conversation: { ...conversation, messages: [...page.messages, ...conversation.messages], turns, requests } });
  };

  private async start() {
    this.aborter = new AbortController();
    this.stopNaming = nameStore.subscribe(() => this.socket.reconnect());
    // The history first: it says from which event on to listen.
    if (await this.reload()) this.socket.start();
  }

  private stop() {
    this.stopNaming();
    this.aborter.abort();
    this.socket.stop();
  }

  /** Loads the history until it works. False when there is no such project. */
  private async reload(): Promise<boolean> {
    const { signal } = this.aborter;
    this.queued = [];
    for (let delay = 500; !signal.aborted; delay = Math.min(8_000, delay * 2)) {
      try {
        const session = this.snapshot.conversation.session_id ?? (await this.currentSession());
        const page = session ? await this.history(undefined, session) : await this.history(undefined, null, 1);
        this.set({
          loaded: true,
          error: null,
          hasMore: session ? page.has_more : false,
          conversation: {
            session_id: session,
            messages: session ? page.messages : [],
            turns: session ? byId(page.turns) : {},
            requests: session ? byId(page.requests) : {},
            activity: null,
            seq: page.seq,
          },
        });
        const queued: WireEvent[] = this.queued ?? [];
        this.queued = null;
        for (const event of queued) this.takeEvent(event);
        return true;
      } catch (error) {
        if (signal.aborted) return false;
        // A link to a session that is not of this project: the project's current one is shown.
        if (error instanceof ApiError && error.code === "unknown_session") {
          this.set({ conversation: emptyConversation(null) });
          continue;
        }
        if (error instanceof ApiError && (error.status === 404 || error.status === 400)) {
          this.set({ connection: "gone", error: "This project does not exist. It may have been deleted." });
          return false;
        }
        this.set({ error: error instanceof ApiError ? error.message : "The history could not be loaded.", connection: "reconnecting" });
        await new Promise((resolve) => setTimeout(resolve, delay));
      }
    }
    return false;
  }

  private async currentSession(): Promise<string | null> {
    const sessions = await api<SessionResponse[]>(`/projects/${this.projectId}/sessions`, { signal: this.aborter.signal });
    return sessions[0]?.id ?? null;
  }

  private history(before?: number, session: string | null = this.snapshot.conversation.session_id, limit = 200): Promise<History> {
    const query = new URLSearchParams({ limit: String(limit) });
    if (session) query.set("session_id", session);
    if (before) query.set("before", String(before));
    return api<History>(`/projects/${this.projectId}/messages?${query}`, { signal: this.aborter.signal });
  }

  private async exists(): Promise<boolean> {
    try {
      await api(`/projects/${this.projectId}`, { signal: this.aborter.signal });
      return true;
    } catch (error) {
      return !(error instanceof ApiError && (error.status === 404 || error.status === 400));
    }
  }

  private address(): string {
    return socketAddress(this.options.socketUrl, withName(`/ws/chat/${this.projectId}?after=${this.snapshot.conversation.seq}`));
  }

  private take(frame: WireFrame) {
    switch (frame.type) {
      case "hello":
        this.set({ project: frame.project, model: frame.model as ChatSnapshot["model"], permissionModes: frame.permission_modes, sessions: frame.sessions, error: null });
        if (this.preparesOnHello) this.prepare();
        if (frame.resume === "gap") void this.mendGap(frame.seq, frame.oldest_seq);
        for (const message of this.snapshot.pending) if (!message.failed) this.sendPending(message);
        return;
      case "presence":
        this.set({ viewers: frame.viewers });
        return;
      case "rejected":
        if (frame.client_message_id)
          this.set({ pending: this.snapshot.pending.map((m) => (m.client_message_id === frame.client_message_id ? { ...m, failed: frame.message } : m)) });
        else if (frame.code !== "nothing_to_interrupt") this.set({ error: frame.message });
        return;
      default:
        this.takeEvent(frame);
    }
  }

  private takeEvent(event: WireEvent) {
    if (this.queued) {
      this.queued.push(event);
      return;
    }
    const { conversation } = this.snapshot;
    const seq = event.seq ?? 0;
    if (seq <= conversation.seq) return;
    // Chunks that the server merged for a viewer that was behind stand for several numbers.
    const first = ("first_seq" in event ? event.first_seq : undefined) ?? seq;
    if (first <= conversation.seq) {
      this.socket.reconnect(); // Half of it is shown already; the server sends the other half.
      return;
    }
    // A hole: the log has lost something (a Redis without its data). The history is the truth.
    if (conversation.seq > 0 && first > conversation.seq + 1 && this.snapshot.loaded) {
      void this.mendGap(seq, seq);
      (this.queued as WireEvent[] | null)?.push(event); // reload() has begun a queue
      return;
    }

    const sessions = this.withSession(event);
    const pending = event.type === "user_message" ? this.snapshot.pending.filter((m) => m.client_message_id !== event.client_message_id) : this.snapshot.pending;
    // A project without sessions shows its first one.
    const shown = conversation.session_id ?? event.session_id;
    this.set({
      sessions,
      pending,
      conversation: event.session_id === shown ? { ...fold(conversation, event), session_id: shown } : { ...conversation, seq },
    });
  }

  /** Reloads the history after a gap, then goes on: from there when the log still has what follows, else from what is live. */
  private async mendGap(newest: number, oldest: number) {
    if (!(await this.reload())) return;
    const { conversation } = this.snapshot;
    if (conversation.seq >= oldest - 1 && conversation.seq < newest) this.socket.reconnect();
    else if (conversation.seq !== newest) this.set({ conversation: { ...conversation, seq: newest } });
  }

  private withSession(event: WireEvent): SessionSummary[] {
    const changed = changeOf(event);
    if (changed) {
      const before = this.snapshot.sessions.find((session) => session.id === event.session_id) ?? { id: event.session_id, title: "", state: "idle" };
      const after = { ...before, ...changed };
      return this.snapshot.sessions.includes(before) ? this.snapshot.sessions.map((session) => (session === before ? after : session)) : [after, ...this.snapshot.sessions];
    }
    const state = event.type === "session_end" ? "idle" : event.type === "user_message" ? "queued" : event.type === "turn_start" ? "running" : null;
    if (!state) return this.snapshot.sessions;
    const known = this.snapshot.sessions.find((session) => session.id === event.session_id);
    const title = known?.title || (event.type === "user_message" ? (event.content.trim().split("\n")[0] ?? "").slice(0, 80) : "");
    const session = { ...known, id: event.session_id, title, state };
    return event.type === "user_message" || !known
      ? [session, ...this.snapshot.sessions.filter((other) => other !== known)]
      : this.snapshot.sessions.map((other) => (other === known ? session : other));
  }

  private sendPending(message: PendingMessage) {
    const session_id = this.snapshot.conversation.session_id;
    this.socket.send({ type: "user_message", content: message.content, client_message_id: message.client_message_id, steer: message.steer, attachments: message.attachments, ...(session_id ? { session_id } : {}) });
  }

  private set(change: Partial<ChatSnapshot>) {
    this.snapshot = { ...this.snapshot, ...change };
    // Tokens come faster than frames are drawn: one notice for all that came meanwhile.
    if (this.notifying) return;
    this.notifying = true;
    queueMicrotask(() => {
      this.notifying = false;
      for (const listener of this.listeners) listener();
    });
  }
}

const byId = <T extends { id: string }>(list: T[]): Record<string, T> => Object.fromEntries(list.map((item) => [item.id, item]));

/** What an event changes in its session, beside its state. */
function changeOf(event: WireEvent): Partial<SessionSummary> | null {
  if (event.type === "session_update")
    return {
      ...(event.permission_mode != null && { permission_mode: event.permission_mode }),
      ...(event.model != null && { model: event.model || null }),
      ...(event.title != null && { title: event.title }),
    } as Partial<SessionSummary>;
  if (event.type !== "status" || event.state !== "mode_changed") return null;
  const { permissionMode } = (event.detail ?? {}) as { permissionMode?: string };
  return permissionMode ? { permission_mode: permissionMode } : null;
}
