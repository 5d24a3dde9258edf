import type { NextRequest } from "next/server";

/**
 * Forwards /api/* to ChatApi for those who reach the webapp without the gateway before it.
 * Method, query, headers that matter, body (streamed both ways) and status stay as they are.
 */
export const dynamic = "force-dynamic";

/** Of one hop only (RFC 9110 §7.6.1), or made anew by fetch. */
const HOP_BY_HOP = [
  "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer", "transfer-encoding", "upgrade",
  "host", "content-length", "expect",
];

/** fetch has decoded the body already. */
const ENCODING = ["content-encoding", "content-length", "transfer-encoding", "connection", "keep-alive"];

async function forward(request: NextRequest) {
  // By a computed name: NEXT_PUBLIC_* would be replaced at build time, and the address is known when it runs.
  const base = process.env[["NEXT", "PUBLIC", "API", "URL"].join("_")];
  if (!base) return problem(502, "api_url_missing", "NEXT_PUBLIC_API_URL is not set, so the webapp does not know where ChatApi is.");

  // The path as it was sent: decoding and encoding it again would change %2F.
  const target = base.replace(/\/+$/, "") + request.nextUrl.pathname.replace(/^\/api/, "") + request.nextUrl.search;
  const headers = without(request.headers, HOP_BY_HOP);
  // ChatApi refuses pages of other sites, so it must know which site this is.
  if (!headers.has("x-forwarded-host")) headers.set("x-forwarded-host", request.headers.get("host") ?? request.nextUrl.host);
  const hasBody = request.method !== "GET" && request.method !== "HEAD" && request.body !== null;
  try {
    const answer = await fetch(target, {
      method: request.method,
      headers,
      body: hasBody ? request.body : undefined,
      redirect: "manual",
      cache: "no-store",
      signal: request.signal,
      // Needed by Node's fetch for a body that streams; not in the DOM's types.
      ...(hasBody ? { duplex: "half" } : {}),
    } as RequestInit);
    return new Response(answer.body, { status: answer.status, statusText: answer.statusText, headers: without(answer.headers, ENCODING) });
  } catch (error) {
    if (request.signal.aborted) return new Response(null, { status: 499 });
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    return problem(502, "api_unreachable", `ChatApi does not answer (${cause}). It may be starting; try again in a moment.`);
  }
}

function without(headers: Headers, names: string[]) {
  const kept = new Headers(headers);
  for (const name of names) kept.delete(name);
  return kept;
}

/** RFC 9457. */
function problem(status: number, code: string, detail: string) {
  return Response.json({ status, title: "Bad Gateway", detail, code }, { status, headers: { "content-type": "application/problem+json" } });
}

export { forward as DELETE, forward as GET, forward as PATCH, forward as POST, forward as PUT };
