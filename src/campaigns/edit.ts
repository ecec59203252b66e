import { sql, type Transaction } from 'kysely';
import type { PlannedStep } from './schema.ts';
import type { CampaignTables } from './tables.ts';

/** Where people at one step of the old version go in the new one. */
export interface Move {
  from: number;
  active: boolean;
  to: number;
  /** Seconds from now until the new step is due; null leaves the time as it was. */
  wait: number | null;
  completed: boolean;
}

/**
 * How an edit moves people. By step id:
 * - a step that is still there keeps its people, and waits under way end when they were to end
 * - people at a removed step go to the next step after it that still exists; is there none, to the step
 *   that now follows the last one before it that still exists; is there none either, they are done
 * - who finished or left keeps the last step reached that still exists, so that reports still add up
 *
 * Only moves that change something are returned.
 */
export function planMoves(before: readonly PlannedStep[], after: readonly PlannedStep[]): Move[] {
  const place = new Map(after.map(({ id }, i) => [id, i]));
  const waitAt = (position: number) => {
    const step = after[position];
    return step?.type === 'wait' ? (step.seconds ?? 0) : 0;
  };
  return before.flatMap(({ id }, from): Move[] => {
    const same = place.get(id);
    const earlier = before
      .slice(0, from)
      .map((step) => place.get(step.id))
      .findLast((position) => position !== undefined);
    const later = before
      .slice(from + 1)
      .map((step) => place.get(step.id))
      .find((position) => position !== undefined);
    const ended: Move = { from, active: false, to: same ?? earlier ?? -1, wait: null, completed: false };
    const following = earlier !== undefined && earlier + 1 < after.length ? earlier + 1 : undefined;
    const to = same ?? later ?? following;
    const active: Move =
      to === undefined
        ? { from, active: true, to: earlier ?? -1, wait: null, completed: true }
        : { from, active: true, to, wait: same === undefined ? waitAt(to) : null, completed: false };
    return [active, ended].filter((move) => move.to !== from || move.completed || move.wait !== null);
  });
}

/** Moves everybody in one statement. */
export async function applyMoves(
  trx: Transaction<CampaignTables>,
  campaign: string,
  moves: Move[],
  now: Date,
): Promise<void> {
  if (moves.length === 0) return;
  const column = (pick: (move: Move) => unknown) => moves.map(pick);
  await sql`
    UPDATE enrolments AS e
    SET position = m.target,
        status = CASE WHEN m.completed THEN 'completed' ELSE e.status END,
        ended_at = CASE WHEN m.completed THEN ${now}::timestamptz ELSE e.ended_at END,
        due_at = CASE WHEN m.wait IS NULL THEN e.due_at ELSE ${now}::timestamptz + make_interval(secs => m.wait) END
    FROM unnest(
      ${column((m) => m.from)}::int[], ${column((m) => m.active)}::boolean[], ${column((m) => m.to)}::int[],
      ${column((m) => m.wait)}::double precision[], ${column((m) => m.completed)}::boolean[]
    ) AS m (origin, active, target, wait, completed)
    WHERE e.campaign = ${campaign} AND e.position = m.origin AND (e.status = 'active') = m.active`.execute(
    trx,
  );
}
