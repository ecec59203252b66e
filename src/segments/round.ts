import { adhoc, type ClickHouse, statement } from '../engine/index.ts';
import type { Binder } from './binder.ts';
import { type Changed, dirtySql, whatChanged, windowsOf } from './changed.ts';
import type { Elsewhere } from './context.ts';
import { areEnoughFor, copyRows } from './copies.ts';
import { type Dependencies, dependenciesOf, holdsForNewcomers } from './depends.ts';
import { conditionsOf, type Rule, referencesOf } from './rule.ts';
import type { Copies } from './sources.ts';
import type { SegmentRow } from './store.ts';

const oldScopes = statement(import.meta.url, './sql/old_scopes.sql');

/** Everybody is asked so often, however little changed: whatever was overlooked is put right. */
const wholeEveryMs = 6 * 60 * 60_000;
/** Where more people than this share changed, asking everybody is as fast. */
const mostOfAll = 0.2;
/** Of fewer than so many nobody is left out: it would not be faster. */
const few = 5_000;

/** One computation of a workspace's segments: of whom something changed since they were computed last. */
export interface Round {
  /** Everything received before this is in the views. */
  until: Date;
  now: Date;
  /** From when on changes are in it; null: everybody is asked. */
  since: Date | null;
  changed: Changed;
  /** SQL of those people, `person`; undefined: everybody is asked. */
  scope: string | undefined;
  /** Rows of those people, where there is more than one segment to compute. */
  copies: Copies | undefined;
  /** Whether it was opened for this segment, as it is now; the scope and the copies hold what these ask about, and nothing else. */
  isFor(segment: SegmentRow): boolean;
  dependencies(segment: SegmentRow): Promise<Dependencies>;
  close(): Promise<void>;
}

export interface Rounds {
  clickhouse: ClickHouse;
  elsewhere: Elsewhere;
}

/** Whether everybody has to be asked, whatever changed. */
export const needsAll = (row: SegmentRow, now: Date): boolean =>
  row.computed_revision < row.revision ||
  !row.seen_until ||
  !row.as_of ||
  !row.whole_at ||
  now.getTime() - row.whole_at.getTime() >= wholeEveryMs ||
  // Clocks were set back.
  row.as_of > now;

/** Whether anything a segment depends on changed. */
export function isAffected(row: SegmentRow, { changed }: Round, of: Dependencies): boolean {
  const some = (names: ReadonlySet<string>, among: ReadonlySet<string>) =>
    [...names].some((one) => among.has(one));
  return (
    changed.links ||
    of.windows.length > 0 ||
    some(of.attributes, changed.attributes) ||
    some(of.events, changed.events) ||
    (of.places && changed.places) ||
    (changed.people && holdsForNewcomers(row.rule))
  );
}

/** Looks what changed since the given segments were computed, and writes down of whom. */
export async function openRound(
  { clickhouse, elsewhere }: Rounds,
  workspace: string,
  segments: readonly SegmentRow[],
  { now, until }: { now: Date; until: Date },
): Promise<Round> {
  const known = new Map<string, Promise<Dependencies>>();
  const dependencies = (row: SegmentRow) => {
    const key = `${row.id} ${row.revision}`;
    const kept = known.get(key) ?? lookUp(elsewhere, row);
    known.set(key, kept);
    return kept;
  };
  const nothing = {
    attributes: new Set<string>(),
    events: new Set<string>(),
    people: false,
    links: false,
    places: false,
  };
  const round: Round = {
    until,
    now,
    since: null,
    changed: nothing,
    scope: undefined,
    copies: undefined,
    isFor: () => false,
    dependencies,
    close: async () => {},
  };
  const some = segments.filter((row) => !needsAll(row, now));
  if (some.length === 0) return round;
  const opened = new Set(some.map(({ id, revision }) => `${id} ${revision}`));
  const isFor = ({ id, revision }: SegmentRow) => opened.has(`${id} ${revision}`);
  const since = new Date(Math.min(...some.map((row) => row.seen_until!.getTime())));
  const changed = await whatChanged(clickhouse, workspace, since);
  const windows = await windowsOf(some, dependencies);
  const table = `segment_scope_${crypto.randomUUID().replaceAll('-', '')}`;
  const command = (text: string, params = {}) => clickhouse.run(adhoc('segment_scope', text), params);
  const copies = {
    people: `${table}_people`,
    scope: `${table}_set`,
    attributes: `${table}_attributes`,
    events: `${table}_events`,
  };
  const close = async () => {
    for (const one of [table, ...Object.values(copies)]) await command(`DROP TABLE IF EXISTS ${one}`);
  };
  await command(`CREATE TABLE ${table} (person UInt64) ENGINE = Memory`);
  try {
    const timeZone = await elsewhere.timeZoneOf(workspace);
    const { sql, params } = dirtySql(changed, windows, { now, timeZone });
    await command(`INSERT INTO ${table} ${sql}`, { ...params, workspace, since });
    const { asked, all } = await clickhouse.row<{ asked: number; all: number }>(
      adhoc(
        'segment_scope_size',
        `SELECT (SELECT count() FROM ${table}) AS asked, (SELECT count() FROM people WHERE workspace = {workspace:UUID}) AS all`,
      ),
      { workspace },
    );
    if (asked > Math.max(few, all * mostOfAll)) return { ...round, since, changed, isFor, close };
    const known = { ...round, since, changed, isFor, scope: `SELECT person FROM ${table}`, close };
    const copied = await whatToCopy(some, known);
    if (!copied) return known;
    await copyRows(clickhouse, workspace, copies, { scope: known.scope, ...copied });
    return { ...known, copies };
  } catch (error) {
    await close();
    throw error;
  }
}

/** What the segments ask that are to be computed; nothing where one alone reads for itself. */
async function whatToCopy(segments: readonly SegmentRow[], round: Round) {
  const attributes = new Set<string>();
  const events = new Set<string>();
  const rules: Rule[] = [];
  for (const row of segments) {
    const of = await round.dependencies(row);
    if (!areEnoughFor(row.rule) || of.opaque || !isAffected(row, round, of)) continue;
    for (const name of of.attributes) attributes.add(name);
    for (const name of of.events) events.add(name);
    rules.push(row.rule);
  }
  return rules.length > 1 ? { asked: { attributes, events }, rules } : undefined;
}

async function lookUp(elsewhere: Elsewhere, { workspace, rule }: SegmentRow): Promise<Dependencies> {
  const listed = new Map<string, string>();
  for (const condition of conditionsOf(rule)) {
    if (!('connection' in condition)) continue;
    listed.set(
      condition.connection,
      (await elsewhere.listedOf(workspace, condition.connection))?.attribute ?? '',
    );
  }
  return dependenciesOf(rule, (id) => listed.get(id) ?? '');
}

/** SQL of those who entered or left segments a rule refers to, since it was computed with them. */
export function throughReferences(
  row: SegmentRow,
  versions: Record<string, number>,
  bind: Binder,
): string | undefined {
  const parts: string[] = [];
  for (const { segment } of referencesOf(row.rule)) {
    const [before, after] = [row.seen_versions[segment], versions[segment] ?? 0];
    if (before === undefined) return undefined;
    if (before === after) continue;
    parts.push(`SELECT person FROM segment_changes WHERE workspace = {workspace:UUID} AND segment = ${bind.uuid(segment)}
  AND version > ${bind.count(Math.min(before, after))} AND version <= ${bind.count(Math.max(before, after))}`);
  }
  return parts.join(' UNION ALL ');
}

/** Removes what killed rounds left behind: at once where nobody else can be at work, else what is a day old. */
export async function dropOldScopes(clickhouse: ClickHouse): Promise<void> {
  const age = clickhouse.embedded ? 0 : 86_400;
  for (const { name } of await clickhouse.rows<{ name: string }>(oldScopes, { age }))
    await clickhouse.run(adhoc('segment_scope_drop', `DROP TABLE IF EXISTS ${name}`));
}
