import { sql } from 'kysely';
import type { Connections } from '../../connections/index.ts';
import { nextTime } from '../../engine/index.ts';
import type { Imports } from '../../imports/index.ts';
import type { Db, Running, Trx } from '../running.ts';
import { zoneOfCampaign } from '../zones.ts';
import { type EntryNeeds, letIn } from './let_in.ts';

/** What is asked of the rooms whose work lets people in. */
export interface FinishedWork {
  imports: Pick<Imports, 'finishedSince'>;
  connections: Pick<Connections, 'finishedSince'>;
}

/** What finished just before the last look is looked at again: it may have been written since. Its arrival is known. */
const overlapMs = 600_000;
/** A time of day comes for nothing that was received just then: the segments may be as old as this. */
const segmentsMayLagMs = 300_000;

/** When a schedule comes next; null for a campaign that has none, or one that never comes again. */
export async function nextFiring(
  needs: Pick<EntryNeeds, 'zoneOf'>,
  running: Pick<Running, 'workspace' | 'definition'>,
  after: Date,
): Promise<Date | null> {
  const { trigger } = running.definition.entry;
  if (trigger.type !== 'schedule') return null;
  return nextTime(trigger.cron, trigger.timezone ?? (await zoneOfCampaign(needs, running)), after) ?? null;
}

/**
 * Writes down what a campaign's people are to enter for: a time of its schedule that has come (however many were missed, one),
 * imports and runs of connections that finished.
 */
export async function noteFirings(needs: EntryNeeds & FinishedWork, running: Running): Promise<void> {
  const { trigger } = running.definition.entry;
  const now = needs.engine.clock.now();
  if (trigger.type === 'schedule') {
    const next = await nextFiring(needs, running, now);
    await needs.db.transaction().execute(async (trx) => {
      const { rows } = await sql<{ at: Date }>`
        UPDATE campaigns SET fires_at = ${next}
        WHERE id = ${running.id} AND status = 'running' AND version = ${running.version} AND fires_at <= ${now}
        RETURNING old.fires_at AS at`.execute(trx);
      for (const { at } of rows) {
        const seen = new Date(at.getTime() - segmentsMayLagMs);
        await note(trx, running, `schedule:${at.toISOString()}`, seen);
      }
    });
  }
  if (trigger.type === 'import') {
    await noteFinished(needs, running, 'imports', async (since) =>
      (await needs.imports.finishedSince(running.workspace, since))
        .filter(({ source }) => !trigger.sources || (source !== null && trigger.sources.includes(source)))
        .map(({ id, finished_at }) => ({ arrival: `import:${id}`, at: finished_at })),
    );
  }
  if (trigger.type === 'sync') {
    await noteFinished(needs, running, 'syncs', async (since) =>
      (await needs.connections.finishedSince(running.workspace, since))
        .filter(({ connection }) => !trigger.connections || trigger.connections.includes(connection))
        .map(({ run, finished_at }) => ({ arrival: `sync:${run}`, at: finished_at })),
    );
  }
}

async function noteFinished(
  { db, engine }: Pick<EntryNeeds, 'db' | 'engine'>,
  running: Running,
  listener: 'imports' | 'syncs',
  finished: (since: Date) => Promise<{ arrival: string; at: Date }[]>,
): Promise<void> {
  const now = engine.clock.now();
  const cursor = await db
    .selectFrom('campaign_listeners')
    .select(['through', 'since'])
    .where('campaign', '=', running.id)
    .where('listener', '=', listener)
    .executeTakeFirst();
  if (!cursor) return;
  const { through, since } = cursor;
  const from = new Date(Math.max(since.getTime(), through.getTime() - overlapMs));
  const all = await finished(from);
  await db.transaction().execute(async (trx) => {
    for (const { arrival, at } of all) await note(trx, running, arrival, at);
    await sql`
      UPDATE campaign_listeners SET through = GREATEST(through, ${now})
      WHERE campaign = ${running.id} AND listener = ${listener}`.execute(trx);
  });
}

/** Once, however often it is noted. */
export async function note(
  trx: Trx,
  { id, workspace }: Pick<Running, 'id' | 'workspace'>,
  arrival: string,
  at: Date,
  { segments, parameters }: { segments?: string[]; parameters?: Record<string, unknown> | undefined } = {},
): Promise<void> {
  await sql`
    INSERT INTO campaign_firings (campaign, workspace, arrival, at, segments, parameters)
    VALUES (${id}, ${workspace}, ${arrival}, ${at}, ${segments ?? null}::uuid[],
      ${parameters ? JSON.stringify(parameters) : null}::jsonb)
    ON CONFLICT (campaign, arrival) DO NOTHING`.execute(trx);
}

/**
 * Lets in the people of what was noted, once the segments have seen everything that was received by then.
 * @returns whether anybody was let in
 */
export async function fire(needs: EntryNeeds, running: Running, signal: AbortSignal): Promise<boolean> {
  const open = await needs.db
    .selectFrom('campaign_firings')
    .selectAll()
    .where('campaign', '=', running.id)
    .where('done_at', 'is', null)
    .orderBy('at')
    .execute();
  let any = false;
  for (const { id, arrival, at, segments: given, parameters } of open) {
    const segments = given ?? running.definition.entry.segments;
    if (!(await haveSeen(needs, running.workspace, segments, at))) continue;
    const now = needs.engine.clock.now();
    for (const segment of segments) {
      for await (const members of needs.segments.membersOf(running.workspace, segment)) {
        const people = parameters ? members.map((profile) => ({ profile, parameters })) : members;
        if (signal.aborted) return any;
        // The end of a campaign is looked at when it came, not when it was noted: both are before anybody enters.
        const entered = await letIn(needs, { campaign: running.id, segment }, people, {
          arrival,
          at: now,
          now,
        });
        if (!entered) return any;
        any ||= entered.length > 0;
      }
    }
    await markDone(needs.db, id, now);
  }
  return any;
}

const markDone = (db: Db, id: string, now: Date) =>
  db.updateTable('campaign_firings').set({ done_at: now }).where('id', '=', id).execute();

async function haveSeen(
  { segments }: Pick<EntryNeeds, 'segments'>,
  workspace: string,
  ids: readonly string[],
  at: Date,
): Promise<boolean> {
  for (const id of ids) {
    const seen = await segments.seenUntil(workspace, id);
    if (!seen || seen < at) return false;
  }
  return true;
}
