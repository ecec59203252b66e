import { type ClickHouse, notFound, Problem, statement } from '../engine/index.ts';
import { attributeRows, parsed } from './attributes.ts';
import { askable, cursorTime, decodeCursor, encodeCursor } from './cursor.ts';
import type { Person, TimelinePage } from './schema.ts';

const identitiesOf = statement(import.meta.url, './sql/identities_of.sql');
const personSeen = statement(import.meta.url, './sql/person_seen.sql');
const personEvents = statement(import.meta.url, './sql/person_events.sql');
const personTimeline = statement(import.meta.url, './sql/person_timeline.sql');

/** What the log says of one person; the panels of upper rooms come on top. */
export type KnownPerson = Omit<Person, 'segments' | 'emails'>;

/** @throws Problem 404 when nobody was ever seen under the id. An anonymous id leads to its person. */
export async function readPerson(
  clickhouse: ClickHouse,
  workspace: string,
  given: string,
): Promise<KnownPerson> {
  const { id, ids } = await resolve(clickhouse, workspace, given);
  const [seen, attributes, events] = await Promise.all([
    clickhouse.rows<{ first_seen: number; last_seen: number }>(personSeen, { workspace, ids }),
    attributeRows(clickhouse, workspace, [id]),
    clickhouse.rows<{ name: string; count: number; first: number; last: number }>(personEvents, {
      workspace,
      id,
      ids,
    }),
  ]);
  if (!seen[0]) throw notFound('person', given);
  return {
    id,
    first_seen: iso(seen[0].first_seen),
    last_seen: iso(seen[0].last_seen),
    attributes: attributes.map(({ name, value, time }) => ({ name, value: parsed(value), time: iso(time) })),
    events: events.map((event) => ({ ...event, first: iso(event.first), last: iso(event.last) })),
    identities: ids,
  };
}

interface TimelineRow {
  time_ms: number;
  type: string;
  name: string;
  source: string;
  properties: string;
  message_id: string;
}

/** Events of one person, newest first. `before` is a time or the `next_before` of an earlier page. */
export async function readTimeline(
  clickhouse: ClickHouse,
  workspace: string,
  given: string,
  { before, limit }: { before?: string | undefined; limit: number },
): Promise<TimelinePage> {
  const { id, ids } = await resolve(clickhouse, workspace, given);
  const rows = await clickhouse.rows<TimelineRow>(personTimeline, {
    workspace,
    id,
    ids,
    limit: limit + 1,
    ...timelineCursor(before),
  });
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return {
    items: shown.map(({ time_ms, type, name, source, properties }) => ({
      time: iso(time_ms),
      type,
      name,
      source,
      properties: objectOf(properties),
    })),
    next_before: last ? encodeCursor([String(last.time_ms), last.message_id]) : null,
  };
}

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

/** The person an id belongs to, and all ids of that person. */
async function resolve(
  clickhouse: ClickHouse,
  workspace: string,
  given: string,
): Promise<{ id: string; ids: string[] }> {
  // No person has such an id, and what upper rooms ask of PostgreSQL cannot hold it.
  if (given.includes('\0')) throw notFound('person', given);
  type Link = { anonymous_id: string; user_id: string };
  let id = given;
  let links = await clickhouse.rows<Link>(identitiesOf, { workspace, id });
  const owner = links.find((link) => link.anonymous_id === given)?.user_id;
  if (owner !== undefined) {
    id = owner;
    links = await clickhouse.rows<Link>(identitiesOf, { workspace, id });
  }
  const linked = links.filter((link) => link.user_id === id).map((link) => link.anonymous_id);
  return { id, ids: [id, ...linked] };
}

const iso = (ms: number): string => new Date(ms).toISOString();

function objectOf(json: string): Record<string, unknown> {
  const value = parsed(json);
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}
