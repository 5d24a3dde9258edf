import { memo, useMemo } from "react";
import { Button } from "@/components/ui/Button";
import type { Chat } from "@/hooks/useChat";
import { byTurn } from "@/lib/chat/order";
import type { ChatMessage, ChatTurn } from "@/lib/chat/state";
import { ActivityLine } from "./ActivityLine";
import { AssistantMessage } from "./AssistantMessage";
import { Notice } from "./Notice";
import { PendingBubble, UserBubble } from "./UserBubble";
import { TurnEnd } from "./TurnEnd";

/** The conversation: messages in order, and behind each turn how it ended. */
export function MessageList({ chat }: { chat: Chat }) {
  const { turns, pending } = chat;
  const messages = useMemo(() => byTurn(chat.messages), [chat.messages]);
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
            message={message}
            end={isLast && turn?.status === "ended" ? turn : undefined}
            isRunning={turn !== undefined && turn.status !== "ended"}
            isQueued={turn?.status === "queued"}
            onEdit={chat.editQueued}
            onWithdraw={chat.withdrawQueued}
          />
        );
      })}
      {pending.map((message) => (
        <PendingBubble key={message.client_message_id} message={message} onResend={chat.resend} onDiscard={chat.discard} />
      ))}
      <ActivityLine chat={chat} />
    </div>
  );
}

// A message that has not changed is not drawn again, however long the list.
interface RowProps {
  message: ChatMessage;
  end?: ChatTurn;
  isRunning: boolean;
  isQueued: boolean;
  onEdit: Chat["editQueued"];
  onWithdraw: Chat["withdrawQueued"];
}

const Row = memo(function Row({ message, end, isRunning, isQueued, onEdit, onWithdraw }: RowProps) {
  return (
    <div className={isRunning ? undefined : "message"} data-role={message.role} data-testid="message">
      {message.role === "user" ? <UserBubble message={message} isQueued={isQueued} onEdit={onEdit} onWithdraw={onWithdraw} /> : message.role === "notice" ? <Notice message={message} /> : <AssistantMessage message={message} isRunning={isRunning} />}
      {end && <TurnEnd turn={end} />}
    </div>
  );
});

const suggestions = ["Create a file", "Show me some code", "Think about it", "Tell me a long story"];

function Empty({ onSend, isDemo }: { onSend: (content: string) => void; isDemo: boolean }) {
  return (
    <div className="grid place-items-center py-16 text-center">
      <h2 className="text-lg font-medium">What shall Claude Code do?</h2>
      <p className="mt-1 max-w-sm text-sm text-muted-foreground">It reads, writes and runs things in this project's workspace. Everyone who opens the project sees it live.</p>
      {isDemo && (
        <div className="mt-6 flex flex-wrap justify-center gap-2">
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
