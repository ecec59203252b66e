import { z } from 'zod';
import { faultOfCron } from '../engine/index.ts';
import { dataApiSettings } from './sinks/data_api.ts';
import { audienceSettings } from './sinks/mailchimp_audience.ts';
import { connectionStates } from './state.ts';

const name = z.string().trim().min(1).max(100);
const attributeShape = /^[a-z][a-z0-9_]{0,63}$/;
const attribute = z
  .string()
  .trim()
  .regex(attributeShape, 'must be lower-case letters, digits and _, and begin with a letter');
/** Of Mailchimp. */
const mergeTag = /^[A-Z][A-Z0-9_]{0,9}$/;

export const mappingSchema = z.object({
  identity: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .describe('The field people are known by: its value, in lower case, is the profile’s id'),
  fields: z
    .array(
      z.object({
        field: z.string().trim().min(1).max(200),
        attribute: z
          .string()
          .trim()
          .refine(
            (name) => attributeShape.test(name) || mergeTag.test(name),
            'must be lower-case letters, digits and _, and begin with a letter',
          )
          .describe(
            'What it becomes: an attribute of people here; pushed to Mailchimp, a merge tag such as FNAME',
          ),
      }),
    )
    .max(100)
    .superRefine((fields, context) => {
      const firsts = new Map<string, string>();
      for (const [n, { field, attribute }] of fields.entries()) {
        const first = firsts.get(attribute);
        firsts.set(attribute, first ?? field);
        if (first === undefined) continue;
        const message = `is filled from ${first} already: give ${field} another attribute, or leave it out`;
        context.addIssue({ code: 'custom', path: [n, 'attribute'], message });
      }
    }),
});

export const sinkSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('profiles'),
    membership: attribute.describe(
      'The attribute that says that somebody is on the list; nobody else has it',
    ),
  }),
  dataApiSettings.extend({ kind: z.literal('data_api') }),
  audienceSettings.extend({ kind: z.literal('mailchimp_audience') }),
]);
export type SinkSettings = z.infer<typeof sinkSchema>;

const sinks = z
  .array(sinkSchema)
  .min(1)
  .max(2)
  .refine((all) => new Set(all.map(({ kind }) => kind)).size === all.length, 'names a sink twice');

const cron = z
  .string()
  .trim()
  .max(100)
  .superRefine((text, context) => {
    const fault = faultOfCron(text);
    if (fault) context.addIssue({ code: 'custom', message: fault });
  })
  .describe('Five fields, in the workspace’s time zone');
const scheduleSchema = z.union([
  z
    .object({
      every_seconds: z
        .number()
        .int()
        .min(60)
        .max(7 * 86_400),
    })
    .strict(),
  z.object({ cron }).strict(),
]);

export const newConnectionSchema = z.object({
  name,
  kind: z.string(),
  settings: z.record(z.string(), z.unknown()).describe('As its kind wants them: GET /api/connections/kinds'),
  credentials: z.record(z.string(), z.unknown()).describe('Kept sealed; never given out again'),
  mapping: mappingSchema.optional().describe('Guessed when not given'),
  sinks: sinks
    .optional()
    .describe('Profiles when not given; a segment goes to a mailchimp_audience, and must be told which'),
  sink_credentials: z
    .object({ data_api: z.object({ secret: z.string().min(1).max(2_000) }).optional() })
    .optional(),
  schedule: scheduleSchema.optional().describe('Hourly when not given'),
  removal_limit: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe('The share of records a run may remove without a person’s word; 0.2 when not given'),
});
export const connectionChangeSchema = newConnectionSchema.omit({ kind: true }).partial();
export const testedSchema = newConnectionSchema.pick({
  kind: true,
  settings: true,
  credentials: true,
  sinks: true,
});

export type NewConnection = z.infer<typeof newConnectionSchema>;
export type ConnectionChange = z.infer<typeof connectionChangeSchema>;

const time = z.iso.datetime();
const trouble = z.object({ code: z.string(), message: z.string(), hint: z.string().nullable(), since: time });

export const runSchema = z.object({
  id: z.uuid(),
  kind: z.enum(['probe', 'incremental', 'full']),
  status: z.enum(['running', 'done', 'failed', 'cancelled']),
  as_of: time.nullable(),
  started_at: time,
  finished_at: time.nullable(),
  duration_ms: z.number().nullable(),
  calls: z.number().int(),
  bytes: z.number().int(),
  seen: z.number().int(),
  changed: z.number().int(),
  removed: z.number().int(),
  refused: z.number().int(),
  expected: z
    .number()
    .int()
    .nullable()
    .describe('How many there are to see, for showing how far it is; null when not known'),
  error: trouble.nullable(),
});
export type ShownRun = z.infer<typeof runSchema>;

export const connectionSchema = z.object({
  id: z.uuid(),
  name: z.string(),
  kind: z.string(),
  settings: z.record(z.string(), z.unknown()),
  mapping: mappingSchema,
  sinks: z.array(sinkSchema),
  schedule: scheduleSchema,
  removal_limit: z.number(),
  state: z.enum(connectionStates),
  in_sync_as_of: time.nullable().describe('Everything the list held at this instant (its clock) is here'),
  lag_seconds: z.number(),
  late_after_seconds: z
    .number()
    .describe('A longer lag counts as behind: two intervals and the usual duration'),
  records: z.number().int(),
  dead_letters: z.number().int(),
  trouble: trouble.nullable(),
  needs_person: z.boolean().describe('The trouble does not pass before somebody acts'),
  next_run_at: time.nullable(),
  usual_duration_ms: z.number().describe('The average of the last ten runs that were done'),
  last_run: runSchema.nullable(),
  created_at: time,
});
export type ShownConnection = z.infer<typeof connectionSchema>;

export const deadLetterSchema = z.object({
  id: z.uuid(),
  sink: z.string(),
  record: z.string(),
  operation: z.enum(['upsert', 'remove']),
  content: z.record(z.string(), z.unknown()),
  reason: z.string(),
  attempts: z.number().int(),
  first_at: time,
  last_at: time,
});

export const leftAloneSchema = z.object({
  counts: z
    .record(z.string(), z.number().int())
    .describe('suppressed, without_address; unsubscribed, cleaned, pending, transactional at Mailchimp'),
  items: z.array(z.object({ id: z.string(), address: z.string().nullable(), reason: z.string() })),
});

export const fieldSchema = z.object({
  field: z.string(),
  label: z.string(),
  samples: z.array(z.string()),
  suggestion: z.string().nullable(),
});
