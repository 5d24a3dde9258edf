import { Info, TriangleAlert } from "lucide-react";
import type { ChatMessage } from "@/lib/chat/state";

/** Something that happened beside the answer. */
export function Notice({ message }: { message: ChatMessage }) {
  const block = message.content[0];
  if (block?.type !== "error" && block?.type !== "status") return null;
  const Icon = block.type === "error" ? TriangleAlert : Info;
  return (
    <p className={`flex gap-2 text-sm ${block.type === "error" ? "text-destructive" : "text-muted-foreground"}`}>
      <Icon className="mt-0.5 size-4 shrink-0" aria-hidden /> {block.text}
    </p>
  );
}
