import { Text } from '@mantine/core';
import type { Series } from '../metrics/queries.ts';
import { Delta } from '../metrics/report/Delta.tsx';
import { useWords } from '../metrics/words/currency.ts';
import classes from './Dashboard.module.css';

/** The total of a series, as large as it is important. */
export function BigNumber({ series }: { series: Series }) {
  const wordsOf = useWords();
  const line = series.series[0];
  if (!line) return null;
  const words = wordsOf(line.metric);
  return (
    <div className={classes.big}>
      <Text className={classes.number}>{line.total === null ? '–' : words.write(line.total)}</Text>
      <Text size="sm" c="dimmed">
        {words.label} <Delta metric={line.metric} now={line.total} before={line.compared?.total} />
      </Text>
    </div>
  );
}
