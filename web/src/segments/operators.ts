import type { Comparison, Operator } from './rule.ts';

/** What a stored value is: from the server's suggestions. */
export type Kind = 'string' | 'number' | 'date' | 'boolean';

/** Each operator as it reads in a sentence after its subject. */
export const operatorWords: Record<Operator, string> = {
  equals: 'is',
  not_equals: 'is not',
  contains: 'contains',
  starts_with: 'starts with',
  ends_with: 'ends with',
  in: 'is one of',
  greater_than: 'is more than',
  at_least: 'is at least',
  less_than: 'is less than',
  at_most: 'is at most',
  between: 'is between',
  after: 'is after',
  before: 'is before',
  within_last: 'is within the last',
  exists: 'is known',
  not_exists: 'is not known',
};

const byKind: Record<Kind, Operator[]> = {
  string: ['equals', 'not_equals', 'contains', 'starts_with', 'ends_with', 'in', 'exists', 'not_exists'],
  number: [
    'greater_than',
    'at_least',
    'less_than',
    'at_most',
    'between',
    'equals',
    'not_equals',
    'in',
    'exists',
    'not_exists',
  ],
  date: ['after', 'before', 'within_last', 'between', 'exists', 'not_exists'],
  boolean: ['equals', 'not_equals', 'exists', 'not_exists'],
};

/** The operators that make sense for a kind; all of them when the kind is not known. */
export function operatorsFor(kind: Kind | undefined, current: Operator): Operator[] {
  const fitting = kind ? byKind[kind] : (Object.keys(operatorWords) as Operator[]);
  return fitting.includes(current) ? fitting : [current, ...fitting];
}

type Shape = 'none' | 'one' | 'two' | 'many' | 'time' | 'duration';
const shapes: Partial<Record<Operator, Shape>> = {
  exists: 'none',
  not_exists: 'none',
  between: 'two',
  in: 'many',
  before: 'time',
  after: 'time',
  within_last: 'duration',
};
export const shapeOf = (operator: Operator): Shape => shapes[operator] ?? 'one';

/** The same comparison with another operator; the value stays when the new one takes its like. */
export function withOperator(old: Comparison, operator: Operator): Comparison {
  const [was, is] = [shapeOf(old.operator), shapeOf(operator)];
  if (is === 'none') return { operator } as Comparison;
  if (was === is) return { operator, value: old.value } as Comparison;
  const empty: Record<Shape, unknown> = {
    none: undefined,
    one: '',
    time: '',
    two: ['', ''],
    many: [],
    duration: { amount: 30, unit: 'day' },
  };
  return { operator, value: empty[is] } as Comparison;
}

/** The operator a condition on such a value begins with. */
export const firstOperator = (kind: Kind | undefined): Operator => (kind ? byKind[kind][0]! : 'equals');
