import { Ban, Check, ChevronRight, LoaderCircle, TriangleAlert } from "lucide-react";
import type { Block } from "@/lib/chat/state";

type ToolUse = Extract<Block, { type: "tool_use" }>;

/** More than this of a result is not put into the page. */
const MAX_SHOWN = 20_000;

/** A tool call: what was asked, folded until it is wanted, and what came back. */
export function ToolCard({ block, isRunning }: { block: ToolUse; isRunning: boolean }) {
  const state = block.denied_reason ? "denied" : block.result?.is_error ? "failed" : block.result ? "done" : isRunning ? "running" : "unfinished";
  return (
    <details className="group overflow-hidden rounded-xl border bg-card text-sm" data-testid="tool" data-tool={block.name} data-state={state}>
      <summary className="flex list-none items-center gap-2 px-3 py-2 select-none hover:bg-accent/50">
        <ChevronRight className="size-4 shrink-0 text-muted-foreground transition-transform group-open:rotate-90" aria-hidden />
        <span className="font-medium">{block.name}</span>
        <span className="min-w-0 flex-1 truncate font-mono text-xs text-muted-foreground">{summaryOf(block.input)}</span>
        <StateIcon state={state} />
      </summary>
      <div className="flex flex-col gap-3 border-t px-3 py-3">
        {block.denied_reason && <p className="text-warning">{block.denied_reason}</p>}
        <Section title="Input">
          <InputView input={block.input} />
        </Section>
        {block.result && (
          <Section title={block.result.is_error ? "Error" : "Result"}>
            <Code isError={block.result.is_error}>{textOf(block.result.content)}</Code>
          </Section>
        )}
      </div>
    </details>
  );
}

function StateIcon({ state }: { state: string }) {
  switch (state) {
    case "running":
      return <LoaderCircle className="size-4 shrink-0 animate-spin text-primary" aria-label="running" />;
    case "done":
      return <Check className="size-4 shrink-0 text-ok" aria-label="done" />;
    case "denied":
      return <Ban className="size-4 shrink-0 text-warning" aria-label="denied" />;
    case "failed":
      return <TriangleAlert className="size-4 shrink-0 text-destructive" aria-label="failed" />;
    default:
      return <span className="text-xs text-muted-foreground">not finished</span>;
  }
}

function Section({ title, children }: { title: string; children: React.ReactNode }) {
  return (
    <section className="min-w-0">
      <h3 className="mb-1 text-xs font-medium text-muted-foreground">{title}</h3>
      {children}
    </section>
  );
}

function InputView({ input }: { input: unknown }) {
  if (typeof input !== "object" || input === null) return <Code>{String(input)}</Code>;
  return (
    <dl className="flex flex-col gap-2">
      {Object.entries(input).map(([name, value]) => (
        <div key={name}>
          <dt className="font-mono text-xs text-muted-foreground">{name}</dt>
          <dd>
            <Code>{typeof value === "string" ? value : JSON.stringify(value, null, 2)}</Code>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Code({ children, isError }: { children: string; isError?: boolean }) {
  const shown = children.length > MAX_SHOWN ? `${children.slice(0, MAX_SHOWN)}\n… ${children.length - MAX_SHOWN} more characters` : children;
  return <pre className={`max-h-80 overflow-auto rounded-lg bg-muted px-3 py-2 font-mono text-xs leading-relaxed break-words whitespace-pre-wrap ${isError ? "text-destructive" : ""}`}>{shown || " "}</pre>;
}

/** What tells one call from another at a glance. */
function summaryOf(input: unknown): string {
  if (typeof input !== "object" || input === null) return "";
  const fields = input as Record<string, unknown>;
  for (const name of ["file_path", "command", "pattern", "url", "query", "description", "path", "prompt"]) {
    const value = fields[name];
    if (typeof value === "string") return name === "file_path" ? value.split("/").slice(-2).join("/") : value;
  }
  return "";
}

/** A result is a string or blocks, as the model sees it. */
function textOf(content: unknown): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return JSON.stringify(content, null, 2);
  return content.map((block: { type?: string; text?: string }) => (block.type === "text" ? (block.text ?? "") : `[${block.type}]`)).join("\n");
}
