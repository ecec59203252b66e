import type { Clock } from '../engine/index.ts';
import { type DocumentEvent, readDocument } from './document.ts';
import type { UpdatedBy } from './schema.ts';
import { spelling } from './spellings.ts';
import { documentOrder } from './statements.ts';
import { checkRoom, type Held, type Store } from './store.ts';
import type { LocationRow, ProgramRow } from './tables.ts';

/** What became of a document. */
export interface Taken {
  /** The program's id. */
  program: string;
  /** How many people it lists, each place for itself. */
  people: number;
}

/**
 * Takes a program document: all of it at once or nothing. It adds and changes locations, and removes none: segments and
 * reports may be about them, so that is a person's to do.
 * @throws Problem 400 with the field: `bad_loyalty_program`, `too_many_programs`, `too_many_locations`
 */
export async function takeDocument(
  store: Store,
  clock: Clock,
  workspace: string,
  event: DocumentEvent,
): Promise<Taken> {
  const document = readDocument(event, clock.now());
  const { fingerprint } = document;
  const by: UpdatedBy = { kind: 'document', id: event.id, name: event.source };
  return store.alone(workspace, async (trx) => {
    const at = document.time ?? (await store.arrival(trx, workspace, fingerprint));
    const order = documentOrder(at, fingerprint);
    const list = (table: 'programs' | 'locations', row: ProgramRow | LocationRow, people: string[] = []) =>
      store.listPeople(trx, table, row, { order, fingerprint, at, people });

    const program = await programOf(trx, store, { workspace, by, ...document });
    await store.state(trx, 'programs', program, document.said, { by, order });
    if (document.people) await list('programs', program, document.people);
    const known = new Found(await store.everyLocation(trx, program.id));
    for (const { externalId, said, people } of document.locations) {
      const name = said.name ?? externalId;
      const location = await known.get({
        externalId,
        name,
        adopt: ({ id }) => store.setExternalId(trx, 'locations', id, externalId),
        make: () => store.insertLocation(trx, program, { name: externalId, externalId, by }),
        room: (rows) => checkRoom('locations', rows, 'data.locations'),
      });
      await store.state(trx, 'locations', location, said, { by, order });
      if (people) await list('locations', location, people);
    }
    const listed = [document.people, ...document.locations.map((one) => one.people)];
    return { program: program.id, people: listed.reduce((sum, one) => sum + (one?.length ?? 0), 0) };
  });
}

async function programOf(
  trx: Held,
  store: Store,
  given: { workspace: string; externalId: string; said: { name?: string | undefined }; by: UpdatedBy },
): Promise<ProgramRow> {
  const { workspace, externalId, by } = given;
  return new Found(await store.everyProgram(trx, workspace)).get({
    externalId,
    name: given.said.name ?? externalId,
    adopt: ({ id }) => store.setExternalId(trx, 'programs', id, externalId),
    make: () => store.insertProgram(trx, { workspace, name: externalId, externalId, by }),
    room: (rows) => checkRoom('programs', rows, 'data'),
  });
}

/** Rows a document's names are looked for among. */
class Found<R extends ProgramRow | LocationRow> {
  readonly #rows: R[];

  constructor(rows: R[]) {
    this.#rows = rows;
  }

  /**
   * The row of this external id; else one that a person made under this name and no document is about yet, which from now
   * on is the same; else a new one.
   */
  async get({
    externalId,
    name,
    adopt,
    make,
    room,
  }: {
    externalId: string;
    name: string;
    adopt: (row: R) => Promise<unknown>;
    make: () => Promise<R>;
    room: (rows: R[]) => void;
  }): Promise<R> {
    const known = this.#rows.find((row) => row.external_id === externalId);
    if (known) return known;
    const same = this.#rows.find((row) => row.external_id === null && spelling(row.name) === spelling(name));
    if (same) {
      await adopt(same);
      same.external_id = externalId;
      return same;
    }
    room(this.#rows);
    const made = await make();
    this.#rows.push(made);
    return made;
  }
}
