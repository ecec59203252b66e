import { everyStep, partsOf } from './flow/tree.ts';
import type { Definition, Draft, EmailStep, Step, StepType } from './queries.ts';

/** A step's name inside its campaign. Not crypto.randomUUID: that is missing on a page served without TLS. */
function freshId(kind: 'step' | 'way'): string {
  const bytes = crypto.getRandomValues(new Uint8Array(5));
  return `${kind}_${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

const firstHtml = `<p>Hello {{ person.first_name | default: "there" }},</p>

<p>Thank you for being our customer.</p>

<p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p>
`;

const newEmail = (): EmailStep => ({ id: freshId('step'), type: 'email', subject: '', html: firstHtml });

export const newWay = () => ({ id: freshId('way'), weight: 1, steps: [] as Step[] });
export const newBranch = () => ({
  rule: { all: [{ attribute: '', operator: 'equals', value: '' }] },
  steps: [] as Step[],
});

const day = 86_400;

/** A step of a kind as it begins. */
export function newStep(type: StepType): Step {
  const id = freshId('step');
  switch (type) {
    case 'email':
      return newEmail();
    case 'wait':
      return { id, type, seconds: 2 * day };
    case 'wait_until':
      return { id, type, time: '09:00' };
    case 'wait_for':
      return { id, type, event: '', seconds: 3 * day, steps: [], otherwise: [] };
    case 'branch':
      return { id, type, branches: [newBranch()], otherwise: [] };
    case 'split':
      return { id, type, ways: [newWay(), newWay()] };
    case 'set_attribute':
      return { id, type, attributes: { '': '' } };
    case 'webhook':
      return { id, type, url: '', attributes: [] };
    case 'exit':
      return { id, type };
  }
}

/** The same step once more, with ids of its own: people and reports are told apart by them. */
export function copied(step: Step): Step {
  const copy = structuredClone(step);
  for (const { step: one } of everyStep([copy])) {
    one.id = freshId('step');
    if (one.type === 'split') for (const way of one.ways) way.id = freshId('way');
  }
  return copy;
}

/** A campaign to begin with: one email. */
export const newDraft = (segment?: string): Draft => ({
  name: '',
  definition: {
    entry: { trigger: { type: 'segments' }, segments: segment ? [segment] : [], reentry: 'never' },
    exit: { on_segment_left: true },
    ignore_frequency_cap: false,
    steps: [newEmail()],
  },
});

const isObject = (given: unknown): given is Record<string, unknown> =>
  typeof given === 'object' && given !== null && !Array.isArray(given);
const isSteps = (given: unknown): boolean =>
  Array.isArray(given) &&
  given.every(
    (step) =>
      isObject(step) && typeof step.id === 'string' && typeof step.type === 'string' && isStep(step as Step),
  );
function isStep(step: Step): boolean {
  try {
    return partsOf(step).every((part) => isSteps(part.steps));
  } catch {
    // A list of ways that is no list.
    return false;
  }
}

/**
 * What somebody wrote as JSON, if it has the form of a definition closely enough to be drawn; what the server fills in is
 * filled in. Whether it is a good one is for the server to say.
 */
export function asDefinition(given: unknown): Definition | undefined {
  if (!isObject(given) || !isSteps(given.steps)) return undefined;
  const { entry = {}, exit = {} } = given;
  if (!isObject(entry) || !isObject(exit)) return undefined;
  const { trigger = { type: 'segments' }, segments = [], reentry = 'never' } = entry;
  if (!isObject(trigger) || !Array.isArray(segments)) return undefined;
  return {
    ignore_frequency_cap: false,
    ...given,
    entry: { ...entry, trigger, segments, reentry },
    exit: { on_segment_left: false, ...exit },
  } as unknown as Definition;
}
