import { createHmac } from 'node:crypto';
import { sql } from 'kysely';
import { type Engine, post, Undelivered } from '../engine/index.ts';
import type { Profiles } from '../profiles/index.ts';
import type { Db } from './running.ts';

export interface WebhookNeeds {
  engine: Engine;
  db: Db;
  profiles: Pick<Profiles, 'attributesOf'>;
  /** Whether addresses may lie inside the network. */
  allowInternal: boolean;
}

interface Row {
  id: string;
  workspace: string;
  campaign: string;
  campaign_name: string;
  step: string;
  profile: string;
  url: string;
  attributes: string[];
  attempts: number;
  created_at: Date;
}

const atOnce = 20;
const timeoutMs = 10_000;
/** Nobody else calls for so long, should this process be killed at it. */
const leaseMs = 60_000;
const firstWaitMs = 10_000;
const longestWaitMs = 3_600_000;
const giveUpMs = 86_400_000;

const signingKey = ({ secrets }: Pick<Engine, 'secrets'>, workspace: string): Buffer =>
  secrets.key(`campaign webhooks ${workspace}`);

/** What a workspace's webhooks are signed with; shown to its people, kept nowhere. Another one once the root secret is replaced. */
export const webhookSecret = (engine: Pick<Engine, 'secrets'>, workspace: string): string =>
  `whsec_${signingKey(engine, workspace).toString('base64')}`;

/**
 * Tells other programs what is due, some at once: a POST of JSON with the headers of Standard Webhooks (webhook-id, -timestamp,
 * -signature), at least once and each time under the same id. What is not answered with 2xx is tried again, ever more slowly,
 * for a day.
 * @returns how many calls were made
 */
export async function callWebhooks(needs: WebhookNeeds): Promise<number> {
  const { engine, db, profiles } = needs;
  const now = engine.clock.now();
  const { rows } = await sql<Row>`
    UPDATE campaign_webhooks AS w
    SET attempts = w.attempts + 1, next_attempt_at = ${new Date(now.getTime() + leaseMs)}
    FROM (
      SELECT w.id, c.name FROM campaign_webhooks AS w JOIN campaigns AS c ON c.id = w.campaign AND c.status <> 'paused'
      WHERE w.status = 'waiting' AND w.next_attempt_at <= ${now}
      ORDER BY w.next_attempt_at LIMIT ${atOnce} FOR UPDATE OF w SKIP LOCKED
    ) AS due
    WHERE w.id = due.id
    RETURNING w.id, w.workspace, w.campaign, due.name AS campaign_name, w.step, w.profile, w.url, w.attributes, w.attempts,
      w.created_at`.execute(db);
  await Promise.all(
    rows.map(async (row) => {
      const wanted = row.attributes.length > 0;
      const known = wanted
        ? await profiles.attributesOf(row.workspace, [row.profile], row.attributes)
        : undefined;
      const error = await tell(needs, row, known?.get(row.profile) ?? {});
      await settle(db, row, error, engine.clock.now());
    }),
  );
  return rows.length;
}

async function settle(db: Db, row: Row, error: string | undefined, now: Date): Promise<void> {
  const wait = Math.min(longestWaitMs, firstWaitMs * 2 ** (row.attempts - 1));
  const over = now.getTime() + wait - row.created_at.getTime() > giveUpMs;
  await sql`
    UPDATE campaign_webhooks
    SET status = ${error === undefined ? 'delivered' : over ? 'failed' : 'waiting'}, last_error = ${error ?? null},
      next_attempt_at = ${new Date(now.getTime() + wait)}
    WHERE id = ${row.id} AND attempts = ${row.attempts}`.execute(db);
}

/** @returns why it did not arrive */
async function tell(
  { engine, allowInternal }: WebhookNeeds,
  row: Row,
  attributes: Record<string, unknown>,
): Promise<string | undefined> {
  const { id, workspace, campaign, campaign_name, step, profile, url, created_at } = row;
  const body = JSON.stringify({
    type: 'campaign.step',
    timestamp: created_at.toISOString(),
    data: { campaign: { id: campaign, name: campaign_name }, step, person: { id: profile, attributes } },
  });
  const seconds = Math.floor(engine.clock.now().getTime() / 1_000);
  const signature = createHmac('sha256', signingKey(engine, workspace))
    .update(`${id}.${seconds}.${body}`)
    .digest('base64');
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': `v1,${signature}`,
  };
  try {
    await post(url, body, { allowInternal, timeoutMs, headers });
    return undefined;
  } catch (error) {
    if (error instanceof Undelivered) return error.message;
    throw error;
  }
}
