import { sql } from 'kysely';
import type { Doing, Planned } from './doing.ts';

/** Writes down whom another program is to be told of; `webhooks.ts` tells it. Nobody waits for the answer. */
export const callWebhook: Doing<Planned<'webhook'>> = async ({ trx, running, step, people, now }) => {
  await sql`
    INSERT INTO campaign_webhooks (workspace, campaign, step, profile, round, url, attributes, next_attempt_at, created_at)
    SELECT ${running.workspace}, ${running.id}, ${step.id}, p.profile, p.round, ${step.url}, ${step.attributes}::text[],
      ${now}, ${now}
    FROM unnest(${people.map(({ profile }) => profile)}::text[], ${people.map(({ round }) => round)}::int[])
      AS p (profile, round)
    ON CONFLICT (campaign, profile, round, step) DO NOTHING`.execute(trx);
  return people.map((person) => ({ person, to: step.next }));
};
