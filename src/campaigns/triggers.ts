import { z } from 'zod';
import { text } from '../delivery/index.ts';
import { faultOfCron, id } from '../engine/index.ts';
import { zoneName } from './hours.ts';
import { eventShape } from './steps.ts';

const cron = text()
  .max(100)
  .superRefine((given, context) => {
    const fault = faultOfCron(given);
    if (fault) context.addIssue({ code: 'custom', message: fault });
  });

/** What lets people in. */
export const trigger = z
  .discriminatedUnion('type', [
    z.strictObject({ type: z.literal('segments') }).describe('Who is in one of the segments, or enters one'),
    z.strictObject({ type: z.literal('event'), ...eventShape.shape }).describe('Who does this'),
    z
      .object({
        type: z.literal('schedule'),
        cron: cron.describe('Minute, hour, day of month, month, day of week'),
        timezone: zoneName.optional().describe("The campaign's when missing"),
      })
      .describe('Everybody in the segments, each time'),
    z
      .object({
        type: z.literal('import'),
        sources: z.array(id).min(1).max(50).optional().describe('Of these folders and buckets alone'),
      })
      .describe('Everybody in the segments, each time an import is done'),
    z
      .object({
        type: z.literal('sync'),
        connections: z.array(id).min(1).max(50).optional().describe('Of these connections alone'),
      })
      .describe('Everybody in the segments, each time a connection brought changes'),
    z.strictObject({ type: z.literal('call') }).describe('Who is named by POST /api/campaigns/:id/enter'),
    z
      .object({ type: z.literal('document') })
      .describe('Whom a loyalty campaign document (a CloudEvent) that names this campaign means'),
  ])
  .meta({ id: 'CampaignTrigger' });
