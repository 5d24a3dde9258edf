import { structuredPatch } from "diff";
import { useMemo } from "react";

/** A hunk as jsdiff and the CLI's structuredPatch have it: lines begin with a space, + or -. */
export interface Hunk {
  oldStart: number;
  newStart: number;
  lines: string[];
}

/** More lines than this are folded behind a button of the browser's own. */
const MAX_LINES = 400;

/** What changes in a file. Line numbers only where the hunks know them. */
export function Diff({ before, after, hunks, numbered = hunks !== undefined }: { before?: string; after?: string; hunks?: Hunk[]; numbered?: boolean }) {
  const shown = useMemo<Hunk[]>(() => hunks ?? structuredPatch("", "", before ?? "", after ?? "", undefined, undefined, { context: 3 }).hunks, [before, after, hunks]);
  const rows = useMemo(() => shown.flatMap(rowsOf), [shown]);
  const added = rows.filter((row) => row.sign === "+").length;
  const removed = rows.filter((row) => row.sign === "-").length;
  return (
    <figure className="overflow-hidden rounded-lg border bg-card" data-testid="diff">
      <figcaption className="border-b bg-muted px-3 py-1 font-mono text-xs text-muted-foreground">
        <span className="text-ok">+{added}</span> <span className="text-destructive">−{removed}</span>
      </figcaption>
      <div className="max-h-96 overflow-auto">
        <table className="w-full border-collapse font-mono text-xs leading-relaxed">
          <tbody>
            {rows.slice(0, MAX_LINES).map((row, index) => (
              <tr key={index} className={row.sign === "+" ? "bg-ok/12" : row.sign === "-" ? "bg-destructive/10" : undefined}>
                {numbered && <td className="w-px px-2 text-right text-muted-foreground/70 tabular-nums select-none">{row.number}</td>}
                <td className={`w-px pl-2 select-none ${row.sign === "+" ? "text-ok" : row.sign === "-" ? "text-destructive" : "text-muted-foreground"}`}>{row.sign}</td>
                <td className="px-2 break-words whitespace-pre-wrap">{row.text || " "}</td>
              </tr>
            ))}
          </tbody>
        </table>
        {rows.length > MAX_LINES && <p className="px-3 py-2 text-xs text-muted-foreground">{rows.length - MAX_LINES} more lines</p>}
      </div>
    </figure>
  );
}

interface Row {
  sign: "+" | "-" | " " | "…";
  number: number | "";
  text: string;
}

function rowsOf(hunk: Hunk, index: number): Row[] {
  let [before, after] = [hunk.oldStart, hunk.newStart];
  const rows: Row[] = index > 0 ? [{ sign: "…", number: "", text: "" }] : [];
  for (const line of hunk.lines) {
    const sign = line[0] as Row["sign"];
    if (sign === "+") rows.push({ sign, number: after++, text: line.slice(1) });
    else if (sign === "-") rows.push({ sign, number: before++, text: line.slice(1) });
    else if (sign === " ") {
      rows.push({ sign, number: after++, text: line.slice(1) });
      before++;
    } // "\ No newline at end of file" says nothing to people.
  }
  return rows;
}
