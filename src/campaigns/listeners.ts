import { sql } from 'kysely';
import type { Delivery } from '../delivery/index.ts';
import type { Occurrence } from '../segments/index.ts';
import { exit, type Newcomer } from './enrolments.ts';
import { type EntryNeeds, letIn } from './entry/let_in.ts';
import { type Heard, heardOf } from './flow.ts';
import { type Db, holdRunning, type Running, type Trx } from './running.ts';
import type { Ending } from './schema.ts';

/**
 * What was received just before the last look is looked at again: other processes may have been writing it. To hear of an event
 * twice changes nothing.
 */
const overlapMs = 180_000;

/** Told of what happened, some thousands at once. */
type Hear = (running: Running, occurrences: Occurrence[]) => Promise<unknown>;

export type ListenNeeds = EntryNeeds & { delivery: Pick<Delivery, 'cancelQueued'> };

/** Names of what a campaign listens for; each begins at the time it is first listened for. */
export const listenersOf = (running: Pick<Running, 'definition' | 'plan'>): string[] =>
  listening(running).map(({ name }) => name);

function listening({
  definition,
  plan,
}: Pick<Running, 'definition' | 'plan'>): { name: string; heard: Heard }[] {
  const { entry, exit, goal } = definition;
  return [
    ...(goal ? [{ name: 'goal', heard: heardOf(goal) }] : []),
    ...(exit.event ? [{ name: 'exit', heard: heardOf(exit.event) }] : []),
    ...plan.flatMap((step) =>
      step.type === 'wait_for' ? [{ name: `step:${step.id}`, heard: step.heard }] : [],
    ),
    // Last: who enters by an event is not asked about the same one.
    ...(entry.trigger.type === 'event' ? [{ name: 'entry', heard: heardOf(entry.trigger) }] : []),
  ];
}

/** Names of the events a workspace got between two times; asked once for many campaigns. */
export type NamesReceived = (workspace: string, after: Date, upTo: Date) => Promise<Set<string>>;

const aboutMs = 10_000;

/** For one look at all campaigns: those that looked last at about the same time share the answer. */
export function namesOnce({ segments }: Pick<EntryNeeds, 'segments'>): NamesReceived {
  const known = new Map<string, Promise<Set<string>>>();
  return (workspace, after, upTo) => {
    const since = new Date(Math.floor(after.getTime() / aboutMs) * aboutMs);
    const key = `${workspace} ${since.getTime()}`;
    const names = known.get(key) ?? segments.namesReceived(workspace, since, upTo);
    known.set(key, names);
    return names;
  };
}

/**
 * Hears of everything a running campaign waits for, up to now.
 * @returns whether anything happened
 */
export async function listen(
  needs: ListenNeeds,
  running: Running,
  namesReceived: NamesReceived,
  signal: AbortSignal,
): Promise<boolean> {
  const all = listening(running);
  if (all.length === 0) return false;
  const cursors = await cursorsOf(needs.db, running.id);
  const now = needs.engine.clock.now();
  let any = false;
  for (const { name, heard } of all) {
    const cursor = cursors.get(name);
    if (!cursor || signal.aborted) continue;
    const after = new Date(Math.max(cursor.since.getTime(), cursor.through.getTime() - overlapMs));
    const names = await namesReceived(running.workspace, after, now);
    if (names.has(heard.event) && (await hearAll(needs, running, { name, heard, after, now }, signal)))
      any = true;
  }
  if (signal.aborted) return any;
  await sql`
    UPDATE campaign_listeners SET through = GREATEST(through, ${now})
    WHERE campaign = ${running.id} AND listener = ANY(${all.map(({ name }) => name)}::text[])`.execute(
    needs.db,
  );
  return any;
}

/** @returns whether there was anything to hear */
async function hearAll(
  needs: ListenNeeds,
  running: Running,
  { name, heard, after, now }: { name: string; heard: Heard; after: Date; now: Date },
  signal: AbortSignal,
): Promise<boolean> {
  const hear = hearing(needs, name);
  const asked = { ...heard, properties: name === 'entry' };
  let any = false;
  for await (const occurrences of needs.segments.occurrences(running.workspace, asked, after, now)) {
    if (signal.aborted) return any;
    await hear(running, occurrences);
    any ||= occurrences.length > 0;
  }
  return any;
}

/** What is done about an event, by what it was listened for. */
function hearing(needs: ListenNeeds, name: string): Hear {
  const { db, delivery, engine } = needs;
  const held =
    (run: (trx: Trx, running: Running, occurrences: Occurrence[]) => Promise<unknown>) =>
    (running: Running, occurrences: Occurrence[]) =>
      db.transaction().execute(async (trx) => {
        const now = await holdRunning(trx, running.id);
        if (now?.version === running.version) await run(trx, now, occurrences);
      });
  if (name === 'entry') return (running, occurrences) => enterByEvent(needs, running, occurrences);
  if (name === 'goal') {
    return held(async (trx, running, occurrences) => {
      const profiles = await reachGoal(trx, running, occurrences);
      if (!running.definition.goal?.exit) return;
      await exit(trx, delivery, running.id, {
        profiles,
        by: 'goal' satisfies Ending,
        now: engine.clock.now(),
      });
    });
  }
  if (name === 'exit') {
    return held(async (trx, running, occurrences) => {
      const profiles = await sinceEntry(trx, running, occurrences);
      await exit(trx, delivery, running.id, {
        profiles,
        by: 'event' satisfies Ending,
        now: engine.clock.now(),
      });
    });
  }
  return held((trx, running, occurrences) =>
    hearForStep(trx, running, { step: name.slice('step:'.length), occurrences, now: engine.clock.now() }),
  );
}

const columns = (occurrences: readonly Occurrence[]) => sql`unnest(
  ${occurrences.map(({ profile }) => profile)}::text[], ${occurrences.map(({ at }) => at)}::timestamptz[]
) AS o (profile, at)`;

/** @returns who reached the goal in time and is still in the campaign */
async function reachGoal(
  trx: Trx,
  { id, definition }: Running,
  occurrences: readonly Occurrence[],
): Promise<string[]> {
  const days = definition.goal?.within_days ?? 0;
  const { rows } = await sql<{ profile: string; status: string }>`
    UPDATE enrolments AS e SET goal_at = o.at
    FROM (
      SELECT e.profile, e.round, min(o.at) AS at
      FROM enrolments AS e JOIN ${columns(occurrences)} ON o.profile = e.profile
      WHERE e.campaign = ${id} AND o.at >= e.entered_at AND o.at < e.entered_at + make_interval(days => ${days}::int)
      GROUP BY e.profile, e.round
    ) AS o
    WHERE e.campaign = ${id} AND e.profile = o.profile AND e.round = o.round AND (e.goal_at IS NULL OR e.goal_at > o.at)
    RETURNING e.profile, e.status`.execute(trx);
  return rows.flatMap(({ profile, status }) => (status === 'active' ? profile : []));
}

/** Who did it since they entered, and is still in the campaign. */
async function sinceEntry(trx: Trx, { id }: Running, occurrences: readonly Occurrence[]): Promise<string[]> {
  const { rows } = await sql<{ profile: string }>`
    SELECT DISTINCT e.profile FROM enrolments AS e JOIN ${columns(occurrences)} ON o.profile = e.profile
    WHERE e.campaign = ${id} AND e.status = 'active' AND o.at >= e.entered_at`.execute(trx);
  return rows.map(({ profile }) => profile);
}

/** Whoever waits at a step for what happened since they came there, and in time, goes on. */
const hearForStep = (
  trx: Trx,
  { id }: Running,
  { step, occurrences, now }: { step: string; occurrences: readonly Occurrence[]; now: Date },
) =>
  sql`
  UPDATE enrolments AS e SET heard_at = o.at, due_at = LEAST(e.due_at, ${now})
  FROM ${columns(occurrences)}
  WHERE e.campaign = ${id} AND e.status = 'active' AND e.step = ${step} AND e.profile = o.profile
    AND o.at >= e.arrived_at AND o.at <= e.due_at AND e.heard_at IS NULL`.execute(trx);

/** Lets in whoever did it, each event once, if they are in one of the segments asked for. */
async function enterByEvent(
  needs: EntryNeeds,
  running: Running,
  occurrences: readonly Occurrence[],
): Promise<void> {
  const { workspace, definition } = running;
  const profiles = [...new Set(occurrences.map(({ profile }) => profile))];
  const allowed = await inSegments(needs, workspace, definition.entry.segments, profiles);
  // The first of everybody, then the second: who is through with the campaign by then may enter again.
  const rounds: Newcomer[][] = [];
  const counts = new Map<string, number>();
  for (const occurrence of occurrences.toSorted((a, b) => a.receivedAt.getTime() - b.receivedAt.getTime())) {
    const { profile, message, receivedAt, properties } = occurrence;
    if (!allowed.has(profile)) continue;
    const round = counts.get(profile) ?? 0;
    counts.set(profile, round + 1);
    rounds[round] ??= [];
    rounds[round].push({ profile, arrival: `event:${message}`, at: receivedAt, parameters: properties });
  }
  const now = needs.engine.clock.now();
  for (const newcomers of rounds) {
    await letIn(needs, { campaign: running.id }, newcomers, { arrival: 'event', at: now, now });
  }
}

/** Which of some people are in any of these segments; all of them when there are none. */
export async function inSegments(
  { segments }: Pick<EntryNeeds, 'segments'>,
  workspace: string,
  ids: readonly string[],
  profiles: readonly string[],
): Promise<Set<string>> {
  if (ids.length === 0) return new Set(profiles);
  const found = new Set<string>();
  for (const id of ids) {
    const left = profiles.filter((profile) => !found.has(profile));
    for (const profile of await segments.whichAreMembers(workspace, id, left)) found.add(profile);
  }
  return found;
}

async function cursorsOf(db: Db, campaign: string): Promise<Map<string, { since: Date; through: Date }>> {
  const rows = await db
    .selectFrom('campaign_listeners')
    .select(['listener', 'since', 'through'])
    .where('campaign', '=', campaign)
    .execute();
  return new Map(rows.map(({ listener, ...cursor }) => [listener, cursor]));
}
