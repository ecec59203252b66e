import { type Kysely, sql } from 'kysely';
import { notFound, Problem } from '../engine/index.ts';
import type { DeliveryTables } from './tables.ts';

/** Failed ones: the person may have a better address by now. Held ones go where they may have gone. */
const again = (now: Date) => ({
  status: 'queued' as const,
  next_attempt_at: now,
  attempts_waived: sql<number>`attempts`,
  address: sql<string>`CASE WHEN status = 'failed' THEN '' ELSE address END`,
});

/** What a person does about emails that did not go out, or may not have. The Message-ID stays. */
export function createResending(db: Kysely<DeliveryTables>) {
  async function statusOf(workspace: string, id: string): Promise<string> {
    const row = await db
      .selectFrom('emails')
      .select('status')
      .where('workspace', '=', workspace)
      .where('id', '=', id)
      .executeTakeFirst();
    if (!row) throw notFound('email', id);
    return row.status;
  }

  return {
    /** @throws Problem 404; 409 `not_failed` unless it failed or is held */
    async one(workspace: string, id: string, now: Date): Promise<void> {
      const done = await db
        .updateTable('emails')
        .set(again(now))
        .where('workspace', '=', workspace)
        .where('id', '=', id)
        .where('status', 'in', ['failed', 'held'])
        .executeTakeFirst();
      if (done.numUpdatedRows > 0n) return;
      const status = await statusOf(workspace, id);
      throw new Problem(
        409,
        'not_failed',
        `Only an email that failed or is held can be sent again; this one is ${status}.`,
      );
    },

    /** All that failed, or are held, of a workspace or of one campaign or step of it. @returns how many */
    async all(
      workspace: string,
      {
        status,
        campaign,
        step,
      }: { status: 'failed' | 'held'; campaign?: string | undefined; step?: string | undefined },
      now: Date,
    ): Promise<number> {
      let query = db
        .updateTable('emails')
        .set(again(now))
        .where('workspace', '=', workspace)
        .where('status', '=', status);
      if (campaign) query = query.where('campaign', '=', campaign);
      if (step) query = query.where('step', '=', step);
      return Number((await query.executeTakeFirst()).numUpdatedRows);
    },

    /**
     * A person says that a held email was sent: it counts so from now on, and the log is told.
     *
     * @throws Problem 404; 409 `not_held`
     */
    async wasSent(workspace: string, id: string, now: Date): Promise<void> {
      const { rows } = await sql`
        WITH settled AS (
          UPDATE emails SET status = 'sent', sent_at = ${now}, last_error = NULL
          WHERE workspace = ${workspace} AND id = ${id} AND status = 'held'
          RETURNING id, workspace, attempts
        )
        INSERT INTO email_results (workspace, email, kind, attempt, at)
        SELECT workspace, id, 'sent', attempts, ${now} FROM settled
        RETURNING email`.execute(db);
      if (rows.length > 0) return;
      const status = await statusOf(workspace, id);
      throw new Problem(409, 'not_held', `Only an email that is held can be settled; this one is ${status}.`);
    },
  };
}
