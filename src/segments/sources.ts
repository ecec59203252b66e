import { linksNamed } from '../log/index.ts';

/** Where a compiled rule reads: rows of this workspace, and of the people of a scope alone where there is one. */
export interface Sources {
  /** What a statement has to name after WITH that reads here. */
  named: readonly string[];
  /** SQL of people as others look within it: under all their ids. */
  idsOf(people: string): string;
  /**
   * SQL of people (`person`), each once for each key, whose newest value satisfies a test.
   *
   * @param within SQL of the ids among whom it looks
   */
  valued(of: ValuesOf, within?: string): string;
  /** The newest value of each person and key: rows of `person`, `key` and the columns of a value. */
  attributes(keys: string): string;
  /** Rows of `person`, `name`, `time`, `properties`. */
  events(of: EventsOf, within?: string): string;
  /** Rows of `person` and `place`; of who left it none. */
  places(conditions: string, within?: string): string;
  /** People of a subquery of ids as they were when it was written. */
  people(sql: string, within?: string): string;
  /** SQL of everybody, each once. */
  everybody(): string;
}

export interface ValuesOf {
  /** SQL of each. */
  keys: readonly string[];
  /** A condition on the columns of a value, and on `key` where there are several. */
  test: string;
  /** Few satisfy it: those who ever did are looked for first. */
  narrow?: boolean;
}

export interface EventsOf {
  /** A condition on `name`. */
  named: string;
  /** SQL of an instant: no event before it is asked for. */
  since?: string | undefined;
}

const here = 'workspace = {workspace:UUID}';
const where = (column: string, people: string | undefined) =>
  people === undefined ? '' : ` WHERE ${column} IN (${people})`;
/** Before duplicates are merged, which is the dear part: the person is in the sorting key, so nothing is taken for newest that is not. */
const before = (people: string | undefined) =>
  people === undefined ? '' : ` PREWHERE person IN (${people})`;

const keyIn = ({ keys }: ValuesOf) =>
  keys.length === 1 ? `key = ${keys[0]}` : `key IN (${keys.join(', ')})`;

/** SQL of whom a test ever held, if these are few: the others need not be merged. */
const everSo = (of: ValuesOf) =>
  of.narrow
    ? `SELECT person FROM profile_attributes WHERE ${here} AND ${keyIn(of)} AND ${of.test}`
    : undefined;

/**
 * Leaves out months (the table's parts) that have no such event. The hour of an event is in the sorting key, and its time is
 * not: a message that came twice may be believed another time. So what is looked for is the earliest hour any version of an
 * event stands in that is late enough; mostly there is none in the months before, and an index tells.
 */
const month = (time: string) => `toDateTime(toStartOfMonth(${time}), 'UTC')`;
const monthsSince = ({ named, since }: EventsOf) =>
  since === undefined
    ? ''
    : ` AND hour >= ifNull((SELECT minOrNull(hour) FROM person_events
WHERE ${here} AND ${named} AND time >= ${since} AND hour < ${month(since)}), ${month(since)})`;

const eventRows = (of: EventsOf, people: string | undefined) =>
  `(SELECT person, name, time, properties FROM person_events FINAL${before(people)} WHERE ${here} AND ${of.named}${monthsSince(of)})`;

/** Where nobody is known by several ids: rows as they are. */
function plainSources(scope: string | undefined): Sources {
  const among = (within: string | undefined) => within ?? scope;
  const attributes = (keys: string, some: string | undefined) =>
    `(SELECT * FROM profile_attributes FINAL${before(some)} WHERE ${here} AND ${keys})`;
  return {
    named: [],
    idsOf: (people) => people,
    valued: (of, within) =>
      `SELECT person FROM ${attributes(keyIn(of), among(within) ?? everSo(of))} WHERE ${of.test}`,
    attributes: (keys) => attributes(keys, scope),
    events: (asked, within) => eventRows(asked, among(within)),
    places: (conditions, within) =>
      `(SELECT person, place FROM profile_places FINAL${before(among(within))} WHERE ${here} AND ${conditions} AND belongs)`,
    people: (sql, within) => `(SELECT person FROM (${sql})${where('person', among(within))})`,
    everybody: () => `SELECT person FROM people FINAL${before(scope)} WHERE ${here}`,
  };
}

/**
 * Where some are known by several ids: the rows of all of them, under the one the others lead to. Who leads where is worked out
 * once for a statement (the setting enable_materialized_cte): the links of links are four tables, and a rule of five
 * conditions names them ten times. Everything is read once, of those known by one id as of the others.
 */
function linkedSources(scope: string | undefined): Sources {
  const linked = 'SELECT arrayJoin([from_person, to_person]) FROM links';
  const among = (within: string | undefined) =>
    within ?? (scope && `${scope} UNION ALL SELECT from_person FROM links`);
  const owner = 'if(l.to_person != 0, l.to_person, r.person)';
  const joined = (rows: string) =>
    `${rows} AS r LEFT ANY JOIN (SELECT from_person, to_person FROM links) AS l ON r.person = l.from_person`;
  const value = '(r.kind, r.text, r.number, r.instant, r.local)';
  return {
    named: [linksNamed(scope)],
    idsOf: (people) => `SELECT arrayJoin(arrayPushFront(l.others, s.person)) AS person FROM (${people}) AS s
LEFT ANY JOIN (SELECT to_person, groupArray(from_person) AS others FROM links GROUP BY to_person) AS l ON s.person = l.to_person`,
    // Of everybody, those who do not satisfy it leave before they are grouped; merging first is half as dear as grouping all.
    valued: (of, within) => {
      const ever = everSo(of);
      const some = among(within) ?? (ever && `${ever} UNION ALL ${linked}`);
      const rows = `SELECT person, key, precedence, ${of.test} AS holds FROM profile_attributes${some ? '' : ' FINAL'}${before(some)}
WHERE ${here} AND ${keyIn(of)}${some ? '' : ` AND (holds OR person IN (${linked}))`}`;
      return `SELECT owner AS person FROM (SELECT ${owner} AS owner, argMax(r.holds, r.precedence) AS newest
FROM ${joined(`(${rows})`)} GROUP BY owner${of.keys.length > 1 ? ', r.key' : ''} HAVING newest)`;
    },
    attributes: (keys) =>
      `(SELECT owner AS person, key, newest.1 AS kind, newest.2 AS text, newest.3 AS number, newest.4 AS instant, newest.5 AS local
FROM (SELECT ${owner} AS owner, r.key AS key, argMax(${value}, r.precedence) AS newest
FROM ${joined(`(SELECT * FROM profile_attributes${before(among(undefined))} WHERE ${here} AND ${keys})`)} GROUP BY owner, key))`,
    events: (asked, within) =>
      `(SELECT ${owner} AS person, r.name AS name, r.time AS time, r.properties AS properties
FROM ${joined(eventRows(asked, among(within)))})`,
    places: (conditions, within) =>
      `(SELECT ${owner} AS person, r.place AS place
FROM ${joined(`(SELECT person, place FROM profile_places FINAL${before(among(within))} WHERE ${here} AND ${conditions} AND belongs)`)})`,
    people: (sql, within) =>
      `(SELECT owner AS person FROM (SELECT ${owner} AS owner FROM ${joined(`(${sql})`)})${where('owner', within ?? scope)})`,
    everybody: () =>
      `SELECT person FROM people FINAL${before(scope)} WHERE ${here} AND person NOT IN (${linked})
UNION ALL
SELECT DISTINCT to_person FROM links`,
  };
}

/** @param scope SQL of the people who are asked about (`person`), evaluated several times; everybody if not given */
export const sourcesOf = (linked: boolean, scope: string | undefined): Sources =>
  linked ? linkedSources(scope) : plainSources(scope);

/** Tables of one round: what its people have and did, as far as its segments ask, under the ids that count. */
export interface Copies {
  /** With their ids. */
  people: string;
  /** Of the engine Set: everybody who is asked about, also under ids that count no more. */
  scope: string;
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
  const among = (within: string | undefined) => (within === undefined ? '' : ` AND person IN (${within})`);
  return {
    named: [],
    idsOf: (people) => people,
    valued: (of, within) =>
      `SELECT person FROM ${attributes} WHERE ${keyIn(of)}${among(within)} AND ${of.test}`,
    attributes: none,
    events: ({ named }, within) => `(SELECT * FROM ${events} WHERE ${named}${among(within)})`,
    places: none,
    people: none,
    everybody: () => `SELECT person FROM ${people}`,
  };
}
