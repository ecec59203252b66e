import { Text } from '@mantine/core';
import { count, duration, fraction, number } from '../../shared/format.ts';
import type { Funnel } from '../queries.ts';
import classes from './Funnel.module.css';

/** The steps, each with a bar as long as the share of people who came so far. */
export function FunnelSteps({ funnel }: { funnel: Funnel }) {
  const { steps } = funnel;
  const first = steps[0]?.people ?? 0;
  if (first === 0)
    return (
      <Text c="dimmed" size="sm" py="lg" ta="center">
        Nobody took the first step in these days. Choose another event, or other days.
      </Text>
    );
  const last = steps.at(-1);
  return (
    <>
      <Text size="sm" mb="md">
        <b data-testid="funnel-conversion">{fraction(last?.of_first ?? 0)}</b> of{' '}
        {count(first, 'person', 'people')} took all {steps.length} steps.
      </Text>
      <ol className={classes.steps} aria-label="Steps and how many people took them">
        {steps.map((step, at) => {
          const lost = at === 0 ? 0 : (steps[at - 1]?.people ?? 0) - step.people;
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a step is its place; two may be the same
            <li key={at} className={classes.step} data-testid="funnel-step">
              <div className={classes.head}>
                <span className={classes.badge} aria-hidden>
                  {at + 1}
                </span>
                <span className={classes.event}>{step.event}</span>
                <span className={classes.reached}>
                  <span className={classes.people}>{count(step.people, 'person', 'people')}</span>
                  <b className={classes.share}>{fraction(step.of_first ?? 0)}</b>
                </span>
              </div>
              <div className={classes.track} aria-hidden>
                <div className={classes.bar} style={{ width: `${100 * (step.of_first ?? 0)}%` }} />
                {lost > 0 && <div className={classes.lost} style={{ width: `${(100 * lost) / first}%` }} />}
              </div>
              {at > 0 && (
                <div className={classes.note}>
                  {fraction(step.of_previous ?? 0)} of the step before
                  {step.median_seconds !== null && `, half of them within ${duration(step.median_seconds)}`}
                  {lost > 0 && <span className={classes.drop}>{number(lost)} lost</span>}
                </div>
              )}
            </li>
          );
        })}
      </ol>
    </>
  );
}
