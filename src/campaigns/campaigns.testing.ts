import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { openTestEngine } from '../../test/support/engine.ts';
import { createDelivery } from '../delivery/index.ts';
import { createLog } from '../log/index.ts';
import { createProfiles } from '../profiles/index.ts';
import { createSegments } from '../segments/index.ts';
import { type CampaignRooms, createCampaigns } from './index.ts';
import type { Step } from './schema.ts';

/** Campaigns with real rooms below them, an injected clock, and nothing in the background. */
export async function openCampaigns(more: Partial<CampaignRooms> = {}) {
  const t = await openTestEngine({
    rooms: (engine) => {
      const log = createLog(engine);
      const profiles = createProfiles(engine, { log });
      const delivery = createDelivery(engine, { log, profiles }, { background: false });
      const segments = { ...createSegments(engine, { log, profiles }), start: undefined, stop: undefined };
      const rooms = { log, profiles, segments, delivery, ...more };
      const campaigns = createCampaigns(engine, rooms, { background: false, allowInternal: true });
      return [log, profiles, delivery, segments, campaigns] as const;
    },
  });
  const [log, profiles, delivery, segments, campaigns] = t.rooms;
  const db = t.engine.postgres.db;
  let workspace: string = randomUUID();
  let messages = 0;
  const say = (all: Record<string, unknown>[]) =>
    log.append(
      all.map((message) => ({
        workspace,
        source: 'http' as const,
        receivedAt: t.clock.now(),
        message: JSON.stringify({
          messageId: randomUUID(),
          timestamp: new Date(t.clock.now().getTime() + (++messages % 1_000)).toISOString(),
          ...message,
        }),
      })),
    );

  return {
    ...{ ...t, log, profiles, delivery, segments, campaigns, db, say },
    workspace: () => workspace,
    /** A workspace of its own for each test. */
    fresh() {
      workspace = randomUUID();
      t.clock.advance(3_600_000);
    },
    identify: (people: Record<string, Record<string, unknown>>) =>
      say(Object.entries(people).map(([userId, traits]) => ({ type: 'identify', userId, traits }))),
    track: (userId: string, event: string, properties: Record<string, unknown> = {}) =>
      say([{ type: 'track', userId, event, properties }]),
    segment: async (attribute = 'vip', value: unknown = true) =>
      (
        await segments.create(workspace, {
          name: `${attribute} ${randomUUID()}`,
          rule: { attribute, operator: 'equals', value },
        })
      ).id,
    async started(definition: Record<string, unknown>, name = 'Drip'): Promise<string> {
      const { id } = await campaigns.create(workspace, { name, definition });
      return (await campaigns.startCampaign(workspace, id)).id;
    },
    /** Everything due now, and what follows from it. */
    async settle() {
      await segments.recompute(workspace);
      await campaigns.drain();
      await delivery.drain();
    },
    /** Who got what, in the order in which it went out. */
    async mailbox(): Promise<{ profile: string; subject: string; text: string; at: Date }[]> {
      const { rows } = await sql<{ profile: string; subject: string; text: string; at: Date }>`
        SELECT m.profile, m.subject, m.text, e.sent_at AS at FROM mailbox AS m JOIN emails AS e ON e.id = m.email
        WHERE m.workspace = ${workspace} ORDER BY e.sent_at, m.profile, e.id`.execute(db);
      return rows;
    },
  };
}
export type OpenCampaigns = Awaited<ReturnType<typeof openCampaigns>>;

export const crowd = (count: number, traits: Record<string, unknown> = { vip: true }) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => [
      `p${String(i).padStart(5, '0')}`,
      { email: `p${i}@example.com`, first_name: `P${i}`, ...traits },
    ]),
  );

export const email = (id: string, more: Partial<Step> = {}) =>
  ({
    ...{ id, type: 'email', subject: id },
    html: `<p>${id}</p><p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p>`,
    ...more,
  }) as Step;
export const wait = (id: string, seconds: number): Step => ({ id, type: 'wait', seconds });
