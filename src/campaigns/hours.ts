import { Temporal } from 'temporal-polyfill';
import { z } from 'zod';

export const clock = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day, HH:MM');

const dayNames = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;
export type Weekday = (typeof dayNames)[number];
export const weekdays = z.array(z.enum(dayNames)).min(1).max(7);

export const isZone = (name: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
};
export const zoneName = z.string().max(100).refine(isZone, 'must be a time zone, like Europe/Berlin');

const shortestWindowMinutes = 15;
const minutesOf = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3));
/** From one time of day to another, around midnight too; the whole day when they are the same. */
const lengthOf = (from: string, to: string) => (minutesOf(to) - minutesOf(from) + 1440) % 1440 || 1440;

const sendWindow = z
  .strictObject({
    from: clock,
    to: clock,
    days: weekdays.optional().describe('On which it begins; any day when missing'),
  })
  .refine(({ from, to }) => lengthOf(from, to) >= shortestWindowMinutes, {
    message: `must be at least ${shortestWindowMinutes} minutes long`,
    path: ['to'],
  });

export const hours = z.strictObject({
  quiet_hours: z
    .strictObject({ from: clock, to: clock })
    .refine(({ from, to }) => lengthOf(from, to) <= 1440 - shortestWindowMinutes, {
      message: `must leave at least ${shortestWindowMinutes} minutes a day`,
      path: ['to'],
    })
    .optional()
    .describe('No email in these, every day; around midnight too'),
  send_windows: z.array(sendWindow).min(1).max(20).optional().describe('Emails in one of these alone'),
});
export type Hours = z.infer<typeof hours>;

/** A stretch of time in which emails may go out. */
export interface Open {
  from: Date;
  to: Date;
}

const zoned = (at: Date, zone: string) =>
  Temporal.Instant.fromEpochMilliseconds(at.getTime()).toZonedDateTimeISO(zone);
const dateOf = (at: Temporal.ZonedDateTime) => new Date(at.epochMilliseconds);
const dayName = (day: Temporal.PlainDate): Weekday => dayNames[day.dayOfWeek - 1]!;

/** The instant clocks of a zone show a time on a day; where they leave it out, as much later as they do. */
const at = (day: Temporal.PlainDate, time: string, zone: string) =>
  dateOf(day.toZonedDateTime({ timeZone: zone, plainTime: Temporal.PlainTime.from(time) }));

/** When clocks of a zone next show a time of day, on one of these weekdays, after an instant. */
export function nextAt(
  after: Date,
  { time, days }: { time: string; days?: readonly Weekday[] | undefined },
  zone: string,
): Date {
  const today = zoned(after, zone).toPlainDate();
  for (let n = 0; n <= 8; n++) {
    const day = today.add({ days: n });
    if (days && !days.includes(dayName(day))) continue;
    const found = at(day, time, zone);
    if (found > after) return found;
  }
  throw new RangeError(`no ${time} within nine days of ${after.toISOString()} in ${zone}`);
}

/** Days looked ahead: every weekday at least once, and one whose window another day's quiet hours swallow. */
const daysAhead = 15;

/**
 * The stretch in which emails may go out that holds `now`, or else the next one; undefined where there never is one.
 * Both ends are as clocks of the zone show them, also over a change to summer time.
 */
export function openAt(now: Date, { quiet_hours, send_windows }: Hours, zone: string): Open | undefined {
  const first = zoned(now, zone).toPlainDate().subtract({ days: 1 });
  const spans = (from: string, to: string, days?: readonly Weekday[]): Open[] =>
    Array.from({ length: daysAhead + 1 }, (_, n) => first.add({ days: n }))
      .filter((day) => !days || days.includes(dayName(day)))
      .map((day) => ({
        from: at(day, from, zone),
        to: at(minutesOf(to) > minutesOf(from) ? day : day.add({ days: 1 }), to, zone),
      }));
  const windows = send_windows
    ? joined(send_windows.flatMap(({ from, to, days }) => spans(from, to, days)))
    : [{ from: new Date(now.getTime() - 86_400_000), to: new Date(now.getTime() + daysAhead * 86_400_000) }];
  const quiet = quiet_hours ? joined(spans(quiet_hours.from, quiet_hours.to)) : [];
  return windows
    .flatMap((window) => without(window, quiet))
    .find(({ from, to }) => to > now && to.getTime() - from.getTime() >= 60_000);
}

/** Stretches that touch or overlap made one, in order. */
function joined(spans: Open[]): Open[] {
  const all: Open[] = [];
  for (const span of spans.toSorted((a, b) => a.from.getTime() - b.from.getTime())) {
    const last = all.at(-1);
    if (!last || span.from > last.to) all.push({ ...span });
    else if (span.to > last.to) last.to = span.to;
  }
  return all;
}

/** What is left of a stretch without others. */
function without({ from, to }: Open, others: readonly Open[]): Open[] {
  const left: Open[] = [];
  let begin = from;
  for (const other of others) {
    if (other.to <= begin || other.from >= to) continue;
    if (other.from > begin) left.push({ from: begin, to: other.from });
    begin = other.to;
  }
  if (begin < to) left.push({ from: begin, to });
  return left;
}
