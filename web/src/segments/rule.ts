import type {
  AttributeRule,
  Belonging,
  Comparison,
  Duration,
  EventRule,
  Operator,
  PropertyRule,
  Rule,
} from '../../../src/segments/rule.ts';

// The language of rules is the server's own, taken as types alone: nothing of the server comes into the page.
export type { AttributeRule, Belonging, Comparison, Duration, EventRule, Operator, PropertyRule, Rule };

type Group = { all: Rule[] } | { any: Rule[] };
export type Quantifier = 'all' | 'any' | 'none' | 'not all';

const isGroup = (rule: Rule): rule is Group => 'all' in rule || 'any' in rule;
const itemsOf = (group: Group): Rule[] => ('all' in group ? group.all : group.any);

/** A rule seen as a group: "none of" and "not all of" are a group inside a `not`. */
export function asGroup(rule: Rule): { quantifier: Quantifier; items: Rule[] } | undefined {
  if (isGroup(rule)) return { quantifier: 'all' in rule ? 'all' : 'any', items: itemsOf(rule) };
  if ('not' in rule && isGroup(rule.not))
    return { quantifier: 'all' in rule.not ? 'not all' : 'none', items: itemsOf(rule.not) };
  return undefined;
}

export function toGroup(quantifier: Quantifier, items: Rule[]): Rule {
  switch (quantifier) {
    case 'all':
      return { all: items };
    case 'any':
      return { any: items };
    case 'none':
      return { not: { any: items } };
    case 'not all':
      return { not: { all: items } };
  }
}

/** The path of a group's items, as the server names them in its errors. */
export const itemsPath = (path: string, quantifier: Quantifier) =>
  ({ all: `${path}.all`, any: `${path}.any`, none: `${path}.not.any`, 'not all': `${path}.not.all` })[
    quantifier
  ];

/** What a person may still have to fill in: an empty name or value. */
function comparisonFinished(part: Comparison): boolean {
  if (part.operator === 'exists' || part.operator === 'not_exists') return true;
  const value = part.value as unknown;
  if (Array.isArray(value)) return value.length > 0 && value.every((one) => one !== '' && one !== undefined);
  return value !== undefined && value !== '';
}

/** Whether every condition has all it needs, so that asking for a count makes sense. */
export function isFinished(rule: Rule): boolean {
  if ('not' in rule) return isFinished(rule.not);
  if (isGroup(rule)) return itemsOf(rule).every(isFinished);
  if ('attribute' in rule) return rule.attribute !== '' && comparisonFinished(rule);
  if ('event' in rule)
    return (
      rule.event !== '' &&
      rule.from !== '' &&
      rule.to !== '' &&
      (!rule.total || (rule.total.property !== '' && (rule.total.value as unknown) !== '')) &&
      (rule.where ?? []).every((one) => one.property !== '' && comparisonFinished(one))
    );
  return belongingOf(rule)?.id !== '';
}

const belongings: readonly Belonging[] = ['segment', 'program', 'location', 'connection'];

/** What a condition says people belong to; nothing when it is of another kind. */
export function belongingOf(rule: Rule): { kind: Belonging; id: string } | undefined {
  const kind = belongings.find((one) => one in rule);
  return kind && { kind, id: (rule as Record<Belonging, string>)[kind] };
}

/** The kinds of things rules say people belong to, so that their names can be asked for. */
export function belongingsIn(rules: readonly Rule[]): Set<Belonging> {
  const found = new Set<Belonging>();
  const visit = (rule: Rule) => {
    if ('not' in rule) return visit(rule.not);
    if (isGroup(rule)) return itemsOf(rule).forEach(visit);
    const belonging = belongingOf(rule);
    if (belonging) found.add(belonging.kind);
  };
  rules.forEach(visit);
  return found;
}

const isObject = (given: unknown): given is Record<string, unknown> =>
  typeof given === 'object' && given !== null && !Array.isArray(given);

function comparisonDrawable({ operator, value }: Record<string, unknown>): boolean {
  if (operator === 'between') return Array.isArray(value) && value.length === 2;
  if (operator === 'in') return Array.isArray(value);
  if (operator === 'within_last') return isObject(value);
  return typeof operator === 'string';
}

/**
 * Whether what somebody wrote as JSON has the form of a rule closely enough to be drawn. Whether it is a good
 * rule is for the server to say.
 */
export function isDrawable(given: unknown): given is Rule {
  if (!isObject(given)) return false;
  if ('all' in given) return Array.isArray(given.all) && given.all.every(isDrawable);
  if ('any' in given) return Array.isArray(given.any) && given.any.every(isDrawable);
  if ('not' in given) return isDrawable(given.not);
  if ('attribute' in given) return typeof given.attribute === 'string' && comparisonDrawable(given);
  if ('event' in given) {
    const { where = [] } = given;
    return (
      typeof given.event === 'string' &&
      (given.count === undefined || isObject(given.count)) &&
      (given.total === undefined || isObject(given.total)) &&
      Array.isArray(where) &&
      where.every((one) => isObject(one) && comparisonDrawable(one))
    );
  }
  return belongings.some((kind) => typeof given[kind] === 'string');
}

/** The places a rule can grow: what a click on "add" begins with. */
export const fresh = {
  attribute: (): Rule => ({ attribute: '', operator: 'equals', value: '' }),
  event: (): Rule => ({ event: '', count: { at_least: 1 } }),
  belonging: (kind: Belonging): Rule => ({ [kind]: '' }) as unknown as Rule,
  group: (): Rule => ({ any: [fresh.attribute()] }),
};
