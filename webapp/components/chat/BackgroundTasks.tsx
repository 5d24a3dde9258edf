import { LoaderCircle, Square } from "lucide-react";
import { useMemo } from "react";
import { toolSummary } from "@/components/tools/describe";
import { Button } from "@/components/ui/Button";
import type { Block, ChatMessage } from "@/lib/chat/state";

type ToolUse = Extract<Block, { type: "tool_use" }>;

/** What still runs in the background, while nobody waits for it. */
export function BackgroundTasks({ messages, onStop }: { messages: ChatMessage[]; onStop: (taskId: string) => Promise<boolean> }) {
  const running = useMemo(
    () => messages.flatMap((message) => message.content).filter((block): block is ToolUse => block?.type === "tool_use" && block.result !== undefined && block.task?.status === "running"),
    [messages],
  );
  if (running.length === 0) return null;
  return (
    <ul aria-label="In the background" className="mx-auto mb-2 flex w-full max-w-3xl flex-col gap-1 px-3 sm:px-6">
      {running.map((block) => (
        <li key={block.tool_use_id} data-testid="background-task" className="flex items-center gap-2 rounded-xl border bg-card py-1 pr-1 pl-3 text-sm">
          <LoaderCircle className="size-4 shrink-0 animate-spin text-muted-foreground" aria-hidden />
          <span className="whitespace-nowrap text-muted-foreground">In the background</span>
          <span className="min-w-0 flex-1 truncate font-mono text-xs">{toolSummary(block.name, block.input)}</span>
          <Button look="ghost" className="h-7 px-2 text-xs" onClick={() => void onStop(block.task!.task_id)}>
            <Square className="size-3 fill-current" aria-hidden /> Stop
          </Button>
        </li>
      ))}
    </ul>
  );
}
