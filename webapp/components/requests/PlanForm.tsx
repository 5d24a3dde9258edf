import { ListChecks } from "lucide-react";
import { useState } from "react";
import { Markdown } from "@/components/chat/Markdown";
import { inputOf, text } from "@/components/tools/describe";
import { Button } from "@/components/ui/Button";
import type { PermissionRequestFrame } from "@/lib/chat/wire";
import type { OnAnswer } from "./RequestForm";

/** A plan to approve, or to send back with comments. */
export function PlanForm({ asked, permissionModes, onAnswer }: { asked: PermissionRequestFrame; permissionModes: string[]; onAnswer: OnAnswer }) {
  const [comments, setComments] = useState("");
  const approve = (permission_mode: string) => void onAnswer({ decision: "allow", permission_mode });
  return (
    <div className="flex flex-col gap-3" data-testid="plan">
      <p className="flex items-center gap-2 font-medium">
        <ListChecks className="size-4 shrink-0 text-warning" aria-hidden />
        Claude Code has a plan
      </p>
      <div className="rounded-lg border bg-background px-4 py-3">
        <Markdown text={text(inputOf(asked.input), "plan")} isStreaming={false} />
      </div>
      <div className="sticky -bottom-4 -mx-4 -mb-4 flex flex-col gap-3 border-t bg-card px-4 py-3">
        <textarea
          rows={2}
          value={comments}
          onChange={(event) => setComments(event.target.value)}
          placeholder="Comments, to send it back"
          aria-label="Comments on the plan"
          className="resize-none rounded-lg border border-input bg-background px-3 py-2 text-base outline-none focus:border-ring sm:text-sm"
        />
        <div className="flex flex-wrap gap-2">
          {comments.trim() === "" ? (
            <>
              {permissionModes.includes("acceptEdits") && (
                <Button look="primary" onClick={() => approve("acceptEdits")}>
                  Approve, accept edits
                </Button>
              )}
              <Button onClick={() => approve("default")}>Approve, ask for each edit</Button>
              <Button look="danger" className="sm:ml-auto" onClick={() => void onAnswer({ decision: "deny" })}>
                Not yet
              </Button>
            </>
          ) : (
            <Button look="primary" onClick={() => void onAnswer({ decision: "deny", message: comments.trim() })}>
              Send back with comments
            </Button>
          )}
        </div>
      </div>
    </div>
  );
}
