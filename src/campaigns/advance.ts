import { sql } from 'kysely';
import type { Sender } from '../delivery/index.ts';
import { parseRule } from '../segments/index.ts';
import { countReached } from './counting.ts';
import { branch, waitFor } from './doing/branch.ts';
import type { Doing, Due, Move, StepNeeds } from './doing/doing.ts';
import { email } from './doing/email.ts';
import { setAttributes } from './doing/set_attribute.ts';
import { split } from './doing/split.ts';
import { callWebhook } from './doing/webhook.ts';
import { exit } from './enrolments.ts';
import type { PlannedStep } from './flow.ts';
import { dueByZone } from './places.ts';
import { batchSize, holdRunning, type Running, readRunning, stepOf, type Trx } from './running.ts';
import { type Zones, zonesOf } from './zones.ts';

/** How each kind of step is done; a wait is over when it is due. */
const doings: { [Type in PlannedStep['type']]: Doing<Extract<PlannedStep, { type: Type }>> } = {
  email,
  wait: ({ step, people }) => people.map((person) => ({ person, to: step.next })),
  wait_until: ({ step, people }) => people.map((person) => ({ person, to: step.next })),
  wait_for: waitFor,
  branch,
  split,
  set_attribute: setAttributes,
  webhook: callWebhook,
  exit: ({ people }) => people.map((person) => ({ person, ended: 'exit_step' })),
};

const nothing = { moved: 0, queued: 0 };

/**
 * Does the due step of up to `batchSize` people, and takes everybody on; all in one transaction, so a kill leaves either
 * nothing done or everything. What a step tells others (the log, other programs) bears repetition.
 * @returns how many people moved, and emails queued
 */
export async function advance(
  needs: StepNeeds,
  campaign: string,
  now: Date,
): Promise<{ moved: number; queued: number }> {
  const { db } = needs;
  const before = await readRunning(db, campaign);
  if (!before) return nothing;
  // Before the transaction: within it, this would wait for a second connection while holding the first.
  const senders = await sendersOf(needs, before);
  return db.transaction().execute(async (trx) => {
    const running = await holdRunning(trx, campaign);
    // Edited at this moment: its people are due the next time.
    if (running?.version !== before.version) return nothing;
    const due = await takeDue(trx, campaign, now);
    if (due.length === 0) return nothing;
    const zones = await zonesOf(
      needs,
      running,
      due.map(({ profile }) => profile),
    );
    const staying = await leaveByRule(trx, needs, running, due, now);
    const moves: Move[] = [];
    let queued = 0;
    for (const [id, people] of Map.groupBy(staying, ({ step }) => step)) {
      const step = stepOf(running, id);
      // A step an edit took away while nobody could be moved from it: there is none such, but nobody may be stuck.
      if (!step) moves.push(...people.map((person) => ({ person, to: null })));
      else {
        const doing = doings[step.type] as Doing<PlannedStep>;
        const done = await doing({
          ...{ needs, trx, running, step, people, zones, senders, now },
          queued: (count) => {
            queued += count;
          },
        });
        moves.push(...done);
      }
    }
    await apply(trx, running, moves, zones, now);
    return { moved: due.length, queued };
  });
}

/** Rows nobody else is at. In the order of time, then of profiles. */
async function takeDue(trx: Trx, campaign: string, now: Date): Promise<Due[]> {
  const { rows } = await sql<Due>`
    SELECT profile, round, step, due_at, heard_at, parameters FROM enrolments
    WHERE campaign = ${campaign} AND status = 'active' AND due_at <= ${now}
    ORDER BY due_at, profile LIMIT ${batchSize} FOR UPDATE SKIP LOCKED`.execute(trx);
  return rows;
}

/** Takes out who satisfies the rule for leaving. @returns the others */
async function leaveByRule(
  trx: Trx,
  { segments, delivery }: StepNeeds,
  running: Running,
  due: Due[],
  now: Date,
) {
  const { rule } = running.definition.exit;
  if (!rule) return due;
  const leaving = await segments.among(
    running.workspace,
    parseRule(rule),
    due.map(({ profile }) => profile),
  );
  await exit(trx, delivery, running.id, { profiles: [...leaving], by: 'rule', now });
  return due.filter(({ profile }) => !leaving.has(profile));
}

/** Who sends the emails of each account the steps name, and of the default one. */
async function sendersOf({ delivery }: StepNeeds, { workspace, plan }: Running) {
  const senders = new Map<string | undefined, Sender>();
  for (const step of plan) {
    if (step.type !== 'email' || senders.has(step.account)) continue;
    senders.set(step.account, await delivery.sender(workspace, step.account));
  }
  return senders;
}

/** Takes everybody where they go, in one statement. */
async function apply(
  trx: Trx,
  running: Running,
  moves: readonly Move[],
  zones: Zones,
  now: Date,
): Promise<void> {
  if (moves.length === 0) return;
  const dues = new Map<string, (zone: string) => Date>();
  const reached = new Map<string, number>();
  const dueOf = ({ person, to, stay }: Move): Date => {
    if (stay) return stay;
    if (to === undefined || to === null) return now;
    let due = dues.get(to);
    if (!due) {
      due = dueByZone(stepOf(running, to), now);
      dues.set(to, due);
    }
    reached.set(to, (reached.get(to) ?? 0) + 1);
    return due(zones(person.profile));
  };
  const rows = moves.map((move) => ({
    profile: move.person.profile,
    round: move.person.round,
    due: dueOf(move),
    to: move.to ?? null,
    status: move.ended ? 'exited' : move.to || move.stay ? 'active' : 'completed',
    ended: move.ended ?? null,
    way: move.way ? JSON.stringify(move.way) : null,
  }));
  await sql`
    UPDATE enrolments AS e
    SET step = coalesce(m.target, e.step), status = m.status, due_at = m.due, ended_by = m.ended,
      arrived_at = CASE WHEN m.target IS NULL THEN e.arrived_at ELSE ${now}::timestamptz END,
      heard_at = CASE WHEN m.target IS NULL THEN e.heard_at END,
      ended_at = CASE WHEN m.status <> 'active' THEN ${now}::timestamptz END,
      ways = CASE WHEN m.way IS NULL THEN e.ways ELSE e.ways || m.way END
    FROM unnest(
      ${rows.map(({ profile }) => profile)}::text[], ${rows.map(({ round }) => round)}::int[],
      ${rows.map(({ to }) => to)}::text[], ${rows.map(({ status }) => status)}::text[],
      ${rows.map(({ due }) => due)}::timestamptz[], ${rows.map(({ ended }) => ended)}::text[],
      ${rows.map(({ way }) => way)}::jsonb[]
    ) AS m (profile, round, target, status, due, ended, way)
    WHERE e.campaign = ${running.id} AND e.profile = m.profile AND e.round = m.round`.execute(trx);
  await countReached(trx, running.id, reached);
}
