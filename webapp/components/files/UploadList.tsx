import { FileText, LoaderCircle, X } from "lucide-react";
import type { Upload } from "@/hooks/useAttachments";

/** What goes with the next message, above the box to write in. */
export function UploadList({ uploads, onRemove }: { uploads: Upload[]; onRemove: (id: number) => void }) {
  if (uploads.length === 0) return null;
  return (
    <ul aria-label="Files to send" className="flex w-full flex-wrap gap-2 px-1 pt-1">
      {uploads.map(({ id, name, preview, attachment, problem }) => (
        <li key={id} data-testid="upload" data-state={problem ? "failed" : attachment ? "ready" : "sending"} className={`relative flex items-center gap-2 rounded-xl border px-2 py-1.5 text-xs ${problem ? "border-destructive/50 text-destructive" : ""}`}>
          {preview ? <img src={preview} alt="" className="size-10 rounded-md object-cover" /> : <FileText className="size-4 text-muted-foreground" aria-hidden />}
          <span className="max-w-56" role={problem ? "alert" : undefined}>
            <span className="block max-w-40 truncate">{name}</span>
            {problem}
          </span>
          {!attachment && !problem && <LoaderCircle aria-label="is being sent" className="size-3.5 animate-spin text-primary" />}
          <button type="button" aria-label={`Remove ${name}`} onClick={() => onRemove(id)} className="rounded-md p-1 text-muted-foreground hover:bg-accent hover:text-foreground">
            <X className="size-3.5" aria-hidden />
          </button>
        </li>
      ))}
    </ul>
  );
}
