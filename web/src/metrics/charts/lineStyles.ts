import type { ChartLine } from './lines.ts';

interface LineStyle {
  colour: string;
  /** Of an SVG stroke; none is a full line. */
  dash: string | undefined;
}

const dashes = [undefined, '8 3', '2 3', '10 3 2 3', '5 5', '1 5'];

/** How each line is told from the others, with and without colour. */
export function lineStyles(lines: Pick<ChartLine, 'role'>[]): LineStyle[] {
  let group = 0;
  return lines.map(({ role }) => {
    if (role === 'before') return { colour: 'var(--chart-before)', dash: '6 4' };
    if (role === 'average') return { colour: 'var(--mantine-color-text)', dash: '1 3' };
    if (role === 'main') return { colour: 'var(--chart-main)', dash: undefined };
    const at = group++ % dashes.length;
    return { colour: `var(--chart-${at + 1})`, dash: dashes[at] };
  });
}
