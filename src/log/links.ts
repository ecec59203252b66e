import { type ClickHouse, statement } from '../engine/index.ts';

const linked = statement(import.meta.url, './sql/is_linked.sql');

/** Whether anybody in a workspace is known by two ids. Where nobody is, questions need no join. */
export const isLinked = async (clickhouse: ClickHouse, workspace: string): Promise<boolean> =>
  (await clickhouse.rows(linked, { workspace })).length > 0;

const here = 'workspace = {workspace:UUID}';
const links = `SELECT from_person, to_person FROM identities FINAL WHERE ${here}`;
/** Links that others lead to: few, since most lead from a device to a user. */
const further = `${links} AND from_person IN (SELECT to_person FROM identities WHERE ${here})`;

/**
 * SQL of who each linked person is in the end: `from_person`, `to_person`. Links are followed
 * up to four times, as in the view identity_links. The workspace is bound in each part, and only the links in memory that are
 * needed to follow others: 3 million fit into what a question may use.
 */
export const personLinks = `SELECT a.from_person AS from_person,
  multiIf(d.to_person != 0, d.to_person, c.to_person != 0, c.to_person, b.to_person != 0, b.to_person, a.to_person) AS to_person
FROM (${links}) AS a
LEFT ANY JOIN (${further}) AS b ON a.to_person = b.from_person
LEFT ANY JOIN (${further}) AS c ON b.to_person = c.from_person
LEFT ANY JOIN (${further}) AS d ON c.to_person = d.from_person`;

/**
 * What stands after WITH for a statement that names `links` more than once: the same, worked out once (the setting
 * enable_materialized_cte); what the links of links are read from too.
 *
 * @param owners SQL of the people (`person`) to whom they lead; all if not given
 */
export const linksNamed = (owners?: string): string =>
  `links AS MATERIALIZED (WITH further AS MATERIALIZED (${further})
SELECT a.from_person AS from_person,
  multiIf(d.to_person != 0, d.to_person, c.to_person != 0, c.to_person, b.to_person != 0, b.to_person, a.to_person) AS to_person
FROM (${links}) AS a
LEFT ANY JOIN (SELECT * FROM further) AS b ON a.to_person = b.from_person
LEFT ANY JOIN (SELECT * FROM further) AS c ON b.to_person = c.from_person
LEFT ANY JOIN (SELECT * FROM further) AS d ON c.to_person = d.from_person${owners === undefined ? '' : `\nWHERE to_person IN (${owners})`})`;
