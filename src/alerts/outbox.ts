import { type Kysely, sql } from 'kysely';
import type { Engine } from '../engine/index.ts';
import { type SendNeeds, sendTo } from './send.ts';
import type { AlertTables, ChannelRow } from './tables.ts';
import type { Content } from './words.ts';

/** A process that was killed while it sent has its messages sent by another after this; longer than any sending. */
const leaseMs = 60_000;
const atOnce = 10;
const firstWaitMs = 15_000;
const longestWaitMs = 3_600_000;
/** After a day nobody wants to know any more; a reminder has taken its place. */
const giveUpAfterMs = 24 * 3_600_000;

interface Claimed {
  id: string;
  channel: string;
  content: Content;
  attempts: number;
  created_at: Date;
}

/** 15 s, 30 s, 1 min … 1 h. */
const waitAfter = (attempt: number) => Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(20, attempt - 1));

/**
 * Sends what is due, each message at least once; of one incident a channel gets them in their order.
 * @returns how many were tried
 */
export async function sendDue(engine: Engine, needs: SendNeeds): Promise<number> {
  const db = engine.postgres.db.withTables<AlertTables>();
  const due = await claim(db, engine.clock.now());
  const ids = [...new Set(due.map(({ channel }) => channel))];
  const rows = ids.length
    ? await db.selectFrom('alert_channels').selectAll().where('id', 'in', ids).execute()
    : [];
  const channels = new Map(rows.map((row) => [row.id, row]));
  await Promise.all(
    due.map(async (message) => {
      const channel = channels.get(message.channel);
      if (!channel) return;
      try {
        await sendTo(needs, channel, message.id, message.content);
        await settle(db, channel, message, { status: 'arrived' }, engine.clock.now());
      } catch (error) {
        const reason = (error as Error).message.slice(0, 500);
        const now = engine.clock.now();
        const givenUp = now.getTime() - message.created_at.getTime() >= giveUpAfterMs;
        engine.log.warn({ channel: channel.name, reason, givenUp }, 'an alert did not arrive');
        await settle(db, channel, message, { status: givenUp ? 'given_up' : 'waiting', reason }, now);
      }
    }),
  );
  return due.length;
}

async function claim(db: Kysely<AlertTables>, now: Date): Promise<Claimed[]> {
  const { rows } = await sql<Claimed>`
    UPDATE alert_messages AS m SET attempts = attempts + 1, next_attempt_at = ${new Date(now.getTime() + leaseMs)}
    WHERE id IN (
      SELECT id FROM alert_messages AS due
      WHERE status = 'waiting' AND next_attempt_at <= ${now} AND NOT EXISTS (
        SELECT FROM alert_messages AS earlier
        WHERE earlier.incident = due.incident AND earlier.channel = due.channel AND earlier.status = 'waiting'
          AND earlier.id < due.id)
      ORDER BY next_attempt_at LIMIT ${atOnce} FOR UPDATE SKIP LOCKED)
    RETURNING id, channel, content, attempts, created_at`.execute(db);
  return rows;
}

async function settle(
  db: Kysely<AlertTables>,
  channel: ChannelRow,
  { id, attempts }: Claimed,
  end: { status: 'arrived' | 'waiting' | 'given_up'; reason?: string },
  now: Date,
): Promise<void> {
  await db
    .updateTable('alert_messages')
    .set({
      status: end.status,
      last_error: end.reason ?? null,
      next_attempt_at: new Date(now.getTime() + waitAfter(attempts)),
    })
    .where('id', '=', id)
    .execute();
  await noteLast(db, channel.id, end.reason ?? null, now);
}

/** What became of the last message, for those who look at the channel. */
export const noteLast = (db: Kysely<AlertTables>, channel: string, reason: string | null, now: Date) =>
  db
    .updateTable('alert_channels')
    .set({ last_error: reason, ...(reason === null ? { arrived_at: now } : {}) })
    .where('id', '=', channel)
    .execute();
