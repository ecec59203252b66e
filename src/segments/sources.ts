import { personLinks } from '../log/index.ts';

/**
 * Where a compiled rule reads. Each gives rows of `person`, of this workspace, and of the people of `scope` alone where
 * there is one.
 */
export interface Sources {
  /** Rows of `person` and the columns of a value. `conditions` may name `key`. */
  attributes(conditions: string, within: string | undefined): string;
  /** Rows of `person`, `name`, `time`, `properties`. `conditions` are on the name. */
  events(conditions: string, within: string | undefined): string;
  /** Rows of `person` and `place`; of who left it none. */
  places(conditions: string, within: string | undefined): string;
  /** People of a subquery of ids as they were when it was written. */
  people(sql: string, within: string | undefined): string;
  /** Everybody, each once. */
  everybody(): string;
}

const here = 'workspace = {workspace:UUID}';
const among = (within: string | undefined, person = 'person') =>
  within === undefined ? '' : ` AND ${person} IN (${within})`;
/** Before duplicates are merged, which is the dear part: the person is in the sorting key, so nothing is taken for newest that is not. */
const before = (within: string | undefined) =>
  within === undefined ? '' : ` PREWHERE person IN (${within})`;

/** People who are known by one id: their rows as they are. */
export function plainSources(scope: string | undefined): Sources {
  const of = (within: string | undefined) => within ?? scope;
  return {
    attributes: (conditions, within) =>
      `(SELECT * FROM profile_attributes FINAL${before(of(within))} WHERE ${here} AND ${conditions})`,
    events: (conditions, within) =>
      `(SELECT person, name, time, properties FROM person_events FINAL${before(of(within))} WHERE ${here} AND ${conditions})`,
    places: (conditions, within) =>
      `(SELECT person, place FROM profile_places FINAL${before(of(within))} WHERE ${here} AND ${conditions} AND belongs)`,
    people: (sql, within) => `(SELECT person FROM (${sql}) WHERE 1${among(of(within))})`,
    everybody: () => `SELECT person FROM people FINAL${before(scope)} WHERE ${here}`,
  };
}

/**
 * What a statement names after WITH that reads `joinedSources`: who is known by several ids, of the scope's people or of everybody. It
 * is worked out once for all that name it (the setting enable_materialized_cte): the links of links are four tables,
 * and a rule of five conditions names them fifteen times.
 */
export const linksNamed = (scope: string | undefined) =>
  `links AS MATERIALIZED (${personLinks}${scope === undefined ? '' : `\nWHERE to_person IN (${scope})`})`;

/** Ids that are another's, and those whose they are. */
export const linkedSql = 'SELECT arrayJoin([from_person, to_person]) AS person FROM links';

/** People who are known by several ids: the rows of all of them, under the one the others lead to. */
export function joinedSources(): Sources {
  const links = 'SELECT from_person, to_person FROM links';
  const rows = (table: string, columns: string, conditions: string) =>
    `(SELECT ${columns} FROM ${table} FINAL PREWHERE person IN (${linkedSql}) WHERE ${here} AND ${conditions}) AS r
LEFT ANY JOIN (${links}) AS l ON r.person = l.from_person`;
  const owner = 'if(l.to_person != 0, l.to_person, r.person)';
  const value = '(r.kind, r.text, r.number, r.instant, r.local)';
  return {
    attributes: (conditions, within) =>
      `(SELECT owner AS person, key, newest.1 AS kind, newest.2 AS text, newest.3 AS number, newest.4 AS instant, newest.5 AS local
FROM (SELECT ${owner} AS owner, r.key AS key, argMax(${value}, r.precedence) AS newest
FROM ${rows('profile_attributes', '*', conditions)} GROUP BY owner, key) WHERE 1${among(within, 'owner')})`,
    events: (conditions, within) =>
      `(SELECT owner AS person, name, time, properties
FROM (SELECT ${owner} AS owner, r.name AS name, r.time AS time, r.properties AS properties
FROM ${rows('person_events', 'person, name, time, properties', conditions)}) WHERE 1${among(within, 'owner')})`,
    places: (conditions, within) =>
      `(SELECT owner AS person, place
FROM (SELECT ${owner} AS owner, r.place AS place FROM ${rows('profile_places', 'person, place', `${conditions} AND belongs`)})
WHERE 1${among(within, 'owner')})`,
    people: (sql, within) =>
      `(SELECT owner AS person FROM (SELECT ${owner} AS owner FROM (${sql}) AS r LEFT ANY JOIN (${links}) AS l ON r.person = l.from_person)
WHERE owner IN (SELECT to_person FROM (${links}))${among(within, 'owner')})`,
    everybody: () => `SELECT DISTINCT to_person AS person FROM (${links})`,
  };
}

/** Tables of one round: what its people have and did, as far as its segments ask, under the ids that count. */
export interface Copies {
  people: string;
  attributes: string;
  events: string;
}

/**
 * Copies of the rows of a round's people: a hundred segments read these few, instead of looking for them among everybody's
 * a hundred times each. Nobody is known by several ids in them.
 */
export function copiedSources({ people, attributes, events }: Copies): Sources {
  const none = () => {
    throw new Error('There are no copies of it.');
  };
  return {
    attributes: (conditions, within) => `(SELECT * FROM ${attributes} WHERE ${conditions}${among(within)})`,
    events: (conditions, within) => `(SELECT * FROM ${events} WHERE ${conditions}${among(within)})`,
    places: none,
    people: none,
    everybody: () => `SELECT person FROM ${people}`,
  };
}
