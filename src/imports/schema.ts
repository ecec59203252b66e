import { z } from 'zod';

const kindSchema = z.enum(['string', 'number', 'date', 'boolean']);

export const mappingSchema = z
  .object({
    columns: z
      .array(
        z.object({
          header: z.string().describe('The column as the file names it.'),
          attribute: z
            .string()
            .min(1)
            .max(100)
            .nullable()
            .describe('The attribute it becomes, snake_case; null leaves the column out.'),
          kind: kindSchema,
          date_order: z
            .enum(['dmy', 'mdy'])
            .optional()
            .describe('Day or month first, for dates written in figures.'),
        }),
      )
      .max(1000),
    identity: z
      .enum(['customer_id', 'email'])
      .describe('The attribute that says who the row is about: the user id. An e-mail is lower-cased.'),
  })
  .meta({ id: 'ImportMapping' });
export type Mapping = z.infer<typeof mappingSchema>;

export const importSchema = z
  .object({
    id: z.uuid(),
    file_name: z.string(),
    bytes: z.number().describe('Size of the file as uploaded.'),
    bytes_read: z.number(),
    rows: z.number().describe('Rows read so far, without the header: rows_ok + rows_bad.'),
    rows_ok: z.number(),
    rows_bad: z.number(),
    status: z.enum(['queued', 'running', 'done', 'failed', 'cancelled']),
    error: z.string().nullable().describe('Why it failed.'),
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
  format: z.literal('csv'),
  compression: z.enum(['none', 'gzip']),
  delimiter: z.string(),
  encoding: z.enum(['utf-8', 'utf-16le', 'utf-16be', 'windows-1252']),
  identity: z.enum(['customer_id', 'email']).nullable(),
  columns: z.array(
    z.object({
      header: z.string(),
      sample: z.array(z.string()),
      attribute: z.string().nullable(),
      kind: kindSchema,
      date_order: z.enum(['dmy', 'mdy']).optional(),
    }),
  ),
  rows_sampled: z.number(),
  problems: z.array(rowErrorSchema).describe('What is wrong in the rows sampled.'),
});
export type Preview = z.infer<typeof previewSchema>;
