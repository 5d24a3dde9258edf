"use client";

import { useCallback, useEffect, useState } from "react";

const inAddress = () => new URLSearchParams(location.search).get("session");

/** The address of a session's page. */
export const sessionAddress = (projectId: string, sessionId: string): string => `/projects/${projectId}?session=${sessionId}`;

/**
 * The session that the address names, so that a reload, the browser's back button and a colleague who gets the link show the
 * same one; and how to go to another. Null: the project's current one.
 */
export function useSessionAddress(projectId: string, named: string | null): [sessionId: string | null, select: (sessionId: string) => void] {
  const [sessionId, setSessionId] = useState(named);

  useEffect(() => {
    const onBack = () => setSessionId(inAddress());
    window.addEventListener("popstate", onBack);
    return () => window.removeEventListener("popstate", onBack);
  }, []);

  const select = useCallback(
    (id: string) => {
      if (id !== inAddress()) history.pushState(null, "", sessionAddress(projectId, id));
      setSessionId(id);
    },
    [projectId],
  );
  return [sessionId, select];
}

/** Puts the session that is shown into the address, once it is known which one that is. */
export function useShownInAddress(projectId: string, sessionId: string | null): void {
  useEffect(() => {
    if (sessionId && sessionId !== inAddress()) history.replaceState(null, "", sessionAddress(projectId, sessionId));
  }, [projectId, sessionId]);
}
