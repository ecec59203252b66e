import { createUses, type DeleteGuard, type Engine, Problem, type Room } from '../engine/index.ts';
import type { Log } from '../log/index.ts';
import type { DocumentEvent } from './document.ts';
import { createManagement } from './manage.ts';
import { createPeopleLoop } from './people.ts';
import { figuresOf, reportDays } from './report.ts';
import { programRoutes } from './routes.ts';
import type {
  Location,
  LocationChange,
  NewLocation,
  NewProgram,
  Program,
  ProgramChange,
  ProgramOption,
  ProgramReport,
  ProgramSummary,
  Spelling,
  UpdatedBy,
} from './schema.ts';
import { spelling, spellingsOf, unknownSpellings } from './spellings.ts';
import { openStore, placeOf } from './store.ts';
import type { LocationRow, ProgramRow } from './tables.ts';
import { type Taken, takeDocument } from './take.ts';

export { showLocationsOf } from './person.ts';
export type { Location, Program, ProgramOption, ProgramSummary } from './schema.ts';

/** Loyalty programs and their locations. Ids of other workspaces, and of what was removed, are answered 404. */
export interface Programs extends Room {
  list(workspace: string): Promise<ProgramSummary[]>;
  get(workspace: string, id: string): Promise<Program>;
  /** @throws Problem 409 `external_id_taken`, `too_many_programs` */
  create(workspace: string, program: NewProgram, by: UpdatedBy): Promise<Program>;
  update(workspace: string, id: string, change: ProgramChange, by: UpdatedBy): Promise<Program>;
  /** Its locations go with it. */
  /** @throws Problem 404; 409 `program_in_use` while something names it or one of its locations */
  remove(workspace: string, id: string, by: UpdatedBy): Promise<void>;

  /** @throws Problem 409 `external_id_taken`, `spelling_taken`, `too_many_locations` */
  addLocation(workspace: string, program: string, location: NewLocation, by: UpdatedBy): Promise<Location>;
  updateLocation(
    workspace: string,
    at: { id: string; program: string },
    change: LocationChange,
    by: UpdatedBy,
  ): Promise<Location>;
  /** @throws Problem 404; 409 `location_in_use` while something names it */
  removeLocation(workspace: string, at: { id: string; program: string }, by: UpdatedBy): Promise<void>;

  /** Programs with their locations, by name, to choose from. */
  options(workspace: string): Promise<ProgramOption[]>;
  /**
   * Every text under which somebody can belong to a program or a location: the groups `program:<id>` and `location:<id>`,
   * and names, aliases and external ids of its locations; trimmed and in lower case. Undefined when there is none such.
   */
  placesOf(workspace: string, of: { program: string } | { location: string }): Promise<string[] | undefined>;

  /** What such texts mean: the location, and its program; those that mean none are left out. */
  locationsAt(
    workspace: string,
    places: readonly string[],
  ): Promise<Map<string, { id: string; name: string; program: string }>>;
  /** Adds a reason why programs or locations may not be removed: told all ids that would go. */
  addDeleteGuard(guard: DeleteGuard): void;
  /** Told of workspaces whose programs or locations, or what they are called, changed. */
  onChange(listener: (workspace: string) => void): void;

  /** The people of each location, and what they are worth. */
  report(workspace: string, id: string): Promise<ProgramReport>;

  /** What people have for their store location that means no location, most people first. */
  unknownSpellings(workspace: string): Promise<Spelling[]>;

  /**
   * Takes a loyalty program document. Its people are in the log soon after.
   * @throws Problem 400 with the field: `bad_loyalty_program`, `too_many_programs`, `too_many_locations`
   */
  takeDocument(workspace: string, event: DocumentEvent): Promise<Taken>;
  /** Resolves when the people of all documents taken before are in the log and its views; for tests and commands. */
  drain(): Promise<void>;
}

export interface ProgramOptions {
  /** False: people are written into the log by `drain()` alone. */
  background?: boolean;
}

export function createPrograms(
  engine: Engine,
  { log }: { log: Log },
  { background = true }: ProgramOptions = {},
): Programs {
  const store = openStore(engine);
  const manage = createManagement(store);
  const people = createPeopleLoop(engine, log);
  const listeners: ((workspace: string) => void)[] = [];
  const uses = { program: createUses('program'), location: createUses('location') };
  /** Resolves as it did, and then tells. */
  async function telling<T>(workspace: string, change: Promise<T>): Promise<T> {
    const done = await change;
    for (const listener of listeners) listener(workspace);
    return done;
  }

  async function get(workspace: string, id: string): Promise<Program> {
    const row = await store.get(workspace, id);
    const [locations, taking_people] = await Promise.all([store.locations(id), store.isTaking(id)]);
    return { ...shared(row), locations: locations.map(locationOf), taking_people };
  }

  const location = async (workspace: string, id: string) =>
    locationOf(await store.location(workspace, { id }));

  const programs: Programs = {
    name: 'programs',
    folder: new URL('.', import.meta.url),
    routes: (app) => programRoutes(app, programs),
    async start() {
      if (background) people.start();
    },
    stop: () => people.stop(),

    list: async (workspace) =>
      (await store.list(workspace)).map((row) => ({ ...shared(row), locations: row.locations })),
    get,
    create: async (workspace, given, by) =>
      get(workspace, await telling(workspace, manage.create(workspace, given, by))),
    update: async (workspace, id, change, by) =>
      get(workspace, await telling(workspace, manage.update(workspace, id, change, by))),
    async remove(workspace, id, by) {
      const { locations } = await get(workspace, id);
      await uses.program.check(workspace, [id, ...locations.map((location) => location.id)]);
      await telling(workspace, manage.remove(workspace, id, by));
    },

    addLocation: async (workspace, program, given, by) =>
      location(workspace, await telling(workspace, manage.addLocation(workspace, program, given, by))),
    updateLocation: async (workspace, at, change, by) =>
      location(workspace, await telling(workspace, manage.updateLocation(workspace, at, change, by))),
    async removeLocation(workspace, at, by) {
      await store.location(workspace, at);
      await uses.location.check(workspace, [at.id]);
      await telling(workspace, manage.removeLocation(workspace, at, by));
    },

    async options(workspace) {
      const [all, locations] = await Promise.all([store.list(workspace), store.allLocations(workspace)]);
      return all.map(({ id, name }) => ({
        id,
        name,
        locations: locations
          .filter(({ program }) => program === id)
          .map((location) => ({ id: location.id, name: location.name })),
      }));
    },

    async placesOf(workspace, of) {
      try {
        if ('location' in of) {
          const row = await store.location(workspace, { id: of.location });
          return textsOf(row);
        }
        const row = await store.get(workspace, of.program);
        const locations = await store.locations(of.program);
        return unique([placeOf(row), ...locations.flatMap(textsOf)]);
      } catch (error) {
        if (error instanceof Problem && error.status === 404) return undefined;
        throw error;
      }
    },

    async locationsAt(workspace, places) {
      const wanted = new Set(places.map(spelling));
      const [programs, locations] = await Promise.all([store.list(workspace), store.allLocations(workspace)]);
      const names = new Map(programs.map(({ id, name }) => [id, name]));
      const found = locations.flatMap((one) =>
        textsOf(one)
          .filter((place) => wanted.has(place))
          .map(
            (place) =>
              [place, { id: one.id, name: one.name, program: names.get(one.program) ?? '' }] as const,
          ),
      );
      return new Map(found);
    },
    addDeleteGuard(guard) {
      uses.program.add(guard);
      uses.location.add(guard);
    },
    onChange: (listener) => void listeners.push(listener),

    async report(workspace, id) {
      await store.get(workspace, id);
      const now = engine.clock.now();
      const locations = (await store.allLocations(workspace)).filter(({ program }) => program === id);
      const meaning = new Map(locations.flatMap((one) => textsOf(one).map((place) => [place, one.id])));
      const found = await figuresOf(engine.clickhouse, workspace, meaning, now);
      const nothing = { people: 0, lifetime_value: 0, orders: 0, revenue: 0 };
      const items = locations.map((one) => ({
        id: one.id,
        name: one.name,
        ...(found.get(one.id) ?? nothing),
      }));
      return { as_of: now.toISOString(), days: reportDays, items };
    },

    unknownSpellings: async (workspace) =>
      unknownSpellings(engine.clickhouse, workspace, await store.allLocations(workspace)),

    async takeDocument(workspace, event) {
      const taken = await telling(workspace, takeDocument(store, engine.clock, workspace, event));
      people.poke();
      return taken;
    },
    drain: () => people.all(),
  };
  return programs;
}

const unique = (texts: readonly string[]) => [...new Set(texts)];

/** Every text under which somebody may belong to a location. */
const textsOf = (row: Pick<LocationRow, 'id' | 'program' | 'name' | 'aliases' | 'external_id'>) =>
  unique([placeOf(row), ...spellingsOf(row)]);

const shared = (row: ProgramRow | LocationRow) => ({
  id: row.id,
  external_id: row.external_id,
  name: row.name,
  timezone: row.timezone,
  sender: row.sender,
  created_at: row.created_at.toISOString(),
  updated_at: row.updated_at.toISOString(),
  updated_by: row.updated_by,
});

const locationOf = (row: LocationRow): Location => ({
  ...shared(row),
  aliases: row.aliases,
  address: row.address,
});
