"use client";

import { useEffect, useState } from "react";
import { type Completion, fileCompletions } from "@/lib/completions";
import { findFiles } from "@/lib/files";

/** People type faster than this, and need no answer in between. */
const PAUSE_MS = 90;

/** Files of the workspace that fit; null asks for nothing. What was found stays until the next answer. */
export function useFileCompletions(projectId: string, query: string | null): Completion[] {
  const [found, setFound] = useState<Completion[]>([]);

  useEffect(() => {
    if (query === null) {
      setFound([]);
      return;
    }
    const aborter = new AbortController();
    const timer = setTimeout(() => {
      findFiles(projectId, query, aborter.signal)
        .then((paths) => setFound(fileCompletions(paths)))
        .catch(() => !aborter.signal.aborted && setFound([])); // One can write on without.
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      aborter.abort();
    };
  }, [projectId, query]);

  return query === null ? [] : found;
}
