import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import Fastify from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openTestEngine } from '../../test/support/engine.ts';
import { createDelivery } from '../delivery/index.ts';
import { claim } from '../delivery/ledger.ts';
import type { App } from '../engine/index.ts';
import { createLog } from '../log/index.ts';
import { createProfiles } from '../profiles/index.ts';
import { createSegments } from '../segments/index.ts';
import { createCampaigns } from './index.ts';
import type { Step } from './schema.ts';

const open = async () => {
  const t = await openTestEngine({
    rooms: (engine) => {
      const log = createLog(engine);
      const profiles = createProfiles(engine, { log });
      const delivery = createDelivery(engine, { log, profiles }, { background: false });
      // Without its background, which computes whenever it likes.
      const segments = { ...createSegments(engine, { log, profiles }), start: undefined, stop: undefined };
      const campaigns = createCampaigns(engine, { log, profiles, segments, delivery }, { background: false });
      return [log, profiles, delivery, segments, campaigns] as const;
    },
  });
  const [log, profiles, delivery, segments, campaigns] = t.rooms;
  const app: App = Fastify() as never;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.addHook('onRequest', async (request) => {
    request.workspace = { id: workspace, name: 'Shop', timezone: 'UTC', require_fresh_connections: false };
  });
  await delivery.routes?.(app);
  await campaigns.routes?.(app);
  return { ...t, log, profiles, delivery, segments, campaigns, app, db: t.engine.postgres.db };
};
let t: Awaited<ReturnType<typeof open>>;
beforeAll(async () => {
  t = await open();
});
afterAll(() => t.close());

/** A workspace of its own for each test. */
let workspace: string;
beforeEach(() => {
  workspace = randomUUID();
  t.clock.advance(3_600_000);
});

const minutes = (count: number) => count * 60_000;
let clockOfMessages = 0;
const identify = (people: Record<string, Record<string, unknown>>) =>
  t.log.append(
    Object.entries(people).map(([userId, traits]) => ({
      workspace,
      source: 'http',
      receivedAt: t.clock.now(),
      message: JSON.stringify({
        type: 'identify',
        messageId: randomUUID(),
        userId,
        traits,
        timestamp: new Date(t.clock.now().getTime() + ++clockOfMessages).toISOString(),
      }),
    })),
  );
const crowd = (count: number, traits = { vip: true }, from = 0) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => [
      `p${String(from + i).padStart(5, '0')}`,
      { email: `p${from + i}@example.com`, first_name: `P${from + i}`, ...traits },
    ]),
  );

const vips = (attribute = 'vip') =>
  t.segments.create(workspace, {
    name: `Those with ${attribute} ${randomUUID()}`,
    rule: { attribute, operator: 'equals', value: true },
  });

const email = (id: string, more: Partial<Step> = {}) =>
  ({
    id,
    type: 'email',
    subject: `${id} for {{ person.first_name | default: "you" }}`,
    html: `<p>${id}</p><p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p>`,
    ...more,
  }) as Step;
const wait = (id: string, seconds: number): Step => ({ id, type: 'wait', seconds });
const drip = [email('welcome'), wait('rest', 600), email('tips'), wait('rest2', 600), email('offer')];

async function started(segments: string[], steps: Step[] = drip, onLeft = false) {
  const definition = { entry: { segments }, exit: { on_segment_left: onLeft }, steps };
  const { id } = await t.campaigns.create(workspace, { name: 'Drip', definition });
  return t.campaigns.startCampaign(workspace, id);
}

/** Everything due now, and what follows from it. */
async function settle() {
  await t.segments.recompute(workspace);
  await t.campaigns.drain();
  await t.delivery.drain();
}

async function mailbox() {
  const { rows } = await sql<{ profile: string; subject: string; count: number }>`
    SELECT profile, subject, count(*) AS count FROM mailbox WHERE workspace = ${workspace}
    GROUP BY profile, subject ORDER BY profile, subject`.execute(t.db);
  return rows;
}
const everyOnce = async () => (await mailbox()).every(({ count }) => count === 1);
const adds = (report: Awaited<ReturnType<typeof t.campaigns.report>>) =>
  report.entered === report.active + report.completed + report.exited;

describe('a drip', () => {
  test('of three emails reaches everybody once, in time, and those who enter later', async () => {
    await identify(crowd(50));
    const { id } = await started([(await vips()).id]);
    await settle();
    expect(await mailbox()).toHaveLength(50);
    t.clock.advance(minutes(9));
    await settle();
    expect(await mailbox()).toHaveLength(50);
    await identify(crowd(10, { vip: true }, 50));
    t.clock.advance(minutes(1));
    await settle();
    expect(await mailbox()).toHaveLength(50 + 50 + 10);
    for (let i = 0; i < 3; i++) {
      t.clock.advance(minutes(10));
      await settle();
    }
    expect(await mailbox()).toHaveLength(180);
    expect(await everyOnce()).toBe(true);
    const report = await t.campaigns.report(workspace, id);
    expect(report).toMatchObject({ entered: 60, completed: 60, active: 0, waiting: 0, exited: 0 });
    expect(report.steps.map(({ reached }) => reached)).toEqual([60, 60, 60, 60, 60]);
    expect(report.emails).toMatchObject({ sent: 180, queued: 0, failed: 0 });
    expect((await t.campaigns.list(workspace))[0]).toMatchObject({
      status: 'running',
      counts: { entered: 60, completed: 60 },
    });
  });

  test('counts those without an address and the suppressed, and every number adds up', async () => {
    await identify({ ...crowd(5), nowhere: { vip: true } });
    await sql`INSERT INTO suppressions (workspace, address, reason, at)
      VALUES (${workspace}, 'p1@example.com', 'manual', ${t.clock.now()})`.execute(t.db);
    const { id } = await started([(await vips()).id], [email('only')]);
    await settle();
    const report = await t.campaigns.report(workspace, id);
    expect(report).toMatchObject({ entered: 6, completed: 6 });
    expect(report.emails).toMatchObject({ sent: 4, failed: 1, suppressed: 1 });
  });
});

describe('pausing, stopping and leaving', () => {
  test('a paused campaign neither steps nor sends nor lets in; it goes on where it was', async () => {
    await identify(crowd(20));
    const { id } = await started([(await vips()).id]);
    await t.segments.recompute(workspace);
    await t.campaigns.drain();
    await t.campaigns.pauseCampaign(workspace, id);
    await t.delivery.drain();
    expect(await mailbox()).toHaveLength(0);
    expect((await t.campaigns.report(workspace, id)).emails).toMatchObject({ queued: 20 });
    await identify(crowd(5, { vip: true }, 20));
    t.clock.advance(minutes(60));
    await settle();
    expect(await mailbox()).toHaveLength(0);
    await expect(t.campaigns.startCampaign(workspace, id)).rejects.toMatchObject({ status: 409 });
    await t.campaigns.resumeCampaign(workspace, id);
    await settle();
    // The twenty had their wait behind them: two emails each; the five begin.
    expect(await mailbox()).toHaveLength(45);
    for (let i = 0; i < 3; i++) {
      t.clock.advance(minutes(10));
      await settle();
    }
    expect(await mailbox()).toHaveLength(75);
    expect(await everyOnce()).toBe(true);
  });

  test('who leaves all entry segments leaves the campaign, and what is queued for them is cancelled', async () => {
    await identify({ ...crowd(2), ...crowd(2, { vip: true, regular: true } as never, 2) });
    const segments = [(await vips()).id, (await vips('regular')).id];
    const { id } = await started(segments, drip, true);
    await t.segments.recompute(workspace);
    await t.campaigns.drain();
    await identify({ p00000: { vip: false }, p00002: { vip: false } });
    await t.segments.recompute(workspace);
    await t.campaigns.drain();
    const report = await t.campaigns.report(workspace, id);
    expect(report).toMatchObject({ entered: 4, active: 3, exited: 1 });
    expect(report.emails).toMatchObject({ queued: 3, cancelled: 1 });
    await settle();
    expect((await mailbox()).map(({ profile }) => profile)).toEqual(['p00001', 'p00002', 'p00003']);
    // Coming back is not entering again.
    await identify({ p00000: { vip: true } });
    await settle();
    expect(await t.campaigns.report(workspace, id)).toMatchObject({ entered: 4, exited: 1 });
  });

  test('stopping ends it for everybody; its segment may go then, not before', async () => {
    await identify(crowd(3));
    const segment = await vips();
    const { id } = await started([segment.id]);
    await t.segments.recompute(workspace);
    await t.campaigns.drain();
    await expect(t.segments.remove(workspace, segment.id)).rejects.toMatchObject({ status: 409 });
    await expect(t.campaigns.remove(workspace, id)).rejects.toMatchObject({ status: 409 });
    await t.campaigns.stopCampaign(workspace, id);
    t.clock.advance(minutes(60));
    await settle();
    expect(await mailbox()).toHaveLength(0);
    const report = await t.campaigns.report(workspace, id);
    expect(report).toMatchObject({ entered: 3, exited: 3, active: 0 });
    expect(report.emails).toMatchObject({ cancelled: 3 });
    await t.segments.remove(workspace, segment.id);
    await t.campaigns.remove(workspace, id);
    await expect(t.campaigns.get(workspace, id)).rejects.toMatchObject({ status: 404 });
  });

  test('who unsubscribes gets no further email, and is seen in the report', async () => {
    await identify(crowd(2));
    const { id } = await started([(await vips()).id]);
    await settle();
    const { rows } = await sql<{ text: string }>`
      SELECT text FROM mailbox WHERE workspace = ${workspace} AND profile = 'p00000'`.execute(t.db);
    const token = /\/u\/([\w.-]+)/.exec(rows[0]!.text)![1]!;
    expect((await t.app.inject({ method: 'POST', url: `/u/${token}` })).statusCode).toBe(200);
    t.clock.advance(minutes(30));
    await settle();
    t.clock.advance(minutes(30));
    await settle();
    const report = await t.campaigns.report(workspace, id);
    expect(report).toMatchObject({ entered: 2, completed: 1, exited: 1 });
    expect(report.emails).toMatchObject({ sent: 4, unsubscribed: 1 });
    expect((await mailbox()).filter(({ profile }) => profile === 'p00000')).toHaveLength(1);
  });
});

describe('editing', () => {
  test('people at a removed step go to the next one there is; waits under way end when they were to', async () => {
    await identify(crowd(4));
    const { id } = await started([(await vips()).id]);
    await settle();
    const definition = (await t.campaigns.get(workspace, id)).definition;
    const steps = [
      email('welcome'),
      email('tips', { subject: 'New tips' }),
      wait('rest2', 600),
      email('offer'),
    ];
    const edited = await t.campaigns.edit(workspace, id, { definition: { ...definition, steps } });
    expect(edited).toMatchObject({ version: 2, status: 'running' });
    await settle();
    expect((await mailbox()).filter(({ subject }) => subject === 'New tips')).toHaveLength(4);
    t.clock.advance(minutes(5));
    await t.campaigns.edit(workspace, id, {
      definition: { ...definition, steps: [...steps, email('last')] },
    });
    t.clock.advance(minutes(5));
    await settle();
    const report = await t.campaigns.report(workspace, id);
    expect(report).toMatchObject({ entered: 4, completed: 4 });
    expect(report.steps.map(({ reached }) => reached)).toEqual([4, 4, 4, 4, 4]);
    expect(await mailbox()).toHaveLength(16);
    expect(await everyOnce()).toBe(true);
    const { rows } = await sql`SELECT version FROM campaign_versions WHERE campaign = ${id}`.execute(t.db);
    expect(rows).toHaveLength(3);
  });

  test('what cannot run is refused, naming the step', async () => {
    const segments = [(await vips()).id];
    const create = (steps: unknown[], entry: unknown = { segments }) =>
      t.campaigns.create(workspace, { name: 'Broken', definition: { entry, steps } });
    await expect(create([{ id: 'a', type: 'email', html: 'x' }])).rejects.toMatchObject({
      status: 400,
      field: 'definition.steps[0].subject',
    });
    await expect(create([wait('a', 1), wait('a', 1)])).rejects.toMatchObject({
      field: 'definition.steps[1].id',
    });
    await expect(create([])).rejects.toMatchObject({ field: 'definition.steps' });
    const start = async (steps: unknown[], entry?: unknown) =>
      t.campaigns.startCampaign(workspace, (await create(steps, entry)).id);
    await expect(
      start([wait('w', 1), email('a', { html: '<p>\n{{ person.first_name | nosuch }}' })]),
    ).rejects.toMatchObject({
      code: 'bad_template',
      field: 'definition.steps[1].html',
      message: expect.stringContaining('line 2'),
    });
    await expect(start([email('a', { html: '{% if x %}' })])).rejects.toMatchObject({ code: 'bad_template' });
    await expect(start([email('a', { subject: ' ' })])).rejects.toMatchObject({
      field: 'definition.steps[0].subject',
    });
    await expect(start([email('a', { account: randomUUID() })])).rejects.toMatchObject({
      field: 'definition.steps[0].account',
    });
    await expect(start([email('a')], { segments: [randomUUID()] })).rejects.toMatchObject({
      field: 'definition.entry.segments[0]',
    });
  });
});

describe('kills', () => {
  test('at any point: nobody is skipped and nobody is written to twice', async () => {
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.nat(99)), async (stream) => {
        workspace = randomUUID();
        const chance = (percent: number) => stream.next().value! < percent;
        const fail = <T>(value: T): T => {
          if (chance(30)) throw new Error('killed here');
          return value;
        };
        const people = 120;
        await identify(crowd(people));
        const { id } = await started([(await vips()).id]);
        await t.segments.recompute(workspace);
        const faulty = createCampaigns(
          t.engine,
          {
            log: t.log,
            profiles: t.profiles,
            delivery: {
              ...t.delivery,
              queueEmails: async (...given) => fail(await t.delivery.queueEmails(...given)),
            },
            segments: {
              ...t.segments,
              async *membersOf(...given) {
                for await (const all of t.segments.membersOf(...given)) {
                  for (let i = 0; i < all.length; i += 30) yield fail(all.slice(i, i + 30));
                }
              },
            },
          },
          { background: false },
        );
        for (let round = 0; round < 12; round++) {
          await faulty.drain();
          if (chance(40)) await diesWhileSending(chance);
          if (chance(20)) {
            await t.campaigns.pauseCampaign(workspace, id);
            await t.campaigns.resumeCampaign(workspace, id);
          }
          await t.delivery.drain();
          t.clock.advance(minutes(4));
        }
        for (let round = 0; round < 6; round++) {
          await settle();
          t.clock.advance(minutes(10));
        }
        const report = await t.campaigns.report(workspace, id);
        expect(adds(report)).toBe(true);
        expect(report).toMatchObject({ entered: people, completed: people });
        expect(report.emails).toMatchObject({ sent: people * 3, sending: 0, queued: 0, failed: 0 });
        expect(await mailbox()).toHaveLength(people * 3);
        expect(await everyOnce()).toBe(true);
      }),
      { numRuns: 5 },
    );
  });

  /** A worker that claims emails, gets some of them to the mailbox, and is never heard of again. */
  async function diesWhileSending(chance: (percent: number) => boolean) {
    const { account } = await t.delivery.sender(workspace);
    const rows = await claim(t.db, { account, worker: randomUUID(), most: 50, now: t.clock.now() });
    for (const { id, message_id, profile } of rows) {
      if (chance(50)) continue;
      await sql`
        INSERT INTO mailbox (id, workspace, message_id, email, profile, "to", "from", subject, html, text, headers, received_at)
        SELECT uuidv7(), workspace, message_id, id, profile, '', '', step || ' for ' || 'P' || profile, '', '', '[]', queued_at
        FROM emails WHERE id = ${id} AND message_id = ${message_id} AND profile = ${profile}`.execute(t.db);
    }
  }
});
