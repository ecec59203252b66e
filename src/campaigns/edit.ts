import { sql, type Transaction } from 'kysely';
import { countReached } from './counting.ts';
import type { PlannedStep } from './flow.ts';
import { dueAt } from './places.ts';
import { insideOf, type Step } from './steps.ts';
import type { CampaignTables } from './tables.ts';

/** Where people at a step that an edit took away go; null: they are through. */
export interface Move {
  from: string;
  to: string | null;
}

/**
 * How an edit moves people. Steps are told by their ids:
 * - a step that is still there keeps its people, wherever it stands now, and waits under way end when they were to end
 * - people at a removed step go to the step that followed it, or else the one that followed that, which still exists
 * - is there none, they go to what now follows the last step before theirs, on their way, that still exists
 * - is there none either, they are through
 */
export function planMoves(
  before: { steps: readonly Step[]; plan: readonly PlannedStep[] },
  after: readonly PlannedStep[],
): Move[] {
  const old = new Map(before.plan.map((step) => [step.id, step]));
  const now = new Map(after.map((step) => [step.id, step]));
  const earlier = beforeEach(before.steps);
  return before.plan.flatMap(({ id, next }): Move[] => {
    if (now.has(id)) return [];
    let later = next;
    while (later !== null && !now.has(later)) later = old.get(later)?.next ?? null;
    if (later !== null) return [{ from: id, to: later }];
    const last = earlier.get(id)?.findLast((one) => now.has(one));
    return [{ from: id, to: last === undefined ? null : (now.get(last)?.next ?? null) }];
  });
}

/** For each step those that everybody passed who got to it, in order. */
function beforeEach(
  steps: readonly Step[],
  passed: readonly string[] = [],
  all = new Map<string, string[]>(),
): Map<string, string[]> {
  steps.forEach((step, i) => {
    const own = [...passed, ...steps.slice(0, i).map(({ id }) => id)];
    all.set(step.id, own);
    for (const part of insideOf(step)) beforeEach(part.steps, [...own, step.id], all);
  });
  return all;
}

/** Moves everybody in one statement. What waits for a time of day waits for it in the campaign's zone. */
export async function applyMoves(
  trx: Transaction<CampaignTables>,
  campaign: string,
  moves: readonly Move[],
  { plan, zone, now }: { plan: readonly PlannedStep[]; zone: string; now: Date },
): Promise<void> {
  if (moves.length === 0) return;
  const dues = moves.map(({ to }) =>
    dueAt(
      plan.find(({ id }) => id === to),
      now,
      zone,
    ),
  );
  const { rows } = await sql<{ step: string | null }>`
    UPDATE enrolments AS e
    SET step = coalesce(m.target, e.step), due_at = m.due, arrived_at = ${now}, heard_at = NULL,
      status = CASE WHEN m.target IS NULL THEN 'completed' ELSE 'active' END,
      ended_at = CASE WHEN m.target IS NULL THEN ${now}::timestamptz END
    FROM unnest(
      ${moves.map(({ from }) => from)}::text[], ${moves.map(({ to }) => to)}::text[], ${dues}::timestamptz[]
    ) AS m (origin, target, due)
    WHERE e.campaign = ${campaign} AND e.step = m.origin AND e.status = 'active'
    RETURNING m.target AS step`.execute(trx);
  const reached = new Map<string, number>();
  for (const { step } of rows) if (step !== null) reached.set(step, (reached.get(step) ?? 0) + 1);
  await countReached(trx, campaign, reached);
}
