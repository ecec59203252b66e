import { type Cut, instantOf, nameOf, offsetAt, startsOf } from './metrics-model-calendar.ts';
import type { ModelEvent, ModelSession, World } from './metrics-model-events.ts';
import { kindOf, type ModelFilter, matches, namesEvent, textOf } from './metrics-model-filters.ts';

/** A question of counting, all of it said. Times are milliseconds since 1970. */
export interface Asked {
  metrics: readonly string[];
  filters?: readonly ModelFilter[];
  from: number;
  to: number;
  timezone: string;
}
export interface AskedSeries extends Asked {
  interval: Cut;
  breakdown?: { dimension: string; limit: number };
  compare?: 'previous_period' | 'previous_year';
  smooth?: number;
}
export interface AskedTop extends Asked {
  dimension: string;
  limit: number;
  offset?: number;
  order?: { by: string; direction: 'ascending' | 'descending' };
}
export type Value = number | null;
export interface Line {
  metric: string;
  group: string | null;
  other: boolean;
  total: Value;
  points: { time: number; value: Value; smoothed?: Value }[];
}

/** Something that counts: an event, or a session; under which time, for whom, and under which value of the dimension. */
interface Fact {
  time: number;
  value: string;
  person: string;
  event?: ModelEvent;
  session?: ModelSession;
}

/** All that counts for a question, one by one. */
function factsOf(world: World, { metrics, filters = [], from, to }: Asked, dimension?: string): Fact[] {
  const kind = (name: string) => kindOf(name);
  const isOfVisits = [...filters.map((filter) => filter.dimension), dimension ?? ''].some(
    (name) => kind(name) === 'visit',
  );
  const ofVisit = filters.filter((filter) => kind(filter.dimension) === 'visit');
  const ofEvent = filters.filter((filter) => kind(filter.dimension) === 'event');
  const ofBoth = filters.filter((filter) => kind(filter.dimension) === 'both');
  const named = namesEvent(filters);
  const within = (time: number) => time >= from && time < to;
  const facts: Fact[] = [];

  for (const event of world.events) {
    const { session } = event;
    if (isOfVisits) {
      if (!session || !within(session.started)) continue;
      if (!ofVisit.every((filter) => matches(filter, session.values, {}))) continue;
    } else if (!within(event.time)) continue;
    if (!ofEvent.every((filter) => matches(filter, event.values, event.properties))) continue;
    // In a question about sessions, what both have is the session's.
    const both = isOfVisits && session ? session.values : event.values;
    if (!ofBoth.every((filter) => matches(filter, both, {}))) continue;
    const isEmail = event.event === 'Email Sent' && metrics.includes('emails');
    if (event.byRapport && !named && !isEmail) continue;
    const own = isOfVisits && session ? { ...event.values, ...session.values } : event.values;
    const values = kind(dimension ?? '') === 'event' ? event.values : own;
    facts.push({
      time: isOfVisits && session ? session.started : event.time,
      value: dimension ? textOf(dimension, values, event.properties) : '',
      // A session is of who began it.
      person: isOfVisits && session ? session.person : event.person,
      event,
    });
  }
  for (const session of world.sessions) {
    if (!within(session.started)) continue;
    if (!ofVisit.every((filter) => matches(filter, session.values, {}))) continue;
    if (!ofBoth.every((filter) => matches(filter, session.values, {}))) continue;
    const such = session.events.filter((event) =>
      ofEvent.every((filter) => matches(filter, event.values, event.properties)),
    );
    if (such.length === 0) continue;
    const values = !dimension
      ? ['']
      : kind(dimension) === 'event'
        ? new Set(such.map((event) => textOf(dimension, event.values, event.properties)))
        : [session.values[dimension] ?? ''];
    for (const value of values) facts.push({ time: session.started, value, person: session.person, session });
  }
  return facts;
}

class Cell {
  #events: { event: ModelEvent; person: string }[] = [];
  #sessions = new Set<ModelSession>();
  #new = new Set<string>();
  readonly #named: boolean;
  constructor(named: boolean) {
    this.#named = named;
  }

  add({ event, session, person }: Fact, isNew: boolean): void {
    if (event) this.#events.push({ event, person });
    if (event && isNew) this.#new.add(person);
    if (session) this.#sessions.add(session);
  }

  value(metric: string): Value {
    const events = this.#events.filter(({ event }) => this.#named || !event.byRapport);
    const sum = (of: (event: ModelEvent) => number) => events.reduce((all, { event }) => all + of(event), 0);
    const sumOfSessions = (of: (session: ModelSession) => number) =>
      [...this.#sessions].reduce((all, session) => all + of(session), 0);
    const per = (value: number, of: number) => (of === 0 ? null : value / of);
    const sessions = this.#sessions.size;
    switch (metric) {
      case 'events':
        return events.length;
      case 'page_views':
        return sum(({ page }) => Number(page));
      case 'revenue':
        return sum(({ revenue }) => revenue);
      case 'orders':
        return sum(({ order }) => Number(order));
      case 'average_order':
        return per(
          sum(({ revenue }) => revenue),
          sum(({ order }) => Number(order)),
        );
      case 'emails':
        return this.#events.filter(({ event }) => event.byRapport && event.event === 'Email Sent').length;
      case 'visitors':
        return new Set(events.filter(({ event }) => !event.byRapport).map(({ person }) => person)).size;
      case 'people':
        return new Set(events.map(({ person }) => person)).size;
      case 'new_people':
        return this.#new.size;
      case 'sessions':
        return sessions;
      case 'views_per_session':
        return per(
          sumOfSessions(({ pageViews }) => pageViews),
          sessions,
        );
      case 'bounce_rate':
        return per(
          sumOfSessions(({ events: { length } }) => Number(length === 1)),
          sessions,
        );
      case 'session_length':
        return per(
          sumOfSessions(({ started, ended }) => (ended - started) / 1_000),
          sessions,
        );
      case 'conversion_rate':
        return per(
          sumOfSessions(({ orders }) => Number(orders > 0)),
          sessions,
        );
      default:
        throw new Error(`the model knows no metric ${metric}`);
    }
  }
}

/** Counts facts in cells, by a key of each; `cutOf` says which interval an instant lies in. */
function count(
  world: World,
  asked: Asked,
  facts: readonly Fact[],
  keyOf: (fact: Fact) => string,
  cutOf: (time: number) => unknown,
): Map<string, Cell> {
  const cells = new Map<string, Cell>();
  const named = namesEvent(asked.filters ?? []);
  for (const fact of facts) {
    const key = keyOf(fact);
    let cell = cells.get(key);
    if (!cell) {
      cell = new Cell(named);
      cells.set(key, cell);
    }
    const first = fact.event && world.firstSeen.get(fact.person);
    const isNew =
      first !== undefined && first >= asked.from && first < asked.to && cutOf(first) === cutOf(fact.time);
    cell.add(fact, isNew && (named || !fact.event?.byRapport));
  }
  return cells;
}

const whole = () => 0;
const none = new Cell(false);

export function totals(world: World, asked: Asked, dimension?: string): Map<string, Record<string, Value>> {
  const cells = count(world, asked, factsOf(world, asked, dimension), ({ value }) => value, whole);
  if (!dimension && cells.size === 0) cells.set('', none);
  return new Map([...cells].map(([value, cell]) => [value, valuesOf(cell, asked.metrics)]));
}

const valuesOf = (cell: Cell, metrics: readonly string[]) =>
  Object.fromEntries(metrics.map((metric) => [metric, cell.value(metric)]));

/** Rows in order; nothing to divide by comes last either way. */
export function top(world: World, asked: AskedTop): { value: string; values: Record<string, Value> }[] {
  const { by, direction } = asked.order ?? { by: asked.metrics[0]!, direction: 'descending' };
  const rows = [...totals(world, asked, asked.dimension)].map(([value, values]) => ({ value, values }));
  const sign = direction === 'ascending' ? 1 : -1;
  rows.sort((a, b) => {
    const byText = compareBytes(a.value, b.value);
    if (by === 'value') return sign * byText;
    const [x, y] = [a.values[by] ?? null, b.values[by] ?? null];
    if (x === y) return byText;
    return x === null ? 1 : y === null ? -1 : sign * (x - y);
  });
  return rows;
}

export const compareBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** The lines of a series, and those of the period it is compared with. */
export function series(world: World, asked: AskedSeries): { lines: Line[]; compared: Line[] | undefined } {
  const starts = startsOf(asked.timezone, asked.interval, asked.from, asked.to);
  const moved = { ...asked, from: starts[0]! };
  const groups = asked.breakdown && mostFrequent(world, moved, asked.breakdown);
  const lines = linesOf(world, moved, starts, groups);
  if (!asked.compare) return { lines, compared: undefined };
  const others = otherStarts(asked, starts);
  const to = startsOf(asked.timezone, asked.interval, others.at(-1)!, others.at(-1)! + 40 * DAY)[1]!;
  return { lines, compared: linesOf(world, { ...asked, from: others[0]!, to }, others, groups) };
}

const DAY = 86_400_000;

function mostFrequent(
  world: World,
  asked: AskedSeries,
  { dimension, limit }: { dimension: string; limit: number },
) {
  return top(world, { ...asked, metrics: asked.metrics.slice(0, 1), dimension, limit })
    .slice(0, limit)
    .map(({ value }) => value);
}

function linesOf(world: World, asked: AskedSeries, starts: number[], groups: string[] | undefined): Line[] {
  const facts = factsOf(world, asked, asked.breakdown?.dimension);
  const groupOf = (value: string) => (!groups ? 'all' : groups.includes(value) ? `=${value}` : 'other');
  const index = new Map(starts.map((start, n) => [nameOf(asked.timezone, asked.interval, start), n]));
  const cutOf = (time: number) => index.get(nameOf(asked.timezone, asked.interval, time));
  const sums = count(world, asked, facts, ({ value }) => groupOf(value), whole);
  const cells = count(world, asked, facts, ({ value, time }) => `${cutOf(time)} ${groupOf(value)}`, cutOf);
  const names = groups ? [...groups.map((group) => `=${group}`), 'other'] : ['all'];
  return names.flatMap((name) =>
    asked.metrics.map((metric) => ({
      metric,
      group: name.startsWith('=') ? name.slice(1) : null,
      other: name === 'other',
      total: (sums.get(name) ?? none).value(metric),
      points: smoothed(
        asked.smooth,
        starts.map((time, n) => ({ time, value: (cells.get(`${n} ${name}`) ?? none).value(metric) })),
      ),
    })),
  );
}

function smoothed(length: number | undefined, points: { time: number; value: Value }[]): Line['points'] {
  if (!length) return points;
  return points.map((point, n) => {
    const last = points.slice(Math.max(0, n - length + 1), n + 1).flatMap(({ value }) => value ?? []);
    return {
      ...point,
      smoothed: last.length ? last.reduce((sum, value) => sum + value, 0) / last.length : null,
    };
  });
}

/**
 * As many intervals directly before (hours from midnight on: those of as many days before), or from the same local date a
 * year before (52 weeks, by week).
 */
function otherStarts({ timezone, interval, compare, to }: AskedSeries, starts: number[]): number[] {
  const begin = starts[0]!;
  const count = starts.length;
  const midnight = (begin + offsetAt(timezone, begin)) % DAY === 0;
  if (compare === 'previous_period' && midnight && (interval === 'hour' || interval === 'minute')) {
    const localDay = (time: number) => Math.floor((time + offsetAt(timezone, time)) / DAY);
    const days = localDay(to - 1) + 1 - localDay(begin);
    const from = instantOf(timezone, begin + offsetAt(timezone, begin) - days * DAY);
    return startsOf(timezone, interval, from, from + (count + 2) * longest[interval] + DAY).slice(0, count);
  }
  if (compare === 'previous_period') {
    const before = startsOf(timezone, interval, begin - count * longest[interval] - DAY, begin);
    return before.slice(-count);
  }
  const local = new Date(begin + offsetAt(timezone, begin));
  const then =
    interval === 'week' ? local.getTime() - 364 * DAY : local.setUTCFullYear(local.getUTCFullYear() - 1);
  const from = instantOf(timezone, then);
  return startsOf(timezone, interval, from, from + count * longest[interval] + DAY).slice(0, count);
}

const longest: Record<Cut, number> = {
  minute: 60_000,
  hour: DAY / 24,
  day: DAY + DAY / 24,
  week: 8 * DAY,
  month: 31 * DAY,
};
