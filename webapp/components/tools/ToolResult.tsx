import { Code } from "./Code";
import { inputOf } from "./describe";
import { Diff, type Hunk } from "./Diff";

interface Result {
  content: unknown;
  is_error: boolean;
  detail?: unknown;
}

/** Calls whose input is what people want to see, and whose result says nothing more. */
const speakForThemselves = new Set(["ExitPlanMode", "AskUserQuestion", "Write", "TodoWrite", "TaskCreate", "TaskUpdate"]);

/** What a tool answered, in the shape that suits it. */
export function ToolResult({ name, result }: { name: string; result: Result }) {
  if (!result.is_error && speakForThemselves.has(name)) return null;
  const hunks = inputOf(result.detail).structuredPatch;
  if (!result.is_error && Array.isArray(hunks) && hunks.length > 0) return <Diff hunks={hunks as Hunk[]} />;
  const { text, images } = partsOf(result.content);
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
      {(text !== "" || images.length === 0) && <Code isError={result.is_error}>{text}</Code>}
    </section>
  );
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
