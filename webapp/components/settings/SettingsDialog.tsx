import { useEffect, useRef, useState } from "react";
import { Button } from "@/components/ui/Button";
import { Dialog, type DialogHandle } from "@/components/ui/Dialog";
import { api, ApiError, type Project, wordsOf } from "@/lib/api";
import type { CapabilitiesResponse, ClaudeSettings, ModelOffer } from "@/lib/rest";
import { lines, trimmed, unlines } from "@/lib/settings";
import { modeMeaning, modeName } from "@/lib/suggestions";
import { Field, inputClass } from "./Field";
import { McpServers } from "./McpServers";

interface Props {
  projectId: string;
  /** Null in a project without sessions. */
  sessionId: string | null;
  capabilities: CapabilitiesResponse | null;
  permissionModes: string[];
  /** The session's model; null for the default. */
  model: string | null;
  onClose: () => void;
}

type Settings = Partial<ClaudeSettings>;
type Scope = "project" | "session";

/** What sessions of the project begin with; each has its own below the box that one writes in. */
interface Usual {
  permission_mode: string;
  /** Empty for the CLI's default. */
  model: string;
}

/** How Claude Code works in the project, and what this session has instead. */
export function SettingsDialog({ projectId, sessionId, capabilities, permissionModes, model, onClose }: Props) {
  const dialog = useRef<DialogHandle>(null);
  const [scope, setScope] = useState<Scope>("project");
  const [settings, setSettings] = useState<Record<Scope, Settings> | null>(null);
  const [usual, setUsual] = useState<Usual | null>(null);
  const [problem, setProblem] = useState<{ message: string; field?: string } | null>(null);
  const [isSaving, setIsSaving] = useState(false);
  const path = (of: Scope) => (of === "project" ? `/projects/${projectId}/settings` : `/projects/${projectId}/sessions/${sessionId}/settings`);

  useEffect(() => {
    const aborter = new AbortController();
    const read = (of: Scope) => api<Settings>(path(of), { signal: aborter.signal });
    Promise.all([read("project"), sessionId ? read("session") : {}, api<Project>(`/projects/${projectId}`, { signal: aborter.signal })])
      .then(([project, session, { permission_mode, model: usualModel }]) => {
        setSettings({ project, session });
        setUsual({ permission_mode, model: usualModel ?? "" });
      })
      .catch((error: unknown) => !aborter.signal.aborted && setProblem({ message: wordsOf(error) }));
    return () => aborter.abort();
  }, []);

  async function save() {
    if (!settings) return;
    setIsSaving(true);
    try {
      for (const kind of ["project", "session"] as const)
        if (kind === "project" || sessionId) await api(path(kind), { method: "PUT", body: trimmed(settings[kind]) });
      if (usual) await api(`/projects/${projectId}`, { method: "PUT", body: usual });
      dialog.current?.close();
    } catch (error) {
      setProblem({ message: wordsOf(error), field: error instanceof ApiError ? error.field : undefined });
    }
    setIsSaving(false);
  }

  const efforts = [...new Set((capabilities?.models ?? []).filter((offer) => offer.value === (model ?? "default")).flatMap((offer) => offer.effort_levels))];
  return (
    <Dialog ref={dialog} titleId="settings-title" onClose={onClose} className="max-w-xl overflow-hidden">
      <form
        className="flex max-h-[90dvh] flex-col"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <header className="flex items-center gap-3 border-b p-4">
          <h2 id="settings-title" className="flex-1 font-semibold">
            Settings
          </h2>
          {sessionId && (
            <div role="tablist" className="flex rounded-lg border p-0.5 text-sm">
              {(["project", "session"] as const).map((of) => (
                <button key={of} type="button" role="tab" aria-selected={scope === of} onClick={() => setScope(of)} className="rounded-md px-3 py-1 text-muted-foreground aria-selected:bg-accent aria-selected:text-foreground">
                  {of === "project" ? "Project" : "This session"}
                </button>
              ))}
            </div>
          )}
        </header>
        <div className="min-h-0 flex-1 overflow-y-auto p-4">
          {settings && usual && scope === "project" && <UsualFields usual={usual} modes={permissionModes} models={capabilities?.models ?? []} onChange={(change) => setUsual({ ...usual, ...change })} />}
          {settings && (
            <Fields
              key={scope}
              projectId={projectId}
              scope={scope}
              efforts={efforts}
              settings={settings[scope]}
              inherited={scope === "session" ? settings.project : {}}
              onChange={(change) => {
                setProblem(null);
                setSettings({ ...settings, [scope]: { ...settings[scope], ...change } });
              }}
            />
          )}
        </div>
        <footer className="flex flex-wrap items-center justify-end gap-2 border-t p-4">
          {problem ? (
            <p role="alert" className="w-full text-sm text-destructive">
              {problem.message}
            </p>
          ) : (
            <p className="flex-1 text-xs text-muted-foreground">They count from the next message on.</p>
          )}
          <Button look="ghost" onClick={() => dialog.current?.close()}>
            Cancel
          </Button>
          <Button look="primary" type="submit" disabled={!settings || isSaving}>
            Save
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}

function UsualFields({ usual, modes, models, onChange }: { usual: Usual; modes: string[]; models: ModelOffer[]; onChange: (change: Partial<Usual>) => void }) {
  return (
    <div className="mb-5 grid gap-4 sm:grid-cols-2">
      <Field label="Usual permission mode" hint={modeMeaning(usual.permission_mode)}>
        <select value={usual.permission_mode} onChange={(event) => onChange({ permission_mode: event.target.value })} className={inputClass}>
          {[...new Set([...modes, usual.permission_mode])].map((mode) => (
            <option key={mode} value={mode}>
              {modeName(mode)}
            </option>
          ))}
        </select>
      </Field>
      <Field label="Usual model" hint="Of sessions that have none of their own.">
        <select value={usual.model} onChange={(event) => onChange({ model: event.target.value })} className={inputClass}>
          <option value="">Default model</option>
          {models.filter((offer) => offer.value !== "default").map((offer) => (
            <option key={offer.value} value={offer.value}>
              {offer.display_name}
            </option>
          ))}
        </select>
      </Field>
    </div>
  );
}

function Fields({ projectId, scope, efforts, settings, inherited, onChange }: { projectId: string; scope: Scope; efforts: string[]; settings: Settings; inherited: Settings; onChange: (change: Settings) => void }) {
  const usual = scope === "session" ? "As the project" : "Claude Code's own";
  const money = (key: "turn_budget_usd" | "session_budget_usd" | "day_budget_usd" | "project_budget_usd", label: string) => (
    <Field label={label}>
      <span className="flex items-center gap-1">
        <span className="text-sm text-muted-foreground">$</span>
        <input
          type="number"
          min={0}
          step="any"
          inputMode="decimal"
          value={settings[key] ?? ""}
          placeholder={inherited[key] ? String(inherited[key]) : "no limit"}
          onChange={(event) => onChange({ [key]: event.target.value === "" ? null : Number(event.target.value) })}
          className={inputClass}
        />
      </span>
    </Field>
  );
  return (
    <div className="flex flex-col gap-5">
      <div className="grid gap-4 sm:grid-cols-2">
        <Field label="Effort" hint="How long it thinks.">
          <select value={settings.effort ?? ""} onChange={(event) => onChange({ effort: event.target.value || null })} className={inputClass}>
            <option value="">{inherited.effort ? `${usual} (${inherited.effort})` : usual}</option>
            {[...new Set([...efforts, ...(settings.effort ? [settings.effort] : [])])].map((level) => (
              <option key={level}>{level}</option>
            ))}
          </select>
        </Field>
        <Field label="Most steps" hint="For one message.">
          <input
            type="number"
            min={1}
            max={10_000}
            value={settings.max_turns ?? ""}
            placeholder={inherited.max_turns ? String(inherited.max_turns) : "no limit"}
            onChange={(event) => onChange({ max_turns: event.target.value === "" ? null : Number(event.target.value) })}
            className={inputClass}
          />
        </Field>
      </div>
      <fieldset>
        <legend className="text-sm font-medium">Budgets</legend>
        <p className="text-xs text-muted-foreground">At four fifths people are warned; at the end Claude Code is stopped.</p>
        <div className="mt-2 grid grid-cols-2 gap-4">
          {money("turn_budget_usd", "A turn")}
          {money("session_budget_usd", scope === "session" ? "This session" : "A session")}
          {scope === "project" && money("day_budget_usd", "The project in a day (UTC)")}
          {scope === "project" && money("project_budget_usd", "The project in all")}
        </div>
      </fieldset>
      <Field label="Addition to the system prompt">
        <textarea rows={3} value={settings.append_system_prompt ?? ""} placeholder={inherited.append_system_prompt ?? "e.g. Answer in German."} onChange={(event) => onChange({ append_system_prompt: event.target.value || null })} className={inputClass} />
      </Field>
      <div className="grid gap-4 sm:grid-cols-2">
        <Rules label="Allowed unasked" hint="One a line, e.g. Bash(npm test:*)" value={settings.allowed_tools} inherited={inherited.allowed_tools} onChange={(allowed_tools) => onChange({ allowed_tools })} />
        <Rules label="Denied" hint="One a line, e.g. WebFetch" value={settings.disallowed_tools} inherited={inherited.disallowed_tools} onChange={(disallowed_tools) => onChange({ disallowed_tools })} />
      </div>
      <McpServers projectId={projectId} servers={(settings.mcp_servers ?? inherited.mcp_servers ?? {}) as Record<string, unknown>} onChange={(mcp_servers) => onChange({ mcp_servers })} />
    </div>
  );
}

/** The text stays as it is written; what it means is read from it. */
function Rules({ label, hint, value, inherited, onChange }: { label: string; hint: string; value?: string[] | null; inherited?: string[] | null; onChange: (rules: string[] | null) => void }) {
  const [text, setText] = useState(unlines(value));
  return (
    <Field label={label} hint={hint}>
      <textarea
        rows={3}
        value={text}
        placeholder={unlines(inherited)}
        onChange={(event) => {
          setText(event.target.value);
          const rules = lines(event.target.value);
          onChange(rules.length > 0 ? rules : null);
        }}
        className={`${inputClass} font-mono`}
      />
    </Field>
  );
}
