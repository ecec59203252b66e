import { Problem } from '../engine/index.ts';
import type { LocationChange, NewLocation, NewProgram, ProgramChange, UpdatedBy } from './schema.ts';
import { spelling, spellingsOf } from './spellings.ts';
import { checkRoom, type Held, type Store } from './store.ts';
import type { LocationRow, ProgramRow } from './tables.ts';

/** What people, and programs of theirs, change. Each resolves to the id of what was changed. */
export function createManagement(store: Store) {
  async function locationsOf(trx: Held, workspace: string, program: string) {
    const row = await store.get(workspace, program, trx);
    return { program: row, known: await store.everyLocation(trx, program) };
  }

  return {
    create: (workspace: string, { external_id, ...said }: NewProgram, by: UpdatedBy): Promise<string> =>
      store.alone(workspace, async (trx) => {
        const known = await store.everyProgram(trx, workspace);
        checkRoom('programs', known);
        const externalId = external_id ?? null;
        checkExternalId('program', known, externalId);
        const row =
          removedOf(known, externalId) ??
          (await store.insertProgram(trx, { workspace, name: said.name, externalId, by }));
        await store.state(trx, 'programs', row, { ...said, removed: false }, { by });
        return row.id;
      }),

    update: (
      workspace: string,
      id: string,
      { external_id, ...said }: ProgramChange,
      by: UpdatedBy,
    ): Promise<string> =>
      store.alone(workspace, async (trx) => {
        const row = await store.get(workspace, id, trx);
        if (external_id !== undefined && external_id !== row.external_id) {
          checkExternalId('program', await store.everyProgram(trx, workspace), external_id, true);
          await store.setExternalId(trx, 'programs', id, external_id);
        }
        await store.state(trx, 'programs', row, said, { by });
        return id;
      }),

    remove: (workspace: string, id: string, by: UpdatedBy): Promise<void> =>
      store.alone(workspace, async (trx) =>
        store.remove(trx, 'programs', await store.get(workspace, id, trx), by),
      ),

    addLocation: (
      workspace: string,
      program: string,
      { external_id, ...said }: NewLocation,
      by: UpdatedBy,
    ): Promise<string> =>
      store.alone(workspace, async (trx) => {
        const { program: of, known } = await locationsOf(trx, workspace, program);
        checkRoom('locations', known);
        const externalId = external_id ?? null;
        checkExternalId('location', known, externalId);
        checkSpellings(known, { ...said, external_id });
        const row =
          removedOf(known, externalId) ?? (await store.insertLocation(trx, of, { ...said, externalId, by }));
        await store.state(trx, 'locations', row, { ...said, removed: false }, { by });
        return row.id;
      }),

    updateLocation: (
      workspace: string,
      { id, program }: { id: string; program: string },
      { external_id, ...said }: LocationChange,
      by: UpdatedBy,
    ): Promise<string> =>
      store.alone(workspace, async (trx) => {
        const row = await store.location(workspace, { id, program }, trx);
        const others = (await store.everyLocation(trx, program)).filter((other) => other.id !== id);
        checkSpellings(others, { ...said, external_id });
        if (external_id !== undefined && external_id !== row.external_id) {
          checkExternalId('location', others, external_id, true);
          await store.setExternalId(trx, 'locations', id, external_id);
        }
        await store.state(trx, 'locations', row, said, { by });
        return id;
      }),

    removeLocation: (workspace: string, at: { id: string; program: string }, by: UpdatedBy): Promise<void> =>
      store.alone(workspace, async (trx) =>
        store.remove(trx, 'locations', await store.location(workspace, at, trx), by),
      ),
  };
}

/** What was removed under an external id comes back under its old id when somebody makes it again. */
const removedOf = <R extends ProgramRow | LocationRow>(rows: readonly R[], externalId: string | null) =>
  externalId === null ? undefined : rows.find((row) => row.external_id === externalId && row.removed);

/** @param removedToo whether what was removed has it still: two rows never have the same */
function checkExternalId(
  what: 'program' | 'location',
  rows: readonly (ProgramRow | LocationRow)[],
  externalId: string | null,
  removedToo = false,
): void {
  if (externalId === null) return;
  const other = rows.find((row) => row.external_id === externalId && (removedToo || !row.removed));
  if (!other) return;
  const removed = other.removed ? ', which was removed' : '';
  throw new Problem(
    409,
    'external_id_taken',
    `external_id: the ${what} ${JSON.stringify(other.name)}${removed} has it already.`,
    {
      field: 'external_id',
      hint: other.removed ? `Make a new ${what} with it instead.` : 'Choose another one.',
    },
  );
}

/** Somebody whose file says one thing shall not belong to two locations of a program. */
function checkSpellings(
  others: readonly LocationRow[],
  said: {
    name?: string | undefined;
    aliases?: string[] | undefined;
    external_id?: string | null | undefined;
  },
): void {
  const taken = new Map<string, LocationRow>();
  for (const other of others) {
    if (other.removed) continue;
    for (const text of spellingsOf(other)) taken.set(text, other);
  }
  const check = (field: string, text: string | null | undefined) => {
    const other = text && taken.get(spelling(text));
    if (!other) return;
    throw new Problem(
      409,
      'spelling_taken',
      `${field}: ${JSON.stringify(text)} means the location ${JSON.stringify(other.name)} already.`,
      { field, hint: 'A spelling can mean one location of a program.' },
    );
  };
  check('name', said.name);
  check('external_id', said.external_id);
  for (const alias of said.aliases ?? []) check('aliases', alias);
}
