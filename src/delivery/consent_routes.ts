import { z } from 'zod';
import { type App, id } from '../engine/index.ts';
import type { DeliveryParts } from './index.ts';
import { consent, consentStatuses, isAddress, programConsent } from './schema.ts';
import { text } from './storable.ts';

const tags = ['consents'];
const byId = z.object({ id });

export function consentRoutes(app: App, { consents }: DeliveryParts): void {
  app.get(
    '/api/consents',
    {
      schema: {
        tags,
        summary: 'What addresses said of the emails of programs, newest first',
        querystring: z.object({
          program: id.optional(),
          status: z.enum(consentStatuses).optional(),
          search: text().trim().max(254).optional().describe('Any part of an address'),
          limit: z.coerce.number().int().min(1).max(500).default(50),
          cursor: id.optional(),
        }),
        response: { 200: z.object({ items: z.array(consent), next_cursor: z.string().nullable() }) },
      },
    },
    ({ workspace, query }) => consents.list(workspace.id, query),
  );

  app.post(
    '/api/consents',
    {
      schema: {
        tags,
        summary: 'Say for somebody that they want the emails of a program, or do not',
        description:
          'Where the program wants it confirmed, an email with a link is sent, one a day to an address at most, and the answer is `pending` until they press the button there. The same again changes nothing.',
        body: z.object({
          email: z.string().trim().refine(isAddress, 'must be an email address'),
          program: id.describe("The program's id"),
          status: z.enum(['subscribed', 'unsubscribed']).default('subscribed'),
          person_id: text()
            .trim()
            .min(1)
            .max(256)
            .optional()
            .describe('Whose event it is; who has the address when missing'),
          confirmed_at: z.iso
            .datetime({ offset: true })
            .optional()
            .describe(
              'When they confirmed it elsewhere, of which you keep the proof: then nobody is asked again',
            ),
        }),
        response: { 200: consent },
      },
    },
    ({ workspace, body }) => consents.give(workspace.id, body),
  );

  app.get(
    '/api/programs/:id/consent',
    {
      schema: {
        tags,
        summary: 'What the emails of a program need',
        params: byId,
        response: { 200: programConsent },
      },
    },
    ({ workspace, params }) => consents.settings(workspace.id, params.id),
  );

  app.put(
    '/api/programs/:id/consent',
    {
      schema: {
        tags,
        summary: 'Say what the emails of a program need',
        params: byId,
        body: programConsent,
        response: { 200: programConsent },
      },
    },
    ({ workspace, params, body }) => consents.change(workspace.id, params.id, body),
  );
}
