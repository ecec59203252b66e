import { sql } from 'kysely';
import { z } from 'zod';
import type { Collect } from '../collect/index.ts';
import { type Engine, Problem } from '../engine/index.ts';
import { ruleFromLoyaltyTarget, type Segments } from '../segments/index.ts';

interface DocumentsTable {
  workspace: string;
  source: string;
  id: string;
  segment: string;
  received_at: Date;
}

/** The part of a loyalty campaign document that is understood; the rest is kept out of the way. */
const document = z.looseObject({
  name: z.string().trim().min(1).max(200).optional(),
  target: z.record(z.string(), z.unknown()),
});

/**
 * Has CloudEvents whose type ends in `.loyalty.campaign` make a segment of the people their `target` means:
 * `{"last_order_date": "2020-01-01T00:00:00Z", "gross_spent": "50"}` is who ordered after that instant and spent
 * over 50. The same document again (same source and id) answers with the segment made before.
 */
export function takeLoyaltyCampaigns(
  engine: Engine,
  { collect, segments }: { collect: Collect; segments: Segments },
): void {
  const db = engine.postgres.db.withTables<{ loyalty_documents: DocumentsTable }>();
  collect.onCloudEvent('.loyalty.campaign', async (workspace, event) => {
    const parsed = document.safeParse(event.data);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const field = ['data', ...(issue?.path ?? [])].join('.');
      throw new Problem(400, 'bad_loyalty_campaign', `${field}: ${issue?.message}`, { field });
    }
    const { name = `Loyalty campaign ${event.id}`, target } = parsed.data;
    const rule = ruleFromLoyaltyTarget(target);
    const key = { workspace: workspace.id, source: event.source, id: event.id };
    // One at a time for each document, so that two deliveries at once make one segment.
    return db.transaction().execute(async (trx) => {
      await sql`SELECT pg_advisory_xact_lock(hashtextextended(${JSON.stringify(key)}, 0))`.execute(trx);
      const known = await trx
        .selectFrom('loyalty_documents')
        .select('segment')
        .where('workspace', '=', key.workspace)
        .where('source', '=', key.source)
        .where('id', '=', key.id)
        .executeTakeFirst();
      if (known) return { segment: known.segment };
      const { id: segment } = await segments.create(workspace.id, { name, rule });
      await trx
        .insertInto('loyalty_documents')
        .values({ ...key, segment, received_at: engine.clock.now() })
        .execute();
      return { segment };
    });
  });
}
