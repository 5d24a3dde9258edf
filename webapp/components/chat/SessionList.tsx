import { GitFork, Hourglass, LoaderCircle, Pencil, SquarePen, Terminal, X } from "lucide-react";
import { useState } from "react";
import { NameButton } from "@/components/people/NameButton";
import { Button } from "@/components/ui/Button";
import type { SessionSummary } from "@/lib/chat/wire";

interface Props {
  sessions: SessionSummary[];
  /** Those in which Claude Code waits for a person. */
  waiting: Set<string>;
  selected: string | null;
  /** On a phone it is a drawer. */
  open: boolean;
  onClose: () => void;
  onNew: () => void;
  /** Null where there is nothing to fork. */
  onFork: (() => void) | null;
  onSelect: (id: string) => void;
  /** False when it could not be. */
  onRename: (id: string, title: string) => Promise<boolean>;
  /** To those that began in a terminal. */
  onTerminal: () => void;
}

/** The project's sessions: beside the chat, or in a drawer on a phone. */
export function SessionList({ sessions, waiting, selected, open, onClose, onNew, onFork, onSelect, onRename, onTerminal }: Props) {
  return (
    <>
      {open && <button type="button" aria-label="Close" className="fixed inset-0 z-20 bg-black/40 md:hidden" onClick={onClose} />}
      <nav
        aria-label="Sessions"
        className={`fixed inset-y-0 left-0 z-30 flex w-72 flex-col border-r bg-sidebar transition-transform md:static md:w-64 md:translate-x-0 ${open ? "translate-x-0" : "-translate-x-full max-md:invisible"}`}
      >
        <div className="flex h-14 items-center gap-1 px-3">
          <span className="flex-1 px-1 text-sm font-medium text-muted-foreground">Sessions</span>
          <Button look="ghost" className="px-2" aria-label="New session" onClick={onNew}>
            <SquarePen className="size-4" aria-hidden />
          </Button>
          <Button look="ghost" className="px-2 md:hidden" aria-label="Close" onClick={onClose}>
            <X className="size-4" aria-hidden />
          </Button>
        </div>
        <ul className="min-h-0 flex-1 overflow-y-auto px-2 pb-4">
          {sessions.map((session) => (
            <SessionItem key={session.id} session={session} isSelected={session.id === selected} isWaiting={waiting.has(session.id)} onSelect={onSelect} onRename={onRename} />
          ))}
          {sessions.length === 0 && <li className="px-3 py-2 text-sm text-muted-foreground">None yet: the first message opens one.</li>}
        </ul>
        <div className="m-2 flex flex-col items-start text-xs">
          <div className="flex flex-col items-start sm:hidden">
            {/* On a phone the header has no room for them. */}
            {onFork && (
              <Button look="ghost" className="text-xs" onClick={onFork}>
                <GitFork className="size-4" aria-hidden /> Fork this session
              </Button>
            )}
            <NameButton isNamed />
          </div>
          <Button look="ghost" className="text-xs" onClick={onTerminal}>
            <Terminal className="size-4" aria-hidden /> Sessions of a terminal
          </Button>
        </div>
      </nav>
    </>
  );
}

interface ItemProps extends Pick<Props, "onSelect" | "onRename"> {
  session: SessionSummary;
  isSelected: boolean;
  isWaiting: boolean;
}

/** One session: its title, which can be changed, and what goes on in it. */
function SessionItem({ session, isSelected, isWaiting, onSelect, onRename }: ItemProps) {
  const [title, setTitle] = useState<string | null>(null);
  async function save() {
    const changed = title?.trim();
    if (changed && changed !== session.title && !(await onRename(session.id, changed))) return;
    setTitle(null);
  }

  if (title !== null)
    return (
      <li>
        <input
          autoFocus
          value={title}
          maxLength={80}
          aria-label="Title of the session"
          onFocus={(event) => event.currentTarget.select()}
          onChange={(event) => setTitle(event.target.value)}
          onBlur={() => void save()}
          onKeyDown={(event) => {
            event.stopPropagation(); // Elsewhere Escape stops the running turn.
            if (event.key === "Escape") setTitle(null);
            else if (event.key === "Enter" && !event.nativeEvent.isComposing) void save();
          }}
          className="w-full rounded-lg border border-input bg-card px-3 py-2 text-base outline-none focus:border-ring md:text-sm"
        />
      </li>
    );

  return (
    <li className="group flex items-center rounded-lg text-muted-foreground hover:bg-accent hover:text-foreground has-aria-[current=true]:bg-accent has-aria-[current=true]:text-foreground">
      <button type="button" aria-current={isSelected} onClick={() => onSelect(session.id)} className="flex min-w-0 flex-1 items-center gap-2 rounded-lg px-3 py-2 text-left text-sm">
        <span className="min-w-0 flex-1 truncate">{session.title || "New session"}</span>
        {isWaiting ? (
          <Hourglass aria-label="waits for an answer" className="size-3.5 shrink-0 text-warning" />
        ) : (
          session.state !== "idle" && <LoaderCircle aria-label={session.state} className="size-3.5 shrink-0 animate-spin text-primary" />
        )}
      </button>
      <Button
        look="ghost"
        className="mr-1 h-7 w-0 overflow-hidden px-0 opacity-0 group-focus-within:w-auto group-focus-within:px-2 group-focus-within:opacity-100 group-hover:w-auto group-hover:px-2 group-hover:opacity-100 max-md:w-auto max-md:px-2 max-md:opacity-60"
        aria-label={`Rename ${session.title || "New session"}`}
        title="Rename"
        onClick={() => setTitle(session.title)}
      >
        <Pencil className="size-3.5 shrink-0" aria-hidden />
      </Button>
    </li>
  );
}
