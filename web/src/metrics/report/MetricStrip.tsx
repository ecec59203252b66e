import { Skeleton } from '@mantine/core';
import type { Series } from '../queries.ts';
import type { Metric } from '../question.ts';
import { useWords } from '../words/currency.ts';
import { Delta } from './Delta.tsx';
import classes from './MetricStrip.module.css';

interface Props {
  metrics: readonly Metric[];
  /** Undefined while it is being asked for. */
  series: Series | undefined;
  chosen: Metric;
  choose: (metric: Metric) => void;
}

/** The headline numbers beside what they were before. One pressed is the one the chart shows. */
export function MetricStrip({ metrics, series, chosen, choose }: Props) {
  const wordsOf = useWords();
  return (
    <fieldset className={classes.strip} aria-label="Headline numbers; choose one for the chart">
      {metrics.map((metric) => {
        const words = wordsOf(metric);
        const line = series?.series.find((one) => one.metric === metric);
        const before = line?.compared?.total;
        return (
          <button
            key={metric}
            type="button"
            className={classes.metric}
            aria-pressed={metric === chosen}
            title={words.about}
            onClick={() => choose(metric)}
            data-testid={`metric-${metric}`}
          >
            <span className={classes.label}>{words.label}</span>
            {line ? (
              <span className={classes.value} data-testid={`value-${metric}`}>
                {line.total === null ? '–' : words.write(line.total)}
              </span>
            ) : (
              <Skeleton component="span" h={26} w={72} my={4} />
            )}
            <span className={classes.note}>
              {line && <Delta metric={metric} now={line.total} before={before} />}
              {typeof before === 'number' && before !== 0 && (
                <span className={classes.before}>
                  from {(words.money ? words.tick : words.write)(before)}
                </span>
              )}
            </span>
          </button>
        );
      })}
    </fieldset>
  );
}
