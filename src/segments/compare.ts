import { Temporal } from 'temporal-polyfill';
import type { Binder } from './binder.ts';
import { type Comparison, earlier, instantOf } from './rule.ts';

/** SQL of a stored value. */
export interface StoredValue {
  /** Whether there is one; null is none. */
  present: string;
  /** A text as it is, anything else as JSON. */
  text: string;
  /** NULL unless it is a number, or text that is one. */
  number: string;
  /** NULL unless it is a time. Of one without an offset what clocks show, as if it were UTC. */
  instant: string;
  /** Whether it has no offset. */
  local: string;
}

/** What "now" means in a rule, and where clocks without an offset stand. */
export interface Moment {
  now: Date;
  timeZone: string;
}

/** An attribute: everything about it was worked out when it was written. */
export const attributeValue: StoredValue = {
  present: "kind != 'null'",
  text: 'text',
  number: 'number',
  instant: 'instant',
  local: 'local',
};

/** A property of an event, read from its JSON by the same rules. */
export function propertyValue(name: string): StoredValue {
  const json = `JSONExtractRaw(properties, ${name})`;
  const text = `if(startsWith(${json}, '"'), JSONExtractString(properties, ${name}), ${json})`;
  return {
    present: `${json} NOT IN ('', 'null')`,
    text,
    number: numberIn(text),
    instant: `if(match(${text}, '^[0-9]{4}-[0-9]{2}-[0-9]{2}'), parseDateTime64BestEffortOrNull(${text}, 3, 'UTC'), NULL)`,
    local: `NOT match(${text}, '(?i)(?:Z|[+-][0-9]{2}:?[0-9]{2})$')`,
  };
}

/** Only what looks like a number is one: the engine alone would take 'inf', or spaces around. */
const numberIn = (text: string) =>
  `if(match(${text}, '^-?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]+)?$'), toFloat64OrNull(${text}), NULL)`;

/** Operators that hold also, or only, for who has no value: the opposite of these. */
export const opposites = { not_equals: 'equals', not_exists: 'exists' } as const;

/**
 * SQL, 0 or 1, never null, of whether a stored value satisfies a comparison. A value that is absent satisfies only
 * `not_equals` and `not_exists`. The meaning of each operator is described at `Rule`.
 */
export function comparisonSql(comparison: Comparison, stored: StoredValue, bind: Binder, at: Moment): string {
  const { operator, value } = comparison;
  if (operator === 'exists') return `(${stored.present})`;
  if (operator === 'not_exists') return `(NOT (${stored.present}))`;
  if (operator === 'not_equals')
    return `(NOT ${comparisonSql({ operator: 'equals', value: value! }, stored, bind, at)})`;
  return `(${stored.present} AND ifNull(${test(comparison, stored, bind, at)}, 0))`;
}

type Positive = Exclude<Comparison, { operator: 'exists' | 'not_exists' | 'not_equals' }>;

function test({ operator, value }: Positive, stored: StoredValue, bind: Binder, at: Moment): string {
  const { text, number } = stored;
  const time = (when: string) => instant(instantOf(when, at.timeZone), stored, bind, at);
  switch (operator) {
    case 'equals':
      return typeof value === 'number'
        ? `${number} = ${bind.number(value)}`
        : `${text} = ${bind.text(String(value))}`;
    case 'greater_than':
      return `${number} > ${bind.number(value!)}`;
    case 'at_least':
      return `${number} >= ${bind.number(value!)}`;
    case 'less_than':
      return `${number} < ${bind.number(value!)}`;
    case 'at_most':
      return `${number} <= ${bind.number(value!)}`;
    case 'between': {
      const [from, to] = value!;
      return typeof from === 'number' || typeof to === 'number'
        ? `${number} BETWEEN ${bind.number(from as number)} AND ${bind.number(to as number)}`
        : `${stored.instant} BETWEEN ${time(from)} AND ${time(to)}`;
    }
    case 'in':
      return isIn(value!, stored, bind);
    case 'contains':
      return `position(lowerUTF8(${text}), lowerUTF8(${bind.text(value!)})) > 0`;
    case 'starts_with':
      return `startsWith(lowerUTF8(${text}), lowerUTF8(${bind.text(value!)}))`;
    case 'ends_with':
      return `endsWith(lowerUTF8(${text}), lowerUTF8(${bind.text(value!)}))`;
    case 'before':
      return `${stored.instant} < ${time(value!)}`;
    case 'after':
      return `${stored.instant} > ${time(value!)}`;
    case 'within_last': {
      const from = instant(earlier(at.now, value!, at.timeZone), stored, bind, at);
      return `${stored.instant} BETWEEN ${from} AND ${instant(at.now, stored, bind, at)}`;
    }
  }
}

/** An instant as a stored one is compared with it: what clocks show then, for one that says no more. */
function instant(time: Date, stored: StoredValue, bind: Binder, { timeZone }: Moment): string {
  const shown = clocksAt(time, timeZone);
  if (shown.getTime() === time.getTime()) return bind.time(time);
  return `if(${stored.local}, ${bind.time(shown)}, ${bind.time(time)})`;
}

/** What clocks show at an instant, as if it were UTC. */
export const clocksAt = (time: Date, timeZone: string): Date =>
  timeZone === 'UTC'
    ? time
    : new Date(
        Temporal.Instant.fromEpochMilliseconds(time.getTime())
          .toZonedDateTimeISO(timeZone)
          .toPlainDateTime()
          .toZonedDateTime('UTC').epochMilliseconds,
      );

function isIn(
  values: readonly (string | number | boolean)[],
  { text, number }: StoredValue,
  bind: Binder,
): string {
  const texts = values.filter((value) => typeof value !== 'number').map(String);
  const numbers = values.filter((value) => typeof value === 'number');
  const tests: string[] = [];
  if (texts.length > 0) tests.push(`${text} IN ${bind.texts(texts)}`);
  if (numbers.length > 0) tests.push(`ifNull(${number} IN ${bind.numbers(numbers)}, 0)`);
  return `(${tests.join(' OR ')})`;
}
