import { ChevronRight } from "lucide-react";
import type { Block, ChatMessage } from "@/lib/chat/state";
import { Markdown } from "./Markdown";
import { ToolCard } from "./ToolCard";

/** A message of the model: text, thinking and tool calls, in the order in which they came. */
export function AssistantMessage({ message, isRunning }: { message: ChatMessage; isRunning: boolean }) {
  return (
    <div className={`flex flex-col gap-3 ${message.parent_tool_use_id ? "ml-3 border-l-2 pl-4" : ""}`}>
      {message.content.map((block, index) => block && <BlockView key={index} block={block} isOpen={message.open_blocks?.includes(index) ?? false} isRunning={isRunning} />)}
    </div>
  );
}

function BlockView({ block, isOpen, isRunning }: { block: Block; isOpen: boolean; isRunning: boolean }) {
  switch (block.type) {
    case "text":
      return <Markdown text={block.text} isStreaming={isOpen} />;
    case "thinking":
      return <Thinking text={block.thinking} isOpen={isOpen} />;
    case "tool_use":
      return <ToolCard block={block} isRunning={isRunning} />;
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
