"use client";

import { useEffect, useRef } from "react";
import { toolSummary, wish } from "@/components/tools/describe";
import type { Chat } from "@/hooks/useChat";
import { notify } from "@/lib/notices";
import type { PeopleRequest } from "@/lib/chat/state";
import type { InboxItem } from "@/lib/rest";
import { sessionAddress } from "./useSessionAddress";

/** A notice for each new thing that Claude Code asks, in any project. What waits when the page opens is in its title. */
export function useInboxNotices(items: InboxItem[] | null): void {
  const known = useRef<Set<string> | null>(null);
  useEffect(() => {
    if (!items) return;
    for (const item of items) if (known.current?.has(item.request.id) === false) notify(`${item.project_name}: Claude Code asks`, wordsFor(item.request as PeopleRequest), item.request.id, sessionAddress(item.request.project_id, item.request.session_id));
    known.current = new Set(items.map((item) => item.request.id));
  }, [items]);
}

/** A notice when Claude Code is done in the session that is shown. */
export function useDoneNotice(chat: Chat): void {
  const { isStreaming } = chat;
  const now = useRef(chat);
  useEffect(() => {
    now.current = chat;
  }, [chat]);
  const streamed = useRef(isStreaming);
  useEffect(() => {
    const { projectId, projectName, sessionId, turns, messages, isLoaded } = now.current;
    const ended = streamed.current && !isStreaming;
    streamed.current = isStreaming;
    const turn = Object.values(turns).at(-1);
    if (!ended || !isLoaded || !turn || !sessionId) return;
    const said = messages.findLast((message) => message.turn_id === turn.id && message.role === "assistant" && !message.parent_tool_use_id)?.content.findLast((block) => block?.type === "text");
    const words = turn.is_error ? turn.message : said?.type === "text" ? said.text : null;
    notify(`${projectName ?? "Claude Code"}: ${turn.is_error ? "stopped" : "done"}`, (words ?? "").slice(0, 200), turn.id, sessionAddress(projectId, sessionId));
  }, [isStreaming]);
}

function wordsFor({ request }: PeopleRequest): string {
  if (!request) return "";
  if (request.type === "question_request") return request.questions[0]?.text ?? "";
  return request.tool_name === "ExitPlanMode" ? "A plan waits to be approved." : `It ${wish(request.tool_name, request.input)}: ${toolSummary(request.tool_name, request.input)}`.slice(0, 200);
}
