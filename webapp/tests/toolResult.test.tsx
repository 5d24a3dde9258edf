import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it } from "vitest";
import { partsOf, readable, ToolResult } from "@/components/tools/ToolResult";

const html = (name: string, detail: unknown, content: unknown = "as the model sees it", is_error = false) => renderToStaticMarkup(<ToolResult name={name} result={{ content, is_error, detail }} />);

describe("a tool's result", () => {
  it("shows what was found on a page, and how the page answered", () => {
    const shown = html("WebFetch", { bytes: 1256, code: 200, codeText: "OK", durationMs: 5, url: "https://example.com" }, "It is **an example**.");
    expect(shown).toContain("200 OK · 1 kB");
    expect(shown).toContain("an example</");
  });

  it("links what a search found, and nothing that would run", () => {
    const shown = html("WebSearch", { query: "q", results: [{ tool_use_id: "t", content: [{ title: "Good", url: "https://example.com/a" }, { title: "Bad", url: "javascript:alert(1)" }, null] }, "In short."] });
    expect(shown).toContain('href="https://example.com/a"');
    expect(shown).toContain("In short.");
    expect(shown).not.toContain("javascript:");
    expect(shown).not.toContain("Bad");
  });

  it("shows the text where a newer Claude Code gives another detail", () => {
    expect(html("WebSearch", { hits: 3 })).toContain("as the model sees it");
    expect(html("WebFetch", "Error: no", "no such host", true)).toContain("no such host");
  });

  it("lays out the JSON of an MCP server", () => {
    expect(html("mcp__tiny__list", undefined, '{"a":[1,2]}')).toContain("&quot;a&quot;: [\n");
    expect(readable("{broken")).toBe("{broken");
    expect(readable("[12:30] done")).toBe("[12:30] done");
  });

  it("takes only pictures that a browser shows", () => {
    const image = (media_type: string) => ({ type: "image", source: { type: "base64", media_type, data: "AA==" } });
    expect(partsOf([image("image/png"), image("image/svg+xml"), { type: "text", text: "beside" }])).toEqual({ text: "beside", images: ["data:image/png;base64,AA=="] });
  });
});
