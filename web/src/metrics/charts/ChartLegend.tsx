import classes from './Chart.module.css';
import { lineStyles } from './lineStyles.ts';
import type { ChartLine } from './lines.ts';

/** A line as it is drawn in the chart. */
export function LineSample({ colour, dash }: { colour: string; dash: string | undefined }) {
  return (
    <svg width="22" height="8" aria-hidden="true" className={classes.sample}>
      <line x1="1" y1="4" x2="21" y2="4" stroke={colour} strokeWidth="2.5" strokeDasharray={dash} />
    </svg>
  );
}

/** What each line stands for, where there is more than one. */
export function ChartLegend({ lines }: { lines: ChartLine[] }) {
  if (lines.length < 2) return null;
  const styles = lineStyles(lines);
  return (
    <ul className={classes.legend} aria-label="Lines of the chart">
      {lines.map((line, n) => (
        <li key={line.name}>
          <LineSample {...styles[n]!} />
          {line.name}
        </li>
      ))}
    </ul>
  );
}
