import { FileText } from "lucide-react";
import type { Attachment } from "@/lib/chat/wire";
import { fileUrl } from "@/lib/files";
import { formatBytes } from "@/lib/format";

/** Files that went with a message: pictures as such, others by their names. */
export function AttachmentList({ projectId, attachments }: { projectId: string; attachments: Attachment[] }) {
  if (attachments.length === 0) return null;
  return (
    <ul className="mt-1 flex flex-wrap justify-end gap-2" aria-label="Attachments">
      {attachments.map((file) => (
        <li key={file.path}>
          <a href={fileUrl(projectId, file.path)} target="_blank" rel="noreferrer" title={`${file.name}, ${formatBytes(file.size)}`} className="block overflow-hidden rounded-xl border bg-card hover:border-input">
            {file.media_type.startsWith("image/") ? (
              <img src={fileUrl(projectId, file.path)} alt={file.name} loading="lazy" className="h-28 max-w-56 object-cover" />
            ) : (
              <span className="flex items-center gap-2 px-3 py-2 text-xs">
                <FileText className="size-4 text-muted-foreground" aria-hidden />
                <span className="max-w-48 truncate">{file.name}</span>
                <span className="text-muted-foreground">{formatBytes(file.size)}</span>
              </span>
            )}
          </a>
        </li>
      ))}
    </ul>
  );
}
