import type { Cover } from '../hours/index.ts';
import type { Binder } from '../query/binder.ts';
import { bucketSql } from '../query/buckets.ts';
import type { RetentionQuestion } from '../query/question.ts';
import { isMadeOfHours, personRows } from '../query/rows.ts';
import type { Period } from '../query/times.ts';
import { joinedPeople, matchingRows } from './matches.ts';

/** The most intervals an answer has: what of them a person was there in is held in the bits of one number. */
export const mostIntervals = 100;

/**
 * SQL of the answer: a row for each interval people had their first time in (`cohort`, counted from 0), how many, and how
 * many of them came back in each of all intervals.
 *
 * @param period cut into at most `mostIntervals` intervals
 */
export function retentionSql(
  question: RetentionQuestion,
  period: Period,
  cover: Cover,
  bind: Binder,
): string {
  const { first, again } = question;
  const inOrder = first !== null && again !== null && first !== again;
  const people = inOrder
    ? peopleByTime(question, period, cover, bind)
    : peopleByInterval(question, period, cover, bind);
  return `SELECT cohort, count() AS people, sumForEach(arrayMap(i -> toUInt32(bitTest(returned, i)), range(${period.starts.length}))) AS returned
FROM (
${people}
)
GROUP BY cohort
ORDER BY cohort`;
}

/**
 * Where the first event came back itself, or everything that is coming back is a first event too: then the interval
 * tells all, not the time within it. A person's intervals are collected in bits before identities are joined, so that
 * few rows are (10M events of 300,000 people: half the time of joining each event).
 */
function peopleByInterval(question: RetentionQuestion, period: Period, cover: Cover, bind: Binder): string {
  const { filters, first, again } = question;
  const b = (time: string) => indexSql(time, period, bind);
  const bit = bitOf(period);
  if (first === again) {
    const rows =
      first === null && filters.length === 0 && isMadeOfHours(period)
        ? personRows(
            {
              period,
              cover,
              filters,
              byRapport: 'none',
              columns: { p: 'person', b: b('time') },
              properties: false,
            },
            { p: 'person', b: b('hour') },
            bind,
          )
        : matchingRows({ wanted: [wanted(first)], filters, period, cover, columns: { b: b('time') } }, bind);
    const people = `SELECT p, groupBitOr(${bit}) AS firsts\nFROM (\n${rows}\n)\nGROUP BY p`;
    const joined = joinedPeople(people, cover, { firsts: 'groupBitOr(e.firsts)' }, 'firsts != 0');
    return `SELECT ${lowest(period)} AS cohort, firsts AS returned\nFROM (\n${joined}\n)`;
  }
  const rows = matchingRows(
    { wanted: [wanted(first), wanted(again)], filters, period, cover, columns: { b: b('time') } },
    bind,
  );
  const people = `SELECT p, groupBitOrIf(${bit}, bitAnd(m, 1) != 0) AS firsts, groupBitOrIf(${bit}, bitAnd(m, 2) != 0) AS agains
FROM (
${rows}
)
GROUP BY p`;
  const joined = joinedPeople(
    people,
    cover,
    { firsts: 'groupBitOr(e.firsts)', agains: 'groupBitOr(e.agains)' },
    'firsts != 0',
  );
  return `SELECT ${lowest(period)} AS cohort, agains AS returned\nFROM (\n${joined}\n)`;
}

/** Two events: in the interval of the first one, coming back counts from then on. */
function peopleByTime(question: RetentionQuestion, period: Period, cover: Cover, bind: Binder): string {
  const { filters, first, again } = question;
  const rows = matchingRows(
    {
      wanted: [wanted(first), wanted(again)],
      filters,
      period,
      cover,
      columns: { b: indexSql('time', period, bind), t: 'toUnixTimestamp64Milli(time)' },
    },
    bind,
  );
  const never = 'toInt64(9223372036854775807)';
  // In each interval when a person was first there, and when last back: 0 for never, since there is no event in 1970.
  const people = `SELECT p, b, min(if(bitAnd(m, 1) != 0, t, ${never})) AS first, max(if(bitAnd(m, 2) != 0, t, toInt64(0))) AS last
FROM (
${rows}
)
GROUP BY p, b`;
  const joined = joinedPeople(
    people,
    cover,
    { first: 'min(e.first)', cohort: 'argMin(e.b, e.first)', visits: 'groupArray((e.b, e.last))' },
    `first != ${never}`,
  );
  const back = 'v.2 > 0 AND (v.1 > cohort OR (v.1 = cohort AND v.2 >= first))';
  return `SELECT cohort, arrayReduce('groupBitOr', arrayMap(v -> if(${back}, ${bitOf(period, 'v.1')}, ${zeroOf(period)}), visits)) AS returned
FROM (
${joined}
)`;
}

const wanted = (event: string | null) => ({ event, filters: [] });

/** SQL of the interval a time lies in, counted from 0. */
function indexSql(time: string, period: Period, bind: Binder): string {
  const starts = period.starts.map((start) => start / 1_000);
  const places = starts.map((_, n) => n);
  return `toUInt8(transform(${bucketSql(time, period, bind)}, ${bind.counts(starts)}, ${bind.counts(places)}, toUInt32(0)))`;
}

const zeroOf = ({ starts }: Period) => (starts.length > 64 ? 'toUInt128(0)' : 'toUInt64(0)');
const bitOf = ({ starts }: Period, index = 'b') =>
  `bitShiftLeft(${starts.length > 64 ? 'toUInt128(1)' : 'toUInt64(1)'}, ${index})`;
const lowest = ({ starts }: Period) => `arrayFirst(i -> bitTest(firsts, i), range(${starts.length}))`;
