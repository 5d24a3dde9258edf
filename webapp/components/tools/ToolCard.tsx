import { Ban, Check, ChevronRight, Hourglass, LoaderCircle, TriangleAlert } from "lucide-react";
import { RequestOutcome } from "@/components/requests/RequestOutcome";
import type { Block, ChatMessage, PeopleRequest } from "@/lib/chat/state";
import { inputOf, toolSummary, toolTitle } from "./describe";
import { LiveOutput } from "./LiveOutput";
import { Subagent } from "./Subagent";
import { ToolInput } from "./ToolInput";
import { ToolResult } from "./ToolResult";

type ToolUse = Extract<Block, { type: "tool_use" }>;

/** What a call's card knows of the rest of the conversation. */
export interface ToolContext {
  /** What was asked of people, by the call that it is about. */
  requests: Map<string, PeopleRequest>;
  /** What subagents wrote, by the call that started them. */
  subagents: Map<string, ChatMessage[]>;
}

/** A tool call: what was asked, folded until it is wanted, who allowed it, and what came back. */
export function ToolCard({ block, isRunning, context }: { block: ToolUse; isRunning: boolean; context: ToolContext }) {
  const request = context.requests.get(block.tool_use_id);
  const subagent = context.subagents.get(block.tool_use_id);
  const state = stateOf(block, request, isRunning);
  const resolution = request?.resolution;
  const input = (resolution?.type === "permission_resolved" && resolution.updated_input) || block.input;
  // A command that prints is looked at; one may fold it all the same.
  const isPrinting = state === "running" && Boolean(block.task?.output);
  return (
    <details className="group overflow-hidden rounded-xl border bg-card text-sm" data-testid="tool" data-tool={block.name} data-state={state} open={isPrinting || undefined}>
      <summary className="flex list-none items-center gap-2 px-3 py-2 select-none hover:bg-accent/50">
        <ChevronRight className="size-4 shrink-0 text-muted-foreground transition-transform group-open:rotate-90" aria-hidden />
        <span className="font-medium whitespace-nowrap">{toolTitle(block.name)}</span>
        <span className="min-w-0 flex-1 truncate font-mono text-xs text-muted-foreground">{toolSummary(block.name, input)}</span>
        <StateIcon state={state} />
      </summary>
      <div className="flex flex-col gap-3 border-t px-3 py-3">
        {!(block.name === "Edit" && hasPatch(block)) && <ToolInput name={block.name} input={input} answers={resolution?.type === "question_resolved" ? resolution.answers : undefined} />}
        {request && <RequestOutcome request={request} />}
        {(subagent || subagentTools.has(block.name)) && <Subagent messages={subagent ?? []} detail={block.result?.detail} task={block.task} isRunning={isRunning && !block.result} context={context} />}
        {block.task?.output && (!block.result || block.task.status !== "completed" || isInBackground(block)) && <LiveOutput text={block.task.output} />}
        {block.result && <ToolResult name={block.name} result={block.result} />}
      </div>
    </details>
  );
}

const isInBackground = (block: ToolUse) => inputOf(block.input).run_in_background === true;

const subagentTools = new Set(["Task", "Agent"]);

/** The edit as it happened, with line numbers, is better than the edit as it was asked for. */
const hasPatch = (block: ToolUse) => block.result?.is_error === false && Array.isArray(inputOf(block.result.detail).structuredPatch);

type State = "background" | "waiting" | "denied" | "failed" | "done" | "running" | "unfinished";

function stateOf(block: ToolUse, request: PeopleRequest | undefined, isRunning: boolean): State {
  if (request?.is_open) return "waiting";
  const decision = request?.resolution?.decision;
  if (decision === "deny" || decision === "declined") return "denied";
  if (block.result && block.task?.status === "running") return "background";
  if (block.result) return block.result.is_error ? "failed" : "done";
  return isRunning ? "running" : "unfinished";
}

function StateIcon({ state }: { state: State }) {
  switch (state) {
    case "waiting":
      return <Hourglass className="size-4 shrink-0 text-warning" aria-label="waits for an answer" />;
    case "running":
      return <LoaderCircle className="size-4 shrink-0 animate-spin text-primary" aria-label="running" />;
    case "background":
      return <LoaderCircle className="size-4 shrink-0 animate-spin text-muted-foreground" aria-label="runs in the background" />;
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
