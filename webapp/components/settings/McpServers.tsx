import { CircleAlert, CircleCheck, LoaderCircle, Plug, Plus, Trash2 } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/ui/Button";
import { api, ApiError } from "@/lib/api";
import type { McpServerState, TestedMcpServers } from "@/lib/rest";
import { describeMcp, emptyMcp, mcpConfig, type McpForm } from "@/lib/settings";
import { Field, inputClass } from "./Field";

interface Props {
  projectId: string;
  servers: Record<string, unknown>;
  onChange: (servers: Record<string, unknown>) => void;
}

/** MCP servers: added, tried (their state and their tools), removed. */
export function McpServers({ projectId, servers, onChange }: Props) {
  const [form, setForm] = useState<McpForm | null>(null);
  const [states, setStates] = useState<Record<string, McpServerState>>({});
  const [isTesting, setIsTesting] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const names = Object.keys(servers);

  async function test() {
    setIsTesting(true);
    setProblem(null);
    try {
      const { servers: tested } = await api<TestedMcpServers>(`/projects/${projectId}/mcp-test`, { method: "POST", body: { mcp_servers: servers } });
      setStates(Object.fromEntries(tested.map((state) => [state.name, state])));
    } catch (error) {
      setProblem(error instanceof ApiError ? error.message : "The servers could not be tried.");
    }
    setIsTesting(false);
  }

  function add() {
    if (!form) return;
    onChange({ ...servers, [form.name.trim()]: mcpConfig(form) });
    setForm(null);
  }

  return (
    <section aria-label="MCP servers">
      <div className="flex items-center gap-2">
        <h3 className="flex-1 text-sm font-medium">MCP servers</h3>
        {names.length > 0 && (
          <Button className="h-8" disabled={isTesting} onClick={() => void test()}>
            {isTesting ? <LoaderCircle className="size-4 animate-spin" aria-hidden /> : <Plug className="size-4" aria-hidden />} Test
          </Button>
        )}
        {!form && (
          <Button className="h-8" onClick={() => setForm(emptyMcp)}>
            <Plus className="size-4" aria-hidden /> Add
          </Button>
        )}
      </div>
      <p className="text-xs text-muted-foreground">They run where Claude Code runs, with its rights. Everybody in the project sees what stands here.</p>
      {problem && (
        <p role="alert" className="mt-2 text-sm text-destructive">
          {problem}
        </p>
      )}
      <ul className="mt-2 flex flex-col gap-2">
        {names.map((name) => (
          <li key={name} data-testid="mcp-server" data-status={states[name]?.status} className="flex items-start gap-2 rounded-xl border p-3 text-sm">
            <StateIcon state={states[name]} />
            <div className="min-w-0 flex-1">
              <p className="font-medium">{name}</p>
              <p className="truncate font-mono text-xs text-muted-foreground">{describeMcp(servers[name])}</p>
              {states[name] && <StateWords state={states[name]} />}
            </div>
            <Button
              look="ghost"
              className="h-8 px-2"
              aria-label={`Remove ${name}`}
              onClick={() => onChange(Object.fromEntries(Object.entries(servers).filter(([other]) => other !== name)))}
            >
              <Trash2 className="size-4" aria-hidden />
            </Button>
          </li>
        ))}
      </ul>
      {form && <Form form={form} onChange={setForm} onAdd={add} onCancel={() => setForm(null)} />}
    </section>
  );
}

function StateIcon({ state }: { state?: McpServerState }) {
  if (!state) return <Plug className="mt-0.5 size-4 text-muted-foreground" aria-hidden />;
  return state.status === "connected" ? <CircleCheck className="mt-0.5 size-4 text-ok" aria-hidden /> : <CircleAlert className="mt-0.5 size-4 text-destructive" aria-hidden />;
}

function StateWords({ state }: { state: McpServerState }) {
  if (state.status !== "connected") return <p className="mt-1 text-xs break-words text-destructive">{state.error ?? state.status}</p>;
  return (
    <p className="mt-1 text-xs text-muted-foreground">
      Connected, {state.tools.length === 1 ? "one tool" : `${state.tools.length} tools`}
      {state.tools.length > 0 && ": "}
      <span className="font-mono">{state.tools.join(", ")}</span>
    </p>
  );
}

function Form({ form, onChange, onAdd, onCancel }: { form: McpForm; onChange: (form: McpForm) => void; onAdd: () => void; onCancel: () => void }) {
  const set = (change: Partial<McpForm>) => onChange({ ...form, ...change });
  const isCommand = form.type === "stdio";
  return (
    <div className="mt-2 flex flex-col gap-3 rounded-xl border p-3">
      <div className="grid gap-3 sm:grid-cols-2">
        <Field label="Name">
          <input value={form.name} onChange={(event) => set({ name: event.target.value })} className={inputClass} placeholder="github" />
        </Field>
        <Field label="Kind">
          <select value={form.type} onChange={(event) => set({ type: event.target.value as McpForm["type"] })} className={inputClass}>
            <option value="stdio">A command (stdio)</option>
            <option value="http">An address (HTTP)</option>
            <option value="sse">An address (SSE)</option>
          </select>
        </Field>
      </div>
      <Field label={isCommand ? "Command" : "Address"}>
        <input value={form.target} onChange={(event) => set({ target: event.target.value })} className={`${inputClass} font-mono`} placeholder={isCommand ? "npx" : "https://example.com/mcp"} />
      </Field>
      {isCommand && (
        <Field label="Arguments" hint="One a line.">
          <textarea rows={2} value={form.args} onChange={(event) => set({ args: event.target.value })} className={`${inputClass} font-mono`} />
        </Field>
      )}
      <Field label={isCommand ? "Environment" : "Headers"} hint={isCommand ? "NAME=value, one a line." : "Name: value, one a line."}>
        <textarea rows={2} value={form.extra} onChange={(event) => set({ extra: event.target.value })} className={`${inputClass} font-mono`} />
      </Field>
      <div className="flex justify-end gap-2">
        <Button look="ghost" className="h-8" onClick={onCancel}>
          Cancel
        </Button>
        <Button className="h-8" disabled={form.name.trim() === "" || form.target.trim() === ""} onClick={onAdd}>
          Add server
        </Button>
      </div>
    </div>
  );
}
