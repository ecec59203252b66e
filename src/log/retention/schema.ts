import { z } from 'zod';

export const retentionSchema = z
  .object({
    days: z.number().int().nullable().describe('Kept so long after they were received; null: for ever'),
    set_by: z.string().nullable(),
    next_at: z.string().nullable().describe('When the next deletion is'),
    deletes_before: z.string().nullable().describe('What was received before goes then; midnight UTC'),
    deleted_to: z.string().nullable().describe('Everything received before is deleted'),
  })
  .meta({ id: 'Retention' });
export type Retention = z.infer<typeof retentionSchema>;

export const retentionChange = z.object({
  days: z
    .number()
    .int()
    .min(1)
    .max(36_500)
    .nullable()
    .describe('Days messages are kept after they were received; null: for ever'),
});
