import { type Kysely, sql } from 'kysely';
import type { Engine } from '../engine/index.ts';
import { type Log, type LogMessage, messageText } from '../log/index.ts';
import type { Profiles } from '../profiles/index.ts';
import type { KnownProgram, Programs } from './programs.ts';
import type { DeliveryTables } from './tables.ts';

const most = 1_000;
const eventNames = {
  subscribed: 'Email Subscribed',
  unsubscribed: 'Email Unsubscribed',
  requested: 'Email Subscription Requested',
  confirmed: 'Email Subscription Confirmed',
} as const;

interface EventRow {
  id: string;
  workspace: string;
  kind: keyof typeof eventNames;
  program: string | null;
  address: string;
  profile: string | null;
  at: Date;
  how: string;
  email: string | null;
  campaign: string | null;
  campaign_name: string | null;
  step: string | null;
}

export interface TellConsents {
  engine: Engine;
  db: Kysely<DeliveryTables>;
  log: Pick<Log, 'append'>;
  profiles: Pick<Profiles, 'list'>;
  programs: Pick<Programs, 'of'>;
}

/**
 * Tells the log what addresses said. An event leaves the table only when the log has it; told again, it has the same message
 * id and counts once.
 * @returns how many were told; call again until 0
 */
export async function tellConsents({ engine, db, log, profiles, programs }: TellConsents): Promise<number> {
  return db.transaction().execute(async (trx) => {
    const { rows } = await sql<EventRow>`
      SELECT c.*, e.campaign, e.campaign_name, e.step
      FROM consent_events AS c LEFT JOIN emails AS e ON e.id = c.email
      ORDER BY c.id LIMIT ${most}
      FOR UPDATE OF c SKIP LOCKED`.execute(trx);
    if (rows.length === 0) return 0;
    const messages: LogMessage[] = [];
    for (const row of rows) {
      const known = row.program === null ? undefined : (await programs.of(row.workspace)).get(row.program);
      const person = row.profile ?? (await whoHas(profiles, row));
      const receivedAt = engine.clock.now();
      // Nobody has the address: whoever signs up by it becomes a person.
      if (person === undefined) messages.push(newcomer(row, receivedAt));
      messages.push(told(row, person ?? row.address, known, receivedAt));
    }
    await log.append(messages);
    await sql`DELETE FROM consent_events WHERE id = ANY(${rows.map(({ id }) => id)}::uuid[])`.execute(trx);
    return rows.length;
  });
}

/** The person with this address who was seen last. */
async function whoHas(profiles: Pick<Profiles, 'list'>, { workspace, address }: EventRow) {
  const { items } = await profiles.list(workspace, { search: address, limit: 50 });
  return items.find(({ id, email }) => [id, email].some((text) => text?.trim().toLowerCase() === address))
    ?.id;
}

const inLog = (source: string, { workspace }: EventRow, receivedAt: Date, message: object): LogMessage => ({
  ...{ workspace, source, receivedAt },
  message: messageText(message),
});

const newcomer = (row: EventRow, receivedAt: Date) =>
  // Not `delivery`: what Rapport does by itself is no sign of a person.
  inLog('consent', row, receivedAt, {
    type: 'identify',
    messageId: `consent:${row.id}:person`,
    userId: row.address,
    timestamp: row.at.toISOString(),
    traits: { email: row.address },
  });

const told = (row: EventRow, userId: string, program: KnownProgram | undefined, receivedAt: Date) =>
  inLog('delivery', row, receivedAt, {
    type: 'track',
    messageId: `consent:${row.id}`,
    userId,
    event: eventNames[row.kind],
    timestamp: row.at.toISOString(),
    properties: {
      how: row.how,
      ...(row.program !== null && { program_id: row.program, program: program?.name ?? '' }),
      ...(row.campaign !== null && {
        campaign_id: row.campaign,
        campaign_name: row.campaign_name,
        step: row.step,
        email_id: row.email,
      }),
    },
  });
