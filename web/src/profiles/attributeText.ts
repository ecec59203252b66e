import { number, type Times } from '../shared/format.ts';

const instant = /^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:?\d\d)?)?$/;

/** An attribute's value for people: dates in the workspace's zone, numbers by locale, lists and objects as JSON. */
export function attributeText(value: unknown, times: Times): string {
  if (value === null || value === undefined || value === '') return '–';
  if (typeof value === 'number') return Number.isInteger(value) ? number(value) : value.toLocaleString();
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value !== 'string') return JSON.stringify(value);
  if (!instant.test(value) || Number.isNaN(Date.parse(value))) return value;
  // A day without a time of day is that day everywhere; it must not move with the time zone.
  if (!value.includes('T') || /T00:00:00(\.000)?Z$/.test(value))
    return new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeZone: 'UTC' }).format(
      new Date(value),
    );
  return times.time(value);
}

/** `last_order_date` as people write it: "Last order date". */
export function attributeLabel(name: string): string {
  const words = name.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
