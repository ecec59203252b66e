import { Cron } from 'croner';

/** When a cron expression comes next, strictly after; undefined when never (30 February). */
export const nextTime = (cron: string, timezone: string, after: Date): Date | undefined =>
  new Cron(cron, { timezone }).nextRun(after) ?? undefined;

/** What is wrong with a cron expression; undefined when nothing is. */
export function faultOfCron(text: string): string | undefined {
  try {
    const [first, second] = new Cron(text).nextRuns(2);
    if (!first) return 'never comes';
    return second && second.getTime() - first.getTime() < 60_000
      ? 'comes more than once a minute'
      : undefined;
  } catch (error) {
    return `is not a cron expression: ${error instanceof Error ? error.message.replace(/^CronPattern: /, '') : error}`;
  }
}
