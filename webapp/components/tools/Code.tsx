/** More than this is not put into the page. */
const MAX_SHOWN = 20_000;

/** Text as a machine wrote it. */
export function Code({ children, isError, prompt }: { children: string; isError?: boolean; prompt?: boolean }) {
  const shown = children.length > MAX_SHOWN ? `${children.slice(0, MAX_SHOWN)}\n… ${children.length - MAX_SHOWN} more characters` : children;
  return (
    <pre className={`max-h-80 overflow-auto rounded-lg bg-muted px-3 py-2 font-mono text-xs leading-relaxed break-words whitespace-pre-wrap ${isError ? "text-destructive" : ""}`}>
      {prompt && <span className="text-muted-foreground select-none">$ </span>}
      {shown || " "}
    </pre>
  );
}
