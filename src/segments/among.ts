import { adhoc, type Engine } from '../engine/index.ts';
import { idBatches } from './batches.ts';
import { compileRule } from './compile.ts';
import { contextOf, type Surroundings, versionsOf } from './context.ts';
import { ownersOf } from './owners.ts';
import type { Rule } from './rule.ts';
import { ruleSettings, withNames } from './statements.ts';
import type { Store } from './store.ts';

/** Of whom is asked, as a scope: bound as `whom`. */
const whom = 'SELECT sipHash64(arrayJoin({whom:Array(String)})) AS person';

/**
 * Which of some ids are now a person's who satisfies a rule. It is the rule as it is compiled for everybody, with these people as
 * the list; so it cannot say something else than membership.
 */
export async function peopleAmong(
  { clickhouse, clock, elsewhere }: Surroundings & Pick<Engine, 'clock'>,
  store: Store,
  workspace: string,
  rule: Rule,
  profiles: readonly string[],
): Promise<Set<string>> {
  const now = clock.now();
  const of = { workspace, rule };
  const context = await contextOf({ clickhouse, elsewhere }, of, {
    now,
    scope: whom,
    versions: await versionsOf(store, of),
  });
  const { named, sql, params } = compileRule(rule, context);
  const satisfying = adhoc(
    'segment_among',
    `${withNames(named)}SELECT id FROM (SELECT arrayJoin({whom:Array(String)}) AS id) WHERE sipHash64(id) IN (\n${sql}\n)`,
  );
  const owners = await ownersOf(clickhouse, workspace, profiles);
  const satisfy = new Set<string>();
  for (const ids of idBatches(owners.met)) {
    const rows = await clickhouse.rows<{ id: string }>(
      satisfying,
      { ...params, workspace, whom: ids },
      { settings: ruleSettings },
    );
    for (const { id } of rows) satisfy.add(id);
  }
  return new Set(profiles.filter((id) => satisfy.has(owners.of(id))));
}
