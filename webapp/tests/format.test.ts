import { describe, expect, it } from "vitest";
import { formatAgo, formatCost, formatDuration, formatTokens } from "@/lib/format";

describe("format", () => {
  it.each([[0, "$0"], [0.00184, "$0.0018"], [0.0369, "$0.037"], [12.345, "$12.35"]])("cost %d is %s", (usd, text) => expect(formatCost(usd)).toBe(text));
  it.each([[7, "7"], [1742, "1.7k"], [34_120, "34k"], [1_200_000, "1.2M"]])("%d tokens are %s", (count, text) => expect(formatTokens(count)).toBe(text));
  it.each([[840, "0.8 s"], [12_300, "12 s"], [185_000, "3 min 5 s"]])("%d ms are %s", (ms, text) => expect(formatDuration(ms)).toBe(text));
  it.each([["2026-01-01T00:00:00Z", "just now"], ["2025-12-31T23:57:00Z", "3 minutes ago"], ["2025-12-30T00:00:00Z", "2 days ago"]])("%s is %s", (iso, text) =>
    expect(formatAgo(iso, Date.parse("2026-01-01T00:00:10Z"))).toBe(text));
});
