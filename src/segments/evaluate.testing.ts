import { type Comparison, type EventRule, earlier, instantOf, type Rule } from './rule.ts';

/** A person as the model knows them; values are JSON. */
export interface ModelPerson {
  attributes: Record<string, unknown>;
  events: { name: string; time: Date; properties: Record<string, unknown> }[];
  /** Ids of what they belong to, of any kind. */
  segments?: string[];
  programs?: string[];
  locations?: string[];
  connections?: string[];
  /** Static segments they were picked for. */
  picked?: string[];
}

/** What "now" means, and where clocks without an offset stand. */
interface Moment {
  now: Date;
  timeZone: string;
}

/** The rule language once more, in memory and one person at a time: what compiled rules are compared with. */
export const evaluate = (rule: Rule, person: ModelPerson, now: Date, timeZone = 'UTC'): boolean =>
  holds(rule, person, { now, timeZone });

function holds(rule: Rule, person: ModelPerson, at: Moment): boolean {
  if ('all' in rule) return rule.all.every((inner) => holds(inner, person, at));
  if ('any' in rule) return rule.any.some((inner) => holds(inner, person, at));
  if ('not' in rule) return !holds(rule.not, person, at);
  if ('segment' in rule) return person.segments?.includes(rule.segment) ?? false;
  if ('program' in rule) return person.programs?.includes(rule.program) ?? false;
  if ('location' in rule) return person.locations?.includes(rule.location) ?? false;
  if ('connection' in rule) return person.connections?.includes(rule.connection) ?? false;
  if ('picked' in rule) return person.picked?.includes(rule.picked) ?? false;
  if ('attribute' in rule) return compare(rule, own(person.attributes, rule.attribute), at);
  const done = person.events.filter((event) => matches(rule, event, at));
  return counted(rule, done.length) && summed(rule, done);
}

const own = (object: Record<string, unknown>, name: string) =>
  Object.hasOwn(object, name) ? object[name] : undefined;

function matches(rule: EventRule, event: ModelPerson['events'][number], at: Moment): boolean {
  return (
    event.name === rule.event &&
    (!rule.within_last || event.time >= earlier(at.now, rule.within_last, at.timeZone)) &&
    (!rule.from || event.time >= instantOf(rule.from, at.timeZone)) &&
    (!rule.to || event.time < instantOf(rule.to, at.timeZone)) &&
    (rule.where ?? []).every((where) => compare(where, own(event.properties, where.property), at))
  );
}

function counted({ count, total }: EventRule, times: number): boolean {
  if (!count) return total !== undefined || times >= 1;
  return (
    (count.exactly === undefined || times === count.exactly) &&
    (count.at_least === undefined || times >= count.at_least) &&
    (count.at_most === undefined || times <= count.at_most)
  );
}

function summed({ total }: EventRule, done: ModelPerson['events']): boolean {
  if (!total) return true;
  let sum = 0;
  for (const { properties } of done) {
    const number = numberOf(textOf(own(properties, total.property)));
    if (!Number.isNaN(number)) sum += number;
  }
  switch (total.operator) {
    case 'at_least':
      return sum >= total.value;
    case 'at_most':
      return sum <= total.value;
    case 'greater_than':
      return sum > total.value;
    case 'less_than':
      return sum < total.value;
  }
}

const textOf = (stored: unknown) => (typeof stored === 'string' ? stored : (JSON.stringify(stored) ?? ''));
const numberOf = (text: string) => (/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text) ? Number(text) : Number.NaN);

/** Milliseconds of a stored time; NaN of what is none. */
function timeOf(text: string, timeZone: string): number {
  if (!/^\d{4}-\d{2}-\d{2}/.test(text)) return Number.NaN;
  try {
    return instantOf(text, timeZone).getTime();
  } catch {
    return Number.NaN;
  }
}

function compare(comparison: Comparison, stored: unknown, at: Moment): boolean {
  const { operator, value } = comparison;
  const present = stored !== undefined && stored !== null;
  if (operator === 'exists') return present;
  if (operator === 'not_exists') return !present;
  if (operator === 'not_equals') return !compare({ operator: 'equals', value: value! }, stored, at);
  if (!present) return false;
  const text = textOf(stored);
  const number = numberOf(text);
  const time = timeOf(text, at.timeZone);
  const instant = (given: string) => instantOf(given, at.timeZone).getTime();
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
      const [from, to] = value!.map((end) => (typeof end === 'number' ? end : instant(end)));
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
      return time < instant(value!);
    case 'after':
      return time > instant(value!);
    case 'within_last':
      return time >= earlier(at.now, value!, at.timeZone).getTime() && time <= at.now.getTime();
  }
}
