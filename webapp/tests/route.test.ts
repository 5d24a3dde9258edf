import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { NextRequest } from "next/server";
import { afterEach, describe, expect, it } from "vitest";
import * as route from "@/app/api/[...path]/route";

let server: Server | undefined;

async function serve(answer: (request: IncomingMessage, response: ServerResponse) => void) {
  server = createServer(answer);
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  process.env.NEXT_PUBLIC_API_URL = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
  server = undefined;
  delete process.env.NEXT_PUBLIC_API_URL;
});

const readAll = async (stream: AsyncIterable<Buffer>) => {
  let text = "";
  for await (const chunk of stream) text += chunk.toString();
  return text;
};

describe("the /api route", () => {
  it.each(["GET", "POST", "PUT", "PATCH", "DELETE"] as const)("preserves %s, path, query, headers, body and status", async (method) => {
    await serve(async (request, response) => {
      const body = await readAll(request);
      response.writeHead(method === "POST" ? 201 : 200, { location: "/projects/7", "x-seen": request.headers["x-own"] });
      response.end(JSON.stringify({ method: request.method, url: request.url, body, host: request.headers.host }));
    });
    const body = method === "GET" ? undefined : '{"name":"ü"}';
    const answer = await route[method](new NextRequest("http://page/api/projects/a%2Fb?q=1&q=%20", { method, body, headers: { "x-own": "value", connection: "keep-alive" } }));
    expect(answer.status).toBe(method === "POST" ? 201 : 200);
    expect(answer.headers.get("location")).toBe("/projects/7");
    expect(answer.headers.get("x-seen")).toBe("value");
    expect(await answer.json()).toEqual({ method, url: "/projects/a%2Fb?q=1&q=%20", body: body ?? "", host: new URL(process.env.NEXT_PUBLIC_API_URL!).host });
  });

  it("passes an error of the API on as it is", async () => {
    await serve((_, response) => response.writeHead(404, { "content-type": "application/problem+json" }).end('{"code":"unknown_project"}'));
    const answer = await route.GET(new NextRequest("http://page/api/projects/x"));
    expect([answer.status, answer.headers.get("content-type"), await answer.text()]).toEqual([404, "application/problem+json", '{"code":"unknown_project"}']);
  });

  it("streams the answer as it is written", async () => {
    let finish = () => {};
    await serve((_, response) => {
      response.write("first");
      finish = () => response.end("second");
    });
    const answer = await route.GET(new NextRequest("http://page/api/events"));
    const reader = answer.body!.getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("first");
    finish();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("second");
  });

  it("does not follow redirects for the browser", async () => {
    await serve((_, response) => response.writeHead(302, { location: "/elsewhere" }).end());
    const answer = await route.GET(new NextRequest("http://page/api/x"));
    expect([answer.status, answer.headers.get("location")]).toEqual([302, "/elsewhere"]);
  });

  it("answers 502 with a problem when the API is down", async () => {
    process.env.NEXT_PUBLIC_API_URL = "http://127.0.0.1:1";
    const answer = await route.GET(new NextRequest("http://page/api/projects"));
    expect(answer.status).toBe(502);
    expect(answer.headers.get("content-type")).toBe("application/problem+json");
    expect(await answer.json()).toMatchObject({ status: 502, code: "api_unreachable" });
  });

  it("answers 502 when it does not know where the API is", async () => {
    const answer = await route.GET(new NextRequest("http://page/api/projects"));
    expect([answer.status, (await answer.json()).code]).toEqual([502, "api_url_missing"]);
  });
});
