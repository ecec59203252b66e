/** What metrics can be cut and filtered by, by the name it has in the API. */
const labels = {
  event: 'Event',
  type: 'Kind of event',
  path: 'Page',
  entry_page: 'Entry page',
  exit_page: 'Exit page',
  title: 'Page title',
  hostname: 'Hostname',
  channel: 'Channel',
  traffic_source: 'Source',
  traffic_medium: 'Medium',
  referrer_domain: 'Referrer',
  utm_source: 'UTM source',
  utm_medium: 'UTM medium',
  utm_campaign: 'UTM campaign',
  utm_term: 'UTM term',
  utm_content: 'UTM content',
  country: 'Country',
  locale: 'Language',
  device: 'Device',
  browser: 'Browser',
  system: 'System',
  currency: 'Currency',
} as const;

type Named = keyof typeof labels;
export type Dimension = Named | `property:${string}`;

export const isDimension = (value: unknown): value is Dimension =>
  typeof value === 'string' && (Object.hasOwn(labels, value) || /^property:./.test(value));

/** The property a dimension stands for, if it is one. */
export const propertyOf = (dimension: string) =>
  dimension.startsWith('property:') ? dimension.slice('property:'.length) : undefined;

export const dimensionLabel = (dimension: string) =>
  Object.hasOwn(labels, dimension) ? labels[dimension as Named] : (propertyOf(dimension) ?? dimension);

const countries = new Intl.DisplayNames(undefined, { type: 'region', fallback: 'code' });
const languages = new Intl.DisplayNames(undefined, { type: 'language', fallback: 'code' });

/** A code in the reader's language, or itself where it is none. */
function named(names: Intl.DisplayNames, code: string): string {
  try {
    return names.of(code.replace('_', '-')) ?? code;
  } catch {
    return code;
  }
}

const known: Record<string, Record<string, string>> = {
  device: { desktop: 'Desktop', mobile: 'Phone', tablet: 'Tablet', tv: 'Television' },
  type: { page: 'Page', screen: 'Screen', track: 'Tracked event' },
  traffic_source: { '(direct)': 'Direct' },
  traffic_medium: { '(none)': 'None' },
};

/** What stands in a row for nothing. */
const nothing: Record<string, string> = {
  referrer_domain: 'No referrer',
  country: 'Unknown',
  locale: 'Unknown',
  device: 'Unknown',
  browser: 'Unknown',
  system: 'Unknown',
  path: 'No page',
  entry_page: 'No page',
  exit_page: 'No page',
};

/** A value of a dimension as people read it. */
export function valueLabel(dimension: string, value: string): string {
  if (value === '') return nothing[dimension] ?? 'Not set';
  if (dimension === 'country') return named(countries, value);
  if (dimension === 'locale') return named(languages, value);
  return known[dimension]?.[value] ?? value;
}

/** Whether the values are codes with names of their own, so that a text typed is no part of them. */
export const isCoded = (dimension: string) =>
  dimension === 'country' || dimension === 'locale' || Object.hasOwn(known, dimension);
