import type { ProjectResponse } from "./rest";

/** A project, as ChatApi describes it. */
export type Project = ProjectResponse;

/** A failed request: what the server said was wrong, for people. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** The server's stable code, for programs. */
    readonly code?: string,
    /** The field that it is about. */
    readonly field?: string,
  ) {
    super(message);
  }
}

/** What went wrong, for people. */
export const wordsOf = (error: unknown): string => (error instanceof ApiError ? error.message : "That did not work. Try again.");

/** Calls the API of this origin. Throws ApiError; status 0 means that nobody answered. */
export async function api<T>(path: string, init?: { method?: string; body?: unknown; signal?: AbortSignal }): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`/api${path}`, {
      method: init?.method ?? "GET",
      headers: init?.body === undefined ? undefined : { "content-type": "application/json" },
      body: init?.body === undefined ? undefined : JSON.stringify(init.body),
      signal: init?.signal,
      cache: "no-store",
    });
  } catch (error) {
    if (init?.signal?.aborted) throw error;
    throw new ApiError(0, "The server does not answer. Is it running, and are you online?");
  }
  if (!response.ok) {
    const problem = (await response.json().catch(() => ({}))) as { detail?: string; title?: string; code?: string; field?: string };
    throw new ApiError(response.status, problem.detail ?? problem.title ?? `The server answered ${response.status}.`, problem.code, problem.field);
  }
  return response.status === 204 ? (undefined as T) : ((await response.json()) as T);
}
