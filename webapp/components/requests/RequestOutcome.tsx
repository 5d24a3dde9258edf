import type { PeopleRequest } from "@/lib/chat/state";
import { type Suggestion, whatIsAllowed, whereItIsSaved } from "@/lib/suggestions";

/** Who answered what, for those who come later. */
export function RequestOutcome({ request }: { request: PeopleRequest }) {
  const { resolution } = request;
  if (request.is_open) return <p className="text-xs text-warning">Waits for an answer.</p>;
  if (!resolution) return <p className="text-xs text-muted-foreground">Nobody answered before the turn ended.</p>;
  const allowed = resolution.type === "permission_resolved" ? ((resolution.allowed ?? []) as Suggestion[]) : [];
  return (
    <div className="text-xs text-muted-foreground" data-testid="outcome">
      <p>
        {words(resolution.decision, resolution.decided_by)}
        {resolution.type === "permission_resolved" && resolution.updated_input != null && ", with an edited input"}
        {resolution.message && `: ${resolution.message}`}
      </p>
      {allowed.map((suggestion, index) => (
        <p key={index}>
          From then on allowed: <code className="font-mono">{whatIsAllowed(suggestion)}</code> {whereItIsSaved(suggestion)}.
        </p>
      ))}
    </div>
  );
}

function words(decision: string, by: string): string {
  const verb = { allow: "Allowed", deny: "Denied", answered: "Answered", declined: "Not answered", withdrawn: "No longer asked" }[decision] ?? decision;
  if (decision === "withdrawn") return verb;
  return by === "expiry" ? `${verb}, because nobody answered in time` : automatic.has(by) ? `${verb} by a ${by}` : `${verb} by ${by}`;
}

/** What decides when no person does (the CLI's decision_reason_type). */
const automatic = new Set(["rule", "mode", "hook", "classifier", "workingDir"]);
