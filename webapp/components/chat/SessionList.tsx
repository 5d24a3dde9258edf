import { Hourglass, LoaderCircle, SquarePen, Terminal, X } from "lucide-react";
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
  onSelect: (id: string) => void;
  /** To those that began in a terminal. */
  onTerminal: () => void;
}

/** The project's sessions: beside the chat, or in a drawer on a phone. */
export function SessionList({ sessions, waiting, selected, open, onClose, onNew, onSelect, onTerminal }: Props) {
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
            <li key={session.id}>
              <button
                type="button"
                aria-current={session.id === selected}
                onClick={() => onSelect(session.id)}
                className="flex w-full items-center gap-2 rounded-lg px-3 py-2 text-left text-sm text-muted-foreground hover:bg-accent hover:text-foreground aria-[current=true]:bg-accent aria-[current=true]:text-foreground"
              >
                <span className="min-w-0 flex-1 truncate">{session.title || "New session"}</span>
                {waiting.has(session.id) ? (
                  <Hourglass aria-label="waits for an answer" className="size-3.5 shrink-0 text-warning" />
                ) : (
                  session.state !== "idle" && <LoaderCircle aria-label={session.state} className="size-3.5 shrink-0 animate-spin text-primary" />
                )}
              </button>
            </li>
          ))}
          {sessions.length === 0 && <li className="px-3 py-2 text-sm text-muted-foreground">None yet: the first message opens one.</li>}
        </ul>
        <Button look="ghost" className="m-2 justify-start text-xs" onClick={onTerminal}>
          <Terminal className="size-4" aria-hidden /> Sessions of a terminal
        </Button>
      </nav>
    </>
  );
}
