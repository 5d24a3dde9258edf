import { useEffect, useRef } from "react";

/** What a command prints while it runs: its end stays in sight. */
export function LiveOutput({ text }: { text: string }) {
  const box = useRef<HTMLPreElement>(null);
  useEffect(() => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [text]);
  return (
    <pre ref={box} data-testid="live-output" className="max-h-60 overflow-auto rounded-lg bg-accent px-3 py-2 font-mono text-xs whitespace-pre-wrap">
      {text}
    </pre>
  );
}
