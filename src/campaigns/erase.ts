import { sql } from 'kysely';
import type { Engine } from '../engine/index.ts';
import type { Log } from '../log/index.ts';

/** Who is erased takes part in no campaign. */
export function eraseFromCampaigns({ postgres }: Engine, log: Log): void {
  log.erase.onErase(async ({ workspace, ids }) => {
    const { numAffectedRows } = await sql`
      DELETE FROM enrolments WHERE workspace = ${workspace} AND profile = ANY(${ids}::text[])`.execute(
      postgres.db,
    );
    return { removed: { enrolments: Number(numAffectedRows ?? 0) } };
  });
}
