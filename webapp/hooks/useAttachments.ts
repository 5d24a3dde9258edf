"use client";

import { useCallback, useEffect, useRef, useState } from "react";
import { ApiError } from "@/lib/api";
import type { Attachment } from "@/lib/chat/wire";
import { MAX_ATTACHMENTS, upload } from "@/lib/files";

/** A file that is to go with the next message. */
export interface Upload {
  id: number;
  name: string;
  /** A picture of it, while it is a picture. */
  preview?: string;
  /** Absent while it is on its way. */
  attachment?: Attachment;
  /** Why it could not be kept. */
  problem?: string;
}

/** Files that go with the next message: sent to the server as soon as they are given. */
export function useAttachments(projectId: string) {
  const [uploads, setUploads] = useState<Upload[]>([]);
  const aborter = useRef<AbortController>(null);
  const next = useRef(0);

  useEffect(() => {
    const controller = (aborter.current = new AbortController());
    return () => controller.abort();
  }, [projectId]);

  const add = useCallback(
    (files: Iterable<File>) => {
      for (const file of [...files].slice(0, MAX_ATTACHMENTS)) {
        const id = next.current++;
        const change = (what: Partial<Upload>) => setUploads((all) => all.map((one) => (one.id === id ? { ...one, ...what } : one)));
        const preview = file.type.startsWith("image/") ? URL.createObjectURL(file) : undefined;
        setUploads((all) => [...all, { id, name: file.name || "Pasted picture", preview }]);
        upload(projectId, file, aborter.current!.signal)
          .then((attachment) => change({ attachment }))
          .catch((error: unknown) => change({ problem: error instanceof ApiError ? error.message : "It could not be sent." }));
      }
    },
    [projectId],
  );
  const remove = useCallback((id: number) => setUploads((all) => all.filter((one) => release(one, one.id !== id))), []);
  const clear = useCallback(() => setUploads((all) => all.filter((one) => release(one, false))), []);

  return { uploads, add, remove, clear, isUploading: uploads.some((one) => !one.attachment && !one.problem) };
}

function release(upload: Upload, keep: boolean): boolean {
  if (!keep && upload.preview) URL.revokeObjectURL(upload.preview);
  return keep;
}
