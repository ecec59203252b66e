import { z } from 'zod';
import { text } from '../delivery/index.ts';
import { id } from '../engine/index.ts';
import { ruleSchema } from '../segments/index.ts';
import { clock, weekdays, zoneName } from './hours.ts';

/** Names a step for good: edits move people by it, and the ledger keeps it. */
const stepId = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[\w-]+$/, 'may hold letters, digits, _ and -');
const base = { id: stepId, name: text().trim().min(1).max(100).optional() };

const seconds = z
  .number()
  .int()
  .min(1)
  .max(5 * 366 * 86_400);

/** A segment rule as it was given; whether it is one is checked with the whole definition. */
export const ruleText = z
  .record(z.string(), z.unknown())
  .describe('A segment rule: segment-rule.schema.json, docs/segments.md');

/** A condition of a property, as segment rules write it; checked with the whole definition too. */
export const conditionText = z.record(z.string(), z.unknown());

/** An event by its name, and conditions of its properties as segment rules write them. */
export const eventShape = z.strictObject({
  event: text().min(1).max(200),
  where: z
    .array(conditionText)
    .max(20)
    .optional()
    .describe('Conditions of its properties, as segment rules write them'),
});
export type EventShape = z.infer<typeof eventShape>;

export interface EmailStep {
  id: string;
  name?: string | undefined;
  type: 'email';
  subject: string;
  html: string;
  text?: string | undefined;
  account?: string | undefined;
  stored?: { name: string; data: Record<string, string> } | undefined;
}
const emailStep = z.strictObject({
  ...base,
  type: z.literal('email'),
  // Liquid. A draft may be unfinished; starting checks that it parses and is not empty.
  subject: text().max(1_000),
  html: text().max(1_000_000),
  text: text().max(1_000_000).optional(),
  stored: z
    .strictObject({
      name: text().min(1).max(200),
      data: z.record(z.string().min(1).max(100), text().max(10_000)).default({}),
    })
    .optional()
    .describe(
      "A template that the account's provider keeps (Amazon SES), sent instead of HTML and text, and the Liquid to fill it with",
    ),
  account: id.optional().describe("The account to send through; the workspace's default when missing"),
});

const waitStep = z.strictObject({ ...base, type: z.literal('wait'), seconds });

const waitUntilStep = z
  .strictObject({
    ...base,
    type: z.literal('wait_until'),
    time: clock,
    days: weekdays.optional().describe('Any day when missing'),
    timezone: zoneName.optional().describe("The campaign's when missing"),
  })
  .describe('Waits until the clock shows a time, on one of some weekdays');

const value = z.union([text().max(5_000), z.number(), z.boolean(), z.null()]);
const setStep = z
  .strictObject({
    ...base,
    type: z.literal('set_attribute'),
    attributes: z
      .record(z.string().min(1).max(200), value)
      .refine((all) => Object.keys(all).length > 0 && Object.keys(all).length <= 50, 'needs 1 to 50'),
  })
  .describe('Says something of the person: an identify message in the log');

const webhookStep = z
  .strictObject({
    ...base,
    type: z.literal('webhook'),
    url: z.url({ protocol: /^https?$/ }).max(2_000),
    attributes: z
      .array(z.string().min(1).max(200))
      .max(50)
      .default([])
      .describe('Attributes of the person to send along'),
  })
  .describe('Tells another program; signed, and tried again for a day');

const exitStep = z.strictObject({ ...base, type: z.literal('exit') }).describe('Leaves the campaign here');

interface Named {
  id: string;
  name?: string | undefined;
}
export interface WaitForStep extends Named, EventShape {
  type: 'wait_for';
  seconds: number;
  steps: Step[];
  otherwise: Step[];
}
export interface BranchStep extends Named {
  type: 'branch';
  branches: { name?: string | undefined; rule: Record<string, unknown>; steps: Step[] }[];
  otherwise: Step[];
}
export interface SplitStep extends Named {
  type: 'split';
  ways: { id: string; name?: string | undefined; weight: number; steps: Step[] }[];
}
export type Step =
  | EmailStep
  | z.infer<typeof waitStep>
  | z.infer<typeof waitUntilStep>
  | z.infer<typeof setStep>
  | z.infer<typeof webhookStep>
  | z.infer<typeof exitStep>
  | WaitForStep
  | BranchStep
  | SplitStep;

/** Steps inside a step. Typed by hand: TypeScript infers no type from itself. */
const inner: z.ZodType<Step[]> = z.lazy(() => z.array(step).max(100));

const waitForStep = z
  .strictObject({
    ...base,
    type: z.literal('wait_for'),
    ...eventShape.shape,
    seconds: seconds.describe('How long at most'),
    steps: inner.describe('When it happened in time'),
    otherwise: inner.describe('When it did not'),
  })
  .describe('Waits until the person does something, or a deadline');

const branchStep = z
  .strictObject({
    ...base,
    type: z.literal('branch'),
    branches: z
      .array(z.strictObject({ name: base.name, rule: ruleText, steps: inner }))
      .min(1)
      .max(20)
      .describe('The first whose rule the person satisfies at that moment'),
    otherwise: inner.describe('Who satisfies none'),
  })
  .describe('Goes on by rules; all ways join again after it');

const splitStep = z
  .strictObject({
    ...base,
    type: z.literal('split'),
    ways: z
      .array(
        z.strictObject({
          id: stepId,
          name: base.name,
          weight: z.number().int().min(1).max(1_000),
          steps: inner,
        }),
      )
      .min(2)
      .max(10)
      .describe('Each person goes one way, by chance in these proportions, and always the same'),
  })
  .describe('Compares ways with each other (A/B); all join again after it');

export const step: z.ZodType<Step> = z
  .discriminatedUnion('type', [
    emailStep,
    waitStep,
    waitUntilStep,
    waitForStep,
    branchStep,
    splitStep,
    setStep,
    webhookStep,
    exitStep,
  ])
  .meta({ id: 'CampaignStep' })
  .register(ruleSchema.published, { id: 'Step' }) as z.ZodType<Step>;

export const stepTypes = [
  'email',
  'wait',
  'wait_until',
  'wait_for',
  'branch',
  'split',
  'set_attribute',
  'webhook',
  'exit',
] as const satisfies readonly Step['type'][];

/** The lists of steps inside a step, with where they stand in it. */
export function insideOf(step: Step): { at: (string | number)[]; steps: Step[] }[] {
  if (step.type === 'branch')
    return [
      ...step.branches.map(({ steps }, i) => ({ at: ['branches', i, 'steps'], steps })),
      { at: ['otherwise'], steps: step.otherwise },
    ];
  if (step.type === 'split') return step.ways.map(({ steps }, i) => ({ at: ['ways', i, 'steps'], steps }));
  if (step.type === 'wait_for')
    return [
      { at: ['steps'], steps: step.steps },
      { at: ['otherwise'], steps: step.otherwise },
    ];
  return [];
}

/** Every step, also those inside others, in the order they are read, with its place. */
export function* everyStep(
  steps: readonly Step[],
  at: (string | number)[] = ['steps'],
): Generator<{ step: Step; at: (string | number)[] }> {
  for (const [i, step] of steps.entries()) {
    yield { step, at: [...at, i] };
    for (const part of insideOf(step)) yield* everyStep(part.steps, [...at, i, ...part.at]);
  }
}
