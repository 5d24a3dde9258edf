import { MessageCircleQuestion } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/Button";
import type { Question, QuestionRequestFrame } from "@/lib/chat/wire";
import type { OnAnswer } from "./RequestForm";

interface Choice {
  labels: string[];
  other: string;
}

/** Several choices are one answer: joined as the CLI reads them. */
const answerOf = (choice: Choice | undefined): string => [...(choice?.labels ?? []), ...(choice?.other.trim() ? [choice.other.trim()] : [])].join(", ");

/** Claude Code's questions: one or several choices each, or words of one's own. */
export function QuestionForm({ asked, onAnswer }: { asked: QuestionRequestFrame; onAnswer: OnAnswer }) {
  const [choices, setChoices] = useState<Record<string, Choice>>({});
  const complete = asked.questions.every((question) => answerOf(choices[question.text]) !== "");
  return (
    <form
      className="flex flex-col gap-5"
      onSubmit={(event) => {
        event.preventDefault();
        void onAnswer({ answers: Object.fromEntries(asked.questions.map((question) => [question.text, answerOf(choices[question.text])])) });
      }}
    >
      {asked.questions.map((question) => (
        <QuestionField key={question.text} question={question} choice={choices[question.text] ?? { labels: [], other: "" }} onChange={(choice) => setChoices({ ...choices, [question.text]: choice })} />
      ))}
      <div className="sticky -bottom-4 -mx-4 -mb-4 flex flex-wrap gap-2 border-t bg-card px-4 py-3">
        <Button look="primary" type="submit" disabled={!complete}>
          Answer
        </Button>
        <Button look="ghost" onClick={() => void onAnswer({ decision: "deny" })}>
          Don't answer
        </Button>
      </div>
    </form>
  );
}

function QuestionField({ question, choice, onChange }: { question: Question; choice: Choice; onChange: (choice: Choice) => void }) {
  const toggle = (label: string) => {
    if (!question.multi_select) return onChange({ labels: [label], other: "" });
    const labels = choice.labels.includes(label) ? choice.labels.filter((other) => other !== label) : [...choice.labels, label];
    // In the order in which they are offered, not in which they were clicked.
    onChange({ ...choice, labels: question.options.map((option) => option.label).filter((offered) => labels.includes(offered)) });
  };
  return (
    <fieldset className="flex min-w-0 flex-col gap-2">
      <legend className="mb-2 flex items-center gap-2 font-medium">
        <MessageCircleQuestion className="size-4 shrink-0 text-warning" aria-hidden />
        {question.text}
        {question.header && <span className="rounded bg-muted px-1.5 py-0.5 text-xs font-normal text-muted-foreground">{question.header}</span>}
      </legend>
      {question.options.map((option) => (
        <label key={option.label} className="flex cursor-pointer gap-3 rounded-lg border border-input px-3 py-2 transition hover:bg-accent has-checked:border-primary has-checked:bg-primary/5">
          <input type={question.multi_select ? "checkbox" : "radio"} name={question.text} checked={choice.labels.includes(option.label)} onChange={() => toggle(option.label)} className="mt-1 accent-primary" />
          <span>
            {option.label}
            {option.description && <span className="block text-xs text-muted-foreground">{option.description}</span>}
          </span>
        </label>
      ))}
      <input
        value={choice.other}
        onChange={(event) => onChange({ labels: question.multi_select ? choice.labels : [], other: event.target.value })}
        placeholder="Something else"
        aria-label={`Something else: ${question.text}`}
        className="rounded-lg border border-input bg-background px-3 py-2 text-base outline-none focus:border-ring sm:text-sm"
      />
    </fieldset>
  );
}
