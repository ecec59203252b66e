import { type CSSProperties, useId } from 'react';
import { fraction, number, timesIn } from '../../shared/format.ts';
import type { Retention } from '../queries.ts';
import classes from './CohortTable.module.css';

/** Cohorts down, intervals since they began across; the darker a cell, the more came back. */
export function CohortTable({ retention }: { retention: Retention }) {
  const { cohorts, interval, overall, timezone } = retention;
  const times = timesIn(timezone);
  const label = interval === 'month' ? times.month : times.day;
  const about = useId();
  const columns = Math.max(...cohorts.map((cohort) => cohort.returned.length));
  return (
    <>
      <p className={classes.about} id={about}>
        Share of each cohort that came back so many {interval}s after it began. People who began in the same{' '}
        {interval} are a cohort; {interval} 0 is that {interval} itself.
      </p>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls sideways can be scrolled with the keyboard */}
      <section className={classes.scroll} tabIndex={0} aria-label="Cohorts">
        <table className={classes.table} aria-describedby={about}>
          <thead>
            <tr>
              <th scope="col">Began</th>
              <th scope="col" className={classes.people}>
                People
              </th>
              {Array.from({ length: columns }, (_, after) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: a column is its number
                <th key={after} scope="col">
                  {after}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <tr className={classes.overall}>
              <th scope="row">All</th>
              <td className={classes.people}>
                {number(cohorts.reduce((sum, cohort) => sum + cohort.people, 0))}
              </td>
              <Cells cells={overall.slice(0, columns)} />
            </tr>
            {cohorts.map((cohort) => (
              <tr key={cohort.time} data-testid="cohort">
                <th scope="row">{label(cohort.time)}</th>
                <td className={classes.people}>{number(cohort.people)}</td>
                <Cells cells={cohort.returned.map((cell) => ({ ...cell, of: cohort.people }))} />
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </>
  );
}

interface CellsProps {
  cells: { people: number; of: number; ratio: number | null }[];
}

/** The shares of a row, from the interval it began in. */
function Cells({ cells }: CellsProps) {
  return cells.map(({ people, of, ratio }, after) => {
    // Most cohorts lose nine of ten at once: the square root keeps the differences among the few in sight.
    const heat = Math.round(Math.sqrt(ratio ?? 0) * 70);
    return (
      <td
        // biome-ignore lint/suspicious/noArrayIndexKey: a column is its number
        key={after}
        className={classes.cell}
        style={{ '--heat': `${heat}%` } as CSSProperties}
        title={`${number(people)} of ${number(of)}`}
        data-strong={heat > 48 || undefined}
      >
        {ratio === null ? '–' : fraction(ratio)}
      </td>
    );
  });
}
