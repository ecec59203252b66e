import { type Engine, Problem, type Room } from '../engine/index.ts';
import type { Log } from '../log/index.ts';
import { attributesOf } from './attributes.ts';
import { countPeople, idsOfPeople, listPeople, type Selection } from './people.ts';
import { readPerson, readTimeline } from './person.ts';
import { profileRoutes } from './routes.ts';
import type { PeopleQuery, Person, PersonRow, TimelinePage } from './schema.ts';

export { decodeCursor, encodeCursor } from './cursor.ts';
export type { Selection } from './people.ts';
export type { Person, PersonRow, TimelinePage } from './schema.ts';

/** What an upper room knows of a person: becomes a field of the person's answer. */
export type Panel = (workspace: string, id: string) => Promise<unknown>;

/** Turns the value of a list's filter into a subquery of people. */
export type Filter = (workspace: string, value: string) => Promise<Selection>;

/** People as the log tells of them: attributes, identities, timeline. */
export interface Profiles extends Room {
  /** A page of people, last seen first. Throws Problem 400 for a filter nobody provides, or a bad cursor. */
  list(
    workspace: string,
    query: PeopleQuery,
  ): Promise<{ items: PersonRow[]; total: number; next_cursor: string | null }>;
  /** One person with the panels of the upper rooms. Throws Problem 404. */
  get(workspace: string, id: string): Promise<Person>;
  /** Events of a person, newest first. */
  timeline(
    workspace: string,
    id: string,
    query: { before?: string | undefined; limit: number },
  ): Promise<TimelinePage>;
  /**
   * The attributes of many people in one statement, as values; a person without any is not in the map.
   * Keep batches to some thousands.
   *
   * @param names only these attributes; all when left out
   */
  attributesOf(
    workspace: string,
    ids: readonly string[],
    names?: readonly string[],
  ): Promise<Map<string, Record<string, unknown>>>;
  /** How many people there are, how many of them first seen in the last 30 days, and as of when. */
  count(workspace: string): Promise<{ total: number; new_30_days: number; as_of: string }>;
  /** How many people there are; up to 10 s old, since it is asked with every count while somebody types. */
  total(workspace: string): Promise<number>;
  /** Ids of people known by their numbers. */
  idsOf(workspace: string, people: readonly string[]): Promise<string[]>;
  /** Adds a field to the answer about a person: `segments`, `emails`. */
  addPanel(name: 'segments' | 'emails', panel: Panel): void;
  /** Adds a filter to the list of people. */
  addFilter(name: 'segment', filter: Filter): void;
}

export function createProfiles(engine: Engine, _rooms: { log: Log }): Profiles {
  const { clickhouse, clock } = engine;
  const panels = new Map<string, Panel>();
  const filters = new Map<string, Filter>();
  const totals = new Map<string, { until: number; total: number }>();

  const profiles: Profiles = {
    name: 'profiles',
    folder: new URL('.', import.meta.url),
    routes: (app) => profileRoutes(app, profiles),

    async list(workspace, query) {
      const narrowing: Selection[] = [];
      if (query.segment !== undefined) {
        const filter = filters.get('segment');
        if (!filter) throw new Problem(400, 'unknown_filter', 'People cannot be listed by segment here.');
        narrowing.push(await filter(workspace, query.segment));
      }
      return listPeople(clickhouse, workspace, query, narrowing);
    },

    async get(workspace, id) {
      const known = await readPerson(clickhouse, workspace, id);
      const names = [...panels.keys()];
      const shown = await Promise.all([...panels.values()].map((panel) => panel(workspace, known.id)));
      const more = Object.fromEntries(names.map((name, i) => [name, shown[i]]));
      return { ...known, segments: [], emails: [], ...more };
    },

    timeline: (workspace, id, query) => readTimeline(clickhouse, workspace, id, query),
    attributesOf: (workspace, ids, names) => attributesOf(clickhouse, workspace, ids, names),

    async count(workspace) {
      const now = clock.now();
      const since = new Date(now.getTime() - 30 * 24 * 60 * 60 * 1000);
      const { total, recent } = await countPeople(clickhouse, workspace, since);
      return { total, new_30_days: recent, as_of: now.toISOString() };
    },

    async total(workspace) {
      const now = performance.now();
      for (const [key, { until }] of totals) if (until < now) totals.delete(key);
      const kept = totals.get(workspace);
      if (kept) return kept.total;
      const { total } = await countPeople(clickhouse, workspace, clock.now());
      totals.set(workspace, { until: performance.now() + 10_000, total });
      return total;
    },

    async idsOf(workspace, people) {
      const ids = await idsOfPeople(clickhouse, workspace, people);
      return people.flatMap((person) => ids.get(person) ?? []);
    },

    addPanel: (name, panel) => void panels.set(name, panel),
    addFilter: (name, filter) => void filters.set(name, filter),
  };
  return profiles;
}
