import { api, ApiError } from "./api";
import type { Attachment } from "./chat/wire";

/** Bytes; the server's own limit (ChatApi:MaxAttachmentBytes) may be smaller or larger, and says so. */
export const MAX_ATTACHMENTS = 20;

/** Where a file of the workspace is read. */
export const fileUrl = (projectId: string, path: string): string => `/api/projects/${projectId}/files/content?path=${encodeURIComponent(path)}`;

/** Puts a file into the workspace, so that it can go with a message. Throws ApiError. */
export async function upload(projectId: string, file: File, signal: AbortSignal): Promise<Attachment> {
  let answer: Response;
  try {
    answer = await fetch(`/api/projects/${projectId}/attachments?name=${encodeURIComponent(file.name || "pasted.png")}`, {
      method: "POST",
      headers: { "content-type": file.type || "application/octet-stream" },
      body: file,
      signal,
    });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new ApiError(0, "The server does not answer. Is it running, and are you online?");
  }
  const body = (await answer.json().catch(() => ({}))) as Attachment & { detail?: string; code?: string };
  if (!answer.ok) throw new ApiError(answer.status, body.detail ?? `The server answered ${answer.status}.`, body.code);
  return body;
}

/** Files and folders of the workspace that fit what was typed, the best first. Throws ApiError. */
export const findFiles = async (projectId: string, query: string, signal: AbortSignal): Promise<string[]> =>
  (await api<{ paths: string[] }>(`/projects/${projectId}/files?limit=12&query=${encodeURIComponent(query)}`, { signal })).paths;
