import { type Kysely, sql, type Transaction } from 'kysely';
import type { Delivery, Sender } from '../delivery/index.ts';
import type { PlannedStep } from './schema.ts';
import type { CampaignTables } from './tables.ts';

type Db = Kysely<CampaignTables>;
type Trx = Transaction<CampaignTables>;

/** A running campaign, its row held against pausing and editing until the transaction ends. */
export interface Running {
  id: string;
  workspace: string;
  name: string;
  version: number;
  plan: PlannedStep[];
  exitOnLeft: boolean;
}

/** Of a row `v` of campaign_versions. */
export const exitOnLeft = sql`coalesce((v.definition #>> '{exit,on_segment_left}')::boolean, false)`;

/** How many people move in one transaction. */
export const batchSize = 5_000;

/** Holds a running campaign as it is for the rest of the transaction; undefined when it is not running. */
export const holdRunning = (trx: Trx, campaign: string) => readRunning(trx, campaign, sql`FOR SHARE OF c`);

async function readRunning(db: Db, campaign: string, hold = sql``): Promise<Running | undefined> {
  const { rows } = await sql<Running>`
    SELECT c.id, c.workspace, c.name, c.version, v.plan,
           ${exitOnLeft} AS "exitOnLeft"
    FROM campaigns AS c JOIN campaign_versions AS v ON v.campaign = c.id AND v.version = c.version
    WHERE c.id = ${campaign} AND c.status = 'running'
    ${hold}`.execute(db);
  return rows[0];
}

const waitOf = (step: PlannedStep | undefined) => (step?.type === 'wait' ? (step.seconds ?? 0) : 0);
const after = (now: Date, seconds: number) => new Date(now.getTime() + seconds * 1_000);

/** Lets people in, each once. */
export async function enrol(
  trx: Trx,
  { id, workspace, plan }: Running,
  profiles: string[],
  now: Date,
): Promise<void> {
  if (profiles.length === 0) return;
  await sql`
    INSERT INTO enrolments (campaign, profile, workspace, position, due_at, entered_at)
    SELECT ${id}, profile, ${workspace}, 0, ${after(now, waitOf(plan[0]))}, ${now}
    FROM unnest(${profiles}::text[]) AS profile
    ON CONFLICT (campaign, profile) DO NOTHING`.execute(trx);
}

/** Takes people out, those still in it, and cancels what is queued for them and not yet claimed. */
export async function exit(
  trx: Trx,
  delivery: Pick<Delivery, 'cancelQueued'>,
  campaign: string,
  profiles: string[],
  now: Date,
): Promise<void> {
  if (profiles.length === 0) return;
  await sql`
    UPDATE enrolments SET status = 'exited', ended_at = ${now}
    WHERE campaign = ${campaign} AND profile = ANY(${profiles}::text[]) AND status = 'active'`.execute(trx);
  await delivery.cancelQueued(trx, campaign, profiles);
}

/**
 * Does the due step of up to `batchSize` people: for an email its row in the ledger, and everybody goes one
 * step on; all in one transaction, so a kill leaves either nothing done or everything.
 * @returns how many people moved, and emails queued
 */
export async function advance(
  db: Db,
  delivery: Pick<Delivery, 'queueEmails' | 'sender'>,
  campaign: string,
  now: Date,
): Promise<{ moved: number; queued: number }> {
  const before = await readRunning(db, campaign);
  if (!before) return nothing;
  // Before the transaction: within it, this would wait for a second connection while holding the first.
  const senders = await sendersOf(delivery, before);
  return db.transaction().execute(async (trx) => {
    const running = await holdRunning(trx, campaign);
    // Edited at this moment: its people are due the next time.
    if (running?.version !== before.version) return nothing;
    const { plan } = running;
    const last = plan.length - 1;
    // The wait that begins on arrival at each step, by position.
    const waits = plan.map(waitOf);
    const { rows } = await sql<{ profile: string; position: number }>`
      UPDATE enrolments AS e
      SET status = CASE WHEN e.position >= ${last} THEN 'completed' ELSE 'active' END,
          ended_at = CASE WHEN e.position >= ${last} THEN ${now}::timestamptz END,
          position = LEAST(e.position + 1, ${last}),
          due_at = ${now}::timestamptz
                   + make_interval(secs => coalesce((${waits}::double precision[])[e.position + 2], 0))
      FROM (
        SELECT profile FROM enrolments
        WHERE campaign = ${campaign} AND status = 'active' AND due_at <= ${now}
        ORDER BY due_at, profile LIMIT ${batchSize} FOR UPDATE SKIP LOCKED
      ) AS due
      WHERE e.campaign = ${campaign} AND e.profile = due.profile
      RETURNING e.profile, old.position`.execute(trx);
    const queued = await queueDue(trx, delivery, running, senders, rows, now);
    return { moved: rows.length, queued };
  });
}

const nothing = { moved: 0, queued: 0 };

/** Who sends the emails of each account the steps name, and of the default one. */
async function sendersOf(delivery: Pick<Delivery, 'sender'>, { workspace, plan }: Running) {
  const senders = new Map<string | undefined, Sender>();
  for (const { type, account } of plan) {
    if (type !== 'email' || senders.has(account)) continue;
    senders.set(account, await delivery.sender(workspace, account));
  }
  return senders;
}

async function queueDue(
  trx: Trx,
  delivery: Pick<Delivery, 'queueEmails'>,
  { id, workspace, name, plan }: Running,
  senders: ReadonlyMap<string | undefined, Sender>,
  moved: { profile: string; position: number }[],
  now: Date,
): Promise<number> {
  let queued = 0;
  for (const [profilesAt, step] of plan.entries()) {
    if (step.type !== 'email' || !step.template) continue;
    const profiles = moved.filter(({ position }) => position === profilesAt).map(({ profile }) => profile);
    if (profiles.length === 0) continue;
    const sender = senders.get(step.account);
    if (!sender) throw new Error(`no sender for the step ${step.id}`);
    const letter = {
      workspace,
      campaign: id,
      campaignName: name,
      step: step.id,
      sender,
      template: step.template,
      at: now,
    };
    queued += await delivery.queueEmails(trx, letter, profiles.sort());
  }
  return queued;
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
        UPDATE enrolments AS e SET status = 'exited', ended_at = ${now}
        FROM (
          SELECT profile FROM enrolments WHERE campaign = ${campaign} AND status = 'active'
          ORDER BY due_at, profile LIMIT ${batchSize} FOR UPDATE
        ) AS active
        WHERE e.campaign = ${campaign} AND e.profile = active.profile
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
