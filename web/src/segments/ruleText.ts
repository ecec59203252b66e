import { attributeLabel } from '../profiles/attributeText.ts';
import { number } from '../shared/format.ts';
import { operatorWords } from './operators.ts';
import {
  asGroup,
  type Comparison,
  type Duration,
  type EventRule,
  type Quantifier,
  type Rule,
} from './rule.ts';

const joints: Record<Quantifier, [string, string]> = {
  all: ['', ' and '],
  any: ['', ' or '],
  none: ['none of: ', ', '],
  'not all': ['not all of: ', ', '],
};

const duration = ({ amount, unit }: Duration) => (amount === 1 ? unit : `${number(amount)} ${unit}s`);

function valueText(value: unknown): string {
  if (Array.isArray(value)) return value.map(valueText).join(', ');
  if (typeof value === 'number') return number(value);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'object' && value !== null) return duration(value as Duration);
  return String(value ?? '…').replace(/T00:00:00(\.0+)?Z$/, '');
}

function comparisonText(subject: string, part: Comparison): string {
  const words = operatorWords[part.operator] ?? part.operator;
  if (part.operator === 'between')
    return `${subject} ${words} ${valueText(part.value?.[0])} and ${valueText(part.value?.[1])}`;
  return part.value === undefined ? `${subject} ${words}` : `${subject} ${words} ${valueText(part.value)}`;
}

function eventText(rule: EventRule): string {
  const count = rule.count ?? { at_least: 1 };
  const times = (n: number) => (n === 1 ? 'once' : `${number(n)} times`);
  let words = `did ${rule.event}`;
  if (count.exactly === 0) words = `never did ${rule.event}`;
  else if (count.exactly !== undefined) words += ` exactly ${times(count.exactly)}`;
  else {
    if (count.at_least !== undefined && count.at_least !== 1) words += ` at least ${times(count.at_least)}`;
    if (count.at_most !== undefined) words += ` at most ${times(count.at_most)}`;
  }
  if (rule.within_last) words += ` in the last ${duration(rule.within_last)}`;
  if (rule.from) words += ` since ${valueText(rule.from)}`;
  if (rule.to) words += ` before ${valueText(rule.to)}`;
  const where = (rule.where ?? []).map((one) => comparisonText(one.property, one)).join(' and ');
  return where ? `${words} where ${where}` : words;
}

/** A rule as a sentence; `segmentName` names a segment by its id. */
export function ruleText(rule: Rule, segmentName: (id: string) => string = (id) => id): string {
  const write = (inner: Rule, nested: boolean): string => {
    const group = asGroup(inner);
    if (group) {
      if (group.items.length === 0) return 'everybody';
      const [before, between] = joints[group.quantifier];
      const text = before + group.items.map((one) => write(one, true)).join(between);
      return nested && group.items.length > 1 ? `(${text})` : text;
    }
    if ('not' in inner) return `not ${write(inner.not, true)}`;
    if ('attribute' in inner) return comparisonText(attributeLabel(inner.attribute).toLowerCase(), inner);
    if ('event' in inner) return eventText(inner);
    if ('segment' in inner) return `in ${segmentName(inner.segment)}`;
    return JSON.stringify(inner);
  };
  const text = write(rule, false);
  return text.charAt(0).toUpperCase() + text.slice(1);
}
