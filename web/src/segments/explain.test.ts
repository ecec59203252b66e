import { expect, test } from 'vitest';
import { foundText, groupText, partAt } from './explain.ts';
import type { Rule } from './rule.ts';

const city: Rule = { attribute: 'city', operator: 'equals', value: 'Chicago' };
const ordered = { event: 'Order Completed' };

test('a path leads to its part of the rule, or nowhere', () => {
  const rule: Rule = { all: [city, { not: { any: [city, ordered] } }] };
  expect(partAt(rule, 'rule')).toBe(rule);
  expect(partAt(rule, 'rule.all[1].not.any[1]')).toBe(ordered);
  expect(partAt(rule, 'rule.any[0]')).toBeUndefined();
  expect(groupText(partAt(rule, 'rule.all[1]')!)).toBe('None of these');
});

test.each<[Rule, string | number | null | undefined, string | undefined]>([
  [city, 'Boston', 'it is Boston'],
  [city, null, 'not known'],
  [{ segment: '7' }, undefined, undefined],
  [{ ...ordered, count: { at_least: 3 } }, 2, 'ordered 2 times, at least 3 needed'],
  [{ ...ordered, count: { at_least: 3 } }, 3, 'ordered 3 times'],
  [ordered, 0, 'never ordered, at least 1 needed'],
  [{ ...ordered, count: { exactly: 0 } }, 1, 'ordered once'],
  [{ ...ordered, count: { exactly: 2 } }, 1, 'ordered once, exactly 2 needed'],
  [{ ...ordered, count: { at_most: 2 } }, 5, 'ordered 5 times, at most 2 allowed'],
  [{ ...ordered, count: { at_most: 2 } }, 0, 'never ordered'],
  [{ ...ordered, total: { property: 'revenue', operator: 'at_most', value: 5 } }, 0, 'never ordered'],
  [{ event: 'Wished' }, 1, 'did Wished once'],
])('of %j, when %j was found', (rule, found, text) => {
  expect(foundText(rule, found)).toBe(text);
});
