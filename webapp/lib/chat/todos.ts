import type { ChatMessage } from "./state";

/** A step that Claude Code has set itself. */
export interface Todo {
  id: string;
  subject: string;
  status: "pending" | "in_progress" | "completed";
  /** How it is called while it is worked on. */
  active?: string;
}

type Fields = Record<string, unknown>;

/**
 * The list as it stands, from the tool calls of the main thread: TaskCreate and TaskUpdate, or TodoWrite of older and
 * configured CLIs, which writes the whole list anew. A task has its id from its result.
 */
export function todosOf(messages: ChatMessage[]): Todo[] {
  let todos: Todo[] = [];
  for (const message of messages) {
    if (message.parent_tool_use_id) continue;
    for (const block of message.content) {
      if (block?.type !== "tool_use" || !block.result || block.result.is_error) continue;
      const input = (block.input ?? {}) as Fields;
      if (block.name === "TodoWrite" && Array.isArray(input.todos)) todos = (input.todos as Fields[]).map(written);
      else if (block.name === "TaskCreate") {
        const task = ((block.result.detail as Fields | undefined)?.task ?? {}) as Fields;
        if (task.id !== undefined) todos = [...todos, { id: String(task.id), subject: String(input.subject ?? task.subject ?? ""), status: "pending", active: text(input.activeForm) }];
      } else if (block.name === "TaskUpdate") todos = updated(todos, input);
    }
  }
  return todos;
}

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

const statusOf = (value: unknown): Todo["status"] => (value === "in_progress" || value === "completed" ? value : "pending");

const written = (todo: Fields, index: number): Todo => ({ id: String(index), subject: String(todo.content ?? ""), status: statusOf(todo.status), active: text(todo.activeForm) });

function updated(todos: Todo[], input: Fields): Todo[] {
  const id = String(input.taskId ?? "");
  if (input.status === "deleted") return todos.filter((todo) => todo.id !== id);
  return todos.map((todo) =>
    todo.id === id ? { ...todo, ...(input.status !== undefined && { status: statusOf(input.status) }), subject: text(input.subject) ?? todo.subject, active: text(input.activeForm) ?? todo.active } : todo,
  );
}
