import { Info, TriangleAlert } from "lucide-react";
import { Code } from "@/components/tools/Code";
import type { ChatMessage } from "@/lib/chat/state";

/** Something that happened beside the answer. */
export function Notice({ message }: { message: ChatMessage }) {
  const block = message.content[0];
  if (block?.type === "unknown")
    return (
      <details className="text-sm text-muted-foreground" data-testid="unknown">
        <summary className="w-fit select-none hover:text-foreground">Claude Code wrote something that this version does not know</summary>
        <Code>{JSON.stringify(block.detail, null, 2)}</Code>
      </details>
    );
  if (block?.type !== "error" && block?.type !== "status") return null;
  const Icon = block.type === "error" ? TriangleAlert : Info;
  return (
    <p className={`flex gap-2 text-sm ${block.type === "error" ? "text-destructive" : "text-muted-foreground"}`}>
      <Icon className="mt-0.5 size-4 shrink-0" aria-hidden /> {block.text}
    </p>
  );
}
