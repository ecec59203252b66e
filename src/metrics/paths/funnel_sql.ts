import type { Cover } from '../hours/index.ts';
import type { Binder } from '../query/binder.ts';
import type { FunnelQuestion } from '../query/question.ts';
import { joinedPeople, matchingRows } from './matches.ts';

/** The most values of the dimension an answer has. */
const mostGroups = 20;

/** Of an event, packed into 64 bits in the order they are sorted by: milliseconds, rank among ties, steps it can be. */
const rankShift = 10;
const timeShift = 20;

/**
 * SQL of the answer: a row for all people (`whole` 1), and with a dimension one for each of its most frequent values.
 * `people_k` reached step k; `median_k` milliseconds from the step before.
 *
 * In a statement of its own levels: events → an array for each person → joined identities → attempts. All attempts of a
 * person are followed at once, from the last event backwards: `arrayReverseFill` tells every event when the next one
 * of a kind comes. So it takes time in proportion to the events, however many one person has. (windowFunnel, which
 * does not tell the times, took 1.4 times as long on 3M events of 300,000 people; joining identities before grouping 3M
 * rows up to twice; reading only people of step 1 gained nothing even where few took it.)
 */
export function funnelSql(question: FunnelQuestion, cover: Cover, bind: Binder): string {
  const { steps, from, to, window, filters, dimension } = question;
  const rows = matchingRows(
    {
      wanted: steps.map((step, n) => (n === 0 ? { ...step, before: to } : step)),
      filters,
      period: { from, to: to + window, starts: [] },
      cover,
      columns: { t: 'toUnixTimestamp64Milli(time)' },
      dimension,
    },
    bind,
  );
  const firsts = dimension ? ', groupArrayIf((x, v), bitAnd(m, 1) != 0) AS firsts' : '';
  const events = `SELECT p, groupArray(x) AS xs, groupBitOr(m) AS seen${firsts}
FROM (
SELECT p, m, ${packed(steps, bind)} AS x${dimension ? ', v' : ''}
FROM (
${rows}
)
)
GROUP BY p`;
  const people = joinedPeople(
    events,
    cover,
    {
      xs: 'groupArrayArray(e.xs)',
      seen: 'groupBitOr(e.seen)',
      ...(dimension ? { firsts: 'groupArrayArray(e.firsts)' } : {}),
    },
    'bitAnd(seen, 1) != 0',
  );
  return answer(attempts(people, question, bind), question);
}

/** An event as one number. */
function packed(steps: FunnelQuestion['steps'], bind: Binder): string {
  const time = `bitShiftLeft(toUInt64(t), ${timeShift})`;
  // An event that can be one step alone is the lower the earlier the step.
  if (new Set(steps.map(({ event }) => event)).size === steps.length) return `bitOr(${time}, toUInt64(m))`;
  const rank = `arrayElement(${bind.counts(ranks(steps.length))}, m + 1)`;
  return `bitOr(${time}, bitOr(bitShiftLeft(toUInt64(${rank}), ${rankShift}), toUInt64(m)))`;
}

/** For each set of steps, as bits, its place in the order of a dictionary: 1, 1 2, 1 2 3, 1 3, 2, 2 3, 3. */
export function ranks(steps: number): number[] {
  const places = new Array<number>(2 ** steps).fill(0);
  let place = 0;
  const visit = (set: number, after: number) => {
    for (let step = after; step < steps; step++) {
      places[set | (1 << step)] = place++;
      visit(set | (1 << step), step + 1);
    }
  };
  visit(0, 0);
  return places;
}

/** For each person how far they came in the attempt that counts, when they took its steps, and its value. */
function attempts(people: string, { steps, window, dimension }: FunnelQuestion, bind: Binder): string {
  const later = steps.map((_, n) => n + 1).slice(1);
  const reached = later.map(
    (k) => `(f${k} != 0 AND f${k} <= bitShiftRight(x, ${timeShift}) + ${bind.number(window)})`,
  );
  const keep = dimension ? ', firsts' : '';
  // Who never did anything that can be step 2 came as far as 1; there is nothing to follow.
  const sorted = `SELECT if(bitAnd(seen, 2) = 0, emptyArrayUInt64(), arraySort(xs)) AS a, arrayMap(x -> bitShiftRight(x, ${timeShift}), a) AS t${
    dimension ? ', firsts, arrayMin(e -> e.1, firsts) AS earliest' : ''
  }
FROM (
${people}
)`;
  const followed = `SELECT a, t${keep}${dimension ? ', earliest' : ''}, ${later.map((k) => `${following(k)} AS f${k}`).join(', ')}
FROM (
${sorted}
)`;
  const fs = later.map((k) => `f${k}`).join(', ');
  const measured = `SELECT *, arrayMap((x, ${fs}) -> if(bitAnd(x, 1) = 0, 0, toUInt8(1 + ${reached.join(' + ')})), a, ${fs}) AS depths
FROM (
${followed}
)`;
  const value = dimension
    ? ", if(i = 0, earliest, a[i]) AS chosen, arrayReduce('min', arrayMap(e -> e.2, arrayFilter(e -> e.1 = chosen, firsts))) AS value"
    : '';
  return `SELECT if(empty(a), 1, arrayMax(depths)) AS depth, indexOf(depths, depth) AS i, t[i] AS t1, ${later
    .map((k) => `f${k}[i] AS t${k}`)
    .join(', ')}${value}
FROM (
${measured}
)`;
}

/**
 * SQL of an array beside `a`: for each event, when one who goes on after it with step 2, 3, … comes to step k; 0 for
 * never. Each link from the last to the first: of events that can be step j, what is known of those after them.
 */
function following(k: number): string {
  let times = 't';
  for (let step = k; step >= 2; step--) {
    const here = `arrayMap((x, f) -> if(bitAnd(x, ${2 ** (step - 1)}) != 0, f, 0), a, ${times})`;
    times = `arrayShiftLeft(arrayReverseFill(f -> f != 0, ${here}), 1)`;
  }
  return times;
}

function answer(people: string, { steps, dimension }: FunnelQuestion): string {
  const columns = steps.flatMap((_, n) => {
    const k = n + 1;
    const count = `countIf(depth >= ${k}) AS people_${k}`;
    return n === 0
      ? [count]
      : [count, `quantileExactInclusiveIf(0.5)(t${k} - t${n}, depth >= ${k}) AS median_${k}`];
  });
  const from = `FROM (\n${people}\n)`;
  if (!dimension) return `SELECT 1 AS whole, ${columns.join(', ')}\n${from}`;
  return `SELECT grouping(value) AS whole, value, ${columns.join(', ')}
${from}
GROUP BY GROUPING SETS ((value), ())
ORDER BY whole DESC, people_1 DESC, value
LIMIT ${mostGroups + 1}`;
}
