import { sql } from 'kysely';
import { exit } from '../enrolments.ts';
import { batchSize, type Db } from '../running.ts';
import { type EntryNeeds, letIn, move } from './let_in.ts';

interface Cursor {
  campaign: string;
  workspace: string;
  segment: string;
  through: number | null;
  /** Whether entering the segment is entering the campaign; else it is read for who leaves. */
  lets_in: boolean;
  /** Whether the campaign lets people out who left. */
  lets_out: boolean;
}

/** Entry segments of running campaigns, and how far each is read. */
async function cursors(db: Db): Promise<Cursor[]> {
  const { rows } = await sql<Cursor>`
    SELECT e.campaign, e.workspace, e.segment, e.through_version AS through,
      coalesce(v.definition #>> '{entry,trigger,type}', 'segments') = 'segments' AS lets_in,
      coalesce((v.definition #>> '{exit,on_segment_left}')::boolean, false) AS lets_out
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
  if (!cursor.lets_in) return moveCursor(needs.db, cursor, to);
  // All segments are one occasion: who is in several of them enters once.
  const occasion = { arrival: 'segments', at: now, now };
  // They may be of a later computation than `to`: its changes are then read again, and change nothing.
  for await (const members of needs.segments.membersOf(cursor.workspace, cursor.segment)) {
    if (signal.aborted || !(await letIn(needs, cursor, members, occasion))) return;
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
  const occasion = { arrival: `segment:${cursor.segment}:${to}`, at: now, now };
  for await (const changes of needs.segments.changesSince(cursor.workspace, cursor.segment, from, to)) {
    for (const { entered, left } of inOrder(changes)) {
      if (signal.aborted) return;
      if (cursor.lets_in && !(await letIn(needs, cursor, entered, occasion))) return;
      if (cursor.lets_out && !(await letOut(needs, cursor, left, others, now))) return;
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
    const done = await move(needs, cursor, gone, async (trx, { definition }, profiles) => {
      if (!definition.exit.on_segment_left) return;
      await exit(trx, delivery, cursor.campaign, { profiles, by: 'segment_left', now });
    });
    if (!done) return false;
  }
  return true;
}

const moveCursor = (db: Db, { campaign, segment }: Cursor, to: number) =>
  sql`
    UPDATE campaign_entries SET through_version = GREATEST(through_version, ${to})
    WHERE campaign = ${campaign} AND segment = ${segment}`.execute(db);
