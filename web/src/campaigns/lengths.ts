import { duration, number } from '../shared/format.ts';

/** Units a length of time is given in, and how many seconds each has. */
export const units = [
  { size: 1, one: 'second', many: 'seconds' },
  { size: 60, one: 'minute', many: 'minutes' },
  { size: 3_600, one: 'hour', many: 'hours' },
  { size: 86_400, one: 'day', many: 'days' },
] as const;

/** The size of the largest unit that gives a whole number. */
export const unitOf = (seconds: number): number =>
  units.findLast(({ size }) => seconds > 0 && seconds % size === 0)?.size ?? 1;

/** "2 days", "90 minutes"; what comes out even in no unit as "1 h 30 min". */
export function lengthText(seconds: number): string {
  const unit = units.find(({ size }) => size === unitOf(seconds))!;
  const amount = seconds / unit.size;
  if (amount > 120) return duration(seconds);
  return `${number(amount)} ${amount === 1 ? unit.one : unit.many}`;
}

const weekdayNames = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

/** Days of the week to choose from, as the server calls them. */
export const weekdays = weekdayNames.map((value) => ({
  value,
  label: value.charAt(0).toUpperCase() + value.slice(1),
  short: value.charAt(0).toUpperCase() + value.slice(1, 3),
}));

/** "Mon, Tue", "weekdays", "any day". */
export function daysText(days: readonly string[] | undefined): string {
  if (!days || days.length === 0 || days.length === 7) return 'any day';
  const chosen = weekdays.filter(({ value }) => days.includes(value));
  const working = chosen.length === 5 && !days.includes('saturday') && !days.includes('sunday');
  return working ? 'weekdays' : chosen.map(({ short }) => short).join(', ');
}
