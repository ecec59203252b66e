import { adhoc, type Statement } from '../engine/index.ts';
import type { CompiledRule } from './compile.ts';

/**
 * How many people satisfy a rule, and some of them. Made by code, since the compiled rule is a part of it. Binds
 * `workspace` and the rule's own parameters.
 */
export const countStatement = (rule: CompiledRule): Statement =>
  adhoc(
    'segment_count',
    `${rule.first}SELECT count() AS count, arrayMap(one -> toString(one), groupArray(5)(person)) AS sample
FROM (
${rule.sql}
)`,
  );

/** Ids of the people who satisfy a rule, one row each; what the tests compare. */
export const matchingStatement = (rule: CompiledRule): Statement =>
  adhoc(
    'segment_matching',
    `${rule.first}SELECT p.profile AS profile FROM people AS p FINAL INNER JOIN (\n${rule.sql}\n) AS m ON p.person = m.person WHERE p.workspace = {workspace:UUID}`,
  );

/**
 * Writes the difference between who satisfies the rule now and who were members before `version`: entered and left.
 * Binds `workspace`, `segment`, `version`, `at` and the rule's own parameters. Ids are looked up for those who changed alone.
 *
 * @param scope SQL of the people the rule was asked about (`person`); everybody if not given
 */
export const computeStatement = (rule: CompiledRule, scope: string | undefined): Statement =>
  adhoc(
    'segment_compute',
    `INSERT INTO segment_changes (workspace, segment, version, profile, person, change, time)
${rule.first}SELECT {workspace:UUID}, {segment:UUID}, {version:UInt32}, if(any(p.profile) != '', any(p.profile), any(d.profile)), d.person,
  if(any(d.present), 'entered', 'left'), {at:DateTime64(3,'UTC')}
FROM (SELECT person, profile FROM people WHERE workspace = {workspace:UUID}) AS p
RIGHT JOIN (
  SELECT person, max(now_member) AS present, max(was_member) AS past, max(profile) AS profile
  FROM (
    SELECT person, 1 AS now_member, 0 AS was_member, '' AS profile FROM (
${rule.sql}
    )
    UNION ALL
    SELECT person, 0, 1, any(profile)
    FROM segment_changes
    WHERE workspace = {workspace:UUID} AND segment = {segment:UUID} AND version < {version:UInt32}${scope === undefined ? '' : ` AND person IN (${scope})`}
    GROUP BY person
    HAVING argMax(change, version) = 'entered'
  )
  GROUP BY person
  HAVING present != past
) AS d ON p.person = d.person
GROUP BY d.person`,
  );
