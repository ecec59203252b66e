import { type ClickHouse, Problem, statement } from '../engine/index.ts';
import { parsed } from './attributes.ts';
import { askable, cursorTime, decodeCursor, encodeCursor } from './cursor.ts';
import type { Known } from './identities.ts';
import type { TimelinePage, TimelineQuery } from './schema.ts';

const personTimeline = statement(import.meta.url, './sql/person_timeline.sql');

interface TimelineRow {
  time_ms: number;
  type: string;
  name: string;
  source: string;
  properties: string;
  message_id: string;
}

/** What is asked of a timeline; days are the workspace's. */
export type TimelineAsked = Partial<TimelineQuery> & { limit: number; timezone?: string };

/** Events of one person, newest first. `before` is a time or the `next_before` of an earlier page. */
export async function readTimeline(
  clickhouse: ClickHouse,
  workspace: string,
  { ids }: Known,
  asked: TimelineAsked,
): Promise<TimelinePage> {
  const rows = await clickhouse.rows<TimelineRow>(personTimeline, {
    workspace,
    ids,
    limit: asked.limit + 1,
    types: listOf(asked.type),
    names: listOf(asked.name),
    from: boundOf('from', asked.from),
    to: boundOf('to', asked.to),
    text: asked.text ?? '',
    timezone: asked.timezone ?? 'UTC',
    ...timelineCursor(asked.before),
  });
  const shown = rows.slice(0, asked.limit);
  const last = rows.length > asked.limit ? shown.at(-1) : undefined;
  return {
    items: shown.map(({ time_ms, type, name, source, properties, message_id }) => ({
      message_id,
      time: new Date(time_ms).toISOString(),
      type,
      name,
      source,
      properties: objectOf(properties),
    })),
    next_before: last ? encodeCursor([String(last.time_ms), last.message_id]) : null,
  };
}

/** Events in one page of a whole timeline. */
const pageOfAll = 2_000;

/**
 * All events of a person, newest first. Page by page: a statement that waited for whoever reads slowly would keep others
 * waiting.
 */
export async function* wholeTimeline(
  clickhouse: ClickHouse,
  workspace: string,
  known: Known,
): AsyncGenerator<TimelinePage['items'][number]> {
  let before: string | undefined;
  do {
    const page = await readTimeline(clickhouse, workspace, known, { before, limit: pageOfAll });
    yield* page.items;
    before = page.next_before ?? undefined;
  } while (before !== undefined);
}

const listOf = <T>(given: T | T[] | undefined): T[] =>
  given === undefined ? [] : Array.isArray(given) ? given : [given];

/** Past every time a message may have (the log takes years up to 2200). */
const never = '2299-12-31 00:00:00.000';

function timelineCursor(before: string | undefined): { before: Date | string; before_message: string } {
  if (before === undefined) return { before: never, before_message: '' };
  if (/^\d{4}-\d{2}-\d{2}/.test(before)) {
    const at = new Date(before);
    if (!Number.isNaN(at.getTime())) return { before: askable(at), before_message: '' };
    throw new Problem(400, 'bad_time', 'before must be a time in ISO 8601.', { field: 'before' });
  }
  const [time, message = ''] = decodeCursor(before, 2, 'before');
  return { before: cursorTime(time, 'before'), before_message: message };
}

/** A day stays a day, for the engine knows the workspace's time zone; an instant becomes one the engine can be asked about. */
function boundOf(field: 'from' | 'to', text: string | undefined): string {
  if (text === undefined) return '';
  const at = new Date(text);
  const timed = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})$/.test(text);
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const exists =
    !Number.isNaN(at.getTime()) &&
    (timed || isDay) &&
    new Date(text.slice(0, 10)).toISOString().startsWith(text.slice(0, 10));
  if (!exists) {
    throw new Problem(400, 'bad_time', `${field} is not a time: ${JSON.stringify(text.slice(0, 100))}.`, {
      field,
      hint: 'Write it like 2026-03-04T05:06:07Z, or a day like 2026-03-04.',
    });
  }
  const near = askable(at);
  return isDay && near.getTime() === at.getTime() ? text : near.toISOString();
}

function objectOf(json: string): Record<string, unknown> {
  const value = parsed(json);
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
