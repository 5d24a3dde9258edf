import { Markdown } from "@/components/chat/Markdown";
import { formatBytes } from "@/lib/format";
import { Code } from "./Code";
import { inputOf } from "./describe";
import { Diff, type Hunk } from "./Diff";
import { SearchHits } from "./SearchHits";

interface Result {
  content: unknown;
  is_error: boolean;
  detail?: unknown;
}

/** Calls whose input is what people want to see, and whose result says nothing more. */
const speakForThemselves = new Set(["ExitPlanMode", "AskUserQuestion", "Write", "NotebookEdit", "TodoWrite", "TaskCreate", "TaskUpdate"]);

/** What a tool answered, in the shape that suits it. */
export function ToolResult({ name, result }: { name: string; result: Result }) {
  if (!result.is_error && speakForThemselves.has(name)) return null;
  const detail = inputOf(result.detail);
  const hunks = detail.structuredPatch;
  if (!result.is_error && name === "WebSearch" && Array.isArray(detail.results)) return <SearchHits results={detail.results} />;
  if (!result.is_error && Array.isArray(hunks) && hunks.length > 0) return <Diff hunks={hunks as Hunk[]} />;
  const { text, images } = partsOf(result.content);
  if (!result.is_error && name === "WebFetch") return <FetchedPage detail={detail} answer={text} />;
  const exit = name === "Bash" ? /^(?:Error: )?Exit code (\d+)/.exec(text)?.[1] : undefined;
  return (
    <section className="flex min-w-0 flex-col gap-2">
      <h3 className="text-xs font-medium text-muted-foreground">
        {result.is_error ? "Error" : "Result"}
        {exit && <span className="ml-2 rounded bg-destructive/10 px-1.5 py-0.5 text-destructive">exit code {exit}</span>}
      </h3>
      {images.map((source, index) => (
        // The workspace's own image, as Claude Code saw it: nothing to optimise on the way.
        // eslint-disable-next-line @next/next/no-img-element
        <img key={index} src={source} alt="What the tool gave back" className="max-h-96 max-w-full self-start rounded-lg border" />
      ))}
      {(text !== "" || images.length === 0) && <Code isError={result.is_error}>{name.startsWith("mcp__") ? readable(text) : text}</Code>}
    </section>
  );
}

/** What a model found on the page; of the page itself: `{"bytes":1256,"code":200,"codeText":"OK","durationMs":5,"url":"https://…"}`. */
function FetchedPage({ detail, answer }: { detail: Record<string, unknown>; answer: string }) {
  const facts = [[detail.code, detail.codeText].filter(Boolean).join(" "), typeof detail.bytes === "number" ? formatBytes(detail.bytes) : ""];
  return (
    <section className="flex min-w-0 flex-col gap-2" data-testid="fetched-page">
      <h3 className="text-xs font-medium text-muted-foreground">{facts.filter(Boolean).join(" · ") || "Result"}</h3>
      <Markdown text={answer} isStreaming={false} />
    </section>
  );
}

/** JSON as people read it; anything else as it is. MCP servers often answer with JSON on one line. */
export function readable(text: string): string {
  if (!/^\s*[[{]/.test(text)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** A result is a string or blocks, as the model sees it. */
export function partsOf(content: unknown): { text: string; images: string[] } {
  if (typeof content === "string") return { text: content, images: [] };
  if (!Array.isArray(content)) return { text: JSON.stringify(content, null, 2), images: [] };
  const images = content.flatMap((block) => {
    const source = inputOf(inputOf(block).source);
    // Only what a browser shows as an image, and nothing that could run.
    return inputOf(block).type === "image" && /^image\/(png|jpeg|gif|webp)$/.test(String(source.media_type)) ? [`data:${source.media_type};base64,${source.data}`] : [];
  });
  const text = content
    .filter((block) => inputOf(block).type !== "image")
    .map((block) => (inputOf(block).type === "text" ? String(inputOf(block).text ?? "") : `[${inputOf(block).type}]`))
    .join("\n");
  return { text, images };
}
