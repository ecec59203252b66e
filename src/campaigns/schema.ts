import { z } from 'zod';
import { emailCounts, text } from '../delivery/index.ts';
import { definition } from './definition.ts';
import { stepTypes } from './steps.ts';

export { type Definition, definition, parseDefinition } from './definition.ts';
export type { PlannedStep } from './flow.ts';
export type { Step } from './steps.ts';

const campaignStatuses = ['draft', 'running', 'paused', 'stopped'] as const;
export type CampaignStatus = (typeof campaignStatuses)[number];

export const campaignName = text().trim().min(1).max(200);

export const campaign = z.object({
  id: z.string(),
  name: z.string(),
  status: z.enum(campaignStatuses),
  definition,
  version: z.number(),
  created_at: z.string(),
  started_at: z.string().nullable(),
  next_firing_at: z.string().nullable().describe('When the schedule lets people in next'),
  counts: z.object({ entered: z.number(), active: z.number(), completed: z.number(), exited: z.number() }),
});
export type Campaign = z.infer<typeof campaign>;

export const version = z.object({ version: z.number(), created_at: z.string(), definition });
export type CampaignVersion = z.infer<typeof version>;

/** Why somebody left who did not get to the end. */
export const endings = [
  'goal',
  'event',
  'rule',
  'segment_left',
  'unsubscribed',
  'removed',
  'stopped',
  'exit_step',
] as const;
export type Ending = (typeof endings)[number];

/** Both ends count. */
const interval = z.object({ low: z.number(), high: z.number() });

/**
 * entered = active + completed + exited; `waiting` is part of active. Somebody who enters again counts again. A step's
 * `reached` counts those who got to it, `waiting` those who are at it now; its emails: one for each who got past it.
 */
export const report = z.object({
  as_of: z.string(),
  entered: z.number(),
  active: z.number(),
  waiting: z.number(),
  completed: z.number(),
  exited: z.number(),
  exits: z.partialRecord(z.enum(endings), z.number()).describe('Those who left, by why'),
  goal: z.object({ reached: z.number() }).nullable(),
  steps: z.array(
    z.object({
      id: z.string(),
      name: z.string().nullable(),
      type: z.enum(stepTypes),
      /** Where it stands in the definition: `steps[1].branches[0].steps[0]` */
      path: z.string(),
      reached: z.number(),
      waiting: z.number(),
      emails: emailCounts.optional(),
      webhooks: z.object({ waiting: z.number(), delivered: z.number(), failed: z.number() }).optional(),
      ways: z
        .array(
          z.object({
            id: z.string(),
            name: z.string().nullable(),
            weight: z.number(),
            people: z.number(),
            goal: z.number(),
            rate: z.number().nullable().describe('goal / people'),
            interval: interval.nullable().describe('Of the rate, at 95 % (Wilson)'),
            lift: z
              .object({ difference: z.number(), interval: interval })
              .nullable()
              .describe('Of the rate against the first way, at 95 % (Newcombe)'),
          }),
        )
        .optional()
        .describe('Of a split: how each way did'),
    }),
  ),
  emails: emailCounts,
});
export type Report = z.infer<typeof report>;

export const frequencyCap = z.object({
  emails: z.number().int().min(1).max(1_000),
  hours: z
    .number()
    .int()
    .min(1)
    .max(24 * 366),
});

/** People handed over by a call. */
export const call = z.object({
  people: z
    .array(
      z.object({
        id: text().min(1).max(500).describe('As in identify: the userId'),
        parameters: z
          .record(z.string().max(100), z.unknown())
          .optional()
          .describe('For templates: {{ entry.name }}; at most 16 KB'),
      }),
    )
    .min(1)
    .max(5_000),
  key: text()
    .min(1)
    .max(200)
    .optional()
    .describe('Names this call: repeated with the same key it lets nobody in twice'),
});
export type Call = z.infer<typeof call>;

export const callAnswer = z.object({
  entered: z.number(),
  refused: z.array(
    z.object({
      id: z.string(),
      reason: z.enum(['already_in', 'entered_before', 'not_in_segment']),
    }),
  ),
});
export type CallAnswer = z.infer<typeof callAnswer>;

export const dryRun = z.object({
  as_of: z.string(),
  people: z.number().nullable().describe('Who would enter now; null where they come one by one'),
  emails: z.array(
    z.object({
      step: z.string(),
      name: z.string().nullable(),
      account: z.string().describe('The name of the account'),
      people: z.number().nullable().describe('Who would get it at most'),
      first_at: z.string().describe('When the first would go, were they to enter now'),
      last_at: z.string().nullable().describe("When the last would, at the account's limits"),
    }),
  ),
  notes: z.array(z.string()).describe('What this reckoning leaves out'),
});
export type DryRun = z.infer<typeof dryRun>;
