import { FileMinus, FileText } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Button } from "@/components/ui/Button";
import { Dialog, type DialogHandle } from "@/components/ui/Dialog";
import { api, wordsOf } from "@/lib/api";
import type { RewoundFiles } from "@/lib/rest";

interface Props {
  projectId: string;
  beforeTurn: string;
  onClose: () => void;
  /** Goes on from before the message, in a session of its own. */
  onRewind: () => Promise<void>;
}

const MOST_SHOWN = 8;

/** Goes back to before a message: the conversation alone, or the files as well, as Claude Code's checkpoints have them. */
export function RewindDialog({ projectId, beforeTurn, onClose, onRewind }: Props) {
  const dialog = useRef<DialogHandle>(null);
  const [preview, setPreview] = useState<RewoundFiles | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [isBusy, setIsBusy] = useState(false);

  useEffect(() => {
    const aborter = new AbortController();
    api<RewoundFiles>(`/projects/${projectId}/rewind-files`, { method: "POST", body: { before_turn: beforeTurn, dry_run: true }, signal: aborter.signal })
      .then(setPreview)
      .catch((error: unknown) => !aborter.signal.aborted && setProblem(wordsOf(error)));
    return () => aborter.abort();
  }, [projectId, beforeTurn]);

  async function rewind(files: boolean) {
    setIsBusy(true);
    try {
      if (files) await api(`/projects/${projectId}/rewind-files`, { method: "POST", body: { before_turn: beforeTurn, dry_run: false } });
      await onRewind();
    } catch (error) {
      setProblem(wordsOf(error));
      setIsBusy(false);
    }
  }

  return (
    <Dialog ref={dialog} titleId="rewind-title" onClose={onClose}>
      <h2 id="rewind-title" className="font-semibold">
        Go back to before this message
      </h2>
      <p className="mt-1 text-sm text-muted-foreground">You go on in a new session with the message to change; this one stays as it is.</p>
      <div className="mt-4 rounded-xl border p-3 text-sm" data-testid="rewind-files" aria-live="polite">
        {problem ? (
          <p className="text-muted-foreground">{problem}</p>
        ) : preview === null ? (
          <p className="text-muted-foreground">Looking which files have changed since…</p>
        ) : preview.files_changed.length === 0 ? (
          <p className="text-muted-foreground">Claude Code has changed no files since.</p>
        ) : (
          <>
            <p className="flex items-center gap-2">
              <FileMinus className="size-4 text-muted-foreground" aria-hidden />
              {preview.files_changed.length === 1 ? "One file has" : `${preview.files_changed.length} files have`} changed since
              <span className="ml-auto font-mono text-xs">
                <span className="text-ok">+{preview.insertions}</span> <span className="text-destructive">−{preview.deletions}</span>
              </span>
            </p>
            <ul className="mt-2 flex flex-col gap-1">
              {preview.files_changed.slice(0, MOST_SHOWN).map((path) => (
                <li key={path} className="flex items-center gap-2 truncate font-mono text-xs text-muted-foreground">
                  <FileText className="size-3 shrink-0" aria-hidden /> {path}
                </li>
              ))}
              {preview.files_changed.length > MOST_SHOWN && <li className="text-xs text-muted-foreground">and {preview.files_changed.length - MOST_SHOWN} more</li>}
            </ul>
            <p className="mt-2 text-xs text-muted-foreground">What shell commands changed is not known, and stays.</p>
          </>
        )}
      </div>
      <div className="mt-5 flex flex-wrap justify-end gap-2">
        <Button look="ghost" onClick={() => dialog.current?.close()}>
          Cancel
        </Button>
        {preview && preview.files_changed.length > 0 && (
          <Button disabled={isBusy} onClick={() => void rewind(true)}>
            Conversation and files
          </Button>
        )}
        <Button look="primary" disabled={isBusy} onClick={() => void rewind(false)}>
          Conversation only
        </Button>
      </div>
    </Dialog>
  );
}
