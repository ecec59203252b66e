import { type Kysely, sql, type Transaction } from 'kysely';
import { type Delivery, isolating } from '../delivery/index.ts';
import type { Engine } from '../engine/index.ts';
import type { Segments } from '../segments/index.ts';
import { batchSize, enrol, exit, exitOnLeft, holdRunning, type Running } from './enrolments.ts';
import type { CampaignTables } from './tables.ts';

export interface EntryNeeds {
  engine: Engine;
  db: Kysely<CampaignTables>;
  segments: Pick<Segments, 'finishedVersion' | 'membersOf' | 'changesSince' | 'whichAreMembers'>;
  delivery: Pick<Delivery, 'cancelQueued'>;
}

interface Cursor {
  campaign: string;
  workspace: string;
  segment: string;
  through: number | null;
  /** Whether the campaign lets people out who left. */
  exitOnLeft: boolean;
}

/** Entry segments of running campaigns, and how far each is read. */
async function cursors(db: Kysely<CampaignTables>): Promise<Cursor[]> {
  const { rows } = await sql<Cursor>`
    SELECT e.campaign, e.workspace, e.segment, e.through_version AS through, ${exitOnLeft} AS "exitOnLeft"
    FROM campaign_entries AS e JOIN campaigns AS c ON c.id = e.campaign
    JOIN campaign_versions AS v ON v.campaign = c.id AND v.version = c.version
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
    if (signal.aborted || !(await letIn(needs, cursor, members, now))) return;
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
  const now = needs.engine.clock.now();
  for await (const changes of needs.segments.changesSince(cursor.workspace, cursor.segment, from, to)) {
    for (const { entered, left } of inOrder(changes)) {
      if (signal.aborted || !(await letIn(needs, cursor, entered, now))) return;
      if (cursor.exitOnLeft && !(await letOut(needs, cursor, left, others, now))) return;
    }
  }
  await moveCursor(needs.db, cursor, to);
}

/**
 * Gathers changes into as few groups as keep the order of what happened to each person: within a group first all
 * `entered`, then all `left`. So a new group begins only where somebody enters who left in this one.
 */
function* inOrder(changes: readonly { profile: string; change: 'entered' | 'left' }[]) {
  let [entered, left] = [new Set<string>(), new Set<string>()];
  for (const { profile, change } of changes) {
    if (change === 'left') left.add(profile);
    else {
      if (left.has(profile)) {
        yield { entered: [...entered], left: [...left] };
        [entered, left] = [new Set(), new Set()];
      }
      entered.add(profile);
    }
  }
  yield { entered: [...entered], left: [...left] };
}

/** @returns false when the campaign is not running any more */
const letIn = (needs: EntryNeeds, cursor: Cursor, people: string[], now: Date) =>
  move(needs, cursor, people, (trx, running, part) => enrol(trx, running, part, now));

/** Out goes who is in no other entry segment either. Answers as `letIn`. */
async function letOut(
  needs: EntryNeeds,
  cursor: Cursor,
  people: string[],
  others: Cursor[],
  now: Date,
): Promise<boolean> {
  const { segments, delivery } = needs;
  for (let i = 0; i < people.length; i += batchSize) {
    let gone = people.slice(i, i + batchSize);
    for (const { workspace, segment } of others) {
      const still = await segments.whichAreMembers(workspace, segment, gone);
      gone = gone.filter((profile) => !still.has(profile));
    }
    const done = await move(needs, cursor, gone, async (trx, { exitOnLeft }, part) => {
      if (exitOnLeft) await exit(trx, delivery, cursor.campaign, part, now);
    });
    if (!done) return false;
  }
  return true;
}

/**
 * Moves people in transactions of `batchSize` with the campaign held. Somebody whom the database refuses, for an id
 * it cannot hold, is left out and keeps nobody else from moving.
 * @returns false when the campaign is not running any more
 */
async function move(
  { engine, db }: EntryNeeds,
  { campaign, segment }: Cursor,
  people: string[],
  run: (trx: Transaction<CampaignTables>, running: Running, part: string[]) => Promise<void>,
): Promise<boolean> {
  const refused: { profile: string; reason: string }[] = [];
  let goesOn = true;
  for (let i = 0; goesOn && i < people.length; i += batchSize) {
    await isolating(
      people.slice(i, i + batchSize),
      (part) =>
        db.transaction().execute(async (trx) => {
          const running = await holdRunning(trx, campaign);
          if (running) await run(trx, running, [...part]);
          goesOn &&= running !== undefined;
        }),
      (profile, { message }) => void refused.push({ profile, reason: message }),
    );
  }
  if (refused.length > 0) {
    const [first] = refused;
    engine.log.warn(
      { campaign, segment, people: refused.length, first },
      'people whose ids cannot be kept were left out of a campaign',
    );
  }
  return goesOn;
}

const moveCursor = (db: Kysely<CampaignTables>, { campaign, segment }: Cursor, to: number) =>
  sql`
    UPDATE campaign_entries SET through_version = GREATEST(through_version, ${to})
    WHERE campaign = ${campaign} AND segment = ${segment}`.execute(db);
