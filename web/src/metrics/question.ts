import type { Dimension } from './words/dimensions.ts';

export type { Dimension } from './words/dimensions.ts';
export type { Metric } from './words/metrics.ts';

export const intervals = ['minute', 'hour', 'day', 'week', 'month'] as const;
export type Interval = (typeof intervals)[number];

export const operators = [
  'equals',
  'not_equals',
  'contains',
  'not_contains',
  'starts_with',
  'in',
  'exists',
  'greater',
  'less',
] as const;
export type Operator = (typeof operators)[number];

/** What must hold, as it stands in an address: `["path","equals","/pricing"]`. */
export type Filter = [dimension: Dimension, operator: Operator, ...values: string[]];

/** A filter as the API takes it. */
export function wireFilter([dimension, operator, ...values]: Filter) {
  if (operator === 'exists') return { dimension, operator };
  if (operator === 'in') return { dimension, operator, values };
  const value = values[0] ?? '';
  return {
    dimension,
    operator,
    value: operator === 'greater' || operator === 'less' ? Number(value) : value,
  };
}

/** A filter read back from a question. */
export function readFilter(wire: {
  dimension: string;
  operator: string;
  value?: string | number | boolean | undefined;
  values?: (string | number | boolean)[] | undefined;
}): Filter {
  const values = wire.values ?? (wire.value === undefined ? [] : [wire.value]);
  return [wire.dimension as Dimension, wire.operator as Operator, ...values.map(String)];
}
