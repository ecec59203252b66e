import { doneText } from '../../segments/ruleText.ts';
import { count, fraction } from '../../shared/format.ts';
import { daysText, lengthText } from '../lengths.ts';
import type { Step } from '../queries.ts';
import { kinds } from './kinds.ts';

interface Words {
  title: string;
  /** What more there is to say of it. */
  more?: string;
}

/** The host of an address, or what there is of it. */
const hostOf = (url: string) => (URL.canParse(url) ? new URL(url).host : url);

/** The parts of a split, in percent. */
export function shares(weights: readonly number[]): string[] {
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => fraction(weight / all));
}

function own(step: Step): Words {
  switch (step.type) {
    case 'email':
      return { title: step.subject || 'Email without a subject' };
    case 'wait':
      return { title: `Wait ${lengthText(step.seconds)}` };
    case 'wait_until':
      return {
        title: `Wait until ${step.time}`,
        more: [daysText(step.days), step.timezone].filter(Boolean).join(', '),
      };
    case 'wait_for':
      return {
        title: step.event ? `Wait until they ${doneText(step.event)}` : 'Wait for something',
        more: `for ${lengthText(step.seconds)} at most`,
      };
    case 'branch':
      return {
        title: 'Branch',
        more: `${count(step.branches.length, 'rule', 'rules')}, then everybody else`,
      };
    case 'split':
      return { title: 'Split test', more: shares(step.ways.map(({ weight }) => weight)).join(' / ') };
    case 'set_attribute':
      return {
        title: 'Set attribute',
        more: Object.entries(step.attributes)
          .map(([name, value]) => `${name || '…'}: ${value === null ? 'nothing' : value}`)
          .join(', '),
      };
    case 'webhook':
      return { title: step.url ? `Tell ${hostOf(step.url)}` : 'Tell another program' };
    case 'exit':
      return { title: 'Exit', more: 'The campaign ends here' };
  }
}

/** What a step does, as its card says it: its name first, where it has one. */
export function stepText(step: Step): Words {
  const { title, more } = own(step);
  if (step.name) return { title: step.name, more: [title, more].filter(Boolean).join(', ') };
  return { title, ...(more && { more }) };
}

/** A step in a sentence: Email “Welcome”. */
export const stepName = (step: Step): string => `${kinds[step.type].label} “${stepText(step).title}”`;
