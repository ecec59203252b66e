import { createHash } from 'node:crypto';
import { Cron } from 'croner';

export interface Schedule {
  every_seconds: number | null;
  cron: string | null;
}

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** People who choose a time mean that time, give or take this. */
const cronSpreadMs = minuteMs;
const firstRetryMs = minuteMs;
const longestRetryMs = hourMs;

/** Where in an interval a connection has its place: evenly spread, the same always; 0 ≤ share < 1. */
export const shareOf = (id: string): number =>
  createHash('sha256').update(id).digest().readUInt32BE() / 2 ** 32;

/**
 * When a connection is to run next, strictly after `after`. However many runs were missed meanwhile, it is one.
 * @param timezone the workspace's, for cron
 */
export function nextRun(id: string, { every_seconds, cron }: Schedule, timezone: string, after: Date): Date {
  if (cron !== null) {
    const spread = Math.floor(shareOf(id) * cronSpreadMs);
    const next = new Cron(cron, { timezone }).nextRun(new Date(after.getTime() - spread));
    // A date that never comes (30 February): once a year somebody may look at it.
    return new Date((next?.getTime() ?? after.getTime() + 365 * dayMs) + spread);
  }
  const every = (every_seconds ?? 3_600) * 1_000;
  const place = Math.floor(shareOf(id) * every);
  return new Date(Math.floor((after.getTime() - place) / every) * every + place + every);
}

/** Milliseconds between two runs, for telling late from on time. */
export function intervalMs({ every_seconds, cron }: Schedule, timezone: string, now: Date): number {
  if (cron === null) return (every_seconds ?? 3_600) * 1_000;
  const [first, second] = new Cron(cron, { timezone }).nextRuns(2, now);
  return first && second ? second.getTime() - first.getTime() : dayMs;
}

/**
 * When to try again after so many failures in a row: 1, 2, 4 … 60 minutes, not later than the next run anyway; but who
 * asked for a wait gets it, a day at most.
 */
export function retryAt(failures: number, next: Date, now: Date, atLeastMs = 0): Date {
  const wait = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(10, failures - 1));
  const at = Math.min(next.getTime(), now.getTime() + wait);
  return new Date(Math.max(at, now.getTime() + Math.min(dayMs, atLeastMs)));
}

/** What needs a person is not asked for again before they acted, but once a day: it may have been their mistake. */
export const retryUnasked = (now: Date) => new Date(now.getTime() + dayMs);

/** Whether the daily full listing is due. Spread over the day, so that not all are listed in the same hour. */
export function fullIsDue(id: string, last: Date | null, now: Date): boolean {
  if (last === null) return true;
  const place = shareOf(`${id} full`) * dayMs;
  return Math.floor((now.getTime() - place) / dayMs) > Math.floor((last.getTime() - place) / dayMs);
}
