/** A plain calendar: what a clock on the wall shows, asked of Intl for every quarter of an hour and written down. */

const MINUTE = 60_000;
const QUARTER = 15 * MINUTE;
const DAY = 86_400_000;

export type Cut = 'minute' | 'hour' | 'day' | 'week' | 'month';

const offsets = new Map<string, Map<number, number>>();
const formats = new Map<string, Intl.DateTimeFormat>();

/** What must be added to an instant to read the local time off as if it were UTC. Clocks change at quarters of an hour. */
export function offsetAt(timezone: string, instant: number): number {
  let known = offsets.get(timezone);
  if (!known) {
    known = new Map();
    offsets.set(timezone, known);
  }
  const quarter = Math.floor(instant / QUARTER);
  const found = known.get(quarter);
  if (found !== undefined) return found;
  let format = formats.get(timezone);
  if (!format) {
    format = new Intl.DateTimeFormat('sv-SE', {
      timeZone: timezone,
      dateStyle: 'short',
      timeStyle: 'medium',
    });
    formats.set(timezone, format);
  }
  // "2026-10-25 02:15:00"
  const shown = Date.parse(`${format.format(new Date(quarter * QUARTER)).replace(' ', 'T')}Z`);
  const offset = shown - quarter * QUARTER;
  known.set(quarter, offset);
  return offset;
}

/** The name of the interval an instant lies in. An hour that comes twice in a night has two names. */
export function nameOf(timezone: string, cut: Cut, instant: number): number | string {
  const offset = offsetAt(timezone, instant);
  const local = instant + offset;
  if (cut === 'minute') return Math.floor(local / MINUTE) * MINUTE - offset;
  if (cut === 'hour') return Math.floor(local / (60 * MINUTE)) * 60 * MINUTE - offset;
  const day = Math.floor(local / DAY);
  if (cut === 'day') return day;
  // The first of January 1970 was a Thursday; weeks begin on Monday.
  if (cut === 'week') return Math.floor((day + 3) / 7);
  return new Date(local).toISOString().slice(0, 7);
}

/** Beginnings of the intervals from the one `from` lies in up to `to`. */
export function startsOf(timezone: string, cut: Cut, from: number, to: number): number[] {
  const step = cut === 'minute' ? MINUTE : QUARTER;
  const first = nameOf(timezone, cut, from);
  let at = Math.floor(from / step) * step;
  while (nameOf(timezone, cut, at - step) === first) at -= step;
  const starts: number[] = [];
  let name: number | string | undefined;
  for (; at < to; at += step) {
    const now = nameOf(timezone, cut, at);
    if (now !== name) starts.push(at);
    name = now;
  }
  return starts;
}

/** The instant at which the clock first shows this local time (given as if it were UTC). */
export function instantOf(timezone: string, local: number): number {
  const times = [-DAY, 0, DAY].map((away) => local - offsetAt(timezone, local + away));
  const right = times.filter((time) => time + offsetAt(timezone, time) === local);
  // In the gap of spring no instant shows it: as far after the jump as it would have been.
  return right.length > 0 ? Math.min(...right) : Math.max(...times);
}
