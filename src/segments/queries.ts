import { type ClickHouse, type Engine, Problem, statement } from '../engine/index.ts';
import { decodeCursor, encodeCursor, type Profiles } from '../profiles/index.ts';
import { compileRule } from './compile.ts';
import { contextOf, type Surroundings, versionsOf } from './context.ts';
import type { Rule } from './rule.ts';
import type { CountAnswer, MembersPage, Suggestions } from './schema.ts';
import { countStatement, ruleSettings } from './statements.ts';
import type { SegmentRow, Store } from './store.ts';

const membersStatement = statement(import.meta.url, './sql/members_page.sql');
const segmentsOfStatement = statement(import.meta.url, './sql/segments_of.sql');
const suggestedAttributes = statement(import.meta.url, './sql/suggested_attributes.sql');
const suggestedEvents = statement(import.meta.url, './sql/suggested_events.sql');
const suggestedProperties = statement(import.meta.url, './sql/suggested_properties.sql');

/** Seconds a question asked while somebody watches may take. */
const patience = 10;

const names = ['first_name', 'last_name', 'email'];

/** Counts who satisfies a rule now. Throws Problem 503 `too_slow` after 10 s. */
export async function countRule(
  { clickhouse, clock, elsewhere }: Surroundings & Pick<Engine, 'clock'>,
  store: Store,
  profiles: Profiles,
  workspace: string,
  rule: Rule,
): Promise<CountAnswer> {
  const started = performance.now();
  const now = clock.now();
  const of = { workspace, rule };
  const versions = await versionsOf(store, of);
  const context = await contextOf({ clickhouse, elsewhere }, of, { now, versions });
  const compiled = compileRule(rule, context);
  const [answer, known] = await Promise.all([
    clickhouse
      .row<{ count: number; sample: string[] }>(
        countStatement(compiled),
        { ...compiled.params, workspace },
        { settings: { ...ruleSettings, max_execution_time: patience } },
      )
      .catch(tooSlow),
    profiles.total(workspace),
  ]);
  const total = known < answer.count ? await profiles.total(workspace, answer.count) : known;
  const sample = await profiles.idsOf(workspace, answer.sample);
  return {
    count: answer.count,
    total,
    sample: await named(
      profiles,
      workspace,
      sample.map((id) => ({ id })),
    ),
    as_of: now.toISOString(),
    took_ms: Math.round(performance.now() - started),
  };
}

function tooSlow(error: unknown): never {
  if ((error as { type?: string }).type !== 'TIMEOUT_EXCEEDED') throw error;
  throw new Problem(503, 'too_slow', `The people could not be counted within ${patience} seconds.`, {
    hint: 'Save the segment: its members are computed in the background.',
    retryAfter: 30,
    cause: error,
  });
}

/** A page of members as last computed, by id. */
export async function listMembers(
  clickhouse: ClickHouse,
  profiles: Profiles,
  segment: SegmentRow,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<MembersPage> {
  const [after] = cursor === undefined ? [''] : decodeCursor(cursor, 1);
  const rows = await clickhouse.rows<{ id: string; since: number }>(membersStatement, {
    workspace: segment.workspace,
    segment: segment.id,
    version: segment.version,
    after,
    limit: limit + 1,
  });
  const shown = rows.slice(0, limit).map(({ id, since }) => ({ id, since: new Date(since).toISOString() }));
  const last = rows.length > limit ? shown.at(-1) : undefined;
  return {
    items: await named(profiles, segment.workspace, shown),
    next_cursor: last ? encodeCursor([last.id]) : null,
  };
}

/** Adds names and e-mail to people known by id. */
async function named<P extends { id: string }>(profiles: Profiles, workspace: string, people: readonly P[]) {
  const found = await profiles.attributesOf(
    workspace,
    people.map(({ id }) => id),
    names,
  );
  const text = (value: unknown) => (typeof value === 'string' ? value : null);
  return people.map((person) => {
    const values = found.get(person.id) ?? {};
    return {
      ...person,
      first_name: text(values.first_name),
      last_name: text(values.last_name),
      email: text(values.email),
    };
  });
}

/** The segments a person is in, as last computed; by name. */
export async function segmentsOf(
  clickhouse: ClickHouse,
  segments: readonly SegmentRow[],
  workspace: string,
  profile: string,
): Promise<{ id: string; name: string; since: string }[]> {
  if (segments.length === 0) return [];
  const rows = await clickhouse.rows<{ id: string; since: number }>(segmentsOfStatement, {
    workspace,
    profile,
    segments: segments.map(({ id }) => id),
    versions: segments.map(({ version }) => version),
  });
  const since = new Map(rows.map((row) => [row.id, new Date(row.since).toISOString()]));
  return segments.flatMap(({ id, name }) => {
    const time = since.get(id);
    return time === undefined ? [] : [{ id, name, since: time }];
  });
}

/** What a rule could ask about. A full read of the workspace, so callers keep the answer for a while. */
export async function suggest(clickhouse: ClickHouse, workspace: string): Promise<Suggestions> {
  const options = { settings: { max_execution_time: patience } };
  type Attribute = { name: string; kind_of: Suggestions['attributes'][number]['kind']; frequent: string[] };
  const [attributes, events] = await Promise.all([
    clickhouse.rows<Attribute>(suggestedAttributes, { workspace }, options).catch(tooSlow),
    clickhouse.rows<{ name: string; count: number }>(suggestedEvents, { workspace }, options).catch(tooSlow),
  ]);
  const seen = await clickhouse.rows<{ name: string; properties: string[] }>(
    suggestedProperties,
    { workspace, names: events.map(({ name }) => name) },
    options,
  );
  const properties = new Map(seen.map((row) => [row.name, row.properties]));
  return {
    attributes: attributes.map(({ name, kind_of, frequent }) => ({ name, kind: kind_of, values: frequent })),
    events: events.map((event) => ({ ...event, properties: properties.get(event.name) ?? [] })),
  };
}
