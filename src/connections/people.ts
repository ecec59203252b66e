import { adhoc, type ClickHouse } from '../engine/index.ts';

/** What other rooms know of the people here, and connections push to lists held elsewhere. Told by src/watches.ts. */
export interface PeopleHere {
  /** Throws Problem 404. */
  segment(workspace: string, id: string): Promise<SegmentHere>;
  /** Ids of all members as of the finished computation at the time of the call, in batches. */
  membersOf(workspace: string, id: string): AsyncIterable<string[]>;
  /** Who entered and left after one computation, up to another, in batches. */
  changesSince(
    workspace: string,
    id: string,
    from: number,
    to: number,
  ): AsyncIterable<{ profile: string; change: 'entered' | 'left' }[]>;
  whichAreMembers(workspace: string, id: string, profiles: readonly string[]): Promise<Set<string>>;
  attributesOf(
    workspace: string,
    profiles: readonly string[],
    names: readonly string[],
  ): Promise<Map<string, Record<string, unknown>>>;
  /** Attributes people have, most frequent first, with some values. */
  attributes(workspace: string): Promise<{ name: string; values: string[] }[]>;
  /** Which of these addresses must not be written to, in lower case. */
  suppressedAmong(workspace: string, addresses: string[]): Promise<Set<string>>;
  /** Is another text whenever other addresses may be suppressed. */
  suppressionsAsOf(workspace: string): Promise<string>;
  /** The programs, and all texts under which somebody belongs to each. */
  placesByProgram(workspace: string): Promise<{ program: string; places: string[] }[]>;
  /** Of these people, others than these attributes or places may be known since an instant: ids, not all of them members. */
  changedSince(workspace: string, names: readonly string[], since: Date): Promise<string[]>;
  /** Who belongs to which of these places. */
  placesOf(
    workspace: string,
    profiles: readonly string[],
    places: readonly string[],
  ): Promise<Map<string, string[]>>;
}

export interface SegmentHere {
  name: string;
  /** As of the finished computation. */
  members: number;
  version: number;
}

/** The people of one workspace, as a source sees them. */
export type People = {
  [Name in keyof PeopleHere]: PeopleHere[Name] extends (
    workspace: string,
    ...rest: infer Rest
  ) => infer Answer
    ? (...rest: Rest) => Answer
    : never;
};

export const peopleOf = (here: PeopleHere, workspace: string): People =>
  new Proxy({} as People, {
    get:
      (_, name) =>
      (...rest: unknown[]) =>
        (here[name as keyof PeopleHere] as (...all: unknown[]) => unknown)(workspace, ...rest),
  });

/** Under the id they are known by now: what is said of a device counts for the person it led to. */
const changed = adhoc(
  'connection_people_changed',
  `WITH said AS
    (
        SELECT person FROM profile_attributes
        WHERE workspace = {workspace:UUID} AND received_at >= {since:DateTime64(3, 'UTC')} AND key IN {names:Array(String)}
        UNION ALL
        SELECT person FROM profile_places
        WHERE workspace = {workspace:UUID} AND received_at >= {since:DateTime64(3, 'UTC')}
    )
   SELECT user_id AS profile FROM identities
   WHERE workspace = {workspace:UUID}
     AND (received_at >= {since:DateTime64(3, 'UTC')} OR from_person IN (SELECT person FROM said))
   UNION DISTINCT
   SELECT profile FROM people WHERE workspace = {workspace:UUID} AND person IN (SELECT person FROM said)`,
);

const places = adhoc(
  'connection_places_of_people',
  `WITH linked AS
    (
        SELECT from_person, user_id FROM identities FINAL
        WHERE workspace = {workspace:UUID} AND user_id IN {profiles:Array(String)}
    ),
    given AS (SELECT arrayJoin({profiles:Array(String)}) AS profile, sipHash64(profile) AS person)
   SELECT if(l.user_id != '', l.user_id, g.profile) AS profile, groupUniqArray(p.place) AS places
   FROM (
       SELECT place, person FROM profile_places FINAL
       WHERE workspace = {workspace:UUID} AND place IN {places:Array(String)} AND belongs
         AND person IN (SELECT person FROM given UNION ALL SELECT from_person FROM linked)
   ) AS p
   LEFT ANY JOIN linked AS l ON p.person = l.from_person
   LEFT ANY JOIN given AS g ON p.person = g.person
   GROUP BY profile
   HAVING profile != ''`,
);

/** What is asked of the views of the log directly. */
export const asksOfViews = (clickhouse: ClickHouse): Pick<PeopleHere, 'changedSince' | 'placesOf'> => ({
  async changedSince(workspace, names, since) {
    const rows = await clickhouse.rows<{ profile: string }>(changed, { workspace, names, since });
    return rows.map(({ profile }) => profile);
  },
  async placesOf(workspace, profiles, wanted) {
    if (profiles.length === 0 || wanted.length === 0) return new Map();
    const rows = await clickhouse.rows<{ profile: string; places: string[] }>(places, {
      ...{ workspace, profiles, places: wanted },
    });
    return new Map(rows.map((row) => [row.profile, row.places]));
  },
});

/** Before it was told. */
export const nobodyHere = (): PeopleHere =>
  new Proxy({} as PeopleHere, {
    get: () => () => {
      throw new Error('connections were not told who the people here are');
    },
  });
