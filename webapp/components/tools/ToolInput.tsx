import { Markdown } from "@/components/chat/Markdown";
import type { QuestionResolvedFrame } from "@/lib/chat/wire";
import { inWorkspace } from "@/lib/workspace";
import { Code } from "./Code";
import { inputOf, text, type ToolInput as Input } from "./describe";
import { Diff } from "./Diff";

/** What a tool does, or would do, in the shape that suits it. */
export function ToolInput({ name, input, answers }: { name: string; input: unknown; answers?: QuestionResolvedFrame["answers"] }) {
  const fields = inputOf(input);
  switch (name) {
    case "Bash":
      return (
        <>
          {text(fields, "description") && <p className="text-sm text-muted-foreground">{text(fields, "description")}</p>}
          <Code prompt>{text(fields, "command")}</Code>
        </>
      );
    case "Edit":
      return (
        <>
          <Path>{text(fields, "file_path")}</Path>
          <Diff before={text(fields, "old_string")} after={text(fields, "new_string")} numbered={false} />
          {fields.replace_all === true && <p className="text-xs text-muted-foreground">everywhere in the file</p>}
        </>
      );
    case "Write":
      return (
        <>
          <Path>{text(fields, "file_path")}</Path>
          <Diff before="" after={text(fields, "content")} />
        </>
      );
    case "Read":
      return <Path>{`${text(fields, "file_path")}${fields.offset === undefined ? "" : `, from line ${fields.offset}`}${fields.limit === undefined ? "" : `, ${fields.limit} lines`}`}</Path>;
    case "WebFetch":
      return (
        <>
          <Path>{text(fields, "url")}</Path>
          <p className="text-sm">{text(fields, "prompt")}</p>
        </>
      );
    case "WebSearch":
      return <p className="text-sm">{text(fields, "query")}</p>;
    case "Glob":
    case "Grep":
      return (
        <>
          <Code>{text(fields, "pattern")}</Code>
          <Path>{[text(fields, "path") || "in the workspace", text(fields, "glob")].filter(Boolean).join(" · ")}</Path>
        </>
      );
    case "NotebookEdit":
      return (
        <>
          <Path>{`${text(fields, "notebook_path")}${text(fields, "cell_id") && `, cell ${text(fields, "cell_id")}`}${fields.edit_mode === undefined ? "" : `, ${text(fields, "edit_mode")}`}`}</Path>
          <Diff before="" after={text(fields, "new_source")} />
        </>
      );
    case "Task":
    case "Agent":
      return (
        <>
          <p className="text-sm font-medium">{text(fields, "description")}</p>
          <Code>{text(fields, "prompt")}</Code>
        </>
      );
    case "ExitPlanMode":
      return <Markdown text={text(fields, "plan")} isStreaming={false} />;
    case "AskUserQuestion":
      return <Questions fields={fields} answers={answers} />;
    default:
      return <Fields fields={fields} input={input} />;
  }
}

const Path = ({ children }: { children: string }) => <p className="font-mono text-xs break-all text-muted-foreground">{inWorkspace(children)}</p>;

function Questions({ fields, answers }: { fields: Input; answers: QuestionResolvedFrame["answers"] }) {
  const questions = (Array.isArray(fields.questions) ? fields.questions : []) as { question?: string }[];
  return (
    <dl className="flex flex-col gap-2 text-sm">
      {questions.map((question, index) => (
        <div key={index}>
          <dt className="text-muted-foreground">{question.question}</dt>
          <dd className="font-medium">{answers?.[question.question ?? ""] ?? "–"}</dd>
        </div>
      ))}
    </dl>
  );
}

function Fields({ fields, input }: { fields: Input; input: unknown }) {
  if (Object.keys(fields).length === 0) return typeof input === "object" ? null : <Code>{String(input)}</Code>;
  return (
    <dl className="flex flex-col gap-2">
      {Object.entries(fields).map(([name, value]) => (
        <div key={name}>
          <dt className="font-mono text-xs text-muted-foreground">{name}</dt>
          <dd>
            <Code>{typeof value === "string" ? value : JSON.stringify(value, null, 2)}</Code>
          </dd>
        </div>
      ))}
    </dl>
  );
}
