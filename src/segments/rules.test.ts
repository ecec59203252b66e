import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Problem } from '../engine/index.ts';
import { compileRule } from './compile.ts';
import { parseRule, ruleFromLoyaltyTarget } from './parse.ts';
import { type Duration, earlier, instantOf, isRelative, operators, type Rule, referencesOf } from './rule.ts';

const problemOf = (run: () => unknown): Problem => {
  try {
    run();
  } catch (error) {
    if (error instanceof Problem) return error;
  }
  throw new Error('expected a Problem');
};
const city = { attribute: 'city', operator: 'equals', value: 'Chicago' };

test('an unknown operator is named with its path, and the valid ones are listed', () => {
  const problem = problemOf(() => parseRule({ all: [city, { ...city, operator: 'resembles' }] }));
  expect(problem).toMatchObject({ status: 400, code: 'unknown_operator', field: 'rule.all[1].operator' });
  expect(problem.message).toContain('"resembles"');
  for (const operator of Object.keys(operators)) expect(problem.hint).toContain(operator);
});

test.each([
  [null, 'rule'],
  [[], 'rule'],
  [{}, 'rule'],
  [{ all: [city], any: [city] }, 'rule'],
  [{ all: city }, 'rule.all'],
  [{ any: [city, 7] }, 'rule.any[1]'],
  [{ not: { not: { city: 'Chicago' } } }, 'rule.not.not'],
  [{ ...city, colour: 1 }, 'rule.colour'],
  [{ attribute: '', operator: 'exists' }, 'rule.attribute'],
  [{ attribute: 'city', operator: 'exists', value: 1 }, 'rule.value'],
  [{ attribute: 'city', operator: 'equals' }, 'rule.value'],
  [{ attribute: 'city', operator: 'equals', value: null }, 'rule.value'],
  [{ attribute: 'ltv', operator: 'greater_than', value: 'much' }, 'rule.value'],
  [{ attribute: 'ltv', operator: 'between', value: [1] }, 'rule.value'],
  [{ attribute: 'ltv', operator: 'between', value: [1, '2020-01-01'] }, 'rule.value'],
  [{ attribute: 'when', operator: 'after', value: 'yesterday' }, 'rule.value'],
  [{ attribute: 'when', operator: 'after', value: '2020-13-45' }, 'rule.value'],
  [{ attribute: 'when', operator: 'within_last', value: { amount: 1, unit: 'blink' } }, 'rule.value'],
  [{ attribute: 'city', operator: 'in', value: [] }, 'rule.value'],
  [{ event: 'Order', count: {} }, 'rule.count'],
  [{ event: 'Order', count: { at_least: -1 } }, 'rule.count.at_least'],
  [{ event: 'Order', count: { exactly: 1, at_most: 2 } }, 'rule.count.exactly'],
  [{ event: 'Order', within_last: { amount: 1, unit: 'day' }, from: '2020-01-01' }, 'rule.within_last'],
  [
    { event: 'Order', where: [{ property: 'a', operator: 'exists' }, { property: 'a' }] },
    'rule.where[1].operator',
  ],
  [{ event: 'Order', total: { property: 'revenue', operator: 'equals', value: 1 } }, 'rule.total.operator'],
  [
    { event: 'Order', total: { property: 'revenue', operator: 'at_least', value: 'much' } },
    'rule.total.value',
  ],
  [{ event: 'Order', total: { operator: 'at_least', value: 1 } }, 'rule.total.property'],
  [{ attribute: 'when', operator: 'after', value: '2021-02-29' }, 'rule.value'],
  [{ attribute: 'ltv', operator: 'at_least', value: '1e999' }, 'rule.value'],
  [{ segment: 'vips' }, 'rule.segment'],
  [{ program: 7 }, 'rule.program'],
  [{ location: 'Chicago' }, 'rule.location'],
  [{ connection: '' }, 'rule.connection'],
  [{ picked: '018f3e00-0000-7000-8000-000000000001' }, 'rule'],
  [
    { segment: '018f3e00-0000-7000-8000-000000000001', program: '018f3e00-0000-7000-8000-000000000001' },
    'rule',
  ],
])('a wrong rule %j is refused at %s', (rule, field) => {
  expect(problemOf(() => parseRule(rule))).toMatchObject({ status: 400, field });
});

test('rules are bounded', () => {
  let deep: unknown = city;
  for (let i = 0; i < 50; i++) deep = { not: deep };
  expect(problemOf(() => parseRule(deep)).message).toContain('nested');
  expect(problemOf(() => parseRule({ all: Array(101).fill(city) })).message).toContain('100');
  const eleven = { any: Array(11).fill(city) };
  expect(problemOf(() => parseRule({ all: Array(11).fill(eleven) })).message).toContain('100');
});

test('numeric text becomes a number where a number is wanted, and nowhere else', () => {
  expect(parseRule({ attribute: 'ltv', operator: 'at_least', value: '50' })).toMatchObject({ value: 50 });
  expect(parseRule({ attribute: 'ltv', operator: 'equals', value: '50' })).toMatchObject({ value: '50' });
});

test('the loyalty form means ordered after that instant and spent over 50', () => {
  expect(ruleFromLoyaltyTarget({ last_order_date: '2020-01-01T00:00:00Z', gross_spent: '50' })).toEqual({
    all: [
      { attribute: 'last_order_date', operator: 'after', value: '2020-01-01T00:00:00Z' },
      { attribute: 'lifetime_value', operator: 'greater_than', value: 50 },
    ],
  });
  expect(ruleFromLoyaltyTarget({ tier: 'gold', vip: true, visits: 3, city: ['A', 'B'] })).toEqual({
    all: [
      { attribute: 'tier', operator: 'equals', value: 'gold' },
      { attribute: 'vip', operator: 'equals', value: true },
      { attribute: 'visits', operator: 'greater_than', value: 3 },
      { attribute: 'city', operator: 'in', value: ['A', 'B'] },
    ],
  });
  // The same wherever a rule stands.
  expect(parseRule({ not: { target: { gross_spent: '50' } } })).toEqual({
    not: { all: [{ attribute: 'lifetime_value', operator: 'greater_than', value: 50 }] },
  });
  expect(problemOf(() => parseRule({ any: [{ target: { tier: null } }] })).field).toBe(
    'rule.any[0].target.tier.value',
  );
  expect(problemOf(() => ruleFromLoyaltyTarget({})).field).toBe('target');
  expect(problemOf(() => ruleFromLoyaltyTarget({ tier: null })).field).toBe('target.tier.value');
});

test('nothing a rule says stands in the statement', () => {
  const evil = `x'"\\) OR 1=1 {p1:String} /* -- €`;
  const rule = parseRule({
    any: [
      { attribute: evil, operator: 'equals', value: evil },
      { attribute: evil, operator: 'in', value: [evil] },
      { event: evil, where: [{ property: evil, operator: 'contains', value: evil }] },
    ],
  });
  const { sql, params } = compileRule(rule, {
    now: new Date(0),
    timeZone: 'UTC',
    versions: new Map(),
    linked: true,
    places: () => [],
    listed: () => ({ attribute: '', value: '' }),
  });
  expect(sql).not.toContain('€');
  expect(Object.values(params).flat()).toContain(evil);
});

test('references and relative times are found at any depth', () => {
  const id = '018f3e00-0000-7000-8000-000000000001';
  const recent = { property: 'at', operator: 'within_last', value: { amount: 1, unit: 'day' } };
  const rule = parseRule({ all: [city, { not: { any: [{ segment: id }] } }] });
  expect(referencesOf(rule)).toEqual([{ segment: id, path: 'rule.all[1].not.any[0].segment' }]);
  expect(isRelative(rule)).toBe(false);
  expect(isRelative({ not: { all: [rule, parseRule({ event: 'E', where: [recent] })] } } as Rule)).toBe(true);
});

test('ids of what people belong to are read as they are stored', () => {
  const id = '018F3E00-0000-7000-8000-000000000001';
  for (const kind of ['segment', 'program', 'location', 'connection'])
    expect(parseRule({ [kind]: id })).toEqual({ [kind]: id.toLowerCase() });
});

test.each<[string, Duration, string]>([
  // The clocks went forward on the 29th of March: a day is 23 hours there, and 24 hours are 24 hours.
  ['2026-03-29T10:00:00Z', { amount: 1, unit: 'day' }, '2026-03-28T11:00:00.000Z'],
  ['2026-03-29T10:00:00Z', { amount: 24, unit: 'hour' }, '2026-03-28T10:00:00.000Z'],
  ['2026-03-29T10:00:00Z', { amount: 90, unit: 'minute' }, '2026-03-29T08:30:00.000Z'],
  ['2026-03-31T10:00:00Z', { amount: 1, unit: 'week' }, '2026-03-24T11:00:00.000Z'],
  // The last day of a month that has no such day.
  ['2026-03-31T10:00:00Z', { amount: 1, unit: 'month' }, '2026-02-28T11:00:00.000Z'],
  ['2028-02-29T12:00:00Z', { amount: 1, unit: 'year' }, '2027-02-28T12:00:00.000Z'],
  ['2026-06-15T12:00:00Z', { amount: 1_000_000, unit: 'year' }, '1900-01-01T00:00:00.000Z'],
])('before %s in Berlin, %j earlier is %s', (now, duration, then) => {
  expect(earlier(new Date(now), duration, 'Europe/Berlin').toISOString()).toBe(then);
});

test.each([
  ['2026-06-15', '2026-06-15T04:00:00.000Z'],
  ['2026-06-15T10:30', '2026-06-15T14:30:00.000Z'],
  ['2026-06-15 10:30:00.123456', '2026-06-15T14:30:00.123Z'],
  ['2026-06-15T10:30:00Z', '2026-06-15T10:30:00.000Z'],
  ['2026-06-15T10:30:00+0200', '2026-06-15T08:30:00.000Z'],
  // The hour that clocks skipped: as long after the change as it would have been after two.
  ['2026-03-08T02:30', '2026-03-08T07:30:00.000Z'],
])('%s in New York is %s', (time, instant) => {
  expect(instantOf(time, 'America/New_York').toISOString()).toBe(instant);
});

test('a duration is longer than a shorter one, in every time zone', () => {
  const unit = fc.constantFrom<Duration['unit']>('minute', 'hour', 'day', 'week', 'month', 'year');
  const zone = fc.constantFrom(
    'UTC',
    'America/New_York',
    'Europe/Berlin',
    'Australia/Lord_Howe',
    'Asia/Kolkata',
  );
  const now = fc.date({ min: new Date('2000-01-01'), max: new Date('2040-01-01'), noInvalidDate: true });
  fc.assert(
    fc.property(now, unit, fc.integer({ min: 1, max: 500 }), zone, (at, one, amount, timeZone) => {
      const near = earlier(at, { amount, unit: one }, timeZone);
      const far = earlier(at, { amount: amount + 1, unit: one }, timeZone);
      expect(near.getTime()).toBeLessThan(at.getTime());
      expect(far.getTime()).toBeLessThanOrEqual(near.getTime());
    }),
  );
});
