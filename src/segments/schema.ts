import { z } from 'zod';
import { keepable } from './rule.ts';

const time = z.string();
const name = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .refine(keepable, 'must not contain U+0000 or half a character');

/** Checked by `parseRule`, whose errors name the path; the language is described in rule.ts and docs. */
const rule = z
  .record(z.string(), z.unknown())
  .describe(
    'A rule: {"all": […]}, {"any": […]}, {"not": …}, {"attribute", "operator", "value"}, ' +
      '{"event", "count": {"at_least" | "at_most" | "exactly"}, "within_last": {"amount", "unit"}, "where": […]}, {"segment"}',
  )
  .meta({
    examples: [
      {
        all: [
          { attribute: 'store_location', operator: 'equals', value: 'Chicago' },
          { event: 'Order Completed', count: { at_least: 2 }, within_last: { amount: 90, unit: 'day' } },
        ],
      },
    ],
  });

export const segment = z.object({
  id: z.string(),
  name: z.string(),
  rule,
  members: z.number().int(),
  as_of: time.nullable().describe('Membership was right at this time; null before it was first computed'),
  created_at: time,
  updated_at: time,
  computing: z.boolean().describe('Members are still those of an earlier rule, or of none'),
});
export type Segment = z.infer<typeof segment>;

export const newSegment = z.object({ name, rule });
export const segmentChange = z.object({ name: name.optional(), rule: rule.optional() });
export const countRequest = z.object({ rule });

export const countAnswer = z.object({
  count: z.number().int(),
  total: z.number().int().describe('Everybody'),
  sample: z.array(
    z.object({
      id: z.string(),
      first_name: z.string().nullable(),
      last_name: z.string().nullable(),
      email: z.string().nullable(),
    }),
  ),
  as_of: time,
  took_ms: z.number().int(),
});
export type CountAnswer = z.infer<typeof countAnswer>;

export const suggestions = z.object({
  attributes: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(['string', 'number', 'date', 'boolean']),
      values: z.array(z.string()),
    }),
  ),
  events: z.array(z.object({ name: z.string(), count: z.number().int(), properties: z.array(z.string()) })),
});
export type Suggestions = z.infer<typeof suggestions>;

export const membersQuery = z.object({
  limit: z.coerce.number().int().min(1).max(500).default(50),
  cursor: z.string().max(2_000).optional(),
});

export const membersPage = z.object({
  items: z.array(
    z.object({
      id: z.string(),
      first_name: z.string().nullable(),
      last_name: z.string().nullable(),
      email: z.string().nullable(),
      since: time,
    }),
  ),
  next_cursor: z.string().nullable(),
});
export type MembersPage = z.infer<typeof membersPage>;
