import { ChevronRight } from "lucide-react";
import { ToolCard, type ToolContext } from "@/components/tools/ToolCard";
import type { Block, ChatMessage } from "@/lib/chat/state";
import { Markdown } from "./Markdown";

/** A message of the model: text, thinking and tool calls, in the order in which they came. */
export function AssistantMessage({ message, isRunning, context }: { message: ChatMessage; isRunning: boolean; context: ToolContext }) {
  return (
    <div className="flex flex-col gap-3">
      {message.content.map((block, index) => block && <BlockView key={index} block={block} isOpen={message.open_blocks?.includes(index) ?? false} isRunning={isRunning} context={context} />)}
    </div>
  );
}

function BlockView({ block, isOpen, isRunning, context }: { block: Block; isOpen: boolean; isRunning: boolean; context: ToolContext }) {
  switch (block.type) {
    case "text":
      return <Markdown text={block.text} isStreaming={isOpen} />;
    case "thinking":
      return <Thinking text={block.thinking} isOpen={isOpen} />;
    case "tool_use":
      return <ToolCard block={block} isRunning={isRunning} context={context} />;
    default:
      return null;
  }
}

function Thinking({ text, isOpen }: { text: string; isOpen: boolean }) {
  return (
    <details className="group rounded-lg text-sm text-muted-foreground">
      <summary className="flex w-fit list-none items-center gap-1 rounded-md py-0.5 select-none hover:text-foreground">
        <ChevronRight className="size-4 transition-transform group-open:rotate-90" aria-hidden />
        {isOpen ? <span className="animate-pulse">Thinking…</span> : "Thinking"}
      </summary>
      <p className="mt-1 ml-2 border-l-2 pl-4 leading-relaxed whitespace-pre-wrap">{text}</p>
    </details>
  );
}
