import { type ClickHouse, statement } from '../engine/index.ts';
import { personLinks } from '../log/index.ts';
import { Binder } from './binder.ts';
import { clocksAt } from './compare.ts';
import type { Dependencies, Window } from './depends.ts';
import { earlier } from './rule.ts';
import type { SegmentRow } from './store.ts';

const changedSince = statement(import.meta.url, './sql/changed_since.sql');

/** What changed in a workspace since membership was computed. */
export interface Changed {
  attributes: ReadonlySet<string>;
  events: ReadonlySet<string>;
  people: boolean;
  links: boolean;
  places: boolean;
}

/** Which attributes, events, people, links and places changed since a time of receipt. */
export async function whatChanged(clickhouse: ClickHouse, workspace: string, since: Date): Promise<Changed> {
  type Row = { attributes: string[]; events: string[]; people: number; links: number; places: number };
  const row = await clickhouse.row<Row>(changedSince, { workspace, since });
  return {
    attributes: new Set(row.attributes),
    events: new Set(row.events),
    people: row.people > 0,
    links: row.links > 0,
    places: row.places > 0,
  };
}

export type Passed = Window & { from: Date };

/** Windows of all segments, each from the time it was looked at last. */
export async function windowsOf(
  segments: readonly SegmentRow[],
  dependencies: (row: SegmentRow) => Promise<Dependencies>,
): Promise<Passed[]> {
  const all = new Map<string, Passed>();
  for (const row of segments) {
    for (const window of (await dependencies(row)).windows) {
      const key = JSON.stringify([window.kind, window.name, window.duration]);
      const before = all.get(key);
      if (!before || before.from > row.as_of!) all.set(key, { ...window, from: row.as_of! });
    }
  }
  return [...all.values()];
}

/** SQL of everybody of whom something changed: under the id that changed, and under that it leads to. */
export function dirtySql(
  changed: Changed,
  windows: readonly Passed[],
  { now, timeZone }: { now: Date; timeZone: string },
): { sql: string; params: Record<string, unknown> } {
  const bind = new Binder();
  const here = 'workspace = {workspace:UUID}';
  const received = `${here} AND received_at >= {since:DateTime64(3,'UTC')}`;
  const parts = [`SELECT person FROM people WHERE ${here} AND known_at >= {since:DateTime64(3,'UTC')}`];
  if (changed.attributes.size > 0)
    parts.push(
      `SELECT person FROM profile_attributes WHERE ${received} AND key IN ${bind.texts([...changed.attributes])}`,
    );
  if (changed.events.size > 0)
    parts.push(
      `SELECT person FROM person_events WHERE ${received} AND name IN ${bind.texts([...changed.events])}`,
    );
  if (changed.places) parts.push(`SELECT person FROM profile_places WHERE ${received}`);
  if (changed.links) {
    parts.push(`SELECT arrayJoin([from_person, to_person]) FROM identities WHERE ${received}`);
    parts.push(
      `SELECT to_person FROM identity_owners WHERE ${here} AND from_person IN (SELECT from_person FROM identities WHERE ${received})`,
    );
  }
  for (const { kind, name, duration, from } of windows) {
    const between = (column: string, a: Date, b: Date) =>
      `${column} >= ${bind.time(a)} AND ${column} <= ${bind.time(b)}`;
    const begins = [earlier(from, duration, timeZone), earlier(now, duration, timeZone)] as const;
    if (kind === 'event') {
      parts.push(
        `SELECT person FROM person_events WHERE ${here} AND name = ${bind.text(name)} AND ${between('time', ...begins)}`,
      );
      continue;
    }
    const spans = [begins, [from, now] as const];
    // As clocks show it too: what has no offset is kept so.
    const shown = spans.map(([a, b]) => [clocksAt(a, timeZone), clocksAt(b, timeZone)] as const);
    const tests = [...spans, ...shown].map(([a, b]) => `(${between('instant', a, b)})`).join(' OR ');
    parts.push(
      `SELECT person FROM profile_attributes WHERE ${here} AND key = ${bind.text(name)} AND (${tests})`,
    );
  }
  const sql = `SELECT DISTINCT arrayJoin(if(l.to_person = 0, [d.person], [d.person, l.to_person])) AS person
FROM (
${parts.join('\nUNION ALL\n')}
) AS d LEFT ANY JOIN (${personLinks}) AS l ON d.person = l.from_person`;
  return { sql, params: bind.params };
}
