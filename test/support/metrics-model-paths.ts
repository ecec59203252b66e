import { type Cut, nameOf, startsOf } from './metrics-model-calendar.ts';
import type { ModelEvent, World } from './metrics-model-events.ts';
import { kindOf, type ModelFilter, matches, namesEvent, textOf } from './metrics-model-filters.ts';

interface Asked {
  filters?: readonly ModelFilter[];
  from: number;
  to: number;
  timezone: string;
}
export interface AskedFunnel extends Asked {
  steps: { event: string; filters?: ModelFilter[] }[];
  window: { amount: number; unit: keyof typeof unitMs };
  dimension?: string;
}
export interface AskedRetention extends Asked {
  interval: Cut;
  first?: { event: string };
  again?: { event: string };
}

const unitMs = { minute: 60_000, hour: 3_600_000, day: 86_400_000, week: 604_800_000 };

/** An event has the dimensions of visits of its session, and its own otherwise. */
function fits(event: ModelEvent, filters: readonly ModelFilter[]): boolean {
  return filters.every((filter) => {
    if (kindOf(filter.dimension) !== 'visit') return matches(filter, event.values, event.properties);
    return event.session !== undefined && matches(filter, event.session.values, {});
  });
}

function valueAt(event: ModelEvent, dimension: string): string {
  return kindOf(dimension) === 'visit'
    ? (event.session?.values[dimension] ?? '')
    : textOf(dimension, event.values, event.properties);
}

interface Attempt {
  /** When each step was taken. */
  times: number[];
  value: string;
}

/** Of each person the attempt that came farthest, the first of them; people by how they count. */
export function attempts(world: World, asked: AskedFunnel): Attempt[] {
  const { steps, from, to, filters = [], dimension } = asked;
  const window = asked.window.amount * unitMs[asked.window.unit];
  const can = (event: ModelEvent) =>
    steps.flatMap((step, n) => {
      const late = n === 0 && event.time >= to;
      return !late && event.event === step.event && fits(event, [...filters, ...(step.filters ?? [])])
        ? [n]
        : [];
    });
  const events = world.events
    .filter(({ time }) => time >= from && time < to + window)
    .map((event) => ({ event, can: can(event) }))
    .filter((one) => one.can.length > 0);
  const found: Attempt[] = [];
  for (const own of Map.groupBy(events, ({ event }) => event.person).values()) {
    let best: Attempt | undefined;
    for (const [n, { event, can }] of own.entries()) {
      if (!can.includes(0)) continue;
      const times = [event.time];
      for (const next of own.slice(n + 1)) {
        if (next.event.time > event.time + window) break;
        if (next.can.includes(times.length)) times.push(next.event.time);
      }
      if (!best || times.length > best.times.length) {
        best = { times, value: dimension ? valueAt(event, dimension) : '' };
      }
    }
    if (best) found.push(best);
  }
  return found;
}

export interface Step {
  people: number;
  of_first: number | null;
  of_previous: number | null;
  median_seconds: number | null;
}

export function stepsOf(list: readonly Attempt[], length: number): Step[] {
  const per = (part: number, of: number) => (of === 0 ? null : part / of);
  const took = Array.from({ length }, (_, n) => list.filter(({ times }) => times.length > n));
  return took.map((reached, n) => ({
    people: reached.length,
    of_first: per(reached.length, took[0]!.length),
    of_previous: per(reached.length, took[Math.max(0, n - 1)]!.length),
    median_seconds: n === 0 ? null : median(reached.map(({ times }) => (times[n]! - times[n - 1]!) / 1_000)),
  }));
}

function median(list: number[]): number | null {
  list.sort((a, b) => a - b);
  const middle = list.length / 2;
  if (list.length === 0) return null;
  return list.length % 2 ? list[Math.floor(middle)]! : (list[middle - 1]! + list[middle]!) / 2;
}

/** How many people began in each interval, and how many of them were back in it and in each after it. */
export function retention(world: World, asked: AskedRetention): { people: number; returned: number[] }[] {
  const { interval, timezone, filters = [], first, again } = asked;
  const starts = startsOf(timezone, interval, asked.from, asked.to);
  const index = new Map(starts.map((start, n) => [nameOf(timezone, interval, start), n]));
  const named = [first?.event, again?.event];
  const isAny = (event: ModelEvent) => !event.byRapport || named.includes(event.event) || namesEvent(filters);
  const is = (event: ModelEvent, wanted?: { event: string }) =>
    wanted ? event.event === wanted.event : isAny(event);
  const cohorts = starts.map((_, n) => ({
    people: 0,
    returned: new Array<number>(starts.length - n).fill(0),
  }));
  const events = world.events.filter(
    (event) => event.time >= starts[0]! && event.time < asked.to && fits(event, filters),
  );
  for (const own of Map.groupBy(events, ({ person }) => person).values()) {
    const begin = own.find((event) => is(event, first));
    if (!begin) continue;
    const at = (event: ModelEvent) => index.get(nameOf(timezone, interval, event.time))!;
    const cohort = cohorts[at(begin)]!;
    cohort.people++;
    const back = own.filter((event) => event.time >= begin.time && is(event, again)).map(at);
    for (const n of new Set(back)) cohort.returned[n - at(begin)]!++;
  }
  return cohorts;
}
