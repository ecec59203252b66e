import { attributeLabel } from '../profiles/attributeText.ts';
import { number } from '../shared/format.ts';
import type { NameOf } from './belongings.ts';
import { operatorWords } from './operators.ts';
import {
  asGroup,
  type Belonging,
  belongingOf,
  type Comparison,
  type Duration,
  type EventRule,
  type Operator,
  type Quantifier,
  type Rule,
} from './rule.ts';

const joints: Record<Quantifier, [string, string]> = {
  all: ['', ', and '],
  any: ['', ', or '],
  none: ['none of: ', '; '],
  'not all': ['not all of: ', '; '],
};

/** What a condition says, and what its opposite does. */
type Words = readonly [is: string, not: string];

const lives: Partial<Record<Operator, Words>> = {
  equals: ['lives in', 'does not live in'],
  not_equals: ['does not live in', 'lives in'],
  in: ['lives in one of', 'lives in none of'],
};

/** How a condition on a well-known attribute reads better than by the attribute's name. */
const attributePhrases: Record<string, Partial<Record<Operator, Words>>> = {
  city: lives,
  country: lives,
  lifetime_value: {
    greater_than: ['spent more than', 'did not spend more than'],
    at_least: ['spent at least', 'did not spend at least'],
    less_than: ['spent less than', 'did not spend less than'],
    at_most: ['spent at most', 'did not spend at most'],
    between: ['spent between', 'did not spend between'],
  },
  last_order_date: {
    after: ['ordered last after', 'did not order after'],
    before: ['ordered last before', 'did not order last before'],
    within_last: ['ordered last in the last', 'did not order in the last'],
    between: ['ordered last between', 'did not order last between'],
  },
};

/** What somebody did, for the events shops have in common. */
const eventPhrases: Record<string, string> = {
  'Order Completed': 'ordered',
  'Product Viewed': 'viewed a product',
  'Product Added': 'put a product into the cart',
  'Checkout Started': 'started a checkout',
  'Signed Up': 'signed up',
  'Signed In': 'signed in',
};

const belongs: Record<Belonging, Words> = {
  segment: ['is in', 'is not in'],
  program: ['belongs to', 'does not belong to'],
  location: ['belongs to', 'does not belong to'],
  connection: ['is on the list of', 'is not on the list of'],
};

const duration = ({ amount, unit }: Duration) => (amount === 1 ? unit : `${number(amount)} ${unit}s`);
const times = (n: number) => (n === 1 ? 'once' : `${number(n)} times`);

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueText).join(', ');
  if (typeof value === 'number') return number(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'object' && value !== null) return duration(value as Duration);
  return String(value ?? '…').replace(/T00:00:00(\.0+)?Z$/, '') || '…';
}

function valuesText({ operator, value }: Comparison): string {
  if (operator === 'between') return `${valueText(value?.[0])} and ${valueText(value?.[1])}`;
  return value === undefined ? '' : valueText(value);
}

/** "is" and "is not", "contains" and "does not contain". */
function opposite(operator: Operator): string {
  const words = operatorWords[operator] ?? operator;
  if (words.startsWith('is not ')) return `is ${words.slice(7)}`;
  if (words === 'is not') return 'is';
  if (words === 'is' || words.startsWith('is ')) return `is not${words.slice(2)}`;
  const [verb = '', ...rest] = words.split(' ');
  return ['does not', verb.replace(/s$/, ''), ...rest].join(' ');
}

function comparisonText(subject: string, part: Comparison, negated = false): string {
  const words = negated ? opposite(part.operator) : (operatorWords[part.operator] ?? part.operator);
  return `${subject} ${words} ${valuesText(part)}`.trimEnd();
}

function attributeText(name: string, part: Comparison, negated: boolean): string {
  const phrase = Object.hasOwn(attributePhrases, name) ? attributePhrases[name]?.[part.operator] : undefined;
  if (phrase) return `${phrase[negated ? 1 : 0]} ${valuesText(part)}`;
  return comparisonText(attributeLabel(name || '…').toLowerCase(), part, negated);
}

/** What somebody did: "ordered", "did Wished". */
export const doneText = (event: string): string =>
  Object.hasOwn(eventPhrases, event) ? eventPhrases[event]! : `did ${event || '…'}`;

/** When an event was done: "in the last 90 days". */
function windowText({ within_last, from, to }: EventRule): string {
  let words = '';
  if (within_last) words += ` in the last ${duration(within_last)}`;
  if (from) words += ` since ${valueText(from)}`;
  if (to) words += ` before ${valueText(to)}`;
  return words;
}

function countText(count: EventRule['count']): string {
  if (!count) return '';
  const { exactly, at_least, at_most } = count;
  if (exactly !== undefined) return ` exactly ${times(exactly)}`;
  if (at_least !== undefined && at_most !== undefined) return ` ${number(at_least)} to ${times(at_most)}`;
  if (at_most !== undefined) return ` at most ${times(at_most)}`;
  return at_least === 1 ? '' : ` at least ${times(at_least ?? 1)}`;
}

/** What the opposite of a count says; nothing where it is no count itself. */
function oppositeCount(count: EventRule['count']): string | undefined {
  const { exactly, at_least, at_most } = count ?? { at_least: 1 };
  if (exactly === 0) return '';
  if (exactly !== undefined || (at_least !== undefined && at_most !== undefined)) return undefined;
  if (at_most !== undefined) return ` more than ${times(at_most)}`;
  return at_least === 1 ? 'never' : ` fewer than ${times(at_least ?? 1)}`;
}

const totalWords = {
  at_least: 'at least',
  at_most: 'at most',
  greater_than: 'more than',
  less_than: 'less than',
} as const;

function eventText(rule: EventRule, negated: boolean): string {
  const { event, count, total } = rule;
  const where = (rule.where ?? []).map((one) => comparisonText(one.property || '…', one)).join(' and ');
  const when = windowText(rule) + (where ? ` where ${where}` : '');
  const sum = total && `${totalWords[total.operator]} ${valueText(total.value)} in total`;
  if (total && !count) {
    const text = `${total.property || '…'} of ${event || '…'}${when} is ${sum}`;
    return negated ? `not (${text})` : text;
  }
  const done = doneText(event);
  const often = negated && !sum ? oppositeCount(count) : count?.exactly === 0 ? 'never' : countText(count);
  const text = often === 'never' ? `never ${done}${when}` : `${done}${often ?? countText(count)}${when}`;
  const whole = sum ? `${text}, with ${total.property || '…'} of ${sum}` : text;
  return negated && (sum || often === undefined) ? `not (${whole})` : whole;
}

/** One condition in words, or its opposite. */
function conditionText(rule: Rule, negated: boolean, nameOf: NameOf): string {
  const belonging = belongingOf(rule);
  if (belonging) {
    const name = belonging.id === '' ? '…' : nameOf(belonging.kind, belonging.id);
    return `${belongs[belonging.kind][negated ? 1 : 0]} ${name}`;
  }
  if ('picked' in rule) return negated ? 'was not picked by hand' : 'was picked by hand';
  if ('event' in rule) return eventText(rule, negated);
  if ('attribute' in rule) return attributeText(rule.attribute, rule, negated);
  return JSON.stringify(rule);
}

/** A rule as a clause, to stand in a sentence. */
function clauseText(rule: Rule, nameOf: NameOf, nested = false): string {
  const group = asGroup(rule);
  if (group) {
    const { quantifier, items } = group;
    if (items.length === 0) return quantifier === 'all' || quantifier === 'none' ? 'everybody' : 'nobody';
    const [before, between] = joints[quantifier];
    const text = before + items.map((one) => clauseText(one, nameOf, true)).join(between);
    return nested && (items.length > 1 || before !== '') ? `(${text})` : text;
  }
  if (!('not' in rule)) return conditionText(rule, false, nameOf);
  // Twice not is not at all.
  return 'not' in rule.not ? clauseText(rule.not.not, nameOf, nested) : conditionText(rule.not, true, nameOf);
}

/** A rule as a sentence. */
export function ruleText(rule: Rule, nameOf: NameOf): string {
  const text = clauseText(rule, nameOf);
  return text.charAt(0).toUpperCase() + text.slice(1);
}
