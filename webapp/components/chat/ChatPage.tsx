"use client";

import { ArrowDown, ArrowLeft, GitFork, PanelLeft, Settings, SquarePen, Users } from "lucide-react";
import Link from "next/link";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { NameButton } from "@/components/people/NameButton";
import { InboxLink } from "@/components/requests/InboxLink";
import { RequestDock } from "@/components/requests/RequestDock";
import { SettingsDialog } from "@/components/settings/SettingsDialog";
import { Button } from "@/components/ui/Button";
import { type Chat, useChat } from "@/hooks/useChat";
import { useCapabilities } from "@/hooks/useCapabilities";
import { useInbox } from "@/hooks/useInbox";
import { useDoneNotice } from "@/hooks/useNotices";
import { useSessionAddress, useShownInAddress } from "@/hooks/useSessionAddress";
import { useTitle } from "@/hooks/useTitle";
import { useStickToBottom } from "@/hooks/useStickToBottom";
import { keepDraft } from "@/hooks/useDraft";
import { api, ApiError } from "@/lib/api";
import { contextFill } from "@/lib/chat/context";
import type { ChatMessage } from "@/lib/chat/state";
import { formatCost, formatTokens } from "@/lib/format";
import type { NewSessionRequest, SessionResponse } from "@/lib/rest";
import { BackgroundTasks } from "./BackgroundTasks";
import { Composer } from "./Composer";
import { ConnectionBadge } from "./ConnectionBadge";
import { MessageList } from "./MessageList";
import { RewindDialog } from "./RewindDialog";
import { SessionList } from "./SessionList";
import { TerminalSessions } from "./TerminalSessions";
import { TodoList } from "./TodoList";

/** A project's chat: sessions beside the conversation, and the box to write in. */
export function ChatPage({ projectId, namedSession, socketUrl }: { projectId: string; namedSession: string | null; socketUrl: string | null }) {
  const [sessionId, setSessionId] = useSessionAddress(projectId, namedSession);
  const [showSessions, setShowSessions] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const [showTerminal, setShowTerminal] = useState(false);
  const [showSettings, setShowSettings] = useState(false);
  const [rewinding, setRewinding] = useState<{ before_turn: string; text: string } | null>(null);
  const chat = useChat(projectId, { sessionId, socketUrl });
  useShownInAddress(projectId, chat.sessionId);
  useDoneNotice(chat);
  const { listRef, atBottom, toBottom } = useStickToBottom();
  const inbox = useInbox(socketUrl);
  const waiting = inbox?.length ?? 0;
  const waitingSessions = useMemo(() => new Set(inbox?.map((item) => item.request.session_id)), [inbox]);
  const capabilities = useCapabilities(projectId, chat.sessionId);
  const fill = useMemo(() => contextFill(chat.messages, chat.turns), [chat.messages, chat.turns]);
  const written = useMemo(() => writtenIn(chat.messages), [chat.messages]);

  useTitle(chat.projectName && `${waiting ? `(${waiting}) ` : ""}${chat.isStreaming ? "● " : ""}${chat.projectName} · Claude Code`);

  useEffect(() => {
    const stop = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || !chat.isStreaming) return;
      event.preventDefault();
      chat.interrupt();
    };
    window.addEventListener("keydown", stop);
    return () => window.removeEventListener("keydown", stop);
  }, [chat.isStreaming, chat.interrupt]);

  async function openSession(how: Partial<NewSessionRequest> = {}, draft?: string) {
    try {
      const session = await api<SessionResponse>(`/projects/${projectId}/sessions`, { method: "POST", body: how });
      if (draft) keepDraft(projectId, session.id, draft);
      setSessionId(session.id);
      setShowSessions(false);
      setError(null);
    } catch (problem) {
      setError(problem instanceof ApiError ? problem.message : "No session could be opened. Try again.");
    }
  }

  const fork = chat.messages.length > 0 ? () => void openSession({ fork_of: chat.sessionId }) : null;
  const origin = useRef(chat.sessionId);
  origin.current = chat.sessionId;
  // The same function from draw to draw: messages that have not changed are not drawn again.
  const rewind = useCallback((before_turn: string, text: string) => setRewinding({ before_turn, text }), []);

  const openSettings = useCallback(() => setShowSettings(true), []);

  if (chat.connection === "gone") return <Gone reason={chat.error} />;

  return (
    <div className="flex h-dvh">
      <SessionList
        sessions={chat.sessions}
        waiting={waitingSessions}
        selected={chat.sessionId}
        open={showSessions}
        onClose={() => setShowSessions(false)}
        onNew={() => void openSession()}
        onFork={fork}
        onRename={chat.renameSession}
        onTerminal={() => setShowTerminal(true)}
        onSelect={(id) => {
          setSessionId(id);
          setShowSessions(false);
        }}
      />
      <div className="flex min-w-0 flex-1 flex-col">
        <Header chat={chat} waiting={waiting} onSessions={() => setShowSessions(true)} onNew={() => void openSession()} onFork={fork} onSettings={() => setShowSettings(true)} />
        {chat.model === "demo" && (
          <p className="border-b bg-accent/60 px-4 py-1.5 text-center text-xs text-muted-foreground">
            A <strong className="font-medium text-foreground">demo model</strong> answers from scripts. Start with <code className="font-mono">ANTHROPIC_API_KEY</code> to talk to Claude.
          </p>
        )}
        <div ref={listRef} className="relative min-h-0 flex-1 overflow-y-auto overscroll-contain" data-testid="conversation">
          <div className="mx-auto w-full max-w-3xl px-4 py-6 sm:px-6">
            <MessageList chat={chat} onRewind={rewind} onSettings={openSettings} />
          </div>
        </div>
        <div className="relative">
          {!atBottom && (
            <Button className="absolute -top-12 left-1/2 size-9 -translate-x-1/2 rounded-full p-0 shadow-md" aria-label="To the newest" onClick={toBottom}>
              <ArrowDown className="size-4" aria-hidden />
            </Button>
          )}
          {(chat.error ?? error) && (
            <p role="alert" className="mx-auto max-w-3xl px-6 pb-2 text-sm text-destructive">
              {chat.error ?? error}
            </p>
          )}
          <BackgroundTasks messages={chat.messages} onStop={chat.stopTask} />
          <TodoList messages={chat.messages} isRunning={chat.isStreaming} />
          <RequestDock chat={chat} />
          {showTerminal && (
            <TerminalSessions
              projectId={projectId}
              onClose={() => setShowTerminal(false)}
              onImported={(id) => {
                setSessionId(id);
                setShowTerminal(false);
              }}
            />
          )}
          {showSettings && <SettingsDialog projectId={projectId} sessionId={chat.sessionId} capabilities={capabilities} permissionModes={chat.permissionModes} model={chat.sessionModel} onClose={() => setShowSettings(false)} />}
          {rewinding && (
            <RewindDialog
              projectId={projectId}
              beforeTurn={rewinding.before_turn}
              onClose={() => setRewinding(null)}
              onRewind={async () => {
                await openSession({ fork_of: origin.current, before_turn: rewinding.before_turn }, rewinding.text);
                setRewinding(null);
              }}
            />
          )}
          <Composer
            permissionMode={chat.permissionMode}
            permissionModes={chat.permissionModes}
            onPermissionMode={(permission_mode) => void chat.changeSession({ permission_mode })}
            model={chat.sessionModel}
            onModel={(model) => void chat.changeSession({ model })}
            capabilities={capabilities}
            contextFill={fill}
            history={written}
            projectId={projectId}
            sessionId={chat.sessionId}
            isStreaming={chat.isStreaming}
            onWrite={chat.prepare}
            onSend={(content, options) => {
              chat.send(content, options);
              toBottom();
            }}
            onStop={chat.interrupt}
          />
        </div>
      </div>
    </div>
  );
}

function Header({ chat, waiting, onSessions, onNew, onFork, onSettings }: { chat: Chat; waiting: number; onSessions: () => void; onNew: () => void; onFork: (() => void) | null; onSettings: () => void }) {
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
      <InboxLink count={waiting} />
      <span className="max-sm:hidden">
        <NameButton />
      </span>
      {onFork && (
        <Button look="ghost" className="px-2 max-sm:hidden" aria-label="Fork this session" title="Fork this session: go on in another way, and keep this one" onClick={onFork}>
          <GitFork className="size-5" aria-hidden />
        </Button>
      )}
      <Button look="ghost" className="px-2" aria-label="Settings" title="Settings: effort, budgets, tools, MCP servers" onClick={onSettings}>
        <Settings className="size-5" aria-hidden />
      </Button>
      <Button look="ghost" className="px-2 max-sm:hidden" aria-label="New session" title="New session" onClick={onNew}>
        <SquarePen className="size-5" aria-hidden />
      </Button>
    </header>
  );
}

/** What people wrote in a session, in order, without repetitions in a row. */
const writtenIn = (messages: ChatMessage[]): string[] =>
  messages
    .flatMap(({ role, content: [block] }) => (role === "user" && block?.type === "text" ? [block.text] : []))
    .filter((text, index, all) => text !== all[index - 1]);

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
