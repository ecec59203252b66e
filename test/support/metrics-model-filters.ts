/** Conditions, one event or session at a time. */
export interface ModelFilter {
  dimension: string;
  operator: string;
  value?: string | number | boolean;
  values?: (string | number | boolean)[];
}

const ofVisits = new Set([
  'entry_page',
  'exit_page',
  'referrer_domain',
  'traffic_source',
  'traffic_medium',
  'channel',
  'utm_source',
  'utm_medium',
  'utm_campaign',
  'utm_term',
  'utm_content',
]);
const ofBoth = new Set(['hostname', 'device', 'browser', 'system', 'country', 'locale']);

/** Whose a dimension is: a session's, an event's, or each its own. */
export const kindOf = (dimension: string): 'visit' | 'both' | 'event' =>
  ofVisits.has(dimension) ? 'visit' : ofBoth.has(dimension) ? 'both' : 'event';

/** Whether the filters name an event, so that those Rapport wrote itself count too. */
export const namesEvent = (filters: readonly ModelFilter[]): boolean =>
  filters.some(({ dimension, operator }) => dimension === 'event' && /^(equals|in)$/.test(operator));

/** A dimension's value as text; what is absent is the empty text. */
export function textOf(
  dimension: string,
  values: Record<string, string>,
  properties: Record<string, unknown>,
): string {
  if (!dimension.startsWith('property:')) return values[dimension] ?? '';
  const value = properties[dimension.slice('property:'.length)];
  return value === undefined || value === null ? '' : String(value);
}

export function matches(
  { dimension, operator, value, values = [] }: ModelFilter,
  own: Record<string, string>,
  properties: Record<string, unknown>,
): boolean {
  const text = textOf(dimension, own, properties);
  const wanted = String(value);
  const has = () => text.toLowerCase().includes(wanted.toLowerCase());
  switch (operator) {
    case 'equals':
      return text === wanted;
    case 'not_equals':
      return text !== wanted;
    case 'contains':
      return has();
    case 'not_contains':
      return !has();
    case 'starts_with':
      return text.toLowerCase().startsWith(wanted.toLowerCase());
    case 'in':
      return values.map(String).includes(text);
    case 'exists':
      return text !== '';
    case 'greater':
      return text !== '' && Number(text) > Number(value);
    case 'less':
      return text !== '' && Number(text) < Number(value);
    default:
      throw new Error(`the model knows no operator ${operator}`);
  }
}
