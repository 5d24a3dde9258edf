"use client";

import { useCallback, useEffect, useRef, useState } from "react";

/** How near to the end still counts as being there, in pixels. */
const NEAR = 60;

/** Keeps a list at its end while it grows, unless the reader has scrolled up. */
export function useStickToBottom() {
  const [list, setList] = useState<HTMLDivElement | null>(null);
  const [atBottom, setAtBottom] = useState(true);
  const sticks = useRef(true);

  const toBottom = useCallback(() => {
    sticks.current = true;
    setAtBottom(true);
    list?.scrollTo({ top: list.scrollHeight });
  }, [list]);

  useEffect(() => {
    if (!list) return;
    let lastTop = list.scrollTop;
    const onScroll = () => {
      const near = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR;
      // Content that grows moves the end away from us; only going up leaves it.
      if (near) sticks.current = true;
      else if (list.scrollTop < lastTop) sticks.current = false;
      lastTop = list.scrollTop;
      setAtBottom(near || sticks.current);
    };
    const grown = new ResizeObserver(() => {
      if (sticks.current) list.scrollTo({ top: list.scrollHeight });
    });
    list.addEventListener("scroll", onScroll, { passive: true });
    grown.observe(list);
    if (list.firstElementChild) grown.observe(list.firstElementChild);
    return () => {
      list.removeEventListener("scroll", onScroll);
      grown.disconnect();
    };
  }, [list]);

  return { listRef: setList, atBottom, toBottom };
}
