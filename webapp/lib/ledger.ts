import type { LedgerEntry } from "./rest";

/** By what the ledger is divided. */
export type Division = "model" | "project";

/** What the bars are made of: each with its cost in all, the dearest first. */
export interface Share {
  key: string;
  name: string;
  cost: number;
  turns: number;
  input: number;
  output: number;
}

export interface Day {
  day: string;
  cost: number;
  /** Cost by share, in the order of the shares. */
  parts: number[];
}

/** More are one, "Others". */
const MOST_SHARES = 6;

const keyOf = (entry: LedgerEntry, by: Division) => (by === "model" ? entry.model : entry.project_id);
const nameOf = (entry: LedgerEntry, by: Division) => (by === "model" ? entry.model || "Unknown model" : (entry.project_name ?? "Deleted project"));

/** The ledger by shares and days; days without cost are there, too. */
export function divide(entries: LedgerEntry[], from: string, to: string, by: Division): { shares: Share[]; days: Day[]; total: number } {
  const all = new Map<string, Share>();
  for (const entry of entries) {
    const key = keyOf(entry, by);
    const share = all.get(key) ?? { key, name: nameOf(entry, by), cost: 0, turns: 0, input: 0, output: 0 };
    add(share, { key, name: "", cost: entry.cost_usd, turns: entry.turns, input: entry.input_tokens + entry.cache_read_input_tokens + entry.cache_creation_input_tokens, output: entry.output_tokens });
    all.set(key, share);
  }
  const dearest = [...all.values()].sort((a, b) => b.cost - a.cost || a.name.localeCompare(b.name));
  const shares = dearest.slice(0, MOST_SHARES);
  const rest = dearest.slice(MOST_SHARES);
  if (rest.length > 0) shares.push(rest.reduce(add, { key: "…", name: "Others", cost: 0, turns: 0, input: 0, output: 0 }));
  const place = new Map(shares.map((share, index) => [share.key, index]));

  const days = new Map(daysBetween(from, to).map((day) => [day, { day, cost: 0, parts: shares.map(() => 0) }]));
  for (const entry of entries) {
    const day = days.get(entry.day);
    if (!day) continue;
    day.cost += entry.cost_usd;
    day.parts[place.get(keyOf(entry, by)) ?? shares.length - 1]! += entry.cost_usd;
  }
  return { shares, days: [...days.values()], total: dearest.reduce((sum, share) => sum + share.cost, 0) };
}

function add(sum: Share, more: Share): Share {
  sum.cost += more.cost;
  sum.turns += more.turns;
  sum.input += more.input;
  sum.output += more.output;
  return sum;
}

/** Days as 2026-11-23, both included. */
export function daysBetween(from: string, to: string): string[] {
  const days = [];
  for (let at = Date.parse(from); at <= Date.parse(to); at += 86_400_000) days.push(new Date(at).toISOString().slice(0, 10));
  return days;
}
