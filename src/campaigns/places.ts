import type { PlannedStep } from './flow.ts';
import { nextAt } from './hours.ts';

/** When a step is to be done by who gets to it now: for a wait, when it is over. */
export function dueAt(step: PlannedStep | undefined, now: Date, zone: string): Date {
  if (step?.type === 'wait' || step?.type === 'wait_for')
    return new Date(now.getTime() + step.seconds * 1_000);
  if (step?.type === 'wait_until') return nextAt(now, step, step.timezone ?? zone);
  return now;
}

/** As `dueAt`, worked out once for each zone. */
export function dueByZone(step: PlannedStep | undefined, now: Date): (zone: string) => Date {
  const known = new Map<string, Date>();
  return (zone) => {
    const due = known.get(zone) ?? dueAt(step, now, zone);
    known.set(zone, due);
    return due;
  };
}
