import { Terminal } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { Button } from "@/components/ui/Button";
import { Dialog, type DialogHandle } from "@/components/ui/Dialog";
import { api, wordsOf } from "@/lib/api";
import { formatAgo } from "@/lib/format";
import type { FoundTranscripts } from "@/lib/rest";

/** Sessions that began in a terminal in the same workspace: brought in with their history, and gone on with. */
export function TerminalSessions({ projectId, onImported, onClose }: { projectId: string; onImported: (sessionId: string) => void; onClose: () => void }) {
  const dialog = useRef<DialogHandle>(null);
  const [found, setFound] = useState<FoundTranscripts | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState<string | null>(null);

  useEffect(() => {
    const aborter = new AbortController();
    api<FoundTranscripts>(`/projects/${projectId}/terminal-sessions`, { signal: aborter.signal })
      .then(setFound)
      .catch((error: unknown) => !aborter.signal.aborted && setProblem(wordsOf(error)));
    return () => aborter.abort();
  }, [projectId]);

  async function bring(sessionId: string) {
    setBusy(sessionId);
    try {
      await api(`/projects/${projectId}/terminal-sessions/${sessionId}`, { method: "POST" });
      onImported(sessionId);
    } catch (error) {
      setProblem(wordsOf(error));
      setBusy(null);
    }
  }

  return (
    <Dialog ref={dialog} titleId="terminal-title" onClose={onClose}>
      <h2 id="terminal-title" className="font-semibold">
        Sessions of a terminal
      </h2>
      <p className="mt-1 text-sm text-muted-foreground">Bring in what somebody began with Claude Code in this workspace, and go on with it here.</p>
      {problem && (
        <p role="alert" className="mt-3 text-sm text-destructive">
          {problem}
        </p>
      )}
      {found === null ? (
        !problem && <p className="mt-4 text-sm text-muted-foreground">Looking…</p>
      ) : (
        <>
          <ul className="mt-4 flex flex-col gap-2">
            {found.transcripts.map((transcript) => (
              <li key={transcript.session_id} className="flex items-center gap-3 rounded-xl border p-3 text-sm">
                <Terminal className="size-4 shrink-0 text-muted-foreground" aria-hidden />
                <span className="min-w-0 flex-1">
                  <span className="block truncate">{transcript.title}</span>
                  <span className="text-xs text-muted-foreground">
                    {transcript.messages === 1 ? "one message" : `${transcript.messages} messages`} · {formatAgo(transcript.updated_at)}
                  </span>
                </span>
                <Button className="h-8" disabled={busy !== null} onClick={() => void bring(transcript.session_id)}>
                  Bring in
                </Button>
              </li>
            ))}
          </ul>
          {found.transcripts.length === 0 && <p className="text-sm text-muted-foreground">There are none that are not here already.</p>}
          <p className="mt-4 text-xs text-muted-foreground">To begin one on the server:</p>
          <pre className="mt-1 overflow-x-auto rounded-lg bg-accent px-3 py-2 font-mono text-xs">{`cd ${found.workspace}\nCLAUDE_CONFIG_DIR=${found.config_folder} claude`}</pre>
        </>
      )}
      <div className="mt-4 flex justify-end">
        <Button look="ghost" onClick={() => dialog.current?.close()}>
          Close
        </Button>
      </div>
    </Dialog>
  );
}
