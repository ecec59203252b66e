import { type Comparison, type EventRule, earlier, instantOf, type Rule } from './rule.ts';

/** A person as the model knows them; values are JSON. */
export interface ModelPerson {
  attributes: Record<string, unknown>;
  events: { name: string; time: Date; properties: Record<string, unknown> }[];
  segments?: string[];
}

/** The rule language once more, in memory and one person at a time: what compiled rules are compared with. */
export function evaluate(rule: Rule, person: ModelPerson, now: Date): boolean {
  if ('all' in rule) return rule.all.every((inner) => evaluate(inner, person, now));
  if ('any' in rule) return rule.any.some((inner) => evaluate(inner, person, now));
  if ('not' in rule) return !evaluate(rule.not, person, now);
  if ('segment' in rule) return person.segments?.includes(rule.segment) ?? false;
  if ('attribute' in rule) return compare(rule, own(person.attributes, rule.attribute), now);
  return counted(rule, person.events.filter((event) => matches(rule, event, now)).length);
}

const own = (object: Record<string, unknown>, name: string) =>
  Object.hasOwn(object, name) ? object[name] : undefined;

function matches(rule: EventRule, event: ModelPerson['events'][number], now: Date): boolean {
  return (
    event.name === rule.event &&
    (!rule.within_last || event.time >= earlier(now, rule.within_last)) &&
    (!rule.from || event.time >= instantOf(rule.from)) &&
    (!rule.to || event.time < instantOf(rule.to)) &&
    (rule.where ?? []).every((where) => compare(where, own(event.properties, where.property), now))
  );
}

function counted({ count = { at_least: 1 } }: EventRule, times: number): boolean {
  return (
    (count.exactly === undefined || times === count.exactly) &&
    (count.at_least === undefined || times >= count.at_least) &&
    (count.at_most === undefined || times <= count.at_most)
  );
}

function compare(comparison: Comparison, stored: unknown, now: Date): boolean {
  const { operator, value } = comparison;
  const present = stored !== undefined && stored !== null;
  if (operator === 'exists') return present;
  if (operator === 'not_exists') return !present;
  if (operator === 'not_equals') return !compare({ operator: 'equals', value: value! }, stored, now);
  if (!present) return false;
  const text = typeof stored === 'string' ? stored : JSON.stringify(stored);
  const number = /^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN;
  const time = /^\d{4}-\d{2}-\d{2}/.test(text) ? instantOf(text).getTime() : Number.NaN;
  const low = text.toLowerCase();
  const same = (one: unknown) => (typeof one === 'number' ? number === one : text === String(one));
  switch (operator) {
    case 'equals':
      return same(value);
    case 'in':
      return value!.some(same);
    case 'greater_than':
      return number > value!;
    case 'at_least':
      return number >= value!;
    case 'less_than':
      return number < value!;
    case 'at_most':
      return number <= value!;
    case 'between': {
      const [from, to] = value!.map((end) => (typeof end === 'number' ? end : instantOf(end).getTime()));
      const it = typeof value![0] === 'number' ? number : time;
      return it >= from! && it <= to!;
    }
    case 'contains':
      return low.includes(value!.toLowerCase());
    case 'starts_with':
      return low.startsWith(value!.toLowerCase());
    case 'ends_with':
      return low.endsWith(value!.toLowerCase());
    case 'before':
      return time < instantOf(value!).getTime();
    case 'after':
      return time > instantOf(value!).getTime();
    case 'within_last':
      return time >= earlier(now, value!).getTime() && time <= now.getTime();
  }
}
