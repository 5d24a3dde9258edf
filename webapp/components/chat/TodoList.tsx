import { ChevronRight, Circle, CircleCheck, CircleDot } from "lucide-react";
import { useMemo } from "react";
import type { ChatMessage } from "@/lib/chat/state";
import { type Todo, todosOf } from "@/lib/chat/todos";

/** The steps that Claude Code has set itself, while some are still to be done. */
export function TodoList({ messages, isRunning }: { messages: ChatMessage[]; isRunning: boolean }) {
  const todos = useMemo(() => todosOf(messages), [messages]);
  const done = todos.filter((todo) => todo.status === "completed").length;
  const current = todos.find((todo) => todo.status === "in_progress");
  if (todos.length === 0 || (done === todos.length && !isRunning)) return null;
  return (
    <div className="mx-auto mb-2 w-full max-w-3xl px-3 sm:px-6">
      <details className="group rounded-xl border bg-card text-sm" data-testid="todos">
        <summary className="flex list-none items-center gap-2 px-3 py-2 select-none">
          <ChevronRight className="size-4 shrink-0 text-muted-foreground transition-transform group-open:rotate-90" aria-hidden />
          <span className="tabular-nums">
            {done} of {todos.length} done
          </span>
          {current && <span className="min-w-0 flex-1 truncate text-muted-foreground">{current.active ?? current.subject}</span>}
        </summary>
        <ul className="flex max-h-60 flex-col gap-1.5 overflow-y-auto border-t px-3 py-2">
          {todos.map((todo) => (
            <li key={todo.id} className={`flex items-start gap-2 ${todo.status === "completed" ? "text-muted-foreground line-through" : ""}`} data-status={todo.status}>
              <TodoIcon status={todo.status} />
              {todo.status === "in_progress" ? (todo.active ?? todo.subject) : todo.subject}
            </li>
          ))}
        </ul>
      </details>
    </div>
  );
}

function TodoIcon({ status }: { status: Todo["status"] }) {
  if (status === "completed") return <CircleCheck className="mt-0.5 size-4 shrink-0 text-ok" aria-label="done" />;
  if (status === "in_progress") return <CircleDot className="mt-0.5 size-4 shrink-0 text-primary" aria-label="in progress" />;
  return <Circle className="mt-0.5 size-4 shrink-0 text-muted-foreground" aria-label="to do" />;
}
