import { expect, it } from "vitest";
import { daysBetween, divide } from "@/lib/ledger";
import type { LedgerEntry } from "@/lib/rest";

const entry = (day: string, project: string, model: string, cost_usd: number): LedgerEntry => ({
  day, project_id: project, project_name: project === "gone" ? null : project, model, turns: 1, input_tokens: 10, output_tokens: 2, cache_read_input_tokens: 3, cache_creation_input_tokens: 1, cost_usd,
});
const entries = [entry("2026-11-01", "a", "opus", 2), entry("2026-11-01", "b", "haiku", 0.5), entry("2026-11-03", "gone", "opus", 1)];

it("divides by model, the dearest first, with days of nothing", () => {
  const { shares, days, total } = divide(entries, "2026-11-01", "2026-11-03", "model");
  expect(shares.map(({ name, cost, turns, input, output }) => [name, cost, turns, input, output])).toEqual([["opus", 3, 2, 28, 4], ["haiku", 0.5, 1, 14, 2]]);
  expect(days).toEqual([{ day: "2026-11-01", cost: 2.5, parts: [2, 0.5] }, { day: "2026-11-02", cost: 0, parts: [0, 0] }, { day: "2026-11-03", cost: 1, parts: [1, 0] }]);
  expect(total).toBe(3.5);
});

it("divides by project; a deleted one keeps what it has cost", () =>
  expect(divide(entries, "2026-11-01", "2026-11-03", "project").shares.map(({ name }) => name)).toEqual(["a", "Deleted project", "b"]));

it("many shares become one", () => {
  const { shares, days } = divide(Array.from({ length: 9 }, (_, n) => entry("2026-11-01", `p${n}`, "m", 9 - n)), "2026-11-01", "2026-11-01", "project");
  expect(shares.at(-1)).toMatchObject({ name: "Others", cost: 6, turns: 3 });
  expect(days[0]!.parts.reduce((a, b) => a + b)).toBe(45);
});

it("over the end of a month and of summer time", () => expect(daysBetween("2026-10-24", "2026-11-02")).toHaveLength(10));
