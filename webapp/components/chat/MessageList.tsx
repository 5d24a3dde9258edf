import { memo, useCallback, useEffect, useMemo, useRef } from "react";
import { Button } from "@/components/ui/Button";
import type { ToolContext } from "@/components/tools/ToolCard";
import type { Chat } from "@/hooks/useChat";
import { byTurn } from "@/lib/chat/order";
import type { ChatMessage, ChatTurn, PeopleRequest } from "@/lib/chat/state";
import { ActivityLine } from "./ActivityLine";
import { AssistantMessage } from "./AssistantMessage";
import { Notice } from "./Notice";
import { PendingBubble, UserBubble, type UserBubbleActions } from "./UserBubble";
import { TurnEnd } from "./TurnEnd";
import type { MessagesOf } from "./UsageDetails";

/** The conversation: messages in order, and behind each turn how it ended. */
export function MessageList({ chat, onRewind, onSettings }: { chat: Chat; onRewind: UserBubbleActions["onRewind"]; onSettings: () => void }) {
  const { turns, pending } = chat;
  const runs = Object.values(turns).some((turn) => turn.status === "running");
  const messages = useMemo(() => byTurn(chat.messages.filter((message) => !message.parent_tool_use_id)), [chat.messages]);
  const context = useMemo(() => ({ requests: byToolUse(chat.requests), subagents: bySubagent(chat.messages) }), [chat.requests, chat.messages]);
  const last = messages.findLast((message) => message.role === "user" && turns[message.turn_id]?.reason !== "withdrawn");
  const again = useCallback(() => last && resend(chat.send, last), [chat.send, last]);
  const hasBegun = messages.some((message) => message.turn_id === last?.turn_id && message.role === "assistant");
  const goOn = useCallback(() => chat.send("Go on from where you stopped."), [chat.send]);
  // By a function that stays the same: the rows are not drawn again for each token.
  const loaded = useRef(chat);
  useEffect(() => {
    loaded.current = chat;
  }, [chat]);
  const messagesOf = useCallback<MessagesOf>((turnId) => {
    const { messages: all, hasMore } = loaded.current;
    if (hasMore && all[0]?.turn_id === turnId) return null;
    return all.filter((message) => message.turn_id === turnId && message.role === "assistant" && !message.parent_tool_use_id);
  }, []);
  if (chat.isLoaded && messages.length === 0 && pending.length === 0) return <Empty onSend={chat.send} isDemo={chat.model === "demo"} />;

  return (
    <div className="flex flex-col gap-5">
      {chat.hasMore && (
        <Button look="ghost" className="self-center" onClick={() => void chat.loadMore()}>
          Earlier messages
        </Button>
      )}
      {messages.map((message, index) => {
        const turn = turns[message.turn_id];
        const isLast = messages.findLastIndex((other) => other.turn_id === message.turn_id) === index;
        if (turn?.reason === "withdrawn") return null;
        return (
          <Row
            key={message.id}
            projectId={chat.projectId}
            message={message}
            end={isLast && turn?.status === "ended" ? turn : undefined}
            again={index === messages.length - 1 && turn?.is_error && !hasBegun ? again : undefined}
            goOn={index === messages.length - 1 && turn?.is_error && hasBegun ? goOn : undefined}
            messagesOf={messagesOf}
            onSettings={onSettings}
            isRunning={turn !== undefined && turn.status !== "ended"}
            waits={turn?.status === "queued" || turn?.status === "told" ? turn.status : undefined}
            canSteer={turn?.status === "queued" && runs}
            sentBy={message.role === "user" ? (turns[message.id]?.sent_by ?? undefined) : undefined}
            context={concerns(context, message) ? context : none}
            onSend={chat.send}
            onEdit={chat.editQueued}
            onWithdraw={chat.withdrawQueued}
            onSteer={chat.steerQueued}
            onRewind={onRewind}
          />
        );
      })}
      {pending.map((message) => (
        <PendingBubble key={message.client_message_id} projectId={chat.projectId} message={message} onResend={chat.resend} onDiscard={chat.discard} />
      ))}
      <ActivityLine chat={chat} />
    </div>
  );
}

function resend(send: Chat["send"], message: ChatMessage) {
  const text = message.content.find((block) => block?.type === "text");
  send(text?.type === "text" ? text.text : "", { attachments: message.content.flatMap((block) => (block?.type === "attachment" ? [block] : [])).map(({ path, name, media_type, size }) => ({ path, name, media_type, size })) });
}

const none: ToolContext = { requests: new Map(), subagents: new Map() };

const byToolUse = (requests: Record<string, PeopleRequest>) =>
  new Map(Object.values(requests).flatMap((request) => (request.tool_use_id ? [[request.tool_use_id, request] as const] : [])));

function bySubagent(messages: ChatMessage[]): Map<string, ChatMessage[]> {
  const subagents = new Map<string, ChatMessage[]>();
  for (const message of messages)
    if (message.parent_tool_use_id) subagents.set(message.parent_tool_use_id, [...(subagents.get(message.parent_tool_use_id) ?? []), message]);
  return subagents;
}

/** Only messages with such calls are drawn again when something of it changes. */
const concerns = ({ requests, subagents }: ToolContext, message: ChatMessage) =>
  message.content.some((block) => block?.type === "tool_use" && (requests.has(block.tool_use_id) || subagents.has(block.tool_use_id)));

// A message that has not changed is not drawn again, however long the list.
interface RowProps extends UserBubbleActions {
  projectId: string;
  message: ChatMessage;
  end?: ChatTurn;
  /** Sends the newest message again. */
  again?: () => void;
  /** Lets Claude Code go on where it stopped. */
  goOn?: () => void;
  messagesOf: MessagesOf;
  onSettings: () => void;
  isRunning: boolean;
  /** Its turn has not begun: it can be changed still, or goes into the one that runs. */
  waits?: "queued" | "told";
  canSteer: boolean;
  sentBy?: string;
  context: ToolContext;
}

const Row = memo(function Row({ projectId, message, end, again, goOn, messagesOf, onSettings, isRunning, waits, canSteer, sentBy, context, onSend, onEdit, onWithdraw, onSteer, onRewind }: RowProps) {
  return (
    <div className={isRunning ? undefined : "message"} data-role={message.role} data-testid="message">
      {message.role === "user" ? <UserBubble projectId={projectId} message={message} sentBy={sentBy} waits={waits} canSteer={canSteer} isRunning={isRunning} onSend={onSend} onEdit={onEdit} onWithdraw={onWithdraw} onSteer={onSteer} onRewind={onRewind} /> : message.role === "notice" ? <Notice message={message} /> : <AssistantMessage message={message} isRunning={isRunning} context={context} />}
      {end && <TurnEnd turn={end} onAgain={again} onGoOn={goOn} onSettings={onSettings} messagesOf={messagesOf} />}
    </div>
  );
});

const suggestions = ["Create a file", "Run a command", "Make a plan", "Ask me a question", "Show me some code", "Tell me a long story"];

function Empty({ onSend, isDemo }: { onSend: (content: string) => void; isDemo: boolean }) {
  return (
    <div className="grid place-items-center py-16 text-center">
      <h2 className="text-lg font-medium">What shall Claude Code do?</h2>
      <p className="mt-1 max-w-sm text-sm text-muted-foreground">It reads, writes and runs things in this project's workspace. Everyone who opens the project sees it live.</p>
      {isDemo && (
        <div className="mt-6 flex max-w-md flex-wrap justify-center gap-2">
          {suggestions.map((suggestion) => (
            <Button key={suggestion} onClick={() => onSend(suggestion)}>
              {suggestion}
            </Button>
          ))}
        </div>
      )}
    </div>
  );
}
