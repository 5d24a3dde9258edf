"use client";

import { useMemo, useSyncExternalStore } from "react";
import { type ChatMessage, type ChatTurn } from "@/lib/chat/state";
import { ChatStore, type ChatStoreOptions } from "@/lib/chat/store";
import type { Usage } from "@/lib/chat/wire";

const noUsage: Usage = { input_tokens: 0, output_tokens: 0, cache_read_input_tokens: 0, cache_creation_input_tokens: 0 };

/**
 * A project's chat with Claude Code, live.
 *
 * Connects to the project, and changes `messages` as chunks arrive. `isStreaming` is true while Claude Code works.
 * A lost connection comes back by itself and resumes where it was; what was sent meanwhile is sent once.
 * `connection` is "gone" when the project does not exist.
 */
export function useChat(projectId: string, { sessionId, socketUrl }: ChatStoreOptions = {}) {
  const store = useMemo(() => new ChatStore(projectId, { sessionId, socketUrl }), [projectId, sessionId, socketUrl]);
  const snapshot = useSyncExternalStore(store.subscribe, store.getSnapshot, store.getSnapshot);
  const { conversation } = snapshot;
  const turns = Object.values(conversation.turns);
  const session = snapshot.sessions.find((known) => known.id === conversation.session_id);

  return {
    projectId,
    messages: conversation.messages,
    turns: conversation.turns,
    activity: conversation.activity,
    sessionId: conversation.session_id,
    sessions: snapshot.sessions,
    pending: snapshot.pending,
    isStreaming: turns.some((turn) => turn.status !== "ended"),
    isLoaded: snapshot.loaded,
    hasMore: snapshot.hasMore,
    connection: snapshot.connection,
    error: snapshot.error,
    model: snapshot.model,
    projectName: snapshot.project?.name ?? null,
    /** What was asked of people in this session, answered or not. */
    requests: conversation.requests,
    /** The session's permission mode, or else the project's. */
    permissionMode: session?.permission_mode ?? snapshot.project?.permission_mode ?? null,
    permissionModes: snapshot.permissionModes,
    /** The model that the session asks for, or else the project; null for the CLI's default. */
    sessionModel: session?.model ?? snapshot.project?.model ?? null,
    viewers: snapshot.viewers,
    /** Tokens of the session: of its ended turns, and of the running one as far as it is. */
    usage: useMemo(() => sumUsage(turns, conversation.messages), [conversation]),
    /** US dollars of the session's ended turns. */
    cost: turns.reduce((sum, turn) => sum + turn.cost_usd, 0),
    send: store.send,
    /** Says that a message is being written, so that Claude Code is ready for it. */
    prepare: store.prepare,
    resend: store.resend,
    discard: store.discard,
    interrupt: store.interrupt,
    /** Changes a message that waits its turn. False when it could not; `error` says why. */
    editQueued: store.editQueued,
    /** Takes back a message that waits its turn. False when it could not; `error` says why. */
    withdrawQueued: store.withdrawQueued,
    /** Tells a message that waits its turn to the turn that runs: Claude Code gets it with its next step. */
    steerQueued: store.steerQueued,
    /** Stops something that runs in the background. */
    stopTask: store.stopTask,
    /** Answers a permission request or questions. False when it could not; `error` says why. */
    answer: store.answer,
    /** Changes the session's title, permission mode or model. */
    changeSession: store.changeSession,
    /** Gives any session of the project another title. False when it could not; `error` says why. */
    renameSession: store.renameSession,
    loadMore: store.loadMore,
  };
}

export type Chat = ReturnType<typeof useChat>;

function sumUsage(turns: ChatTurn[], messages: ChatMessage[]): Usage {
  const running = new Set(turns.filter((turn) => turn.status !== "ended").map((turn) => turn.id));
  return [
    ...turns.filter((turn) => turn.status === "ended").map((turn) => turn.usage),
    ...messages.filter((message) => running.has(message.turn_id)).map((message) => message.usage),
  ].reduce<Usage>(
    (sum, usage) =>
      usage
        ? {
            input_tokens: sum.input_tokens + usage.input_tokens,
            output_tokens: sum.output_tokens + usage.output_tokens,
            cache_read_input_tokens: sum.cache_read_input_tokens + usage.cache_read_input_tokens,
            cache_creation_input_tokens: sum.cache_creation_input_tokens + usage.cache_creation_input_tokens,
          }
        : sum,
    noUsage,
  );
}
