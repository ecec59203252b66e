import type { Binder } from './binder.ts';
import { type Comparison, earlier, instantOf } from './rule.ts';

/** SQL of a stored value: `json` is its JSON text ('' where there is none), `text` the same without quotes. */
export interface StoredValue {
  json: string;
  text: string;
}

/**
 * SQL, 0 or 1, never null, of whether a stored value satisfies a comparison. A value that is absent satisfies only
 * `not_equals` and `not_exists`. The meaning of each operator is described at `Rule`.
 */
export function comparisonSql(comparison: Comparison, stored: StoredValue, bind: Binder, now: Date): string {
  const present = `${stored.json} NOT IN ('', 'null')`;
  if (comparison.operator === 'exists') return `(${present})`;
  if (comparison.operator === 'not_exists') return `(NOT (${present}))`;
  if (comparison.operator === 'not_equals') {
    return `(NOT ${comparisonSql({ operator: 'equals', value: comparison.value! }, stored, bind, now)})`;
  }
  return `(${present} AND ifNull(${test(comparison, stored.text, bind, now)}, 0))`;
}

type Positive = Exclude<Comparison, { operator: 'exists' | 'not_exists' | 'not_equals' }>;

function test({ operator, value }: Positive, text: string, bind: Binder, now: Date): string {
  switch (operator) {
    case 'equals':
      return typeof value === 'number'
        ? `${number(text)} = ${bind.number(value)}`
        : `${text} = ${bind.text(String(value))}`;
    case 'greater_than':
      return `${number(text)} > ${bind.number(value!)}`;
    case 'at_least':
      return `${number(text)} >= ${bind.number(value!)}`;
    case 'less_than':
      return `${number(text)} < ${bind.number(value!)}`;
    case 'at_most':
      return `${number(text)} <= ${bind.number(value!)}`;
    case 'between':
      return between(value!, text, bind);
    case 'in':
      return isIn(value!, text, bind);
    case 'contains':
      return `position(lowerUTF8(${text}), lowerUTF8(${bind.text(value!)})) > 0`;
    case 'starts_with':
      return `startsWith(lowerUTF8(${text}), lowerUTF8(${bind.text(value!)}))`;
    case 'ends_with':
      return `endsWith(lowerUTF8(${text}), lowerUTF8(${bind.text(value!)}))`;
    case 'before':
      return `${time(text)} < ${bind.time(instantOf(value!, 'UTC'))}`;
    case 'after':
      return `${time(text)} > ${bind.time(instantOf(value!, 'UTC'))}`;
    case 'within_last':
      return `${time(text)} BETWEEN ${bind.time(earlier(now, value!, 'UTC'))} AND ${bind.time(now)}`;
  }
}

function between([from, to]: [number, number] | [string, string], text: string, bind: Binder): string {
  return typeof from === 'number' || typeof to === 'number'
    ? `${number(text)} BETWEEN ${bind.number(from as number)} AND ${bind.number(to as number)}`
    : `${time(text)} BETWEEN ${bind.time(instantOf(from, 'UTC'))} AND ${bind.time(instantOf(to, 'UTC'))}`;
}

function isIn(values: readonly (string | number | boolean)[], text: string, bind: Binder): string {
  const texts = values.filter((value) => typeof value !== 'number').map(String);
  const numbers = values.filter((value) => typeof value === 'number');
  const tests: string[] = [];
  if (texts.length > 0) tests.push(`${text} IN ${bind.texts(texts)}`);
  if (numbers.length > 0) tests.push(`ifNull(${number(text)} IN ${bind.numbers(numbers)}, 0)`);
  return `(${tests.join(' OR ')})`;
}

/** Only what looks like a number is one: the engine alone would take 'inf', or spaces around. */
const number = (text: string) =>
  `if(match(${text}, '^-?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]+)?$'), toFloat64OrNull(${text}), NULL)`;

/** Only ISO 8601: the engine alone would guess at '2020' and '01/02/2020'. */
const time = (text: string) =>
  `if(match(${text}, '^[0-9]{4}-[0-9]{2}-[0-9]{2}'), parseDateTime64BestEffortOrNull(${text}, 3, 'UTC'), NULL)`;
