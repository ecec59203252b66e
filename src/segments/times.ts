import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';

const units = ['minute', 'hour', 'day', 'week', 'month', 'year'] as const;

export const duration = z.strictObject({
  amount: z.number().int().min(1).max(1_000_000),
  unit: z.enum(units),
});
export type Duration = z.infer<typeof duration>;

const offset = /(Z|[+-]\d{2}:?\d{2})$/i;

export const isoTime = z
  .string()
  .regex(
    /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?([Zz]|[+-]\d{2}:?\d{2})?)?$/,
    'must be a time in ISO 8601',
  )
  .refine(isInstant, 'must be a time there is');

/**
 * The instant a time of a rule, or a stored one, means. Where it names no offset, it is what clocks in the time zone show;
 * a day alone is its beginning there.
 *
 * @throws RangeError when it is no time
 */
export function instantOf(time: string, timeZone: string): Date {
  const text = time.replace(' ', 'T');
  // A day alone has no offset, although its own dashes look like one.
  if (!text.includes('T')) {
    return new Date(Temporal.PlainDate.from(text).toZonedDateTime(timeZone).epochMilliseconds);
  }
  if (!offset.test(text)) {
    return new Date(Temporal.PlainDateTime.from(text).toZonedDateTime(timeZone).epochMilliseconds);
  }
  return new Date(Temporal.Instant.from(text).epochMilliseconds);
}

/** The engine keeps no time before this one. */
const earliest = Date.UTC(1900, 0, 1);

/**
 * The instant a duration before `now`. Minutes and hours are exact; days, weeks, months and years are the calendar's in the
 * time zone: the same time of day, though clocks were changed in between, and of the last day of the month where that
 * has no such day.
 */
export function earlier(now: Date, { amount, unit }: Duration, timeZone: string): Date {
  try {
    const then = Temporal.Instant.fromEpochMilliseconds(now.getTime())
      .toZonedDateTimeISO(timeZone)
      .subtract({ [`${unit}s`]: amount });
    return new Date(Math.max(then.epochMilliseconds, earliest));
  } catch (error) {
    // Before the beginning of the calendar.
    if (error instanceof RangeError) return new Date(earliest);
    throw error;
  }
}

function isInstant(text: string): boolean {
  try {
    return !Number.isNaN(instantOf(text, 'UTC').getTime());
  } catch {
    return false;
  }
}
