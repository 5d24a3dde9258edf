import { AssistantMessage } from "@/components/chat/AssistantMessage";
import type { ChatMessage, Task } from "@/lib/chat/state";
import { formatDuration, formatTokens } from "@/lib/format";
import { inputOf } from "./describe";
import type { ToolContext } from "./ToolCard";

/** What a subagent did, below the call that started it, and what it used. */
export function Subagent({ messages, detail, task, isRunning, context }: { messages: ChatMessage[]; detail: unknown; task?: Task; isRunning: boolean; context: ToolContext }) {
  const { totalTokens = task?.usage?.total_tokens, totalToolUseCount = task?.usage?.tool_uses, totalDurationMs = task?.usage?.duration_ms } = inputOf(detail);
  return (
    <section className="flex min-w-0 flex-col gap-3" data-testid="subagent">
      {messages.length > 0 && (
        <div className="flex flex-col gap-3 border-l-2 pl-3">
          {messages.map((message) => (
            <AssistantMessage key={message.id} message={message} isRunning={isRunning} context={context} />
          ))}
        </div>
      )}
      {typeof totalTokens === "number" && (
        <p className="text-xs text-muted-foreground tabular-nums">
          {formatTokens(totalTokens)} tokens · {Number(totalToolUseCount ?? 0)} tool calls
          {typeof totalDurationMs === "number" && ` · ${formatDuration(totalDurationMs)}`}
        </p>
      )}
    </section>
  );
}
