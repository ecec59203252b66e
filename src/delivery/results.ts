import { type Kysely, sql } from 'kysely';
import type { Engine } from '../engine/index.ts';
import { type Log, type LogMessage, messageText } from '../log/index.ts';
import type { DeliveryTables } from './tables.ts';

const most = 5_000;
/** Segment's names, where its specification of email events has one. */
const eventNames = {
  sent: 'Email Sent',
  failed: 'Email Failed',
  delivered: 'Email Delivered',
  opened: 'Email Opened',
  clicked: 'Email Link Clicked',
  bounced: 'Email Bounced',
  complained: 'Email Marked as Spam',
} as const;

interface ResultRow {
  id: number;
  workspace: string;
  email: string;
  kind: keyof typeof eventNames;
  attempt: number;
  at: Date;
  campaign: string;
  campaign_name: string;
  profile: string;
  step: string;
  last_error: string | null;
  happening: string | null;
  url: string | null;
  reason: string | null;
  permanent: boolean | null;
}

/**
 * Tells the log what became of emails, so that segments and metrics know. A result leaves the table only
 * when the log has it; should the process die in between it is told again, with the same message id and
 * time, which the log counts once.
 * @returns how many were told; call again until 0
 */
export async function tellResults(engine: Engine, db: Kysely<DeliveryTables>, log: Pick<Log, 'append'>) {
  return db.transaction().execute(async (trx) => {
    const { rows } = await sql<ResultRow>`
      SELECT r.id, r.workspace, r.email, r.kind, r.attempt, r.at, e.campaign, e.campaign_name, e.profile, e.step,
             e.last_error, r.happening, h.url, h.reason, h.permanent
      FROM email_results AS r JOIN emails AS e ON e.id = r.email
      LEFT JOIN email_happenings AS h ON h.email = r.email AND h.key = r.happening
      ORDER BY r.id LIMIT ${most}
      FOR UPDATE OF r SKIP LOCKED`.execute(trx);
    if (rows.length === 0) return 0;
    await log.append(rows.map((row) => message(row, engine.clock.now())));
    await sql`DELETE FROM email_results WHERE id = ANY(${rows.map(({ id }) => id)}::bigint[])`.execute(trx);
    return rows.length;
  });
}

function message(row: ResultRow, receivedAt: Date): LogMessage {
  return {
    workspace: row.workspace,
    source: 'delivery',
    receivedAt,
    message: messageText({
      type: 'track',
      messageId: ['email', row.email, row.kind, which(row)].filter((part) => part !== null).join(':'),
      userId: row.profile,
      event: eventNames[row.kind],
      timestamp: row.at.toISOString(),
      properties: {
        campaign_id: row.campaign,
        campaign_name: row.campaign_name,
        step: row.step,
        email_id: row.email,
        ...(row.kind === 'failed' && { reason: row.last_error ?? '' }),
        ...(row.kind === 'clicked' && { link_url: row.url ?? '' }),
        ...(row.kind === 'bounced' && { reason: row.reason ?? '', permanent: row.permanent }),
      },
    }),
  };
}

/** Tells events of one kind apart: a failed email that was resent may fail again, and a link be clicked again. */
const which = ({ kind, attempt, happening }: ResultRow) => (kind === 'failed' ? attempt : happening);
