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
    'A rule in the language of docs/segments.md; its JSON Schema is at /api/segments/rule.schema.json. ' +
      'That of a static segment is {"picked": "<its id>"}.',
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

const kind = z
  .enum(['rule', 'static'])
  .describe('rule: whoever satisfies it; static: people picked by hand, or uploaded');

export const segment = z.object({
  id: z.string(),
  name: z.string(),
  kind,
  rule,
  members: z.number().int(),
  as_of: time.nullable().describe('Membership was right at this time; null before it was first computed'),
  created_at: time,
  updated_at: time,
  computing: z.boolean().describe('Members are still those of an earlier rule, or of none'),
});
export type Segment = z.infer<typeof segment>;

export const newSegment = z.object({
  name,
  kind: kind.default('rule'),
  rule: rule.optional().describe('Needed but for a static segment, which has none of its own'),
});
export const segmentChange = z.object({ name: name.optional(), rule: rule.optional() });

const people = z.array(z.string().trim().min(1).max(500)).max(10_000);
export const picks = z.object({
  add: people.default([]).describe('Ids of people, or their e-mail addresses'),
  remove: people.default([]),
});
export type Picks = z.infer<typeof picks>;

export const picksAnswer = z.object({
  added: z.number().int().describe('People; some may have been in it before'),
  removed: z.number().int().describe('People; some may not have been in it'),
  unknown: z.array(z.string()).describe('What names nobody, as it was given'),
});
export type PicksAnswer = z.infer<typeof picksAnswer>;

export const uploadAnswer = z.object({
  lines: z.number().int().describe('Lines that name somebody or nobody; blank ones are not counted'),
  found: z.number().int(),
  unknown: z.number().int(),
  unknown_sample: z.array(z.string()).describe('Some of those that name nobody'),
});
export type UploadAnswer = z.infer<typeof uploadAnswer>;

export const countRequest = z.object({ rule });

export const countAnswer = z.object({
  count: z.number().int(),
  total: z.number().int().describe('Everybody, as of a minute ago at most'),
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

export const valuesQuery = z
  .object({
    attribute: z.string().min(1).max(200).optional(),
    event: z.string().min(1).max(200).optional(),
    property: z.string().min(1).max(200).optional().describe('Of the event'),
    search: z.string().max(200).optional().describe('Only values that contain this'),
  })
  .refine(
    ({ attribute, event, property }) =>
      attribute === undefined
        ? event !== undefined && property !== undefined
        : event === undefined && property === undefined,
    { message: 'Name an attribute, or an event and a property of it.', path: ['attribute'] },
  );
export type ValuesQuery = z.infer<typeof valuesQuery>;

export const valuesAnswer = z.object({
  kind: z.enum(['string', 'number', 'date', 'boolean']).nullable().describe('What most of them are'),
  items: z.array(
    z.object({ value: z.union([z.string(), z.number(), z.boolean()]), count: z.number().int() }),
  ),
});
export type ValuesAnswer = z.infer<typeof valuesAnswer>;

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

export const explainRequest = z
  .object({
    rule: rule.optional(),
    segment: z.string().optional().describe('A segment instead of a rule'),
    profile: z.string().min(1).max(256),
  })
  .refine((asked) => (asked.rule === undefined) !== (asked.segment === undefined), {
    message: 'give either a rule or a segment',
    path: ['rule'],
  });

export interface Explanation {
  path: string;
  kind:
    | 'all'
    | 'any'
    | 'not'
    | 'attribute'
    | 'event'
    | 'segment'
    | 'program'
    | 'location'
    | 'connection'
    | 'picked';
  holds: boolean;
  found?: string | number | null;
  children?: Explanation[];
}
const explanation: z.ZodType<Explanation> = z
  .object({
    path: z.string().describe('Of the condition in the rule: rule.all[0]'),
    kind: z.enum([
      ...(['all', 'any', 'not', 'attribute', 'event', 'segment'] as const),
      ...(['program', 'location', 'connection', 'picked'] as const),
    ]),
    holds: z.boolean(),
    found: z
      .union([z.string(), z.number()])
      .nullable()
      .optional()
      .describe("The attribute's value as text, or how many events counted; null: there is none"),
    get children() {
      return z.array(explanation).optional();
    },
  })
  .meta({ id: 'Explanation' }) as never;

export const explained = z.object({
  profile: z.string(),
  member: z.boolean().describe('Whether the person satisfies the rule at this moment'),
  as_of: time,
  explanation,
});
export type Explained = z.infer<typeof explained>;
