import { z } from 'zod';
import { isPhoneCountry } from './phone.ts';

const kindSchema = z.enum(['string', 'number', 'date', 'boolean', 'phone']);
const dateOrderSchema = z
  .enum(['dmy', 'mdy'])
  .optional()
  .describe(
    'Day or month first, for dates written in figures. Without it, rows whose date could be either are refused.',
  );
const decimalSchema = z
  .enum(['point', 'comma'])
  .optional()
  .describe(
    'The mark before the fraction of a number. Without it, a point where both readings are possible.',
  );
const countrySchema = z
  .string()
  .refine(isPhoneCountry, { message: 'is not a country; use two letters like DE (ISO 3166-1)' })
  .optional()
  .describe(
    'Where phone numbers are from that do not say so, e.g. DE. Phone numbers become E.164: +493012345.',
  );
const attributeSchema = z.string().min(1).max(100);

export const formatSchema = z
  .enum(['csv', 'messages', 'activity'])
  .describe(
    'csv: rows of customers. JSON Lines: messages as the Segment API has them, or activity as rapport summarize reads it.',
  );
export type Format = z.infer<typeof formatSchema>;

export const mappingSchema = z
  .object({
    columns: z
      .array(
        z.object({
          header: z.string().describe('The column as the file names it.'),
          attribute: attributeSchema
            .nullable()
            .describe('The attribute it becomes, snake_case; null leaves the column out.'),
          kind: kindSchema,
          date_order: dateOrderSchema,
          decimal: decimalSchema,
        }),
      )
      .max(1000),
    identity: attributeSchema.describe(
      'The attribute that says who the row is about: the user id. An e-mail is lower-cased.',
    ),
    country: countrySchema,
  })
  .meta({ id: 'ImportMapping' });
export type Mapping = z.infer<typeof mappingSchema>;

export const maxBadShareSchema = z
  .number()
  .min(0)
  .max(1)
  .describe(
    'Beyond this share of bad rows the import stops, before it takes in anything if the first rows show it. 1: never. Without it: beyond a tenth, and more than ten.',
  );

export const importSchema = z
  .object({
    id: z.uuid(),
    file_name: z.string(),
    bytes: z.number().describe('Size of the file as uploaded.'),
    bytes_read: z.number(),
    rows: z
      .number()
      .describe(
        'Rows read so far, without the header: rows_ok + rows_bad, unless it stopped over too many bad rows.',
      ),
    rows_ok: z.number().describe('Rows taken in.'),
    rows_bad: z.number(),
    status: z.enum(['queued', 'running', 'done', 'failed', 'cancelled', 'undoing', 'undone']),
    error: z.string().nullable().describe('Why it failed.'),
    format: formatSchema.nullable().describe('What the file turned out to be; null until it was looked at.'),
    source: z.uuid().nullable().describe('The folder or bucket it comes from.'),
    max_bad_share: maxBadShareSchema.nullable(),
    can_continue: z
      .boolean()
      .describe('It was stopped because of too many bad rows; POST …/continue goes on all the same.'),
    duplicate_of: z
      .uuid()
      .nullable()
      .describe('The earlier import of the same content; then nothing was changed by this one.'),
    mapping: mappingSchema.nullable(),
    created_at: z.string(),
    started_at: z.string().nullable(),
    finished_at: z.string().nullable(),
    rows_per_second: z.number().nullable(),
    seconds_left: z.number().nullable(),
  })
  .meta({ id: 'Import' });
export type Import = z.infer<typeof importSchema>;

export const rowErrorSchema = z.object({
  line: z.number().describe('The line of the file at which the row starts, from 1.'),
  column: z.string().describe('The column as the file names it; empty when it is the row as a whole.'),
  value: z.string().describe('At most 100 characters.'),
  reason: z.string(),
});
export type RowError = z.infer<typeof rowErrorSchema>;

export const previewSchema = z.object({
  format: formatSchema,
  compression: z.enum(['none', 'gzip']),
  delimiter: z.string().nullable().describe('Of CSV.'),
  encoding: z.enum(['utf-8', 'utf-16le', 'utf-16be', 'windows-1252']),
  identity: z.string().nullable(),
  country: z.string().optional().describe('Taken for phone numbers that do not name their country.'),
  remembered: z
    .boolean()
    .describe('The mapping is the one chosen last time for a file with these columns, and not guessed.'),
  columns: z.array(
    z.object({
      header: z.string(),
      sample: z.array(z.string()),
      attribute: z.string().nullable(),
      kind: kindSchema,
      date_order: dateOrderSchema,
      decimal: decimalSchema,
      ambiguous: z
        .string()
        .nullable()
        .describe(
          'A cell that can be read in two ways (03/04/2021; 1.234), where nothing in the column says which.',
        ),
    }),
  ),
  lines: z.array(z.string()).describe('The first lines of JSON Lines, shortened.'),
  rows_sampled: z.number(),
  rows_bad: z.number().describe('How many of the rows sampled cannot be taken.'),
  problems: z.array(rowErrorSchema).describe('What is wrong with them, the first twenty.'),
});
export type Preview = z.infer<typeof previewSchema>;
