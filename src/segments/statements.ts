import { adhoc, type Statement } from '../engine/index.ts';
import type { CompiledRule } from './compile.ts';

/**
 * How many people satisfy a rule, of how many, and some of them. Made by code, since the compiled rule is a part of it.
 * Binds `workspace` and the rule's own parameters.
 */
export const countStatement = (rule: CompiledRule): Statement =>
  adhoc(
    'segment_count',
    `SELECT count() AS total, countIf(member) AS count, groupArrayIf(5)(profile, member) AS sample
FROM (
${rule.sql}
)`,
  );

/** Ids of the people who satisfy a rule, one row each; what the tests compare. */
export const matchingStatement = (rule: CompiledRule): Statement =>
  adhoc('segment_matching', `SELECT profile FROM (\n${rule.sql}\n) WHERE member`);

/**
 * Writes the difference between who satisfies the rule now and who were members before `version`: entered and left.
 * Binds `workspace`, `segment`, `version`, `at` and the rule's own parameters.
 */
export const computeStatement = (rule: CompiledRule): Statement =>
  adhoc(
    'segment_compute',
    `INSERT INTO segment_changes (workspace, segment, version, profile, change, time)
SELECT {workspace:UUID}, {segment:UUID}, {version:UInt32}, profile, if(present, 'entered', 'left'), {at:DateTime64(3,'UTC')}
FROM (
  SELECT profile, max(now_member) AS present, max(was_member) AS past
  FROM (
    SELECT profile, 1 AS now_member, 0 AS was_member FROM (
${rule.sql}
    ) WHERE member
    UNION ALL
    SELECT profile, 0, 1
    FROM segment_changes
    WHERE workspace = {workspace:UUID} AND segment = {segment:UUID} AND version < {version:UInt32}
    GROUP BY profile
    HAVING argMax(change, version) = 'entered'
  )
  GROUP BY profile
  HAVING present != past
)`,
  );
