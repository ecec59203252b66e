import type { Draft, EmailStep, Step, WaitStep } from './queries.ts';

/** A step's name inside its campaign. Not crypto.randomUUID: that is missing on a page served without TLS. */
function stepId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(5));
  return `step_${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;
}

const firstHtml = `<p>Hello {{ person.first_name | default: "there" }},</p>

<p>Thank you for being our customer.</p>

<p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p>
`;

export const newEmail = (): EmailStep => ({ id: stepId(), type: 'email', subject: '', html: firstHtml });
export const newWait = (): WaitStep => ({ id: stepId(), type: 'wait', seconds: 86_400 });

/** A campaign to begin with: one email. */
export const newDraft = (segment?: string): Draft => ({
  name: '',
  definition: {
    entry: { segments: segment ? [segment] : [] },
    exit: { on_segment_left: true },
    steps: [newEmail()],
  },
});

/** The steps with the one at `from` moved by one place. */
export function moved(steps: Step[], from: number, by: 1 | -1): Step[] {
  const next = steps.slice();
  const [step] = next.splice(from, 1);
  if (step) next.splice(from + by, 0, step);
  return next;
}
