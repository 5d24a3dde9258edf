"use client";

import { useCallback, useEffect, useRef, useState } from "react";

const keyOf = (projectId: string, sessionId: string | null) => `draft:${projectId}:${sessionId ?? "new"}`;

/** Leaves something to be edited in a session. */
export const keepDraft = (projectId: string, sessionId: string, text: string): void => localStorage.setItem(keyOf(projectId, sessionId), text);

/**
 * What is being written, kept in this browser for each session. When a project gets its first session in the middle of a
 * word, what is typed stays and belongs to that session.
 */
export function useDraft(projectId: string, sessionId: string | null): [text: string, setText: (text: string) => void] {
  const [text, setText] = useState("");
  const shown = useRef<{ projectId: string; sessionId: string | null } | null>(null);

  useEffect(() => {
    const before = shown.current;
    shown.current = { projectId, sessionId };
    if (before?.projectId === projectId && before.sessionId === null && sessionId !== null) {
      const typed = localStorage.getItem(keyOf(projectId, null));
      localStorage.removeItem(keyOf(projectId, null));
      if (typed) localStorage.setItem(keyOf(projectId, sessionId), typed);
      if (typed || !localStorage.getItem(keyOf(projectId, sessionId))) return;
    }
    setText(localStorage.getItem(keyOf(projectId, sessionId)) ?? "");
  }, [projectId, sessionId]);

  const change = useCallback(
    (value: string) => {
      setText(value);
      if (value) localStorage.setItem(keyOf(projectId, sessionId), value);
      else localStorage.removeItem(keyOf(projectId, sessionId));
    },
    [projectId, sessionId],
  );
  return [text, change];
}
