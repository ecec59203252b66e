import { type ClickHouse, notFound, statement } from '../engine/index.ts';
import { attributeRows, parsed } from './attributes.ts';
import { type Known, mergedOf } from './identities.ts';
import { kindOf } from './kinds.ts';
import { ordersOf } from './orders.ts';
import type { PanelName, Person } from './schema.ts';

const personSeen = statement(import.meta.url, './sql/person_seen.sql');
const personEvents = statement(import.meta.url, './sql/person_events.sql');

/** What the log says of one person; the panels of upper rooms come on top. */
export type KnownPerson = Omit<Person, PanelName>;

/** @throws Problem 404 when nobody was ever seen under the id */
export async function readPerson(
  clickhouse: ClickHouse,
  workspace: string,
  known: Known,
  given: string,
): Promise<KnownPerson> {
  const { id, ids } = known;
  const [seen, rows, events, orders, identities] = await Promise.all([
    clickhouse.rows<{ first_seen: number; last_seen: number }>(personSeen, { workspace, ids }),
    attributeRows(clickhouse, workspace, [id]),
    clickhouse.rows<{ name: string; count: number; first: number; last: number }>(personEvents, {
      workspace,
      ids,
    }),
    ordersOf(clickhouse, workspace, known),
    mergedOf(clickhouse, workspace, known),
  ]);
  if (!seen[0]) throw notFound('person', given);
  const attributes = rows.map(({ name, value, time }) => {
    const read = parsed(value);
    return { name, kind: kindOf(read), value: read, time: iso(time) };
  });
  return {
    id,
    first_seen: iso(seen[0].first_seen),
    last_seen: iso(seen[0].last_seen),
    attributes,
    lifetime_value: numberOf(attributes.find(({ name }) => name === 'lifetime_value')?.value),
    orders,
    events: events.map((event) => ({ ...event, first: iso(event.first), last: iso(event.last) })),
    identities,
  };
}

const iso = (ms: number): string => new Date(ms).toISOString();

function numberOf(value: unknown): number | null {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) ? number : null;
}
