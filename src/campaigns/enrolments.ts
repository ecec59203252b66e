import { sql } from 'kysely';
import type { Delivery } from '../delivery/index.ts';
import { countReached } from './counting.ts';
import { dueByZone } from './places.ts';
import { batchSize, type Db, type Running, type Trx } from './running.ts';
import type { Ending } from './schema.ts';
import type { Zones } from './zones.ts';

export interface Newcomer {
  profile: string;
  parameters?: Record<string, unknown> | undefined;
  /** What lets this one in, where it is not the same for all. */
  arrival?: string | undefined;
  /** When that was. */
  at?: Date | undefined;
}

/** What lets people in. */
export interface Occasion {
  /** The same lets nobody in twice. */
  arrival: string;
  /** Whoever ended later than this was still in it when it came. */
  at: Date;
  now: Date;
}

/**
 * Lets people in whom the campaign's rule of re-entry allows.
 * @returns who entered
 */
export async function enrol(
  trx: Trx,
  { id, workspace, plan, definition }: Running,
  people: readonly (string | Newcomer)[],
  { arrival, at, now }: Occasion,
  zones: Zones,
): Promise<string[]> {
  if (people.length === 0) return [];
  const newcomers = people.map((one): Newcomer => (typeof one === 'string' ? { profile: one } : one));
  const due = dueByZone(plan[0], now);
  const first = plan[0]?.id ?? null;
  const { reentry } = definition.entry;
  const profiles = newcomers.map(({ profile }) => profile);
  const dues = newcomers.map(({ profile }) => due(zones(profile)));
  const parameters = newcomers.map(({ parameters }) => (parameters ? JSON.stringify(parameters) : null));
  const { rows } =
    reentry === 'never'
      ? await sql<{ profile: string }>`
          INSERT INTO enrolments (campaign, profile, workspace, step, arrived_at, due_at, entered_at, parameters)
          SELECT ${id}, p.profile, ${workspace}, ${first}, ${now}, p.due, ${now}, p.parameters
          FROM unnest(${profiles}::text[], ${dues}::timestamptz[], ${parameters}::jsonb[]) AS p (profile, due, parameters)
          ON CONFLICT DO NOTHING
          RETURNING profile`.execute(trx)
      : await sql<{ profile: string }>`
          INSERT INTO enrolments
            (campaign, profile, round, workspace, step, arrived_at, due_at, entered_at, arrival, parameters)
          SELECT ${id}, p.profile, coalesce(last.round, 0) + 1, ${workspace}, ${first}, ${now}, p.due, ${now}, p.arrival,
            p.parameters
          FROM unnest(
            ${profiles}::text[], ${dues}::timestamptz[], ${parameters}::jsonb[],
            ${newcomers.map((one) => one.arrival ?? arrival)}::text[],
            ${newcomers.map((one) => one.at ?? at)}::timestamptz[]
          ) AS p (profile, due, parameters, arrival, at)
          LEFT JOIN LATERAL (
            SELECT round, status, entered_at, ended_at FROM enrolments
            WHERE campaign = ${id} AND profile = p.profile ORDER BY round DESC LIMIT 1
          ) AS last ON true
          WHERE last.round IS NULL OR (
            last.status <> 'active' AND last.ended_at < p.at
            AND last.entered_at <= ${daysBefore(now, reentry === 'always' ? 0 : reentry.days)})
          ON CONFLICT DO NOTHING
          RETURNING profile`.execute(trx);
  if (first !== null) await countReached(trx, id, new Map([[first, rows.length]]));
  return rows.map(({ profile }) => profile);
}

const daysBefore = (now: Date, days: number) => new Date(now.getTime() - days * 86_400_000);

/** Takes people out, those still in it, and cancels what is queued for them and not yet claimed. */
export async function exit(
  trx: Trx,
  delivery: Pick<Delivery, 'cancelQueued'>,
  campaign: string,
  { profiles, by, now }: { profiles: readonly string[]; by: Ending; now: Date },
): Promise<number> {
  if (profiles.length === 0) return 0;
  const { numAffectedRows } = await sql`
    UPDATE enrolments SET status = 'exited', ended_at = ${now}, ended_by = ${by}
    WHERE campaign = ${campaign} AND profile = ANY(${profiles}::text[]) AND status = 'active'`.execute(trx);
  await delivery.cancelQueued(trx, campaign, [...profiles]);
  return Number(numAffectedRows ?? 0);
}

/**
 * Clears a stopped campaign: everybody still in it leaves, and queued emails, which are held meanwhile, are
 * cancelled; in batches, so that millions of people hold up nobody else. A kill in between is made good by the
 * next call.
 */
export async function clear(
  db: Db,
  delivery: Pick<Delivery, 'cancelQueued' | 'holdCampaign'>,
  campaign: string,
  now: Date,
): Promise<void> {
  for (let left = batchSize; left === batchSize; ) {
    left = await db.transaction().execute(async (trx) => {
      const { rows } = await sql<{ profile: string }>`
        UPDATE enrolments AS e SET status = 'exited', ended_at = ${now}, ended_by = 'stopped'
        FROM (
          SELECT profile, round FROM enrolments WHERE campaign = ${campaign} AND status = 'active'
          ORDER BY due_at, profile LIMIT ${batchSize} FOR UPDATE
        ) AS active
        WHERE e.campaign = ${campaign} AND e.profile = active.profile AND e.round = active.round
        RETURNING e.profile`.execute(trx);
      await delivery.cancelQueued(
        trx,
        campaign,
        rows.map(({ profile }) => profile),
      );
      return rows.length;
    });
  }
  await db.transaction().execute(async (trx) => {
    await delivery.cancelQueued(trx, campaign);
    // Released, so that a failed email can still be resent.
    await delivery.holdCampaign(trx, campaign, false);
    await trx
      .updateTable('campaigns')
      .set({ stopped_at: now })
      .where('id', '=', campaign)
      .where('stopped_at', 'is', null)
      .execute();
  });
}

/** Stopped campaigns that a kill left half cleared. */
export async function campaignsToClear(db: Db): Promise<string[]> {
  const rows = await db
    .selectFrom('campaigns')
    .select('id')
    .where('status', '=', 'stopped')
    .where('stopped_at', 'is', null)
    .execute();
  return rows.map(({ id }) => id);
}

/** Running campaigns with people whose step is due. */
export async function campaignsDue(db: Db, now: Date): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    SELECT c.id FROM campaigns AS c
    WHERE c.status = 'running' AND EXISTS (
      SELECT FROM enrolments AS e WHERE e.campaign = c.id AND e.status = 'active' AND e.due_at <= ${now})
    ORDER BY c.id`.execute(db);
  return rows.map(({ id }) => id);
}
