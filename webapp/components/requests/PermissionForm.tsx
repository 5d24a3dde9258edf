import { ShieldQuestion } from "lucide-react";
import { useState } from "react";
import { inputOf, wish } from "@/components/tools/describe";
import { ToolInput } from "@/components/tools/ToolInput";
import { Button } from "@/components/ui/Button";
import type { PermissionRequestFrame } from "@/lib/chat/wire";
import { type Suggestion, whatIsAllowed, whereItIsSaved } from "@/lib/suggestions";
import { inWorkspace } from "@/lib/workspace";
import { InputEditor } from "./InputEditor";
import type { OnAnswer } from "./RequestForm";

type Step = "ask" | "always" | "edit" | "deny";

/** May Claude Code use a tool? What it would do, and every answer that can be given. */
export function PermissionForm({ asked, onAnswer }: { asked: PermissionRequestFrame; onAnswer: OnAnswer }) {
  const [step, setStep] = useState<Step>("ask");
  const [message, setMessage] = useState("");
  const suggestions = (asked.suggestions ?? []) as Suggestion[];
  const deny = (interrupt: boolean) => void onAnswer({ decision: "deny", interrupt, ...(message.trim() && { message: message.trim() }) });

  return (
    <div className="flex flex-col gap-3">
      <p className="flex items-center gap-2 font-medium">
        <ShieldQuestion className="size-4 shrink-0 text-warning" aria-hidden />
        Claude Code {wish(asked.tool_name, asked.input)}
      </p>
      {asked.reason && <p className="text-muted-foreground">{asked.reason}</p>}
      {step === "edit" ? (
        <InputEditor input={inputOf(asked.input)} onCancel={() => setStep("ask")} onSave={(updated_input) => void onAnswer({ decision: "allow", updated_input })} />
      ) : (
        <ToolInput name={asked.tool_name} input={asked.input} />
      )}
      {asked.blocked_path && (
        <p className="text-xs text-muted-foreground">
          Asked because of <code className="font-mono break-all">{inWorkspace(asked.blocked_path)}</code>
        </p>
      )}

      {step === "ask" && (
        <div className="grid grid-cols-2 gap-2 sm:flex">
          <Button look="primary" onClick={() => void onAnswer({ decision: "allow" })}>
            Allow once
          </Button>
          {suggestions.length > 0 && <Button onClick={() => setStep("always")}>Allow always…</Button>}
          <Button onClick={() => setStep("edit")}>Edit…</Button>
          <Button look="danger" className="sm:ml-auto" onClick={() => setStep("deny")}>
            Deny…
          </Button>
        </div>
      )}
      {step === "always" && (
        <div className="flex flex-col gap-2">
          <p className="text-muted-foreground">Allow this, and from now on:</p>
          {suggestions.map((suggestion, index) => (
            <button
              key={index}
              type="button"
              onClick={() => void onAnswer({ decision: "allow", suggestions: [index] })}
              className="rounded-lg border border-input px-3 py-2 text-left transition hover:bg-accent disabled:opacity-45"
            >
              <code className="font-mono text-xs font-medium break-all">{whatIsAllowed(suggestion)}</code>
              <span className="block text-xs text-muted-foreground">{whereItIsSaved(suggestion)}</span>
            </button>
          ))}
          <Button look="ghost" className="self-start" onClick={() => setStep("ask")}>
            Back
          </Button>
        </div>
      )}
      {step === "deny" && (
        <div className="flex flex-col gap-2">
          <textarea
            autoFocus
            rows={2}
            value={message}
            onChange={(event) => setMessage(event.target.value)}
            placeholder="What should Claude Code do instead? (optional)"
            aria-label="What should Claude Code do instead?"
            className="resize-none rounded-lg border border-input bg-background px-3 py-2 text-base outline-none focus:border-ring sm:text-sm"
          />
          <div className="flex flex-wrap gap-2">
            <Button look="danger" onClick={() => deny(false)}>
              Deny
            </Button>
            <Button look="danger" onClick={() => deny(true)} title="The turn ends; what you write here is not told to Claude Code">
              Deny and stop
            </Button>
            <Button look="ghost" onClick={() => setStep("ask")}>
              Back
            </Button>
          </div>
        </div>
      )}
    </div>
  );
}
