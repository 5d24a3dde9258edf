"use client";

import { useEffect, useState } from "react";
import { api } from "@/lib/api";
import { ReconnectingSocket, socketAddress } from "@/lib/chat/socket";
import type { InboxItem } from "@/lib/rest";
import { useInboxNotices } from "./useNotices";

/** How often it is asked for where the socket does not get through. */
const ASK_EVERY_MS = 10_000;

/**
 * Everything that waits for a person, across projects, as it changes; null until it is known. It comes over a socket of its
 * own: a tab in the background, whose timers browsers slow down, counts at once in its title, too.
 */
export function useInbox(socketUrl: string | null): InboxItem[] | null {
  const [items, setItems] = useState<InboxItem[] | null>(null);

  useEffect(() => {
    let isOpen = false;
    // The same list stays the same object: nothing is drawn again for it.
    const take = (now: InboxItem[]) => setItems((before) => (before && same(before, now) ? before : now));
    const socket = new ReconnectingSocket<{ type: "inbox"; items: InboxItem[] } | { type: "unchanged" }>({
      address: () => socketAddress(socketUrl, "/ws/inbox"),
      onFrame: (frame) => frame.type === "inbox" && take(frame.items),
      onState: (state) => (isOpen = state === "open"),
      exists: () => Promise.resolve(true),
    });
    socket.start();
    const timer = setInterval(() => {
      // What was known stays where nobody answers; the connection badge says what is wrong.
      if (!isOpen) api<InboxItem[]>("/requests").then(take, () => {});
    }, ASK_EVERY_MS);
    return () => {
      socket.stop();
      clearInterval(timer);
    };
  }, [socketUrl]);

  useInboxNotices(items);
  return items;
}

const same = (a: InboxItem[], b: InboxItem[]) => a.length === b.length && a.every((item, index) => item.request.id === b[index]?.request.id);
