"use client";

import { useEffect, useState } from "react";
import { api } from "@/lib/api";
import type { CapabilitiesResponse } from "@/lib/rest";

const RETRY_MS = 5_000;

/** What the project's Claude Code offers: commands, agents, models. Asked again while nothing is known, and when `version` changes. */
export function useCapabilities(projectId: string, version: unknown): CapabilitiesResponse | null {
  const [capabilities, setCapabilities] = useState<CapabilitiesResponse | null>(null);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    const aborter = new AbortController();
    const ask = async () => {
      const answer = await api<CapabilitiesResponse>(`/projects/${projectId}/capabilities`, { signal: aborter.signal }).catch(() => null);
      if (aborter.signal.aborted) return;
      if (answer && answer.commands.length + answer.models.length > 0) setCapabilities(answer);
      else timer = setTimeout(ask, RETRY_MS);
    };
    void ask();
    return () => {
      aborter.abort();
      clearTimeout(timer);
    };
  }, [projectId, version]);

  return capabilities;
}
