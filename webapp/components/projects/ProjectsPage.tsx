"use client";

import { ChartColumn, FolderGit2, Plus, Trash2 } from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { type FormEvent, useCallback, useEffect, useState } from "react";
import { NameButton } from "@/components/people/NameButton";
import { InboxLink } from "@/components/requests/InboxLink";
import { Button } from "@/components/ui/Button";
import { useInbox } from "@/hooks/useInbox";
import { useTitle } from "@/hooks/useTitle";
import { api, type Project, wordsOf } from "@/lib/api";
import { formatAgo, formatCost } from "@/lib/format";

/** The list of projects: open, create, delete. */
export function ProjectsPage({ socketUrl }: { socketUrl: string | null }) {
  const [projects, setProjects] = useState<Project[] | null>(null);
  const [error, setError] = useState<string | null>(null);
  const waiting = useInbox(socketUrl)?.length ?? 0;

  useTitle(`${waiting ? `(${waiting}) ` : ""}Projects · Claude Code`);

  const load = useCallback(async () => {
    try {
      setProjects(await api<Project[]>("/projects"));
      setError(null);
    } catch (problem) {
      setError(wordsOf(problem));
    }
  }, []);

  useEffect(() => {
    void load();
  }, [load]);

  // A server that is not there yet is asked again.
  useEffect(() => {
    if (!error) return;
    const timer = setTimeout(() => void load(), 3000);
    return () => clearTimeout(timer);
  }, [error, load]);

  return (
    <main className="mx-auto flex min-h-dvh w-full max-w-3xl flex-col gap-8 px-5 py-10 sm:py-16">
      <header>
        <div className="flex items-center gap-1">
          <h1 className="flex-1 text-2xl font-semibold tracking-tight">Projects</h1>
          <Link href="/usage" aria-label="Usage" title="What it has cost" className="rounded-lg p-2 text-muted-foreground hover:bg-accent hover:text-foreground">
            <ChartColumn className="size-5" aria-hidden />
          </Link>
          <InboxLink count={waiting} />
          <NameButton />
        </div>
        <p className="mt-1 text-muted-foreground">Each has a workspace in which Claude Code works. Everyone who opens it sees the answers live.</p>
      </header>
      <NewProject />
      {error && (
        <p role="alert" className="rounded-lg border border-destructive/40 bg-destructive/5 px-4 py-3 text-sm text-destructive">
          {error} Trying again.
        </p>
      )}
      {projects === null ? (
        !error && <p className="text-sm text-muted-foreground">Loading…</p>
      ) : projects.length === 0 ? (
        <div className="rounded-xl border border-dashed px-6 py-12 text-center text-muted-foreground">
          <FolderGit2 className="mx-auto mb-3 size-8 opacity-60" aria-hidden />
          No projects yet. Give the first one a name above.
        </div>
      ) : (
        <ul className="flex flex-col gap-2">
          {projects.map((project) => (
            <ProjectRow key={project.id} project={project} onDeleted={load} />
          ))}
        </ul>
      )}
    </main>
  );
}

function NewProject() {
  const router = useRouter();
  const [name, setName] = useState("");
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  async function create(event: FormEvent) {
    event.preventDefault();
    setBusy(true);
    try {
      const project = await api<Project>("/projects", { method: "POST", body: { name } });
      router.push(`/projects/${project.id}`);
    } catch (problem) {
      setError(wordsOf(problem));
      setBusy(false);
    }
  }

  return (
    <form onSubmit={create}>
      <div className="flex gap-2">
        <input
          autoFocus
          value={name}
          onChange={(event) => {
            setName(event.target.value);
            setError(null);
          }}
          maxLength={100}
          placeholder="Name of a new project"
          aria-label="Name of a new project"
          aria-invalid={error !== null}
          className="h-10 min-w-0 flex-1 rounded-lg border border-input bg-card px-3 outline-none focus:border-ring"
        />
        <Button look="primary" type="submit" className="h-10" disabled={busy || name.trim() === ""}>
          <Plus className="size-4" aria-hidden /> Create
        </Button>
      </div>
      {error && (
        <p role="alert" className="mt-2 text-sm text-destructive">
          {error}
        </p>
      )}
    </form>
  );
}

function ProjectRow({ project, onDeleted }: { project: Project; onDeleted: () => void }) {
  const [asking, setAsking] = useState(false);
  const [error, setError] = useState<string | null>(null);

  async function remove() {
    try {
      await api(`/projects/${project.id}`, { method: "DELETE" });
      onDeleted();
    } catch (problem) {
      setError(wordsOf(problem));
    }
  }

  return (
    <li className="group flex items-center gap-3 rounded-xl border bg-card pr-3 transition hover:border-input">
      <Link href={`/projects/${project.id}`} className="min-w-0 flex-1 rounded-xl px-4 py-3">
        <span className="block truncate font-medium">{project.name}</span>
        <span className="text-sm text-muted-foreground">
          {formatAgo(project.updated_at)} · {formatCost(project.cost_usd)}
          {error && <span className="text-destructive"> · {error}</span>}
        </span>
      </Link>
      {asking ? (
        <>
          <Button look="danger" onClick={remove} autoFocus>
            Delete for good
          </Button>
          <Button look="ghost" onClick={() => setAsking(false)}>
            Keep
          </Button>
        </>
      ) : (
        <Button look="ghost" aria-label={`Delete ${project.name}`} className="px-2 opacity-60 group-hover:opacity-100 focus-visible:opacity-100" onClick={() => setAsking(true)}>
          <Trash2 className="size-4" aria-hidden />
        </Button>
      )}
    </li>
  );
}
