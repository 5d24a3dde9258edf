"use client";

import { ArrowDown, ArrowLeft, PanelLeft, SquarePen, Users } from "lucide-react";
import Link from "next/link";
import { useEffect, useState } from "react";
import { Button } from "@/components/ui/Button";
import { type Chat, useChat } from "@/hooks/useChat";
import { useStickToBottom } from "@/hooks/useStickToBottom";
import { api } from "@/lib/api";
import { formatCost, formatTokens } from "@/lib/format";
import { Composer } from "./Composer";
import { ConnectionBadge } from "./ConnectionBadge";
import { MessageList } from "./MessageList";
import { SessionList } from "./SessionList";

/** A project's chat: sessions beside the conversation, and the box to write in. */
export function ChatPage({ projectId, socketUrl }: { projectId: string; socketUrl: string | null }) {
  const [sessionId, setSessionId] = useState<string | null>(null);
  const [showSessions, setShowSessions] = useState(false);
  const chat = useChat(projectId, { sessionId, socketUrl });
  const { listRef, atBottom, toBottom } = useStickToBottom();

  useEffect(() => {
    if (chat.projectName) document.title = `${chat.isStreaming ? "● " : ""}${chat.projectName} · Claude Code`;
  }, [chat.projectName, chat.isStreaming]);

  useEffect(() => {
    const stop = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || !chat.isStreaming) return;
      event.preventDefault();
      chat.interrupt();
    };
    window.addEventListener("keydown", stop);
    return () => window.removeEventListener("keydown", stop);
  }, [chat.isStreaming, chat.interrupt]);

  async function newSession() {
    const session = await api<{ id: string }>(`/projects/${projectId}/sessions`, { method: "POST" });
    setSessionId(session.id);
    setShowSessions(false);
  }

  if (chat.connection === "gone") return <Gone reason={chat.error} />;

  return (
    <div className="flex h-dvh">
      <SessionList
        sessions={chat.sessions}
        selected={chat.sessionId}
        open={showSessions}
        onClose={() => setShowSessions(false)}
        onNew={newSession}
        onSelect={(id) => {
          setSessionId(id);
          setShowSessions(false);
        }}
      />
      <div className="flex min-w-0 flex-1 flex-col">
        <Header chat={chat} onSessions={() => setShowSessions(true)} onNew={newSession} />
        {chat.model === "demo" && (
          <p className="border-b bg-accent/60 px-4 py-1.5 text-center text-xs text-muted-foreground">
            A <strong className="font-medium text-foreground">demo model</strong> answers from scripts. Start with <code className="font-mono">ANTHROPIC_API_KEY</code> to talk to Claude.
          </p>
        )}
        <div ref={listRef} className="relative min-h-0 flex-1 overflow-y-auto overscroll-contain" data-testid="conversation">
          <div className="mx-auto w-full max-w-3xl px-4 py-6 sm:px-6">
            <MessageList chat={chat} />
          </div>
        </div>
        <div className="relative">
          {!atBottom && (
            <Button className="absolute -top-12 left-1/2 size-9 -translate-x-1/2 rounded-full p-0 shadow-md" aria-label="To the newest" onClick={toBottom}>
              <ArrowDown className="size-4" aria-hidden />
            </Button>
          )}
          {chat.error && (
            <p role="alert" className="mx-auto max-w-3xl px-6 pb-2 text-sm text-destructive">
              {chat.error}
            </p>
          )}
          <Composer
            draftKey={projectId}
            sessionId={chat.sessionId}
            isStreaming={chat.isStreaming}
            onSend={(content) => {
              chat.send(content);
              toBottom();
            }}
            onStop={chat.interrupt}
          />
        </div>
      </div>
    </div>
  );
}

function Header({ chat, onSessions, onNew }: { chat: Chat; onSessions: () => void; onNew: () => void }) {
  const tokens = chat.usage.input_tokens + chat.usage.cache_read_input_tokens + chat.usage.cache_creation_input_tokens;
  return (
    <header className="flex h-14 items-center gap-2 border-b px-2 sm:px-4">
      <Button look="ghost" className="px-2 md:hidden" aria-label="Sessions" onClick={onSessions}>
        <PanelLeft className="size-5" aria-hidden />
      </Button>
      <Link href="/" aria-label="All projects" className="rounded-lg p-2 text-muted-foreground hover:bg-accent hover:text-foreground">
        <ArrowLeft className="size-5" aria-hidden />
      </Link>
      <h1 className="min-w-0 flex-1 truncate font-medium">{chat.projectName ?? " "}</h1>
      <span className="flex items-center gap-3 text-xs tabular-nums text-muted-foreground">
        <span title={`${tokens} tokens read, ${chat.usage.output_tokens} written in this session`} data-testid="usage" className="hidden sm:inline">
          {formatTokens(tokens)} in · {formatTokens(chat.usage.output_tokens)} out
        </span>
        <span title="Cost of this session" data-testid="cost">
          {formatCost(chat.cost)}
        </span>
        {chat.viewers > 1 && (
          <span title={`${chat.viewers} people look at this project`} className="flex items-center gap-1">
            <Users className="size-3.5" aria-hidden /> {chat.viewers}
          </span>
        )}
      </span>
      <ConnectionBadge state={chat.connection} />
      <Button look="ghost" className="px-2" aria-label="New session" title="New session" onClick={onNew}>
        <SquarePen className="size-5" aria-hidden />
      </Button>
    </header>
  );
}

function Gone({ reason }: { reason: string | null }) {
  return (
    <main className="grid h-dvh place-items-center p-6 text-center">
      <div className="max-w-sm">
        <h1 className="text-xl font-semibold">This project is not here</h1>
        <p className="mt-2 text-muted-foreground">{reason}</p>
        <Link href="/" className="mt-6 inline-block text-primary underline underline-offset-4">
          To the projects
        </Link>
      </div>
    </main>
  );
}
