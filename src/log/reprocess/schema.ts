import { z } from 'zod';
import { id } from '../../engine/index.ts';

export const steps = ['prepare', 'events', 'profiles', 'verify', 'join', 'swap', 'mark', 'clear'] as const;
export type Step = (typeof steps)[number];

const count = z.number().int().nonnegative();

/** What was counted in the log and in what was derived from it. */
export const verificationSchema = z.object({
  messages: count.describe('Messages of type track, page and screen in the range'),
  different: count.describe('Different message ids among them; a message that was sent twice counts once'),
  derived: count.describe('Different message ids among the events derived; must be equal'),
  events: count.describe('Events derived; more than ids when an id was used at two hours or under two names'),
  people: count.describe('People the log tells of, when profiles are derived').optional(),
  seen: count.describe('People derived; must be equal').optional(),
  explanation: z.string(),
});
export type Verification = z.infer<typeof verificationSchema>;

export const reprocessingSchema = z
  .object({
    id,
    workspace: id.nullable().describe('null: all workspaces'),
    from: z.string().describe('Received at or after'),
    to: z.string().describe('Received before'),
    profiles: z
      .boolean()
      .describe('Attributes, identities and when people were seen are derived too, from the whole log'),
    status: z.enum(['queued', 'running', 'done', 'failed', 'cancelled']),
    step: z.enum(steps).describe('What it is at'),
    version: z.number().int().nullable().describe('The processing it derives with'),
    messages: count.describe('To read'),
    messages_done: count,
    messages_per_second: z.number().nullable(),
    seconds_left: z.number().nullable(),
    verified: verificationSchema.nullable(),
    error: z.string().nullable(),
    created_at: z.string(),
    started_at: z.string().nullable(),
    finished_at: z.string().nullable(),
  })
  .meta({ id: 'Reprocessing' });
export type Reprocessing = z.infer<typeof reprocessingSchema>;

const time = z
  .string()
  .refine((text) => /^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(Date.parse(text)), {
    message: 'must be a day like 2026-01-31 or a time in ISO 8601; a day begins at midnight UTC',
  })
  .transform((text) => new Date(text));

export const askedSchema = z.object({
  from: time.optional().describe('Received at or after; when left out, from the beginning'),
  to: time.optional().describe('Received before; when left out, up to now'),
  workspace: z
    .union([id, z.literal('all')])
    .optional()
    .describe('This one when left out. `all` is for the command line on the machine itself'),
  profiles: z
    .boolean()
    .optional()
    .describe(
      'Derive attributes, identities and when people were seen too; always when there is neither from nor to',
    ),
});
