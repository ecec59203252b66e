import { randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openTestEngine } from '../../test/support/engine.ts';
import type { Collect } from '../collect/index.ts';
import { createDelivery } from '../delivery/index.ts';
import type { App } from '../engine/index.ts';
import { createLog } from '../log/index.ts';
import { createProfiles } from '../profiles/index.ts';
import { createSegments, type MembershipChange, type Segments } from '../segments/index.ts';
import { advance } from './advance.ts';
import { type Campaigns, createCampaigns, takeLoyaltyCampaigns } from './index.ts';
import type { CampaignTables } from './tables.ts';

const open = async () => {
  const t = await openTestEngine({
    rooms: (engine) => {
      const log = createLog(engine);
      const profiles = createProfiles(engine, { log });
      const delivery = createDelivery(engine, { log, profiles }, { background: false });
      const segments = { ...createSegments(engine, { log, profiles }), start: undefined, stop: undefined };
      const campaigns = createCampaigns(engine, { log, profiles, segments, delivery }, { background: false });
      return [log, profiles, delivery, segments, campaigns] as const;
    },
  });
  const [log, profiles, delivery, segments, campaigns] = t.rooms;
  const db = t.engine.postgres.db.withTables<CampaignTables>();
  return { ...t, log, profiles, delivery, segments, campaigns, db };
};
let t: Awaited<ReturnType<typeof open>>;
let workspace: string;
beforeAll(async () => {
  t = await open();
});
afterAll(() => t.close());
beforeEach(() => {
  workspace = randomUUID();
  t.clock.advance(60_000);
});

const rule = { attribute: 'vip', operator: 'equals', value: true };
const newSegment = async () =>
  (await t.segments.create(workspace, { name: `VIPs ${randomUUID()}`, rule })).id;
const people = (count: number) => Array.from({ length: count }, (_, i) => `p${String(i).padStart(5, '0')}`);

async function started(segments: string[], onLeft = false, more: object = {}) {
  const definition = {
    entry: { segments },
    exit: { on_segment_left: onLeft },
    steps: [{ id: 'one', type: 'email', subject: 'Hello', html: '<p>Hello</p>', ...more }],
  };
  const { id } = await t.campaigns.create(workspace, { name: 'Drip', definition });
  return (await t.campaigns.startCampaign(workspace, id)).id;
}

/** The campaigns room over segments, or emails, that behave as told. */
const over = (segments: Partial<Segments>, delivery: Partial<typeof t.delivery> = {}): Campaigns =>
  createCampaigns(
    t.engine,
    {
      log: t.log,
      profiles: t.profiles,
      segments: { ...t.segments, onChange: () => {}, addDeleteGuard: () => {}, ...segments },
      delivery: {
        ...t.delivery,
        addAccountGuard: () => {},
        addPartGuard: () => {},
        onUnsubscribe: () => {},
        ...delivery,
      },
    },
    { background: false },
  );
const members = (ids: string[]): Partial<Segments> => ({
  finishedVersion: async () => 1,
  async *membersOf() {
    yield ids;
  },
});
const statusesOf = async (campaign: string) => {
  const rows = await t.db.selectFrom('enrolments').selectAll().where('campaign', '=', campaign).execute();
  return new Map(rows.map(({ profile, status }) => [profile, status]));
};

describe('entry', () => {
  test('somebody whose id cannot be kept is left out, and keeps nobody else out', async () => {
    const id = await started([await newSegment()]);
    await over(members([...people(50), 'zoe\0x', ...people(60).slice(50)])).drain();
    expect([...(await statusesOf(id)).keys()].sort()).toEqual(people(60));
    const { rows } = await sql<{ through: number }>`
      SELECT through_version AS through FROM campaign_entries WHERE campaign = ${id}`.execute(t.db);
    expect(rows).toEqual([{ through: 1 }]);
  });

  /** What one reading of these changes asks of the segments, and how long it takes. */
  async function reading(campaign: string, changes: MembershipChange[], stay: string[]) {
    const asked: number[] = [];
    await sql`UPDATE campaign_entries SET through_version = 0 WHERE campaign = ${campaign}`.execute(t.db);
    const from = performance.now();
    await over({
      finishedVersion: async () => 1,
      membersOf: () => {
        throw new Error('asked for everybody');
      },
      async *changesSince() {
        yield changes;
      },
      async whichAreMembers(_workspace, _segment, profiles) {
        asked.push(profiles.length);
        return new Set(profiles.filter((profile) => stay.includes(profile)));
      },
    }).drain();
    return { asked, took: performance.now() - from };
  }
  const mixed = people(8_000).map(
    (profile, i): MembershipChange => ({ profile, change: i % 2 ? 'left' : 'entered', version: 1 }),
  );

  test('changes that alternate cost few transactions, and ask only about who left', async () => {
    // Two entry segments, and the same changes in both: nobody entered one by leaving the other.
    const id = await started([await newSegment(), await newSegment()], true);
    await sql`
      INSERT INTO enrolments (campaign, profile, workspace, step, arrived_at, due_at, entered_at)
      SELECT ${id}, profile, ${workspace}, 'one', ${t.clock.now()}, ${new Date('2100-01-01')}, ${t.clock.now()}
      FROM unnest(${people(8_000)}::text[]) AS profile`.execute(t.db);
    const { asked, took } = await reading(id, mixed, ['p00001', 'p00003']);
    expect(asked).toEqual([4_000, 4_000]);
    expect(took).toBeLessThan(3_000);
    const statuses = await statusesOf(id);
    expect(statuses.get('p00001')).toBe('active');
    expect(statuses.get('p00005')).toBe('exited');
    expect([...statuses.values()].filter((status) => status === 'active')).toHaveLength(4_002);
  });

  test('who left is not asked about where leaving a segment ends nothing', async () => {
    const id = await started([await newSegment(), await newSegment()], false);
    expect(await reading(id, mixed, [])).toMatchObject({ asked: [] });
    expect((await statusesOf(id)).size).toBe(4_000);
  });

  test('the order of what happened to a person is kept', async () => {
    const id = await started([await newSegment()], true);
    const change = (profile: string, change: 'entered' | 'left', version: number) => ({
      profile,
      change,
      version,
    });
    await reading(
      id,
      [
        change('in-out', 'entered', 1),
        change('out-in', 'left', 1),
        change('in-out', 'left', 2),
        change('out-in', 'entered', 2),
        change('both', 'entered', 2),
        change('both', 'left', 3),
        change('both', 'entered', 4),
      ],
      [],
    );
    expect(Object.fromEntries(await statusesOf(id))).toMatchObject({
      'in-out': 'exited',
      both: 'exited',
    });
    expect((await statusesOf(id)).has('out-in')).toBe(true);
    expect((await statusesOf(id)).get('out-in')).not.toBe('exited');
  });
});

describe('stopping', () => {
  const failing = () => {
    throw new Error('on purpose');
  };

  test('a stopped campaign that cannot be cleared holds up no other, and is cleared later', async () => {
    const [stuck, fine] = [await started([await newSegment()]), await started([await newSegment()])];
    const faulty = over(members(people(10)), {
      cancelQueued: async (trx, campaign, profiles) =>
        campaign === stuck ? failing() : t.delivery.cancelQueued(trx, campaign, profiles),
    });
    await over(members(people(10))).drain();
    const more = await started([await newSegment()]);
    await expect(faulty.stopCampaign(workspace, stuck)).rejects.toThrow('on purpose');
    await faulty.drain();
    for (const id of [fine, more]) expect((await t.delivery.countEmails(id)).get('one')?.queued).toBe(10);
    await t.campaigns.drain();
    expect((await t.delivery.countEmails(stuck)).get('one')).toMatchObject({ queued: 0, cancelled: 10 });
  });

  test('deleting what a kill left half stopped leaves no email held for ever', async () => {
    const id = await started([await newSegment()]);
    await over(members(people(10))).drain();
    const faulty = over({}, { cancelQueued: failing });
    await expect(faulty.stopCampaign(workspace, id)).rejects.toThrow('on purpose');
    await expect(faulty.remove(workspace, id)).rejects.toThrow('on purpose');
    await t.campaigns.remove(workspace, id);
    expect((await t.delivery.countEmails(id)).get('one')).toMatchObject({ queued: 0, cancelled: 10 });
    const { rows } = await sql`SELECT FROM email_queues WHERE campaign = ${id} AND held`.execute(t.db);
    expect(rows).toEqual([]);
  });
});

test('ids in capitals name the same things', async () => {
  const app: App = Fastify() as never;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.addHook('onRequest', async (request) => {
    request.workspace = { id: workspace, name: 'Shop', timezone: 'UTC', require_fresh_connections: false };
  });
  await t.delivery.routes?.(app);
  await t.campaigns.routes?.(app);
  const account = await app.inject({
    method: 'POST',
    url: '/api/accounts',
    payload: { kind: 'dev', name: 'Other', from: 'other@example.com' },
  });
  const segment = await newSegment();
  const id = await started([segment.toUpperCase()], false, { account: account.json().id.toUpperCase() });
  const shown = (await app.inject({ url: `/api/campaigns/${id.toUpperCase()}` })).json();
  expect(shown).toMatchObject({ id, counts: { entered: 0 } });
  expect(shown.definition.entry.segments).toEqual([segment]);
  await expect(t.segments.remove(workspace, segment)).rejects.toMatchObject({ status: 409 });
  const removal = { method: 'DELETE', url: `/api/accounts/${account.json().id}` } as const;
  expect((await app.inject(removal)).statusCode).toBe(409);
});

test('what a campaign uses stays as long as it is not stopped', async () => {
  const app: App = Fastify() as never;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.addHook('onRequest', async (request) => {
    request.workspace = { id: workspace, name: 'Shop', timezone: 'UTC', require_fresh_connections: false };
  });
  await t.delivery.routes?.(app);
  const { id: account } = (
    await app.inject({
      method: 'POST',
      url: '/api/accounts',
      payload: { kind: 'dev', name: 'Other', from: 'other@example.com' },
    })
  ).json();
  const part = '/api/template-parts/footer';
  await app.inject({ method: 'PUT', url: part, payload: { source: 'Bye' } });
  const segment = await newSegment();
  const id = await started([segment], false, { account, html: '<p>Hello{% render "footer" %}</p>' });
  const remove = async (url: string) => (await app.inject({ method: 'DELETE', url })).json();
  const used = (what: string) => ({
    code: `${what}_in_use`,
    message: `The ${what} is used by the campaign "Drip".`,
  });
  await expect(t.segments.remove(workspace, segment)).rejects.toMatchObject(used('segment'));
  expect(await remove(part)).toMatchObject(used('part'));
  expect(await remove(`/api/accounts/${account}`)).toMatchObject(used('account'));
  await t.campaigns.stopCampaign(workspace, id);
  await t.segments.remove(workspace, segment);
  for (const url of [part, `/api/accounts/${account}`])
    expect((await app.inject({ method: 'DELETE', url })).statusCode).toBe(204);
});

test('more campaigns at once than there are connections go on', { timeout: 30_000 }, async () => {
  const segments = [await newSegment()];
  const campaigns = await Promise.all(Array.from({ length: 30 }, () => started(segments)));
  await over(members(['p1'])).drain();
  await t.db
    .updateTable('enrolments')
    .set({ status: 'active', step: 'one' })
    .where('workspace', '=', workspace)
    .execute();
  const from = performance.now();
  const moved = await Promise.all(
    campaigns.map((campaign) => advance({ ...t, zoneOf: async () => 'UTC' }, campaign, t.clock.now())),
  );
  expect(moved.map((each) => each.moved)).toEqual(campaigns.map(() => 1));
  expect(performance.now() - from).toBeLessThan(10_000);
});

describe('loyalty campaign documents', () => {
  type Handler = Parameters<Collect['onCloudEvent']>[1];
  let handler: Handler | undefined;
  const collect = {
    onCloudEvent: (_suffix: string, given: Handler) => {
      handler = given;
    },
  } as unknown as Collect;
  const take = (id: string, segments: Segments = t.segments) => {
    takeLoyaltyCampaigns(t.engine, { collect, segments, campaigns: t.campaigns });
    const data = {
      name: `Document ${id}`,
      target: { last_order_date: '2020-01-01T00:00:00Z', gross_spent: '50' },
    };
    const event = { specversion: '1.0' as const, id, source: '/loyalty', type: 'x.loyalty.campaign', data };
    return handler!({ id: workspace, name: 'Shop', timezone: 'UTC' } as never, event);
  };
  const named = async (id: string) =>
    (await t.segments.list(workspace))
      .filter(({ name }) => name === `Document ${id}`)
      .map((segment) => segment.id);

  test('more at once than there are connections, and each twice, make one segment each', {
    timeout: 30_000,
  }, async () => {
    const ids = Array.from({ length: 40 }, (_, i) => `spring-${i}`);
    const from = performance.now();
    const answers = await Promise.all([...ids, ...ids].map((id) => take(id)));
    expect(performance.now() - from).toBeLessThan(10_000);
    for (const [i, id] of ids.entries()) {
      expect(await named(id)).toEqual([answers[i]!.segment]);
      expect(answers[i + ids.length]).toEqual(answers[i]);
    }
  });

  test('a kill before or after the segment was made is made good by the next delivery', async () => {
    const killed = (create: Segments['create']): Segments => ({ ...t.segments, create });
    const forever = () => new Promise<never>(() => {});
    void take('before', killed(forever));
    void take(
      'after',
      killed(async (...given) => {
        await t.segments.create(...given);
        return forever();
      }),
    );
    await expect.poll(() => named('after')).toHaveLength(1);
    t.clock.advance(61_000);
    const made = await take('before');
    expect(await named('before')).toEqual([made.segment]);
    const again = await take('after');
    expect(await named('after')).toEqual([again.segment]);
  });

  test('one that failed is taken at once when it comes again', async () => {
    const broken = { ...t.segments, create: () => Promise.reject(new Error('on purpose')) };
    await expect(take('summer', broken)).rejects.toThrow('on purpose');
    expect(await named('summer')).toEqual([]);
    expect(await take('summer')).toEqual(await take('summer'));
    await expect(take('nul\0')).rejects.toMatchObject({ status: 400, field: 'id' });
  });
});
