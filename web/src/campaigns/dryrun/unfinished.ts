import { isFinished, type Rule } from '../../segments/rule.ts';
import { needsSegments } from '../entry/triggerWords.ts';
import { stepName } from '../flow/stepText.ts';
import { everyStep } from '../flow/tree.ts';
import type { Definition, Step } from '../queries.ts';

const finished = (rule: Record<string, unknown>) => isFinished(rule as unknown as Rule);

function missing(step: Step): string | undefined {
  switch (step.type) {
    case 'email':
      if (step.stored) return step.stored.name === '' ? 'does not name the template to send' : undefined;
      return step.subject.trim() === '' ? 'has no subject yet' : undefined;
    case 'wait_for':
      return step.event === '' ? 'does not say what it waits for' : undefined;
    case 'branch':
      return step.branches.every(({ rule }) => finished(rule)) ? undefined : 'has an unfinished rule';
    case 'set_attribute':
      return '' in step.attributes ? 'does not name the attribute' : undefined;
    case 'webhook':
      return URL.canParse(step.url) ? undefined : 'has no address yet';
    default:
      return undefined;
  }
}

/** What is still missing before the campaign can do anything, as people would say it. */
export function unfinished({ entry, exit, goal, steps }: Definition): string[] {
  const all: string[] = [];
  const { trigger, segments } = entry;
  if (needsSegments(trigger.type) && segments.length === 0) all.push('No entry segment is chosen yet.');
  if (trigger.type === 'event' && trigger.event === '') all.push('The event that lets people in is missing.');
  if (exit.event?.event === '') all.push('The event that makes people leave is missing.');
  if (exit.rule && !finished(exit.rule)) all.push('The rule by which people leave is unfinished.');
  if (goal?.event === '') all.push('The event of the goal is missing.');
  if (steps.length === 0) all.push('There are no steps yet.');
  for (const { step } of everyStep(steps)) {
    const what = missing(step);
    if (what) all.push(`${stepName(step)} ${what}.`);
  }
  return all;
}
