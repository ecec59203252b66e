import { type Engine, Problem, type Room } from '../engine/index.ts';
import type { Log } from '../log/index.ts';
import { attributesAmong, attributesOf } from './attributes.ts';
import { createCsv } from './csv.ts';
import { jsonOf, type Part, Written } from './export.ts';
import { resolve } from './identities.ts';
import { countPeople, idsOfPeople, listPeople, type Selection } from './people.ts';
import { readPerson } from './person.ts';
import { profileRoutes } from './routes.ts';
import type { CsvQuery, PanelName, Panels, PeoplePage, PeopleQuery, Person, TimelinePage } from './schema.ts';
import { readTimeline, type TimelineAsked, wholeTimeline } from './timeline.ts';

export { decodeCursor, encodeCursor } from './cursor.ts';
export type { Selection } from './people.ts';
export type { Person, PersonRow, TimelinePage } from './schema.ts';

/** What an upper room knows of a person: becomes a field of the person's answer. `ids` are all of theirs, `id` the first. */
export type Panel<Name extends PanelName> = (
  workspace: string,
  id: string,
  ids: readonly string[],
) => Promise<Panels[Name]>;

/** What an upper room holds of a person, whole: becomes a field of the export, an array when it comes row by row. */
export type ExportPart = (
  workspace: string,
  ids: readonly string[],
) => AsyncIterable<unknown> | Promise<unknown>;

/** Turns the value of a list's filter into a subquery of people. */
export type Filter = (workspace: string, value: string) => Promise<Selection>;

/** People as the log tells of them: attributes, identities, timeline. */
export interface Profiles extends Room {
  /** A page of people, last seen first. Throws Problem 400 for a filter nobody provides, or a bad cursor. */
  list(workspace: string, query: PeopleQuery): Promise<PeoplePage>;
  /** One person with the panels of the upper rooms. Throws Problem 404. */
  get(workspace: string, id: string): Promise<Person>;
  /** Events of a person, newest first. */
  timeline(workspace: string, id: string, query: TimelineAsked): Promise<TimelinePage>;
  /** Everything held of one person, as JSON text in pieces. Throws Problem 404. */
  export(workspace: string, id: string): Promise<AsyncIterable<string>>;
  /**
   * The list of people as CSV in pieces, by id. Throws as `list` does, and 429 while others are written.
   */
  csv(workspace: string, query: CsvQuery): Promise<AsyncIterable<string>>;
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
  /** Which of these attributes anybody of the workspace has, or had. */
  attributesAmong(workspace: string, names: readonly string[]): Promise<string[]>;
  /** How many people there are, how many of them first seen in the last 30 days, and as of when. */
  count(workspace: string): Promise<{ total: number; new_30_days: number; as_of: string }>;
  /**
   * How many people there are; up to a minute old, since it is asked with every count while somebody types. No older than
   * when there were `atLeast`.
   */
  total(workspace: string, atLeast?: number): Promise<number>;
  /** Ids of people known by their numbers. */
  idsOf(workspace: string, people: readonly string[]): Promise<string[]>;
  /** Adds a field to the answer about a person, and to the export unless a part of that name says more. */
  addPanel<Name extends PanelName>(name: Name, panel: Panel<Name>): void;
  /** Adds a field to the export of a person. */
  addExport(name: string, part: ExportPart): void;
  /** Adds a filter to the list of people. */
  addFilter(name: 'segment', filter: Filter): void;
}

export function createProfiles(engine: Engine, { log }: { log: Pick<Log, 'messagesOf'> }): Profiles {
  const { clickhouse, clock } = engine;
  const panels = new Map<PanelName, Panel<PanelName>>();
  const parts = new Map<string, ExportPart>();
  const filters = new Map<string, Filter>();
  const totals = new Map<string, { until: number; total: number }>();
  const csv = createCsv(clickhouse);

  /** What the filters of a list choose. */
  async function narrowingOf(workspace: string, { segment }: { segment?: string | undefined }) {
    if (segment === undefined) return [];
    const filter = filters.get('segment');
    if (!filter) throw new Problem(400, 'unknown_filter', 'People cannot be listed by segment here.');
    return [await filter(workspace, segment)];
  }

  async function* messages(workspace: string, ids: readonly string[]) {
    for await (const { message, ...about } of log.messagesOf(workspace, ids)) {
      yield new Written(`${JSON.stringify(about).slice(0, -1)},"message":${asJson(message)}}`);
    }
  }

  const profiles: Profiles = {
    name: 'profiles',
    folder: new URL('.', import.meta.url),
    routes: (app) => profileRoutes(app, profiles),

    async list(workspace, query) {
      return listPeople(clickhouse, workspace, query, await narrowingOf(workspace, query));
    },

    async get(workspace, given) {
      const known = await resolve(clickhouse, workspace, given);
      const person = await readPerson(clickhouse, workspace, known, given);
      const names = [...panels.keys()];
      const shown = await Promise.all(
        [...panels.values()].map((panel) => panel(workspace, known.id, known.ids)),
      );
      const more: Partial<Panels> = Object.fromEntries(names.map((name, i) => [name, shown[i]]));
      return { ...person, ...noPanels, ...more };
    },

    timeline: async (workspace, id, query) =>
      readTimeline(clickhouse, workspace, await resolve(clickhouse, workspace, id), query),

    async export(workspace, given) {
      const known = await resolve(clickhouse, workspace, given);
      const { events: _, ...person } = await readPerson(clickhouse, workspace, known, given);
      const { id, ids } = known;
      const held: [string, Part][] = [
        ...[...panels]
          .filter(([name]) => !parts.has(name))
          .map(([name, panel]): [string, Part] => [name, () => panel(workspace, id, ids)]),
        ...[...parts].map(([name, part]): [string, Part] => [name, () => part(workspace, ids)]),
        ['events', () => wholeTimeline(clickhouse, workspace, known)],
        ['messages', () => messages(workspace, ids)],
      ];
      return jsonOf({ exported_at: clock.now().toISOString(), ...person }, held);
    },

    csv: async (workspace, query) => csv(workspace, query, await narrowingOf(workspace, query)),

    attributesOf: (workspace, ids, names) => attributesOf(clickhouse, workspace, ids, names),

    attributesAmong: (workspace, names) => attributesAmong(clickhouse, workspace, names),

    async count(workspace) {
      const now = clock.now();
      const since = new Date(now.getTime() - 30 * 24 * 60 * 60 * 1000);
      const { total, recent } = await countPeople(clickhouse, workspace, since);
      return { total, new_30_days: recent, as_of: now.toISOString() };
    },

    async total(workspace, atLeast = 0) {
      const now = performance.now();
      for (const [key, { until }] of totals) if (until < now) totals.delete(key);
      const kept = totals.get(workspace);
      if (kept && kept.total >= atLeast) return kept.total;
      const { total } = await countPeople(clickhouse, workspace, clock.now());
      totals.set(workspace, { until: performance.now() + 60_000, total });
      return total;
    },

    async idsOf(workspace, people) {
      const ids = await idsOfPeople(clickhouse, workspace, people);
      return people.flatMap((person) => ids.get(person) ?? []);
    },

    addPanel: (name, panel) => void panels.set(name, panel as Panel<PanelName>),
    addExport: (name, part) => void parts.set(name, part),
    addFilter: (name, filter) => void filters.set(name, filter),
  };
  return profiles;
}

const noPanels = { segments: [], campaigns: [], emails: [], consents: [], connections: [] };

/** What is kept may have been written by hand: a text that is no JSON goes out as a text. */
function asJson(message: string): string {
  try {
    JSON.parse(message);
    return message;
  } catch {
    return JSON.stringify(message);
  }
}
