import { useState } from "react";
import type { ChatMessage, ChatTurn } from "@/lib/chat/state";
import type { UsageSummary } from "@/lib/chat/wire";
import { formatCost, formatDuration, formatTokens, tokens } from "@/lib/format";

interface Props {
  turn: ChatTurn;
  usage: UsageSummary;
  messagesOf: MessagesOf;
}

/** The messages of a turn that the model wrote in the main thread; null where not all of them are loaded. */
export type MessagesOf = (turnId: string) => ChatMessage[] | null;

/** What a turn cost in one line; opened: each message's tokens, what subagents and tools used, and each model's price. */
export function UsageDetails({ turn, usage, messagesOf }: Props) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <details className="mt-1 text-xs text-muted-foreground tabular-nums" data-testid="turn-usage" onToggle={(event) => setIsOpen(event.currentTarget.open)}>
      <summary className="w-fit list-none rounded select-none hover:text-foreground" title="Tokens by message, cost by model">
        {formatCost(turn.cost_usd)} · {tokens(usage.output_tokens)}
        {turn.duration_ms ? ` · ${formatDuration(turn.duration_ms)}` : ""}
      </summary>
      {isOpen && <Tables usage={usage} messages={messagesOf(turn.id)} />}
    </details>
  );
}

function Tables({ usage, messages }: { usage: UsageSummary; messages: ChatMessage[] | null }) {
  const counted = messages?.flatMap((message) => message.usage ?? []);
  const rest = counted && restOf(usage, counted);
  return (
    <div className="mt-2 w-fit max-w-full overflow-x-auto rounded-lg border bg-card px-3 py-2">
      <table className="text-right [&_td]:py-0.5 [&_td]:pl-2.5 sm:[&_td]:pl-5 [&_th]:py-0.5 [&_th]:pl-2.5 [&_th]:font-medium sm:[&_th]:pl-5 [&_tr>:first-child]:pl-0 [&_tr>:first-child]:text-left">
        <thead>
          <tr>
            <th>Tokens</th>
            <th>in</th>
            <th>from cache</th>
            <th>to cache</th>
            <th>out</th>
            <th>cost</th>
          </tr>
        </thead>
        <tbody>
          {counted?.map((used, index) => <Row key={index} name={`Message ${index + 1}`} usage={used} />)}
          {rest && <Row name="Subagents, tools" usage={rest} />}
        </tbody>
        <tbody className="border-t text-foreground">
          {Object.entries(usage.models).map(([model, used]) => (
            <Row key={model} name={model} usage={used} cost={used.cost_usd} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What Claude Code counted beyond the messages of the main thread; null for nothing. */
export function restOf(usage: Counted, messages: Counted[]): Counted | null {
  const left = (kind: keyof Counted) => usage[kind] - messages.reduce((sum, message) => sum + message[kind], 0);
  const rest = { input_tokens: left("input_tokens"), output_tokens: left("output_tokens"), cache_read_input_tokens: left("cache_read_input_tokens"), cache_creation_input_tokens: left("cache_creation_input_tokens") };
  return Object.values(rest).some((count) => count > 0) ? rest : null;
}

interface Counted {
  input_tokens: number;
  output_tokens: number;
  cache_read_input_tokens: number;
  cache_creation_input_tokens: number;
}

function Row({ name, usage, cost }: { name: string; usage: Counted; cost?: number }) {
  return (
    <tr>
      <td className="whitespace-nowrap">{name}</td>
      <td>{formatTokens(usage.input_tokens)}</td>
      <td>{formatTokens(usage.cache_read_input_tokens)}</td>
      <td>{formatTokens(usage.cache_creation_input_tokens)}</td>
      <td>{formatTokens(usage.output_tokens)}</td>
      <td>{cost === undefined ? "" : formatCost(cost)}</td>
    </tr>
  );
}
