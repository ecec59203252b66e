import { adhoc, type Statement } from '../engine/index.ts';
import type { CompiledRule } from './compile.ts';

/** Numbers must be read to the last digit, as the rule's own were; links are worked out once. Months do not share a message. */
export const ruleSettings = {
  precise_float_parsing: 1,
  enable_materialized_cte: 1,
  do_not_merge_across_partitions_select_final: 1,
  // Of more people than this every granule of a table has some: looking which costs more than it spares.
  use_index_for_in_with_subqueries_max_values: '10000',
} as const;

/** What stands before a SELECT that uses these names. */
export const withNames = (named: readonly string[]): string =>
  named.length === 0 ? '' : `WITH ${named.join(',\n')}\n`;

/**
 * How many people satisfy a rule, and some of them. Made by code, since the compiled rule is a part of it. Binds
 * `workspace` and the rule's own parameters.
 */
export const countStatement = ({ named, sql }: CompiledRule): Statement =>
  adhoc(
    'segment_count',
    `${withNames(named)}SELECT count() AS count, arrayMap(one -> toString(one), groupArray(5)(person)) AS sample
FROM (
${sql}
)`,
  );

/** Ids of the people who satisfy a rule, one row each; what the tests compare. */
export const matchingStatement = ({ named, sql }: CompiledRule): Statement =>
  adhoc(
    'segment_matching',
    `${withNames(named)}SELECT p.profile AS profile FROM people AS p FINAL INNER JOIN (\n${sql}\n) AS m ON p.person = m.person
WHERE p.workspace = {workspace:UUID}`,
  );

/** Where a computation looks, but for the rule itself. */
export interface Among {
  /** What `person` is in of whom the rule was asked: SQL of a subquery, or a table of the engine Set. */
  scope: string;
  /** Table of these people and their ids. */
  people?: string | undefined;
}

/**
 * Writes the difference between who satisfies the rule now and who were members before `version`: entered and left.
 * Binds `workspace`, `segment`, `version`, `at` and the rule's own parameters. Ids are looked up for those who entered alone;
 * who leaves brings theirs.
 *
 * @param among of whom the rule was asked; everybody if not given
 */
export const computeStatement = ({ named, sql }: CompiledRule, among?: Among): Statement => {
  const scope = among ? ` AND person IN ${among.scope}` : '';
  const people = among?.people ?? 'people';
  const here = among?.people === undefined ? 'workspace = {workspace:UUID} AND ' : '';
  const changed = `changed AS MATERIALIZED (
  SELECT person, max(now_member) AS present, max(was_member) AS past, max(profile) AS known
  FROM (
    SELECT person, 1 AS now_member, 0 AS was_member, '' AS profile FROM (
${sql}
    )
    UNION ALL
    SELECT person, 0, 1, any(profile)
    FROM segment_changes
    WHERE workspace = {workspace:UUID} AND segment = {segment:UUID} AND version < {version:UInt32}${scope}
    GROUP BY person
    HAVING argMax(change, version) = 'entered'
  )
  GROUP BY person
  HAVING present != past
)`;
  return adhoc(
    'segment_compute',
    `INSERT INTO segment_changes (workspace, segment, version, profile, person, change, time)
${withNames([...named, changed])}SELECT {workspace:UUID}, {segment:UUID}, {version:UInt32}, if(d.present, p.profile, d.known), d.person,
  if(d.present, 'entered', 'left'), {at:DateTime64(3,'UTC')}
FROM (SELECT * FROM changed) AS d
LEFT ANY JOIN (
  SELECT person, any(profile) AS profile
  FROM ${people}
  WHERE ${here}person IN (SELECT person FROM changed WHERE present)
  GROUP BY person
) AS p ON d.person = p.person`,
  );
};
