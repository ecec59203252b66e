import { type Kysely, sql, type Transaction } from 'kysely';
import { type Engine, notFound, Problem } from '../engine/index.ts';
import { limits, noAddress, noSender, type UpdatedBy } from './schema.ts';
import { newer, personOrder } from './statements.ts';
import type { LocationRow, ProgramRow, Tables } from './tables.ts';

type Queries = Kysely<Tables>;
export type Held = Transaction<Tables>;

/** Who says something, and when: a document's order; nothing: now, by a person or their program. */
export interface Saying {
  by: UpdatedBy;
  order?: string;
}

type Row = ProgramRow | LocationRow;
type Said = Partial<Pick<LocationRow, 'name' | 'timezone' | 'sender' | 'aliases' | 'address' | 'removed'>>;
type TableOf = 'programs' | 'locations';

/** Programs and locations in PostgreSQL. What was removed is not there, but for documents, which may bring it back. */
export function openStore({ postgres, clock }: Engine) {
  const db = postgres.db.withTables<Tables>();

  /** Writes what is newer than what is known, if anything is. */
  async function state<R extends Row>(
    trx: Held,
    table: TableOf,
    row: R,
    said: Said,
    { by, order }: Saying,
  ): Promise<R> {
    const { change, stated } = newer(said, row.stated, order ?? personOrder(clock.now(), row.stated));
    if (Object.keys(change).length === 0) return row;
    const written = await trx
      .updateTable(table)
      .set({
        ...asJson(change),
        stated: JSON.stringify(stated),
        updated_by: JSON.stringify(by),
        updated_at: clock.now(),
      })
      .where('id', '=', row.id)
      .returningAll()
      .executeTakeFirstOrThrow();
    return written as R;
  }

  /** Columns of a new row, of which everything is still to be said. */
  function begun(workspace: string, name: string, externalId: string | null, by: UpdatedBy) {
    const now = clock.now();
    return {
      workspace,
      external_id: externalId,
      name,
      timezone: null,
      sender: JSON.stringify(noSender),
      stated: '{}',
      updated_by: JSON.stringify(by),
      created_at: now,
      updated_at: now,
    };
  }

  return {
    state,

    /** Runs alone among all who write programs of the workspace, so that what was looked at is still so when it is written. */
    alone: <T>(workspace: string, write: (trx: Held) => Promise<T>): Promise<T> =>
      db.transaction().execute(async (trx) => {
        await sql`SELECT pg_advisory_xact_lock(hashtextextended(${`programs:${workspace}`}, 0))`.execute(trx);
        return write(trx);
      }),

    list: (workspace: string): Promise<(ProgramRow & { locations: number })[]> =>
      db
        .selectFrom('programs as p')
        .selectAll()
        .select((row) => [
          row
            .selectFrom('locations as l')
            .select(sql<number>`count(*)`.as('count'))
            .whereRef('l.program', '=', 'p.id')
            .where('l.removed', '=', false)
            .$asScalar()
            .$notNull()
            .as('locations'),
        ])
        .where('workspace', '=', workspace)
        .where('removed', '=', false)
        .orderBy(sql`lower(name)`)
        .orderBy('id')
        .execute(),

    /** @throws Problem 404 */
    async get(workspace: string, id: string, from: Queries = db): Promise<ProgramRow> {
      const row = await from
        .selectFrom('programs')
        .selectAll()
        .where('workspace', '=', workspace)
        .where('id', '=', id)
        .where('removed', '=', false)
        .executeTakeFirst();
      if (!row) throw notFound('program', id);
      return row;
    },

    /** @throws Problem 404, also when it is another program's, or its program was removed */
    async location(
      workspace: string,
      { id, program }: { id: string; program?: string },
      from: Queries = db,
    ): Promise<LocationRow> {
      const row = await from
        .selectFrom('locations as l')
        .innerJoin('programs as p', 'p.id', 'l.program')
        .selectAll('l')
        .where('l.workspace', '=', workspace)
        .where('l.id', '=', id)
        .$if(program !== undefined, (query) => query.where('l.program', '=', program!))
        .where('l.removed', '=', false)
        .where('p.removed', '=', false)
        .executeTakeFirst();
      if (!row) throw notFound('location', id);
      return row;
    },

    locations: (program: string, from: Queries = db): Promise<LocationRow[]> =>
      from
        .selectFrom('locations')
        .selectAll()
        .where('program', '=', program)
        .where('removed', '=', false)
        .orderBy(sql`lower(name)`)
        .orderBy('id')
        .execute(),

    /** Of all programs of the workspace, by name. */
    allLocations: (
      workspace: string,
    ): Promise<Pick<LocationRow, 'id' | 'name' | 'program' | 'aliases' | 'external_id'>[]> =>
      db
        .selectFrom('locations as l')
        .innerJoin('programs as p', 'p.id', 'l.program')
        .select(['l.id', 'l.name', 'l.program', 'l.aliases', 'l.external_id'])
        .where('l.workspace', '=', workspace)
        .where('l.removed', '=', false)
        .where('p.removed', '=', false)
        .orderBy(sql`lower(l.name)`)
        .orderBy('l.id')
        .execute(),

    /** All of a workspace, what was removed too. */
    everyProgram: (trx: Held, workspace: string): Promise<ProgramRow[]> =>
      trx.selectFrom('programs').selectAll().where('workspace', '=', workspace).execute(),

    everyLocation: (trx: Held, program: string): Promise<LocationRow[]> =>
      trx.selectFrom('locations').selectAll().where('program', '=', program).execute(),

    insertProgram: (
      trx: Held,
      { workspace, name, externalId, by }: NewRow & { workspace: string },
    ): Promise<ProgramRow> =>
      trx
        .insertInto('programs')
        .values(begun(workspace, name, externalId, by))
        .returningAll()
        .executeTakeFirstOrThrow(),

    insertLocation: (
      trx: Held,
      program: ProgramRow,
      { name, externalId, by }: NewRow,
    ): Promise<LocationRow> =>
      trx
        .insertInto('locations')
        .values({
          ...begun(program.workspace, name, externalId, by),
          program: program.id,
          aliases: [],
          address: JSON.stringify(noAddress),
        })
        .returningAll()
        .executeTakeFirstOrThrow(),

    setExternalId: (trx: Held, table: TableOf, id: string, externalId: string | null) =>
      trx.updateTable(table).set({ external_id: externalId }).where('id', '=', id).execute(),

    /** What no document is about is forgotten; what one is about is remembered as removed. */
    async remove(trx: Held, table: TableOf, row: Row, by: UpdatedBy): Promise<void> {
      if (row.external_id === null) await trx.deleteFrom(table).where('id', '=', row.id).execute();
      else await state(trx, table, row, { removed: true }, { by });
    },

    /** When a document first came, which is now if it is not known; each at a time of its own, so that the later one is newer. */
    async arrival(trx: Held, workspace: string, fingerprint: string): Promise<Date> {
      const known = await trx
        .selectFrom('program_documents')
        .select('received_at')
        .where('workspace', '=', workspace)
        .where('fingerprint', '=', fingerprint)
        .executeTakeFirst();
      if (known) return known.received_at;
      const { last } = await trx
        .selectFrom('program_documents')
        .select((row) => row.fn.max('received_at').as('last'))
        .where('workspace', '=', workspace)
        .executeTakeFirstOrThrow();
      const received_at = new Date(Math.max(clock.now().getTime(), (last?.getTime() ?? -1) + 1));
      await trx.insertInto('program_documents').values({ workspace, fingerprint, received_at }).execute();
      return received_at;
    },

    /** Puts down a list of people to be written into the log, unless a newer one of the place is known. */
    async listPeople(
      trx: Held,
      table: TableOf,
      row: Row,
      { order, fingerprint, at, people }: { order: string; fingerprint: string; at: Date; people: string[] },
    ): Promise<void> {
      if (order <= (row.people_order ?? '')) return;
      const later = new Date(Math.max(at.getTime(), (row.people_at?.getTime() ?? -1) + 1));
      await trx
        .updateTable(table)
        .set({ people_order: order, people_at: later })
        .where('id', '=', row.id)
        .execute();
      const list = { fingerprint, at: later, people: JSON.stringify(people) };
      await trx
        .insertInto('program_lists')
        .values({
          place: placeOf(row),
          workspace: row.workspace,
          program: 'program' in row ? row.program : row.id,
          ...list,
        })
        .onConflict((on) => on.column('place').doUpdateSet(list))
        .execute();
    },

    /** Whether lists of the program wait. */
    async isTaking(program: string): Promise<boolean> {
      const row = await db
        .selectFrom('program_lists')
        .select('place')
        .where('program', '=', program)
        .limit(1)
        .executeTakeFirst();
      return row !== undefined;
    },
  };
}
export type Store = ReturnType<typeof openStore>;

interface NewRow {
  name: string;
  externalId: string | null;
  by: UpdatedBy;
}

/** The group that people of a program or a location belong to. */
export const placeOf = (row: Pick<ProgramRow, 'id'> | Pick<LocationRow, 'id' | 'program'>): string =>
  'program' in row ? `location:${row.id}` : `program:${row.id}`;

/**
 * @throws Problem when there are as many as there may be: 409 to who adds one, 400 to a document, whose fault it is then
 */
export function checkRoom(kind: 'programs' | 'locations', rows: readonly Row[], field?: string): void {
  const of = { programs: 'A workspace', locations: 'A program' }[kind];
  if (rows.filter(({ removed }) => !removed).length < limits[kind]) return;
  throw new Problem(
    field === undefined ? 409 : 400,
    `too_many_${kind}`,
    `${of} can have ${limits[kind]} ${kind}.`,
    field === undefined ? {} : { field },
  );
}

const json = new Set(['sender', 'address']);
const asJson = (change: object) =>
  Object.fromEntries(
    Object.entries(change).map(([field, value]) => [field, json.has(field) ? JSON.stringify(value) : value]),
  );
