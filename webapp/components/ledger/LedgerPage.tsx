"use client";

import { ArrowLeft, Download } from "lucide-react";
import Link from "next/link";
import { useEffect, useMemo, useState } from "react";
import { useTitle } from "@/hooks/useTitle";
import { api, ApiError, type Project } from "@/lib/api";
import { formatCost, formatTokens } from "@/lib/format";
import { type Division, divide } from "@/lib/ledger";
import type { LedgerResponse } from "@/lib/rest";
import { colours, CostPlot } from "./CostPlot";

const spans = [7, 30, 90, 365];
const dayOf = (at: number) => new Date(at).toISOString().slice(0, 10);

/** What Claude Code has cost: by day, by model or project, and as a file for a spreadsheet. */
export function LedgerPage() {
  const [span, setSpan] = useState(30);
  const [by, setBy] = useState<Division>("model");
  const [projectId, setProjectId] = useState("");
  const [projects, setProjects] = useState<Project[]>([]);
  const [ledger, setLedger] = useState<LedgerResponse | null>(null);
  const [error, setError] = useState<string | null>(null);
  useTitle("Usage · Claude Code");
  const query = useMemo(() => {
    const parameters = new URLSearchParams({ from: dayOf(Date.now() - (span - 1) * 86_400_000), to: dayOf(Date.now()) });
    if (projectId) parameters.set("project_id", projectId);
    return parameters.toString();
  }, [span, projectId]);

  useEffect(() => {
    api<Project[]>("/projects").then(setProjects, () => {});
  }, []);

  useEffect(() => {
    const aborter = new AbortController();
    api<LedgerResponse>(`/usage?${query}`, { signal: aborter.signal })
      .then((answer) => {
        setLedger(answer);
        setError(null);
      })
      .catch((problem: unknown) => !aborter.signal.aborted && setError(problem instanceof ApiError ? problem.message : "The ledger could not be loaded."));
    return () => aborter.abort();
  }, [query]);

  const view = useMemo(() => ledger && divide(ledger.entries, ledger.from, ledger.to, by), [ledger, by]);
  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-3xl flex-col gap-6 px-5 py-8 sm:py-12">
      <header className="flex items-center gap-2">
        <Link href="/" aria-label="All projects" className="rounded-lg p-2 text-muted-foreground hover:bg-accent hover:text-foreground">
          <ArrowLeft className="size-5" aria-hidden />
        </Link>
        <h1 className="flex-1 text-2xl font-semibold tracking-tight">Usage</h1>
        <a href={`/api/usage/csv?${query}`} download className="inline-flex h-9 items-center gap-2 rounded-lg border border-input bg-card px-3 text-sm font-medium hover:bg-accent">
          <Download className="size-4" aria-hidden /> CSV
        </a>
      </header>
      <div className="flex flex-wrap gap-2 text-sm">
        <Choice label="Days" value={String(span)} onChange={(value) => setSpan(Number(value))} options={spans.map((days) => [String(days), `Last ${days} days`])} />
        <Choice label="Divide by" value={by} onChange={(value) => setBy(value as Division)} options={[["model", "By model"], ["project", "By project"]]} />
        <Choice label="Project" value={projectId} onChange={setProjectId} options={[["", "All projects"], ...projects.map(({ id, name }): [string, string] => [id, name])]} />
      </div>
      {error && (
        <p role="alert" className="rounded-lg border border-destructive/40 bg-destructive/5 px-4 py-3 text-sm text-destructive">
          {error}
        </p>
      )}
      {view && (
        <>
          <p>
            <span className="text-3xl font-semibold tracking-tight tabular-nums" data-testid="ledger-total">
              {formatCost(view.total)}
            </span>{" "}
            <span className="text-sm text-muted-foreground">in the last {span} days (UTC), by Claude Code's own prices</span>
          </p>
          <CostPlot days={view.days} shares={view.shares} />
          <div className="overflow-x-auto">
            <table className="w-full text-sm tabular-nums">
              <thead className="text-left text-xs text-muted-foreground">
                <tr className="border-b">
                  <th className="py-2 pr-2 font-medium">{by === "model" ? "Model" : "Project"}</th>
                  <th className="px-2 text-right font-medium">Turns</th>
                  <th className="px-2 text-right font-medium max-sm:hidden">Tokens read</th>
                  <th className="px-2 text-right font-medium max-sm:hidden">written</th>
                  <th className="pl-2 text-right font-medium">Cost</th>
                </tr>
              </thead>
              <tbody>
                {view.shares.map((share, index) => (
                  <tr key={share.key} className="border-b last:border-0">
                    <td className="py-2 pr-2">
                      <span className="mr-2 inline-block size-2.5 rounded-sm" style={{ background: colours[index] }} aria-hidden />
                      {share.name}
                    </td>
                    <td className="px-2 text-right">{share.turns}</td>
                    <td className="px-2 text-right max-sm:hidden">{formatTokens(share.input)}</td>
                    <td className="px-2 text-right max-sm:hidden">{formatTokens(share.output)}</td>
                    <td className="pl-2 text-right font-medium">{formatCost(share.cost)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
            {view.shares.length === 0 && <p className="py-6 text-center text-sm text-muted-foreground">Nothing was spent in this time.</p>}
          </div>
        </>
      )}
    </main>
  );
}

function Choice({ label, value, options, onChange }: { label: string; value: string; options: [string, string][]; onChange: (value: string) => void }) {
  return (
    <select aria-label={label} value={value} onChange={(event) => onChange(event.target.value)} className="h-9 max-w-52 rounded-lg border border-input bg-card px-2 outline-none focus:border-ring">
      {options.map(([key, name]) => (
        <option key={key} value={key}>
          {name}
        </option>
      ))}
    </select>
  );
}
