import { sql } from 'kysely';
import type { Engine } from '../engine/index.ts';
import type { Log } from '../log/index.ts';

/**
 * Samples of bad rows that hold an address of who is erased go, or are one of their ids; that there were bad rows stays
 * counted. A sample is a piece of a row as it stood in the file, so the address is looked for anywhere in it.
 */
export function eraseFromImports({ postgres }: Pick<Engine, 'postgres'>, log: Log): void {
  log.erase.onErase(async ({ workspace, ids, addresses }) => {
    const texts = [...addresses, ...ids.filter((id) => id.includes('@'))].map((text) =>
      text.trim().toLowerCase(),
    );
    const { numAffectedRows } = await sql`
      DELETE FROM import_errors
      WHERE import IN (SELECT id FROM imports WHERE workspace = ${workspace})
        AND (value = ANY(${ids}::text[]) OR EXISTS (
          SELECT FROM unnest(${texts.filter((text) => text !== '')}::text[]) AS text
          WHERE position(text IN lower(value)) > 0))`.execute(postgres.db);
    return { removed: { import_errors: Number(numAffectedRows ?? 0) } };
  });
}
