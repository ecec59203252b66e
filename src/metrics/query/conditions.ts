import type { Binder } from './binder.ts';
import { type Filter, propertyOf } from './question.ts';
import { type Dimension, dimensions } from './words.ts';

/** Where a dimension is looked up: what an event itself has, what its session has, or either. */
export function scopeOf(dimension: Dimension): 'event' | 'visit' | 'both' {
  return propertyOf(dimension) === undefined ? dimensions[dimension as 'path'].of : 'event';
}

/** SQL of a dimension as text, empty where there is none. The columns of `events` and `events_by_person` have one name. */
export function dimensionSql(dimension: Dimension, bind: Binder): string {
  const property = propertyOf(dimension);
  // A text without its quotes, anything else as its JSON; empty for null.
  if (property !== undefined) return `JSONExtract(properties, ${bind.text(textKey(property))}, 'String')`;
  return dimension === 'event' ? 'name' : dimension;
}

const textKey = (name: string) => name.toWellFormed().replaceAll('\0', '\uFFFD');

/** SQL, 0 or 1, of whether a row satisfies all filters. */
export function conditionsSql(filters: readonly Filter[], bind: Binder): string[] {
  return filters.map((filter) => conditionSql(filter, dimensionSql(filter.dimension, bind), bind));
}

function conditionSql(filter: Filter, text: string, bind: Binder): string {
  switch (filter.operator) {
    case 'equals':
      return `${text} = ${bind.text(filter.value)}`;
    case 'not_equals':
      return `${text} != ${bind.text(filter.value)}`;
    case 'contains':
      return `position(lowerUTF8(${text}), lowerUTF8(${bind.text(filter.value)})) > 0`;
    case 'not_contains':
      return `position(lowerUTF8(${text}), lowerUTF8(${bind.text(filter.value)})) = 0`;
    case 'starts_with':
      return `startsWith(lowerUTF8(${text}), lowerUTF8(${bind.text(filter.value)}))`;
    case 'in':
      return `${text} IN ${bind.texts(filter.values)}`;
    case 'exists':
      return `${text} != ''`;
    case 'greater':
      return `ifNull(${numberSql(text)} > ${bind.number(filter.value)}, 0)`;
    case 'less':
      return `ifNull(${numberSql(text)} < ${bind.number(filter.value)}, 0)`;
  }
}

/** Only what looks like a number is one: the engine alone would take 'inf', or spaces around. */
const numberSql = (text: string) =>
  `if(match(${text}, '^-?[0-9]+([.][0-9]+)?([eE][+-]?[0-9]+)?$'), toFloat64OrNull(${text}), NULL)`;

/** Whether a question names events, and so may mean those Rapport itself wrote. */
export const namesEvents = (filters: readonly Filter[]): boolean =>
  filters.some(
    ({ dimension, operator }) => dimension === 'event' && (operator === 'equals' || operator === 'in'),
  );
