import { type ClickHouse, Problem } from '../engine/index.ts';
import { isLinked } from '../log/index.ts';
import type { CompileContext } from './compile.ts';
import { conditionsOf, pathsOf, type Rule, referencesOf } from './rule.ts';
import type { Queries } from './store.ts';

/** What rules name that other rooms know. */
export interface Elsewhere {
  timeZoneOf(workspace: string): Promise<string>;
  /** Every text under which somebody belongs to it; undefined when there is no such thing. */
  placesOf(
    workspace: string,
    of: { program: string } | { location: string },
  ): Promise<readonly string[] | undefined>;
  /** The attribute that says who is on the connection's list; undefined when there is none. */
  listedOf(workspace: string, connection: string): Promise<{ attribute: string; value: string } | undefined>;
}

/** Until others tell what they know. */
export const nothingElse = (): Elsewhere => ({
  timeZoneOf: async () => 'UTC',
  placesOf: async () => undefined,
  listedOf: async () => undefined,
});

export interface Surroundings {
  clickhouse: ClickHouse;
  elsewhere: Elsewhere;
}

/** A rule of a workspace: a segment's, or one that is tried. */
export interface RuleOf {
  workspace: string;
  rule: Rule;
}

/** The last finished computation of each segment a rule refers to. */
export async function versionsOf(
  store: Pick<Queries, 'find'>,
  { workspace, rule }: RuleOf,
): Promise<Record<string, number>> {
  const versions: Record<string, number> = {};
  for (const { segment } of referencesOf(rule))
    versions[segment] = (await store.find(workspace, segment))?.version ?? 0;
  return versions;
}

/** Everything a rule names, looked up: what it is compiled with. */
export async function contextOf(
  { clickhouse, elsewhere }: Surroundings,
  { workspace, rule }: RuleOf,
  { now, scope, versions }: { now: Date; scope?: string | undefined; versions: Record<string, number> },
): Promise<CompileContext> {
  const places = new Map<string, readonly string[]>();
  const listed = new Map<string, { attribute: string; value: string }>();
  for (const condition of conditionsOf(rule)) {
    if ('program' in condition || 'location' in condition) {
      const id = 'program' in condition ? condition.program : condition.location;
      places.set(id, (await elsewhere.placesOf(workspace, condition)) ?? []);
    } else if ('connection' in condition) {
      const found = await elsewhere.listedOf(workspace, condition.connection);
      if (found) listed.set(condition.connection, found);
    }
  }
  return {
    now,
    scope,
    timeZone: await elsewhere.timeZoneOf(workspace),
    versions: new Map(Object.entries(versions)),
    linked: await isLinked(clickhouse, workspace),
    places: (id) => places.get(id) ?? [],
    // Of a connection that was removed nobody is on the list.
    listed: (id) => listed.get(id) ?? { attribute: '', value: '' },
  };
}

/** @throws Problem 400 `unknown_program`, `unknown_location` or `unknown_connection`, with the path */
export async function checkNames(
  elsewhere: Elsewhere,
  workspace: string,
  rule: Rule,
  at: string,
): Promise<void> {
  for (const { condition, path } of pathsOf(rule, at)) {
    const kind = (['program', 'location', 'connection'] as const).find((one) => one in condition);
    if (!kind) continue;
    const found =
      'connection' in condition
        ? await elsewhere.listedOf(workspace, condition.connection)
        : await elsewhere.placesOf(workspace, condition as { program: string });
    if (found) continue;
    const field = `${path}.${kind}`;
    throw new Problem(400, `unknown_${kind}`, `${field}: there is no such ${kind}.`, { field });
  }
}
