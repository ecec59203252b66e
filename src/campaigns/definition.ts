import { z } from 'zod';
import { text } from '../delivery/index.ts';
import { id, Problem } from '../engine/index.ts';
import { faultsOf } from './faults.ts';
import { hours, zoneName } from './hours.ts';
import { eventShape, ruleText, step } from './steps.ts';
import { trigger } from './triggers.ts';

const reentry = z
  .union([z.enum(['never', 'always']), z.strictObject({ days: z.number().int().min(1).max(3_650) })])
  .describe(
    'Whether somebody who finished or left may enter again: never, always, or so many days after entering last',
  );

const entry = z.strictObject({
  trigger: trigger.default({ type: 'segments' }),
  segments: z
    .array(id)
    .max(50)
    .default([])
    .describe('People of any of these; for an event, a call or a CloudEvent: only they, if there are any'),
  reentry: reentry.default('never'),
});

const exit = z.strictObject({
  on_segment_left: z
    .boolean()
    .default(false)
    .describe('A person who is in none of the entry segments any more leaves the campaign'),
  rule: ruleText.optional().describe('Who satisfies this rule leaves; asked before every step'),
  event: eventShape.optional().describe('Who does this leaves'),
});

const goal = z
  .strictObject({
    ...eventShape.shape,
    within_days: z.number().int().min(1).max(365).default(30).describe('After entering'),
    exit: z.boolean().default(true).describe('Who reached it leaves'),
  })
  .describe('What the campaign is for');

export const shape = z.strictObject({
  entry,
  exit: exit.default({ on_segment_left: false }),
  goal: goal.optional(),
  program: id
    .optional()
    .describe('The loyalty program it is sent for: its sender, its consents, its time zone'),
  timezone: zoneName.optional().describe("The program's when missing, else the workspace's"),
  timezone_attribute: text()
    .min(1)
    .max(200)
    .optional()
    .describe("The attribute that holds a person's own time zone, like Europe/Berlin; it goes first"),
  ...hours.shape,
  ignore_frequency_cap: z.boolean().default(false).describe("Not held back by the workspace's frequency cap"),
  merge_within_minutes: z
    .number()
    .int()
    .min(1)
    .max(1_440)
    .optional()
    .describe(
      'What one person would get within so many minutes, of all campaigns that merge, becomes one email',
    ),
  min_gap_minutes: z
    .number()
    .int()
    .min(1)
    .max(720)
    .optional()
    .describe('Times of day in it must be at least so far apart, around midnight too'),
  steps: z.array(step).min(1).max(100),
});

/** A campaign as a document: who enters, when a person leaves, the steps. */
export const definition = shape.superRefine((given, context) => {
  // What looks at several fields takes each of them for right.
  if (context.issues.length > 0) return;
  for (const { path, message } of faultsOf(given)) context.addIssue({ code: 'custom', path, message });
});
export type Definition = z.infer<typeof shape>;

/** Checks a definition that came by another way than the HTTP routes. Throws Problem 400 that names the place. */
export function parseDefinition(value: unknown): Definition {
  const result = definition.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new Problem(400, 'bad_definition', `The campaign's definition is not valid: ${issue.message}`, {
    field: fieldOf(['definition', ...issue.path]),
  });
}

/** `definition.steps[1].subject` */
export const fieldOf = (path: readonly PropertyKey[]): string =>
  path.map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i ? '.' : ''}${String(part)}`)).join('');
