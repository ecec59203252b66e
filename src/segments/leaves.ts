import { opposites } from './compare.ts';
import type { AttributeRule, Condition, EventRule, Rule } from './rule.ts';

/** A condition people satisfy by something that is there: a row of theirs. */
export type Leaf =
  | { kind: 'attribute'; rule: AttributeRule }
  | { kind: 'event'; rule: EventRule }
  | { kind: 'segment'; segment: string }
  | { kind: 'picked'; segment: string }
  | { kind: 'places'; places: readonly string[] };

/** A rule whose negations stand at its leaves alone, since what absence satisfies no row can tell. */
export type Normal =
  | { kind: 'all'; of: Normal[] }
  | { kind: 'any'; of: Normal[] }
  | { kind: 'has'; leaf: Leaf }
  | { kind: 'lacks'; leaf: Leaf };

/** What a rule names, as it is found among people. */
export interface Names {
  /** Under which a program's or a location's people are found. */
  places(id: string): readonly string[];
  /** The attribute that says who is on a connection's list, and its value. */
  listed(connection: string): { attribute: string; value: string };
}

/** Pushes negations down to the leaves (De Morgan), and turns what absence satisfies into its opposite. */
export function normalise(rule: Rule, names: Names, negated = false): Normal {
  if ('not' in rule) return normalise(rule.not, names, !negated);
  if ('all' in rule || 'any' in rule) {
    const both = 'all' in rule ? rule.all : rule.any;
    const kind = 'all' in rule === negated ? 'any' : 'all';
    const of = both.map((inner) => normalise(inner, names, negated));
    // One of the same kind inside is the same with its parts beside the others.
    return { kind, of: of.flatMap((inner) => (inner.kind === kind ? inner.of : [inner])) };
  }
  const { leaf, opposite } = leafOf(rule, names);
  return { kind: opposite === negated ? 'has' : 'lacks', leaf };
}

/** @returns `opposite`: the rule holds for those of whom the leaf does not */
function leafOf(rule: Condition, names: Names): { leaf: Leaf; opposite: boolean } {
  if ('attribute' in rule) {
    if (rule.operator !== 'not_equals' && rule.operator !== 'not_exists')
      return { leaf: { kind: 'attribute', rule }, opposite: false };
    const positive = { ...rule, operator: opposites[rule.operator] } as AttributeRule;
    return { leaf: { kind: 'attribute', rule: positive }, opposite: true };
  }
  if ('event' in rule) return { leaf: { kind: 'event', rule }, opposite: holdsForNone(rule) };
  if ('segment' in rule) return { leaf: { kind: 'segment', segment: rule.segment }, opposite: false };
  if ('picked' in rule) return { leaf: { kind: 'picked', segment: rule.picked }, opposite: false };
  if ('connection' in rule) {
    const { attribute, value } = names.listed(rule.connection);
    return { leaf: { kind: 'attribute', rule: { attribute, operator: 'equals', value } }, opposite: false };
  }
  const id = 'program' in rule ? rule.program : rule.location;
  return { leaf: { kind: 'places', places: names.places(id) }, opposite: false };
}

/** Whether who never did the thing satisfies the rule: then those are looked for who do not. */
export function holdsForNone({ count, total }: EventRule): boolean {
  const { exactly, at_least, at_most } = count ?? (total ? {} : { at_least: 1 });
  const times = (exactly ?? 0) === 0 && (at_least ?? 0) === 0 && (at_most ?? 0) >= 0;
  if (!total) return times;
  const { operator, value } = total;
  const sum =
    operator === 'at_least'
      ? value <= 0
      : operator === 'at_most'
        ? value >= 0
        : operator === 'greater_than'
          ? value < 0
          : value > 0;
  return times && sum;
}
