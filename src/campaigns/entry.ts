import { type Kysely, sql } from 'kysely';
import type { Delivery } from '../delivery/index.ts';
import type { Engine } from '../engine/index.ts';
import type { Segments } from '../segments/index.ts';
import { batchSize, enrol, exit, holdRunning } from './enrolments.ts';
import type { CampaignTables } from './tables.ts';

export interface EntryNeeds {
  engine: Engine;
  db: Kysely<CampaignTables>;
  segments: Pick<Segments, 'finishedVersion' | 'membersOf' | 'changesSince'>;
  delivery: Pick<Delivery, 'cancelQueued'>;
}

interface Cursor {
  campaign: string;
  workspace: string;
  segment: string;
  through: number | null;
}

/** Entry segments of running campaigns, and how far each is read. */
async function cursors(db: Kysely<CampaignTables>): Promise<Cursor[]> {
  const { rows } = await sql<Cursor>`
    SELECT e.campaign, e.workspace, e.segment, e.through_version AS through
    FROM campaign_entries AS e JOIN campaigns AS c ON c.id = e.campaign
    WHERE c.status = 'running' ORDER BY e.campaign, e.segment`.execute(db);
  return rows;
}

/**
 * Lets in who entered the entry segments since last time, and out who left them all. Everything may be
 * done twice: a batch is one transaction, and the cursor moves in the last one, so a kill repeats batches
 * and none is left out.
 * @returns whether anything was read
 */
export async function readEntries(needs: EntryNeeds, signal: AbortSignal): Promise<boolean> {
  const { engine, db, segments } = needs;
  const all = await cursors(db);
  let read = false;
  for (const cursor of all) {
    if (signal.aborted) return false;
    try {
      const to = await segments.finishedVersion(cursor.workspace, cursor.segment);
      if (cursor.through !== null && to <= cursor.through) continue;
      if (cursor.through === null) await readEverybody(needs, cursor, to, signal);
      else await readChanges(needs, cursor, cursor.through, to, all, signal);
      read = true;
    } catch (error) {
      // One campaign's trouble is not the others'.
      const { campaign, segment } = cursor;
      engine.log.error(
        { err: error, campaign, segment },
        'people could not enter a campaign; tried again later',
      );
    }
  }
  return read;
}

async function readEverybody(needs: EntryNeeds, cursor: Cursor, to: number, signal: AbortSignal) {
  // One time for all, so that their steps are due in the order of profiles, whatever order they come in.
  const now = needs.engine.clock.now();
  // They may be of a later computation than `to`: its changes are then read again, and change nothing.
  for await (const members of needs.segments.membersOf(cursor.workspace, cursor.segment)) {
    for (let i = 0; i < members.length; i += batchSize) {
      if (signal.aborted || !(await letIn(needs, cursor, members.slice(i, i + batchSize), now))) return;
    }
  }
  await moveCursor(needs.db, cursor, to);
}

async function readChanges(
  needs: EntryNeeds,
  cursor: Cursor,
  from: number,
  to: number,
  all: Cursor[],
  signal: AbortSignal,
) {
  const others = all.filter(
    (other) => other.campaign === cursor.campaign && other.segment !== cursor.segment,
  );
  for await (const changes of needs.segments.changesSince(cursor.workspace, cursor.segment, from, to)) {
    if (signal.aborted) return;
    // In the order things happened: somebody may enter and leave within one batch.
    for (const run of runs(changes)) {
      const people = run.map(({ profile }) => profile);
      const done =
        run[0]!.change === 'entered'
          ? await letIn(needs, cursor, people, needs.engine.clock.now())
          : await letOut(needs, cursor, people, others);
      if (!done) return;
    }
  }
  await moveCursor(needs.db, cursor, to);
}

/** @returns false when the campaign is not running any more */
async function letIn(
  { db }: EntryNeeds,
  { campaign }: Cursor,
  people: string[],
  now: Date,
): Promise<boolean> {
  return db.transaction().execute(async (trx) => {
    const running = await holdRunning(trx, campaign);
    if (!running) return false;
    await enrol(trx, running, people, now);
    return true;
  });
}

/** Out goes who is in no other entry segment either. */
async function letOut(
  needs: EntryNeeds,
  cursor: Cursor,
  people: string[],
  others: Cursor[],
): Promise<boolean> {
  const { engine, db, segments, delivery } = needs;
  const gone = new Set(people);
  for (const { workspace, segment } of others) {
    for await (const members of segments.membersOf(workspace, segment)) {
      for (const member of members) gone.delete(member);
    }
  }
  return db.transaction().execute(async (trx) => {
    const running = await holdRunning(trx, cursor.campaign);
    if (!running) return false;
    if (running.exitOnLeft) await exit(trx, delivery, cursor.campaign, [...gone], engine.clock.now());
    return true;
  });
}

const moveCursor = (db: Kysely<CampaignTables>, { campaign, segment }: Cursor, to: number) =>
  sql`
    UPDATE campaign_entries SET through_version = GREATEST(through_version, ${to})
    WHERE campaign = ${campaign} AND segment = ${segment}`.execute(db);

/** Splits into stretches of the same change. */
function* runs<T extends { change: string }>(changes: readonly T[]): Generator<T[]> {
  let from = 0;
  for (let i = 1; i <= changes.length; i++) {
    if (i < changes.length && changes[i]!.change === changes[from]!.change) continue;
    yield changes.slice(from, i);
    from = i;
  }
}
