import { useEffect, useRef, useState } from "react";
import { formatCost } from "@/lib/format";
import type { Day, Share } from "@/lib/ledger";

/** In the order of the shares; told apart in light and dark, and by people who see fewer colours. */
export const colours = ["#c15f3c", "#3b82a6", "#d9a441", "#6a8f5a", "#8a6fb0", "#b56576", "#9a948a"];

const [HEIGHT, LEFT, BOTTOM, TOP] = [220, 52, 24, 12];
/** Pixels that the name of a day takes. */
const DAY_NAME = 64;

/** What each day cost, as bars of the shares. */
export function CostPlot({ days, shares }: { days: Day[]; shares: Share[] }) {
  const [shown, setShown] = useState<number | null>(null);
  const [width, setWidth] = useState(720);
  const figure = useRef<HTMLElement>(null);

  // As wide as there is room, so that its letters stay as large as the others.
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.max(240, entry.contentRect.width)));
    if (figure.current) observer.observe(figure.current);
    return () => observer.disconnect();
  }, []);

  const top = niceTop(Math.max(...days.map((day) => day.cost), 0));
  const step = (width - LEFT) / days.length;
  const y = (usd: number) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - usd / top);
  const labelEvery = Math.ceil(DAY_NAME / step);
  const day = shown === null ? null : days[shown];

  return (
    <figure ref={figure} className="relative">
      <svg viewBox={`0 0 ${width} ${HEIGHT}`} role="img" aria-label={`Cost by day, from ${days[0]?.day} to ${days.at(-1)?.day}`} className="w-full" onPointerLeave={() => setShown(null)}>
        {[0, 0.5, 1].map((part) => (
          <g key={part}>
            <line x1={LEFT} x2={width} y1={y(top * part)} y2={y(top * part)} stroke="var(--border)" />
            <text x={LEFT - 8} y={y(top * part) + 4} textAnchor="end" fontSize="11" fill="var(--muted-foreground)">
              {formatCost(top * part)}
            </text>
          </g>
        ))}
        {days.map(({ day: name, parts }, index) => {
          let below = 0;
          return (
            <g key={name} data-day={name} onPointerEnter={() => setShown(index)}>
              <rect x={LEFT + index * step} y={0} width={step} height={HEIGHT - BOTTOM} fill={index === shown ? "var(--accent)" : "transparent"} />
              {parts.map((cost, share) => {
                if (cost === 0) return null;
                const bar = <rect key={share} x={LEFT + index * step + step * 0.15} y={y(below + cost)} width={step * 0.7} height={y(below) - y(below + cost)} fill={colours[share]} />;
                below += cost;
                return bar;
              })}
              {index % labelEvery === 0 && (
                <text x={LEFT + (index + 0.5) * step} y={HEIGHT - 7} textAnchor="middle" fontSize="11" fill="var(--muted-foreground)">
                  {name.slice(5)}
                </text>
              )}
            </g>
          );
        })}
      </svg>
      {day && (
        <figcaption className="pointer-events-none absolute top-2 right-2 rounded-lg border bg-card px-3 py-2 text-xs shadow-md">
          <p className="font-medium">
            {day.day} · {formatCost(day.cost)}
          </p>
          {day.parts.map((cost, index) => cost > 0 && <p key={index} className="text-muted-foreground">{shares[index]?.name}: {formatCost(cost)}</p>)}
        </figcaption>
      )}
    </figure>
  );
}

/** 1, 2 or 5 of the right size: a scale that can be read. */
function niceTop(most: number): number {
  if (most === 0) return 1;
  const size = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 5, 10].map((times) => times * size).find((candidate) => candidate >= most)!;
}
