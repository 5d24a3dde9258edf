import { useEffect, useState } from "react";
import type { Answer } from "@/lib/chat/store";
import type { PeopleRequest } from "@/lib/chat/state";
import { PermissionForm } from "./PermissionForm";
import { PlanForm } from "./PlanForm";
import { QuestionForm } from "./QuestionForm";

/** Takes an answer and says whether it reached the server. */
export type OnAnswer = (answer: Answer) => Promise<boolean>;

/** How long an answer may be on its way before it can be given again. */
const PATIENCE_MS = 8_000;

/** The form that suits what is asked. It stays until the resolution comes, whoever's that is. */
export function RequestForm({ request, permissionModes, onAnswer }: { request: PeopleRequest; permissionModes: string[]; onAnswer: OnAnswer }) {
  const [sending, setSending] = useState(false);
  useEffect(() => {
    if (!sending) return;
    const timer = setTimeout(() => setSending(false), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [sending]);

  async function send(answer: Answer) {
    setSending(true);
    const sent = await onAnswer(answer);
    if (!sent) setSending(false);
    return sent;
  }

  const asked = request.request;
  if (!asked) return null;
  return (
    // Elsewhere Escape stops the running turn; here it is pressed by people who write.
    <fieldset disabled={sending} className="min-w-0 text-sm" onKeyDown={(event) => event.key === "Escape" && event.stopPropagation()}>
      {asked.type === "question_request" ? (
        <QuestionForm asked={asked} onAnswer={send} />
      ) : asked.tool_name === "ExitPlanMode" ? (
        <PlanForm asked={asked} permissionModes={permissionModes} onAnswer={send} />
      ) : (
        <PermissionForm asked={asked} onAnswer={send} />
      )}
      <Expiry at={asked.expires_at} />
    </fieldset>
  );
}

/** Said only when it is near: a day ahead it would be noise. */
function Expiry({ at }: { at: number }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 15_000);
    return () => clearInterval(timer);
  }, []);
  const minutes = Math.ceil((at - now) / 60_000);
  if (minutes > 60) return null;
  return <p className="mt-2 text-xs text-warning">Denied by itself {minutes > 1 ? `in ${minutes} minutes` : "in less than a minute"}.</p>;
}
