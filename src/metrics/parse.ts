import { Problem } from '../engine/index.ts';
import { createCalendar } from './calendar.ts';
import { type Interval, intervals, type MetricName, metricNames, type Words } from './schema.ts';

/** A question understood: what to count, of which time, cut how. */
export interface Question {
  metric: MetricName;
  /** Empty: all. */
  event: string;
  interval: Interval;
  timezone: string;
  from: Date;
  to: Date;
}

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** The span looked back over when `from` is not given. */
const usualSpan: Record<Interval, number> = { minute: 60 * MINUTE, hour: DAY, day: 30 * DAY };

/**
 * Understands a question. Throws a Problem 400 that names the word not understood, and the valid one closest to it.
 *
 * @param defaults time zone of the workspace, and the present time
 */
export function parseQuestion(words: Words, defaults: { timezone: string; now: Date }): Question {
  const metric = oneOf('metric', words.metric ?? 'events', metricNames);
  const interval = oneOf('interval', words.interval ?? 'day', intervals);
  const timezone = parseTimezone(words.timezone || defaults.timezone);
  const to = words.to ? parseTime('to', words.to, timezone) : defaults.now;
  const from = words.from
    ? parseTime('from', words.from, timezone)
    : new Date(to.getTime() - usualSpan[interval]);
  if (from >= to) {
    throw new Problem(400, 'bad_time', 'The time asked for ends before it begins: from must be before to.', {
      field: 'from',
    });
  }
  return { metric, event: metric === 'emails' ? '' : (words.event ?? ''), interval, timezone, from, to };
}

function oneOf<T extends string>(field: string, word: string, valid: readonly T[]): T {
  const found = valid.find((name) => name === word);
  if (found) return found;
  throw new Problem(400, `unknown_${field}`, `There is no ${field} ${JSON.stringify(word)}.`, {
    field,
    hint: `Did you mean ${closest(word, valid)[0]}? There are: ${valid.join(', ')}.`,
  });
}

function parseTimezone(name: string): string {
  try {
    // The engine knows names, not offsets like +02:00, which Intl would take.
    if (/^[A-Za-z]/.test(name))
      return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch {
    // Not a time zone: answered below.
  }
  const names = ['UTC', ...Intl.supportedValuesOf('timeZone')];
  const like = closest(name, names).slice(0, 3);
  throw new Problem(400, 'unknown_timezone', `There is no time zone ${JSON.stringify(name.slice(0, 100))}.`, {
    field: 'timezone',
    hint: `Use an IANA name; the closest are ${like.join(', ')}.`,
  });
}

function parseTime(field: string, text: string, timezone: string): Date {
  const date = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  const time = date
    ? new Date(createCalendar(timezone).startOfDate(Number(date[1]), Number(date[2]), Number(date[3])))
    : /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/.test(text)
      ? new Date(text)
      : new Date(Number.NaN);
  const year = time.getUTCFullYear();
  if (year >= 1971 && year <= 2199) return time;
  throw new Problem(
    400,
    'bad_time',
    `${JSON.stringify(text.slice(0, 100))} is not a time between 1971 and 2199.`,
    {
      field,
      hint: 'Write it like 2026-03-04T05:06:07Z, or a day like 2026-03-04.',
    },
  );
}

/** The valid words, closest first: by edit distance, capitals not counting; a word that holds the other counts as near. */
export function closest<T extends string>(word: string, valid: readonly T[]): T[] {
  const wanted = word.toLowerCase().slice(0, 50);
  const score = (name: string) => {
    const last = name.slice(name.lastIndexOf('/') + 1);
    return wanted !== '' && name.includes(wanted)
      ? 0.5
      : Math.min(distance(wanted, name), distance(wanted, last) + 0.6);
  };
  return valid
    .map((name) => ({ name, score: score(name.toLowerCase().replaceAll(' ', '_')) }))
    .sort((a, b) => a.score - b.score)
    .map(({ name }) => name);
}

/** Levenshtein's distance, row by row. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const above = row;
    row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(change, above[j]! + 1, row[j - 1]! + 1));
    }
  }
  return row[b.length]!;
}
