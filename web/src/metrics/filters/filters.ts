import type { Dimension, Filter, Operator } from '../question.ts';
import { dimensionLabel, propertyOf, valueLabel } from '../words/dimensions.ts';

export const operatorLabels: Record<Operator, string> = {
  equals: 'is',
  not_equals: 'is not',
  contains: 'contains',
  not_contains: 'does not contain',
  starts_with: 'starts with',
  in: 'is one of',
  exists: 'is set',
  greater: 'is more than',
  less: 'is less than',
};

/** The operators that make sense for a dimension; `in` is what `equals` becomes with several values. */
export const operatorsFor = (dimension: string): Operator[] => [
  'equals',
  'not_equals',
  'contains',
  'not_contains',
  'starts_with',
  'exists',
  ...(propertyOf(dimension) ? (['greater', 'less'] as const) : []),
];

/** "Page is /pricing" */
export function filterText([dimension, operator, ...values]: Filter): string {
  const shown = values.map((value) => valueLabel(dimension, value)).join(' or ');
  const verb = operator === 'in' ? 'is' : operatorLabels[operator];
  return `${dimensionLabel(dimension)} ${verb} ${shown}`.trim();
}

/** Whether exactly this value is asked for already. */
export const isFilteredBy = (filters: Filter[], dimension: Dimension, value: string) =>
  filters.some(
    ([name, operator, ...values]) =>
      name === dimension && (operator === 'equals' || operator === 'in') && values.includes(value),
  );

/** A value clicked: asked for alone, or no longer when it was. */
export function toggled(filters: Filter[], dimension: Dimension, value: string): Filter[] {
  const others = filters.filter(
    ([name, operator]) => name !== dimension || (operator !== 'equals' && operator !== 'in'),
  );
  return isFilteredBy(filters, dimension, value) ? others : [...others, [dimension, 'equals', value]];
}

/** None is written as absent, so that the address stays short. */
export const orNone = (filters: Filter[]) => (filters.length > 0 ? filters : undefined);
