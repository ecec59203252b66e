/** Funnels and retention as ./index.ts defines them, computed plainly over events in memory. */

/** Milliseconds since 1970, as all times here. */
export interface Event {
  /** Who it is in the end, identities joined. */
  person: string;
  time: number;
  name: string;
  byRapport: boolean;
  /** Values of the dimensions that filters and breakdown may name. */
  values: Record<string, string>;
}

export interface Filter {
  dimension: string;
  operator: 'equals' | 'not_equals';
  value: string;
}

export interface Funnel {
  steps: { event: string; filters?: Filter[] | undefined }[];
  window: number;
  dimension?: string | undefined;
  filters?: Filter[] | undefined;
  from: number;
  to: number;
}

interface Step {
  people: number;
  median: number | null;
}

const holds = (event: Event, filters: readonly Filter[] = []) =>
  filters.every(({ dimension, operator, value }) => {
    const has = dimension === 'event' ? event.name : (event.values[dimension] ?? '');
    return operator === 'equals' ? has === value : has !== value;
  });

/** The steps of all people, and of those with each value of the dimension. */
export function funnelOf(
  events: readonly Event[],
  funnel: Funnel,
): { steps: Step[]; groups: Map<string, Step[]> } {
  const attempts = [...Map.groupBy(events, ({ person }) => person).values()].flatMap(
    (mine) => attemptOf(mine, funnel) ?? [],
  );
  return {
    steps: stepsOf(attempts, funnel),
    groups: new Map(
      [...Map.groupBy(attempts, ({ value }) => value)].map(([value, some]) => [value, stepsOf(some, funnel)]),
    ),
  };
}

/** When the steps were taken. */
interface Attempt {
  times: number[];
  value: string;
}

function attemptOf(events: readonly Event[], { steps, window, filters, from, to, dimension }: Funnel) {
  const possible = events
    .filter(({ time }) => time >= from && time < to + window)
    .map((event) => ({
      event,
      can: steps.flatMap((step, n) =>
        event.name === step.event &&
        holds(event, step.filters) &&
        holds(event, filters) &&
        (n > 0 || event.time < to)
          ? [n]
          : [],
      ),
    }))
    .filter(({ can }) => can.length > 0)
    .sort((a, b) => a.event.time - b.event.time || inDictionary(a.can, b.can));
  let best: Attempt | undefined;
  possible.forEach((first, at) => {
    if (!first.can.includes(0)) return;
    const times = [first.event.time];
    for (const { event, can } of possible.slice(at + 1)) {
      if (event.time > first.event.time + window) break;
      if (can.includes(times.length)) times.push(event.time);
    }
    if (best && times.length <= best.times.length) return;
    // Of events that are alike, the least value.
    const alike = possible.filter(
      ({ event, can }) => event.time === first.event.time && inDictionary(can, first.can) === 0,
    );
    const values = alike.map(({ event }) => event.values[dimension ?? ''] ?? '').sort();
    best = { times, value: values[0]! };
  });
  return best;
}

function inDictionary(a: readonly number[], b: readonly number[]): number {
  for (let n = 0; n < Math.min(a.length, b.length); n++) if (a[n] !== b[n]) return a[n]! - b[n]!;
  return a.length - b.length;
}

function stepsOf(attempts: readonly Attempt[], { steps }: Funnel): Step[] {
  return steps.map((_, n) => {
    const reached = attempts.filter(({ times }) => times.length > n);
    const took = reached.map(({ times }) => (times[n]! - times[n - 1]!) / 1_000).sort((a, b) => a - b);
    const middle = (took.length - 1) / 2;
    const median = (took[Math.floor(middle)]! + took[Math.ceil(middle)]!) / 2;
    return { people: reached.length, median: n === 0 || reached.length === 0 ? null : median };
  });
}

export interface Retention {
  interval: 'day' | 'week' | 'month';
  first?: string | undefined;
  again?: string | undefined;
  filters?: Filter[] | undefined;
  timezone: string;
  from: number;
  to: number;
}

interface Retained {
  /** By interval: a label in alphabetical order, how many had their first time, and how many came back, by label. */
  cohorts: Map<string, { people: number; returned: Map<string, number> }>;
  /** So many intervals later, of intervals that are over at `to`. */
  overall: { people: number; of: number }[];
}

export function retentionOf(events: readonly Event[], labels: readonly string[], asked: Retention): Retained {
  const { interval, first, again, filters, timezone, from, to } = asked;
  const label = labelOf(timezone, interval);
  const named = [first, again].filter((name) => name !== undefined);
  const is = (event: Event, name: string | undefined) =>
    name === undefined ? !event.byRapport || named.includes(event.name) : event.name === name;
  const within = events.filter(
    (event) => label(event.time) >= label(from) && event.time < to && holds(event, filters),
  );
  const cohorts: Retained['cohorts'] = new Map(
    labels.map((name) => [name, { people: 0, returned: new Map(labels.map((other) => [other, 0])) }]),
  );
  for (const mine of Map.groupBy(within, ({ person }) => person).values()) {
    const begun = Math.min(...mine.filter((event) => is(event, first)).map(({ time }) => time));
    if (begun === Number.POSITIVE_INFINITY) continue;
    const cohort = cohorts.get(label(begun))!;
    cohort.people++;
    const back = mine
      .filter((event) => is(event, again) && event.time >= begun)
      .map(({ time }) => label(time));
    for (const name of new Set(back)) cohort.returned.set(name, cohort.returned.get(name)! + 1);
  }
  const over = labels.filter((name) => name < label(to));
  const overall = labels.map((_, later) => {
    const known = over
      .slice(0, Math.max(0, over.length - later))
      .map((name, n) => [name, over[n + later]!] as const);
    return {
      people: known.reduce((sum, [name, then]) => sum + cohorts.get(name)!.returned.get(then)!, 0),
      of: known.reduce((sum, [name]) => sum + cohorts.get(name)!.people, 0),
    };
  });
  return { cohorts, overall };
}

/** Names the local day, the Monday of the week, or the month. */
export function labelOf(timezone: string, interval: Retention['interval']): (time: number) => string {
  const format = new Intl.DateTimeFormat('en-CA', { timeZone: timezone, dateStyle: 'short' });
  return (time) => {
    const day = format.format(time);
    if (interval === 'day') return day;
    if (interval === 'month') return day.slice(0, 7);
    const date = new Date(`${day}T00:00:00Z`);
    date.setUTCDate(date.getUTCDate() - ((date.getUTCDay() + 6) % 7));
    return date.toISOString().slice(0, 10);
  };
}
