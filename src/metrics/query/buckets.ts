import type { Binder } from './binder.ts';
import type { Period } from './times.ts';

const HOUR = 3_600_000;

/**
 * SQL of the interval a time lies in, by its beginning in seconds since 1970; 0 when the period is not cut. Where
 * intervals begin is worked out once, in TypeScript (calendar.ts), so that the engine's knowledge of time zones
 * plays no part, and answers' points and rows cannot disagree.
 */
export function bucketSql(time: string, { starts, to }: Period, bind: Binder): string {
  if (starts.length === 0) return 'toUInt32(0)';
  const seconds = secondsOf(starts);
  const [first] = seconds as [number];
  if (seconds.length === 1) return `toUInt32(${bind.count(first)})`;
  const step = seconds[1]! - first;
  const even =
    seconds.every((second, n) => second === first + n * step) && to / 1_000 <= first + seconds.length * step;
  const at = `toUnixTimestamp(${time})`;
  if (even) {
    const begin = bind.count(first);
    const length = bind.count(step);
    return `toUInt32(${begin} + intDiv(${at} - ${begin}, ${length}) * ${length})`;
  }
  // A binary search among the beginnings.
  return `roundDown(${at}, ${bind.counts(seconds)})`;
}

const kept = new WeakMap<readonly number[], number[]>();

/** The same list for the same intervals, so that a statement binds it once. */
function secondsOf(starts: readonly number[]): number[] {
  const seconds = kept.get(starts) ?? starts.map((start) => start / 1_000);
  kept.set(starts, seconds);
  return seconds;
}

/**
 * The hours of UTC in which the period or one of its intervals begins or ends, but for those at whose beginning it
 * does: what was counted by the hour cannot tell them apart. Seconds since 1970.
 */
export function cutHours({ from, to, starts }: Period): number[] {
  const cut = new Set<number>();
  for (const bound of [from, ...starts, to]) {
    if (bound % HOUR !== 0) cut.add((Math.floor(bound / HOUR) * HOUR) / 1_000);
  }
  return [...cut].sort((a, b) => a - b);
}
