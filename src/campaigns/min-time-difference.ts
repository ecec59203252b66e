/** What a list of times may not be. `position` counts from 1 and is undefined where the list as a whole is wrong. */
export class TimeListError extends RangeError {
  readonly position: number | undefined;

  constructor(message: string, position?: number) {
    super(message);
    this.name = 'TimeListError';
    this.position = position;
  }
}

const minutesADay = 1440;
const most = 20_000;

/**
 * The least number of minutes between any two times of day of a list, around midnight too: 23:59 and 00:00 are one
 * minute apart. In time linear in the list: there are only 1,440 times of day, so it marks those that occur and walks
 * around the clock once; a time that occurs twice makes it 0.
 *
 * @param times 2 to 20,000 times `HH:MM` from 00:00 to 23:59
 * @returns whole minutes, 0 to 720
 * @throws TimeListError that names the value and its position
 */
export function minTimeDifference(times: readonly string[]): number {
  if (times.length < 2)
    throw new TimeListError(
      `There must be at least two times; there is ${times.length === 1 ? `one (${shown(times[0])})` : 'none'}.`,
    );
  if (times.length > most) {
    throw new TimeListError(
      `There may be at most 20,000 times; ${shown(times[most])} is one too many.`,
      most + 1,
    );
  }
  const occurs = new Uint8Array(minutesADay);
  let twice = false;
  times.forEach((time, n) => {
    const minute = minuteOf(time, n + 1);
    twice ||= occurs[minute] === 1;
    occurs[minute] = 1;
  });
  if (twice) return 0;
  const first = occurs.indexOf(1);
  let least = minutesADay;
  let previous = occurs.lastIndexOf(1) - minutesADay;
  for (let minute = first; minute < minutesADay; minute++) {
    if (occurs[minute] === 0) continue;
    least = Math.min(least, minute - previous);
    previous = minute;
  }
  return least;
}

function minuteOf(time: string, position: number): number {
  const [, hours, minutes] = (typeof time === 'string' && /^([01]\d|2[0-3]):([0-5]\d)$/.exec(time)) || [];
  if (hours === undefined) {
    throw new TimeListError(`Time ${position} is not HH:MM from 00:00 to 23:59: ${shown(time)}.`, position);
  }
  return Number(hours) * 60 + Number(minutes);
}

const shown = (value: unknown) =>
  JSON.stringify(typeof value === 'string' ? value.slice(0, 40) : value) ?? String(value);

/**
 * Times from a text: a JSON array of texts, or separated by white space or commas.
 *
 * @throws TimeListError when it begins like a JSON array and is none
 */
export function readTimes(text: string): string[] {
  const trimmed = text.replace(/^\uFEFF/, '').trim();
  if (trimmed === '') return [];
  if (!trimmed.startsWith('[')) return trimmed.split(/\s*,\s*|\s+/);
  try {
    return JSON.parse(trimmed) as string[];
  } catch (error) {
    throw new TimeListError(`It begins like a JSON array but is none: ${(error as Error).message}.`);
  }
}
