import { z } from 'zod';
import { emailCounts, text } from '../delivery/index.ts';
import { id, Problem } from '../engine/index.ts';

const campaignStatuses = ['draft', 'running', 'paused', 'stopped'] as const;
export type CampaignStatus = (typeof campaignStatuses)[number];

/** Names a step for good: edits move people by it, and the ledger keeps it. */
const stepId = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[\w-]+$/, 'may hold letters, digits, _ and -');

const emailStep = z.object({
  id: stepId,
  type: z.literal('email'),
  // Liquid. A draft may be unfinished; starting checks that it parses and is not empty.
  subject: text().max(1_000),
  html: text().max(1_000_000),
  text: text().max(1_000_000).optional(),
  /** The account to send through; the workspace's default when missing. */
  account: id.optional(),
});

const waitStep = z.object({
  id: stepId,
  type: z.literal('wait'),
  seconds: z
    .number()
    .int()
    .min(1)
    .max(5 * 366 * 86_400),
});

const step = z.discriminatedUnion('type', [emailStep, waitStep]);
export type Step = z.infer<typeof step>;

/** A campaign as a document: who enters, when a person leaves, the steps in order. */
export const definition = z
  .object({
    entry: z.object({ segments: z.array(id).min(1).max(50) }),
    exit: z
      .object({
        /** A person who is in none of the entry segments any more leaves the campaign. */
        on_segment_left: z.boolean().default(false),
      })
      .default({ on_segment_left: false }),
    steps: z.array(step).min(1).max(100),
  })
  .superRefine(({ steps }, context) => {
    const seen = new Set<string>();
    for (const [i, { id }] of steps.entries()) {
      if (seen.has(id)) {
        context.addIssue({
          code: 'custom',
          path: ['steps', i, 'id'],
          message: `is used twice: ${JSON.stringify(id)}`,
        });
      }
      seen.add(id);
    }
  });
export type Definition = z.infer<typeof definition>;

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
const fieldOf = (path: PropertyKey[]): string =>
  path.map((part, i) => (typeof part === 'number' ? `[${part}]` : `${i ? '.' : ''}${String(part)}`)).join('');

export const campaignName = text().trim().min(1).max(200);

export const campaign = z.object({
  id: z.string(),
  name: z.string(),
  status: z.enum(campaignStatuses),
  definition,
  version: z.number(),
  created_at: z.string(),
  started_at: z.string().nullable(),
  counts: z.object({ entered: z.number(), active: z.number(), completed: z.number(), exited: z.number() }),
});
export type Campaign = z.infer<typeof campaign>;

/**
 * entered = active + completed + exited; `waiting` is part of active. A step's `reached` counts people who
 * got at least so far; its emails: one a person who got past it, and `unsubscribed` is a part of `sent`.
 */
export const report = z.object({
  as_of: z.string(),
  entered: z.number(),
  active: z.number(),
  waiting: z.number(),
  completed: z.number(),
  exited: z.number(),
  steps: z.array(
    z.object({
      id: z.string(),
      type: z.enum(['email', 'wait']),
      reached: z.number(),
      emails: emailCounts.optional(),
    }),
  ),
  emails: emailCounts,
});
export type Report = z.infer<typeof report>;

/** What stepping needs of a version. */
export interface PlannedStep {
  id: string;
  type: Step['type'];
  seconds?: number;
  account?: string;
  template?: string;
}
