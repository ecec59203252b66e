import { UnstyledButton } from '@mantine/core';
import type { ReactNode } from 'react';
import { percent } from '../../shared/format.ts';
import type { Row } from '../queries.ts';
import type { Dimension, Metric } from '../question.ts';
import { useWords } from '../words/currency.ts';
import { dimensionLabel, valueLabel } from '../words/dimensions.ts';
import classes from './TopTable.module.css';

interface Props {
  dimension: Dimension;
  /** The first one makes the bars. */
  metrics: Metric[];
  rows: Row[];
  /** The first metric over everything, of which each row is a share. */
  total?: number | null | undefined;
  /** Whether a value is filtered by. */
  isPicked?: (value: string) => boolean;
  /** Makes a row a filter; without it, rows are only looked at. */
  pick?: (value: string) => void;
  /** At the end of a row, e.g. the way to its details. */
  action?: (value: string) => ReactNode;
  /** Instead of the plain name at the head of the first column. */
  head?: ReactNode;
}

/** Values of a dimension, each with a bar, its numbers and its share. A row clicked is a filter. */
export function TopTable({ dimension, metrics, rows, total, isPicked, pick, action, head }: Props) {
  const wordsOf = useWords();
  const main = metrics[0]!;
  const largest = Math.max(1, ...rows.map((row) => row.values[main] ?? 0));
  return (
    <table
      className={classes.table}
      data-columns={metrics.length}
      aria-label={`Top by ${dimensionLabel(dimension).toLowerCase()}`}
    >
      <thead>
        <tr>
          <th scope="col">{head || dimensionLabel(dimension)}</th>
          {metrics.map((metric) => (
            <th key={metric} scope="col" className={classes.number}>
              {wordsOf(metric).label}
            </th>
          ))}
          {total !== undefined && (
            <th scope="col" className={classes.share}>
              Share
            </th>
          )}
          {action && <td />}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => {
          const label = valueLabel(dimension, row.value);
          const picked = isPicked?.(row.value) ?? false;
          const bar = { '--bar': `${(100 * (row.values[main] ?? 0)) / largest}%` } as React.CSSProperties;
          const name = (
            <span className={classes.label} data-empty={row.value === '' || undefined}>
              {label}
            </span>
          );
          return (
            <tr key={row.value} data-testid="top-row" data-picked={picked || undefined}>
              <td className={classes.name}>
                {pick ? (
                  <UnstyledButton
                    className={classes.pick}
                    onClick={() => pick(row.value)}
                    aria-pressed={picked}
                    title={picked ? `${label}: take the filter away` : `Filter by ${label}`}
                    style={bar}
                  >
                    {name}
                  </UnstyledButton>
                ) : (
                  <div className={classes.pick} style={bar} title={label}>
                    {name}
                  </div>
                )}
              </td>
              {metrics.map((metric) => (
                <td key={metric} className={classes.number}>
                  {typeof row.values[metric] === 'number' ? wordsOf(metric).write(row.values[metric]) : '–'}
                </td>
              ))}
              {total !== undefined && (
                <td className={classes.share}>
                  {total === null ? '–' : percent(row.values[main] ?? 0, total)}
                </td>
              )}
              {action && <td className={classes.action}>{action(row.value)}</td>}
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
