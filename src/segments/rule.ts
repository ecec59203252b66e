import { z } from 'zod';
import { id } from '../engine/index.ts';
import { duration, isoTime } from './times.ts';

export { type Duration, earlier, instantOf } from './times.ts';

/**
 * The language of segment rules; docs/segments.md shows every form. A rule is one of
 *
 * - `{"all": [rule, …]}` every one holds (none given: everybody), `{"any": […]}` at least one, `{"not": rule}`
 * - `{"attribute": "city", "operator": "equals", "value": "Chicago"}`
 * - `{"event": "Order Completed", "count": {"at_least": 2}, "within_last": {"amount": 90, "unit": "day"},
 *   "where": [{"property": "revenue", "operator": "greater_than", "value": 20}],
 *   "total": {"property": "revenue", "operator": "at_least", "value": 500}}`; instead of `within_last` also
 *   `from` (inclusive) and `to` (exclusive). `{"exactly": 0}` is "never". `total` is the sum of a property's numbers over
 *   the events that count; who did none has 0. With neither `count` nor `total` at least once; with both, both hold.
 * - `{"segment": "<id>"}` a member of another segment, by its membership as last computed
 * - `{"program": "<id>"}`, `{"location": "<id>"}` belongs to a loyalty program, or to one location of one
 * - `{"connection": "<id>"}` is on the list of a connection
 * - `{"target": {"gross_spent": "50"}}` the loyalty form (loyalty.ts), read as the conditions it means
 *
 * How a stored value is compared: `equals`, `in` compare the text of it, exactly, with text and true/false, and
 * its number with a number. `greater_than`, `at_least`, `less_than`, `at_most`, `between` (both ends included) compare
 * numbers: a JSON number, or text that is one. `contains`, `starts_with`, `ends_with` ignore case. `before`, `after`
 * (both exclusive), `within_last` (up to now) and `between` two times compare ISO 8601 times. What is not of the kind
 * asked for satisfies nothing. `not_equals` and `not_exists` also hold for a person without the attribute; null counts
 * as absent.
 *
 * Times are in the time zone of the workspace where no offset is given, those stored like those in the rule. Minutes and
 * hours are exact; days, weeks, months and years are the calendar's there.
 */
export type Rule =
  | { all: Rule[] }
  | { any: Rule[] }
  | { not: Rule }
  | AttributeRule
  | EventRule
  | SegmentRule
  | ProgramRule
  | LocationRule
  | ConnectionRule
  | PickedRule;

export const numberValue = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/)
    .transform(Number)
    // 1e999 is no number that could be kept.
    .pipe(z.number()),
]);
/** Text that PostgreSQL can keep. */
const kept = z.string().refine(keepable, 'must not contain U+0000 or half a character');
const scalar = z.union([kept.max(5_000), z.number(), z.boolean()]);
const text = kept.min(1).max(5_000);
const nothing = z.undefined();

/** Each operator, with the value it takes and how to say what that is. */
export const operators = {
  equals: { value: scalar, takes: 'a text, a number, true or false' },
  not_equals: { value: scalar, takes: 'a text, a number, true or false' },
  greater_than: { value: numberValue, takes: 'a number' },
  at_least: { value: numberValue, takes: 'a number' },
  less_than: { value: numberValue, takes: 'a number' },
  at_most: { value: numberValue, takes: 'a number' },
  between: {
    value: z.union([z.tuple([numberValue, numberValue]), z.tuple([isoTime, isoTime])]),
    takes: 'two numbers or two times, [from, to]',
  },
  contains: { value: text, takes: 'a text' },
  starts_with: { value: text, takes: 'a text' },
  ends_with: { value: text, takes: 'a text' },
  in: { value: z.array(scalar).min(1).max(10_000), takes: 'a list of 1 to 10,000 texts or numbers' },
  exists: { value: nothing, takes: 'no value' },
  not_exists: { value: nothing, takes: 'no value' },
  before: { value: isoTime, takes: 'a time in ISO 8601' },
  after: { value: isoTime, takes: 'a time in ISO 8601' },
  within_last: {
    value: duration,
    takes: '{"amount": 30, "unit": "minute", "hour", "day", "week", "month" or "year"}',
  },
} as const;
export type Operator = keyof typeof operators;

/** An operator with its value, as it is applied to an attribute or a property. */
export type Comparison = {
  [O in Operator]: { operator: O; value?: z.output<(typeof operators)[O]['value']> };
}[Operator];

export type AttributeRule = { attribute: string } & Comparison;
export type PropertyRule = { property: string } & Comparison;
export type EventRule = z.infer<typeof eventShape> & { where?: PropertyRule[] };
export type SegmentRule = z.infer<typeof belongings.segment>;
export type ProgramRule = z.infer<typeof belongings.program>;
export type LocationRule = z.infer<typeof belongings.location>;
export type ConnectionRule = z.infer<typeof belongings.connection>;
/** Chosen by hand for the static segment of this id. It is that segment's rule, and never comes from outside. */
export type PickedRule = { picked: string };

const times = z.number().int().min(0).max(1_000_000_000);
export const nameOf = kept.min(1).max(200);

/** What a sum is compared by. */
const totalOperators = ['at_least', 'at_most', 'greater_than', 'less_than'] as const;

/** An event rule but for `where`, which is read apart to name the faulty condition. */
export const eventShape = z.strictObject({
  event: nameOf,
  count: z
    .strictObject({ at_least: times.optional(), at_most: times.optional(), exactly: times.optional() })
    .refine((count) => Object.keys(count).length > 0, 'needs at_least, at_most or exactly')
    .optional(),
  total: z
    .strictObject({ property: nameOf, operator: z.enum(totalOperators), value: numberValue })
    .optional(),
  within_last: duration.optional(),
  from: isoTime.optional(),
  to: isoTime.optional(),
});

/** Conditions that name one thing people belong to, by its id. */
export const belongings = {
  segment: z.strictObject({ segment: id }),
  program: z.strictObject({ program: id }),
  location: z.strictObject({ location: id }),
  connection: z.strictObject({ connection: id }),
} as const;
export type Belonging = keyof typeof belongings;

/** Whether PostgreSQL can keep a text: no U+0000, no half of a surrogate pair. */
export function keepable(given: string): boolean {
  return !given.includes('\0') && given.isWellFormed();
}

/** All segments a rule refers to, with the path of each reference. */
export function referencesOf(rule: Rule, path = 'rule'): { segment: string; path: string }[] {
  if ('segment' in rule) return [{ segment: rule.segment, path: `${path}.segment` }];
  if ('not' in rule) return referencesOf(rule.not, `${path}.not`);
  if ('all' in rule) return rule.all.flatMap((inner, i) => referencesOf(inner, `${path}.all[${i}]`));
  if ('any' in rule) return rule.any.flatMap((inner, i) => referencesOf(inner, `${path}.any[${i}]`));
  return [];
}

/** A rule without and, or and not. */
export type Condition = Exclude<Rule, { all: Rule[] } | { any: Rule[] } | { not: Rule }>;

/** All conditions of a rule, in their order, with their paths. */
export function pathsOf(rule: Rule, path = 'rule'): { condition: Condition; path: string }[] {
  if ('not' in rule) return pathsOf(rule.not, `${path}.not`);
  if ('all' in rule) return rule.all.flatMap((inner, i) => pathsOf(inner, `${path}.all[${i}]`));
  if ('any' in rule) return rule.any.flatMap((inner, i) => pathsOf(inner, `${path}.any[${i}]`));
  return [{ condition: rule, path }];
}

export const conditionsOf = (rule: Rule): Condition[] => pathsOf(rule).map(({ condition }) => condition);

/** Whether a rule asks about one of these events. */
export function asksAbout(rule: Rule, events: readonly string[]): boolean {
  if ('not' in rule) return asksAbout(rule.not, events);
  if ('all' in rule) return rule.all.some((inner) => asksAbout(inner, events));
  if ('any' in rule) return rule.any.some((inner) => asksAbout(inner, events));
  return 'event' in rule && events.includes(rule.event);
}

/** Whether a rule's answer changes with time alone. */
export function isRelative(rule: Rule): boolean {
  if ('not' in rule) return isRelative(rule.not);
  if ('all' in rule) return rule.all.some(isRelative);
  if ('any' in rule) return rule.any.some(isRelative);
  if ('attribute' in rule) return rule.operator === 'within_last';
  if ('event' in rule) {
    const where = rule.where ?? [];
    return rule.within_last !== undefined || where.some((property) => property.operator === 'within_last');
  }
  return false;
}
