import { Text } from '@mantine/core';
import { fraction, number } from '../../shared/format.ts';
import { wayName } from '../flow/tree.ts';
import type { StepReport } from '../queries.ts';
import classes from './SplitResult.module.css';
import { liftText, verdict, type Way } from './splitWords.ts';

/** How the ways of a split did: each one's share of people who reached the goal, with what chance may have done to it. */
export function SplitResult({ figures, hasGoal }: { figures: StepReport; hasGoal: boolean }) {
  const ways = figures.ways ?? [];
  if (!hasGoal) {
    return (
      <Text size="sm" c="dimmed">
        {ways.map((way, index) => `${way.name ?? wayName(index)}: ${number(way.people)}`).join(', ')}. Give
        the campaign a goal, and the ways are compared by who reaches it.
      </Text>
    );
  }
  // As wide as the widest interval, so that differences can be seen.
  const most = Math.max(0.01, ...ways.map(({ interval }) => interval?.high ?? 0));
  return (
    <div data-testid="split-result">
      <Text size="sm" fw={600} mb="xs" data-testid="split-verdict">
        {verdict(ways)}
      </Text>
      {ways.map((way, index) => (
        <div key={way.id} className={classes.way}>
          <div>
            <Text size="sm" fw={550}>
              {way.name ?? wayName(index)}
            </Text>
            <Text size="xs" c="dimmed">
              {number(way.goal)} of {number(way.people)} reached the goal
            </Text>
          </div>
          <div>
            <Plot way={way} most={most} />
            <div className={classes.scale} aria-hidden>
              <span>0 %</span>
              <span>{fraction(most)}</span>
            </div>
          </div>
          <Text size="sm">
            {way.rate === null ? 'Nobody yet' : <b>{fraction(way.rate)}</b>}
            {way.interval && (
              <Text span c="dimmed" inherit>
                {' '}
                ({fraction(way.interval.low)} to {fraction(way.interval.high)})
              </Text>
            )}
            {way.lift && (
              <Text size="xs" component="div">
                {liftText(way.lift)}
              </Text>
            )}
          </Text>
        </div>
      ))}
      <Text size="xs" c="dimmed" mt="xs">
        The lines show where the true share lies with 95 % certainty.
      </Text>
    </div>
  );
}

/** The share as a point, its interval as a line with whiskers. */
function Plot({ way: { rate, interval }, most }: { way: Way; most: number }) {
  if (rate === null || !interval) return <div className={classes.plot} />;
  const at = (value: number) => `${(value / most) * 100}%`;
  return (
    <div
      className={classes.plot}
      role="img"
      aria-label={`${fraction(rate)}, between ${fraction(interval.low)} and ${fraction(interval.high)}`}
    >
      <div
        className={classes.whisker}
        style={{ left: at(interval.low), width: at(interval.high - interval.low) }}
      />
      <div className={classes.point} style={{ left: at(rate) }} />
    </div>
  );
}
