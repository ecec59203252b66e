import { expect, test } from 'vitest';
import type { Rule } from './rule.ts';
import { ruleText } from './ruleText.ts';

const named = (kind: string, id: string) => `${kind} ${id}`;
const city = { attribute: 'city', operator: 'equals', value: 'Chicago' } as const;
const ordered = { event: 'Order Completed' };
const ninety = { amount: 90, unit: 'day' } as const;
const year = { amount: 1, unit: 'year' } as const;

test.each<[Rule, string]>([
  [
    { all: [{ ...ordered, count: { at_least: 3 }, within_last: ninety }, city, { not: { segment: 'VIP' } }] },
    'Ordered at least 3 times in the last 90 days, and lives in Chicago, and is not in segment VIP',
  ],
  [{ all: [] }, 'Everybody'],
  [{ any: [] }, 'Nobody'],
  [{ not: city }, 'Does not live in Chicago'],
  [{ not: { not: city } }, 'Lives in Chicago'],
  [
    { all: [city, { any: [city, { location: '7' }] }] },
    'Lives in Chicago, and (lives in Chicago, or belongs to location 7)',
  ],
  [
    { not: { any: [city, { connection: '7' }] } },
    'None of: lives in Chicago; is on the list of connection 7',
  ],
  [{ not: { program: '7' } }, 'Does not belong to program 7'],
  [
    { not: { attribute: 'last_order_date', operator: 'within_last', value: year } },
    'Did not order in the last year',
  ],
  [{ attribute: 'tier', operator: 'not_exists' }, 'Tier is not known'],
  [{ not: { attribute: 'tier', operator: 'contains', value: 'old' } }, 'Tier does not contain old'],
  [{ not: { attribute: 'tier', operator: 'starts_with', value: 'old' } }, 'Tier does not start with old'],
  [{ not: { attribute: 'tier', operator: 'not_equals', value: 'gold' } }, 'Tier is gold'],
  [{ attribute: 'age', operator: 'between', value: [18, 30] }, 'Age is between 18 and 30'],
  [{ ...ordered, count: { exactly: 0 }, within_last: ninety }, 'Never ordered in the last 90 days'],
  [{ not: { ...ordered, count: { exactly: 0 } } }, 'Ordered'],
  [{ not: { ...ordered, within_last: ninety } }, 'Never ordered in the last 90 days'],
  [{ not: { ...ordered, count: { at_least: 3 } } }, 'Ordered fewer than 3 times'],
  [{ not: { ...ordered, count: { at_least: 1, at_most: 2 } } }, 'Not (ordered 1 to 2 times)'],
  [
    {
      event: 'Wished',
      from: '2026-01-01',
      to: '2026-02-01',
      where: [{ property: 'price', operator: 'at_least', value: 5 }],
    },
    'Did Wished since 2026-01-01 before 2026-02-01 where price is at least 5',
  ],
  [
    { ...ordered, total: { property: 'revenue', operator: 'at_most', value: 500 }, within_last: year },
    'revenue of Order Completed in the last year is at most 500 in total',
  ],
  [
    {
      ...ordered,
      count: { at_least: 1 },
      total: { property: 'revenue', operator: 'greater_than', value: 500 },
    },
    'Ordered, with revenue of more than 500 in total',
  ],
  [{ segment: '' }, 'Is in …'],
])('%j reads as a sentence', (rule, sentence) => {
  expect(ruleText(rule, named)).toBe(sentence.charAt(0).toUpperCase() + sentence.slice(1));
});
