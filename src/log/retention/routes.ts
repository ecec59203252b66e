import type { App } from '../../engine/index.ts';
import type { Retain } from './index.ts';
import { retentionChange, retentionSchema } from './schema.ts';

const tags = ['log'];
const config = { role: 'admin' as const };

export function retentionRoutes(app: App, retain: Retain): void {
  app.get(
    '/api/log/retention',
    {
      config,
      schema: { tags, summary: 'How long messages are kept', response: { 200: retentionSchema } },
    },
    ({ workspace }) => retain.get(workspace.id),
  );

  app.put(
    '/api/log/retention',
    {
      config,
      schema: {
        tags,
        summary: 'Set how long messages are kept',
        description:
          'Each night what is older goes for good: messages, those that could not be taken, the events derived from ' +
          'them, and what metrics counted of them. Nothing goes before the time the answer names. What is known of people stays ' +
          '(attributes, identities); a person is erased by POST /api/people/{id}/erase.',
        body: retentionChange,
        response: { 200: retentionSchema },
      },
    },
    ({ workspace, actor, body }) => retain.set(workspace.id, body.days, actor.name),
  );
}
