"use client";

import { useCallback, useEffect, useState } from "react";
import { api } from "@/lib/api";
import type { InboxItem } from "@/lib/rest";

/** How often the inbox is looked at while the tab is visible, and while it is not: its title still counts. */
const VISIBLE_MS = 3_000;
const HIDDEN_MS = 15_000;
/** What has just happened is recorded a moment later. */
const SOON_MS = 400;

/** Everything that waits for a person, across projects; null until it is known. A server that is away is asked again, and at once when `version` changes. */
export function useInbox(version?: unknown): { items: InboxItem[] | null; reload: () => Promise<void> } {
  const [items, setItems] = useState<InboxItem[] | null>(null);

  const reload = useCallback(async () => {
    try {
      const now = await api<InboxItem[]>("/requests");
      // The same list stays the same object: nothing is drawn again for it.
      setItems((before) => (before && same(before, now) ? before : now));
    } catch {
      // What was known stays; the connection badge says what is wrong.
    }
  }, []);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    const look = async () => {
      await reload();
      timer = setTimeout(look, document.visibilityState === "hidden" ? HIDDEN_MS : VISIBLE_MS);
    };
    void reload();
    timer = setTimeout(look, SOON_MS);
    return () => clearTimeout(timer);
  }, [reload, version]);

  return { items, reload };
}

const same = (a: InboxItem[], b: InboxItem[]) => a.length === b.length && a.every((item, index) => item.request.id === b[index]?.request.id);
