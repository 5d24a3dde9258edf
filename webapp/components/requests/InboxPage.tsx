"use client";

import { ArrowLeft } from "lucide-react";
import Link from "next/link";
import { useState } from "react";
import { NameButton } from "@/components/people/NameButton";
import { useInbox } from "@/hooks/useInbox";
import { sessionAddress } from "@/hooks/useSessionAddress";
import { useTitle } from "@/hooks/useTitle";
import { api, wordsOf } from "@/lib/api";
import type { PeopleRequest } from "@/lib/chat/state";
import { formatAgo } from "@/lib/format";
import { withName } from "@/lib/name";
import type { InboxItem } from "@/lib/rest";
import { RequestForm } from "./RequestForm";

/** Everything that waits for a person, across projects, to be answered here. */
export function InboxPage({ socketUrl }: { socketUrl: string | null }) {
  const items = useInbox(socketUrl);
  const [error, setError] = useState<string | null>(null);

  useTitle(`${items?.length ? `(${items.length}) ` : ""}Inbox · Claude Code`);

  async function answer(item: InboxItem, body: unknown) {
    try {
      await api(withName(`/projects/${item.request.project_id}/requests/${encodeURIComponent(item.request.id)}/answer`), { method: "POST", body });
      setError(null);
    } catch (problem) {
      setError(wordsOf(problem));
      return false;
    }
    return true;
  }

  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-3xl flex-col gap-6 px-5 py-8">
      <header className="flex items-center gap-2">
        <Link href="/" aria-label="All projects" className="rounded-lg p-2 text-muted-foreground hover:bg-accent hover:text-foreground">
          <ArrowLeft className="size-5" aria-hidden />
        </Link>
        <h1 className="flex-1 text-2xl font-semibold tracking-tight">Inbox</h1>
        <NameButton />
      </header>
      {error && (
        <p role="alert" className="text-sm text-destructive">
          {error}
        </p>
      )}
      {items?.length === 0 && <p className="rounded-xl border border-dashed px-6 py-12 text-center text-muted-foreground">Nothing waits for an answer.</p>}
      <ul className="flex flex-col gap-4">
        {items?.map((item) => (
          <li key={item.request.id} className="rounded-2xl border bg-card p-4" data-testid="inbox-item">
            <p className="mb-3 text-xs text-muted-foreground">
              <Link href={sessionAddress(item.request.project_id, item.request.session_id)} className="font-medium text-foreground underline-offset-4 hover:underline">
                {item.project_name}
              </Link>{" "}
              · {item.session_title || "Untitled"} · {formatAgo(item.request.asked_at)}
            </p>
            <RequestForm request={item.request as PeopleRequest} permissionModes={["default", "acceptEdits"]} onAnswer={(body) => answer(item, body)} />
          </li>
        ))}
      </ul>
    </main>
  );
}
