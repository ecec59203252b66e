import { type PropertyRule, parseRule, type Rule } from '../segments/index.ts';
import type { Weekday } from './hours.ts';
import { insideOf, type Step } from './steps.ts';

/** A step as stepping needs it; `next` is where one goes from it, null where that is the end. */
export type PlannedStep = { id: string; next: string | null } & (
  | { type: 'email'; account?: string | undefined; template?: string }
  | { type: 'wait'; seconds: number }
  | { type: 'wait_until'; time: string; days?: Weekday[] | undefined; timezone?: string | undefined }
  | { type: 'wait_for'; heard: Heard; seconds: number; happened: string | null; missed: string | null }
  | { type: 'branch'; branches: { rule: Rule; to: string | null }[]; otherwise: string | null }
  | { type: 'split'; ways: { id: string; weight: number; to: string | null }[] }
  | { type: 'set_attribute'; attributes: Record<string, string | number | boolean | null> }
  | { type: 'webhook'; url: string; attributes: string[] }
  | { type: 'exit' }
);

/** What is listened for. */
export interface Heard {
  event: string;
  where?: PropertyRule[] | undefined;
}

/** The conditions of an event as they are kept; they were checked with the definition. */
export function heardOf({ event, where }: { event: string; where?: unknown[] | undefined }): Heard {
  return parseRule({ event, ...(where && { where }) }) as Heard;
}

/** Steps inside steps laid out flat, the first one first: each knows where one goes from it. Templates are not in yet. */
export function flowOf(steps: readonly Step[], after: string | null = null): PlannedStep[] {
  return steps.flatMap((step, i) => {
    const next = steps[i + 1]?.id ?? after;
    return [planned(step, next), ...insideOf(step).flatMap((part) => flowOf(part.steps, next))];
  });
}

function planned(step: Step, next: string | null): PlannedStep {
  const { id } = step;
  const begin = (steps: readonly Step[]) => steps[0]?.id ?? next;
  switch (step.type) {
    case 'email':
      return { id, next, type: step.type, account: step.account };
    case 'wait':
      return { id, next, type: step.type, seconds: step.seconds };
    case 'wait_until': {
      const { type, time, days, timezone } = step;
      return { id, next, type, time, days, timezone };
    }
    case 'wait_for': {
      const { type, seconds, steps, otherwise } = step;
      return {
        id,
        next,
        type,
        heard: heardOf(step),
        seconds,
        happened: begin(steps),
        missed: begin(otherwise),
      };
    }
    case 'branch':
      return {
        ...{ id, next, type: step.type },
        branches: step.branches.map(({ rule, steps }) => ({ rule: parseRule(rule), to: begin(steps) })),
        otherwise: begin(step.otherwise),
      };
    case 'split':
      return {
        ...{ id, next, type: step.type },
        ways: step.ways.map(({ id, weight, steps }) => ({ id, weight, to: begin(steps) })),
      };
    case 'set_attribute':
      return { id, next, type: step.type, attributes: step.attributes };
    case 'webhook':
      return { id, next, type: step.type, url: step.url, attributes: step.attributes };
    case 'exit':
      return { id, next, type: step.type };
  }
}
