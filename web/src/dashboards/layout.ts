import type { Placed } from './queries.ts';

/** The layout with the chart at one place moved to another. */
export function moved(layout: Placed[], from: number, to: number): Placed[] {
  const next = [...layout];
  next.splice(to, 0, ...next.splice(from, 1));
  return next;
}

/** The layout with one chart wider or higher by so much, within what there is room for. */
export function resized(layout: Placed[], at: number, by: { width?: number; height?: number }): Placed[] {
  return layout.map((placed, n) =>
    n === at
      ? {
          ...placed,
          width: Math.min(3, Math.max(1, placed.width + (by.width ?? 0))) as Placed['width'],
          height: Math.min(4, Math.max(1, placed.height + (by.height ?? 0))),
        }
      : placed,
  );
}

export const without = (layout: Placed[], chart: string) => layout.filter((placed) => placed.chart !== chart);
