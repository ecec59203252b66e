import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { crowd, email, type OpenCampaigns, openCampaigns, wait } from './campaigns.testing.ts';

type Finished = { id: string; source: string | null; finished_at: Date };
let imports: Finished[] = [];
let runs: { run: string; connection: string; finished_at: Date }[] = [];

let t: OpenCampaigns;
beforeAll(async () => {
  t = await openCampaigns({
    imports: {
      finishedSince: async (_workspace, since) => imports.filter((one) => one.finished_at >= since),
    },
    connections: {
      finishedSince: async (_workspace, since) => runs.filter((one) => one.finished_at >= since),
    },
  });
});
afterAll(() => t.close());
beforeEach(() => {
  t.fresh();
  imports = [];
  runs = [];
});

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const report = (id: string) => t.campaigns.report(t.workspace(), id);
const count = async () => (await t.mailbox()).length;
const got = async (profile: string) =>
  (await t.mailbox()).flatMap((mail) => (mail.profile === profile ? mail.subject : []));

describe('an event', () => {
  const ordered = (more: object = {}) => ({
    trigger: { type: 'event', event: 'Order Completed', ...more },
    reentry: 'always',
  });
  const thanks = [
    email('thanks', { subject: 'Order {{ entry.order_id }} of {{ person.first_name }}' } as never),
    wait('rest', 600),
    email('more'),
  ];

  test('lets in who did it from now on, with its properties, each time it happens', async () => {
    await t.identify(crowd(3));
    await t.track('p00000', 'Order Completed', { order_id: 'old' });
    t.clock.advance(minute);
    const id = await t.started({ entry: ordered(), steps: thanks });
    await t.settle();
    expect(await count()).toBe(0);
    t.clock.advance(minute);
    await t.track('p00001', 'Order Completed', { order_id: 'A1' });
    await t.track('p00002', 'Order Viewed', { order_id: 'no' });
    await t.settle();
    await t.settle();
    expect(await got('p00001')).toEqual(['Order A1 of P1']);
    // While it lasts, another is passed by.
    t.clock.advance(minute);
    await t.track('p00001', 'Order Completed', { order_id: 'A2' });
    await t.settle();
    t.clock.advance(10 * minute);
    await t.settle();
    expect(await got('p00001')).toEqual(['Order A1 of P1', 'more']);
    t.clock.advance(minute);
    await t.track('p00001', 'Order Completed', { order_id: 'A3' });
    await t.settle();
    expect(await got('p00001')).toEqual(['Order A1 of P1', 'more', 'Order A3 of P1']);
    expect(await report(id)).toMatchObject({ entered: 2, active: 1, completed: 1 });
  });

  test('may ask for properties, and for people of segments', async () => {
    await t.identify({ ...crowd(2), p00002: { email: 'p2@example.com' } });
    const where = [{ property: 'revenue', operator: 'at_least', value: 50 }];
    const id = await t.started({
      entry: { ...ordered({ where }), segments: [await t.segment()] },
      steps: [email('one')],
    });
    await t.settle();
    t.clock.advance(minute);
    await t.track('p00000', 'Order Completed', { revenue: 49 });
    await t.track('p00001', 'Order Completed', { revenue: 50 });
    await t.track('p00002', 'Order Completed', { revenue: 51 });
    await t.settle();
    expect((await t.mailbox()).map(({ profile }) => profile)).toEqual(['p00001']);
    expect(await report(id)).toMatchObject({ entered: 1 });
  });
});

describe('re-entry', () => {
  test('after days: not before, and by coming into the segment again', async () => {
    await t.identify(crowd(1));
    const entry = { segments: [await t.segment()], reentry: { days: 7 } };
    const id = await t.started({ entry, steps: [email('one')] });
    await t.settle();
    const comeBack = async () => {
      await t.identify({ p00000: { vip: false } });
      t.clock.advance(minute);
      await t.settle();
      await t.identify({ p00000: { vip: true } });
      t.clock.advance(minute);
      await t.settle();
    };
    await comeBack();
    expect(await count()).toBe(1);
    t.clock.advance(7 * day);
    await t.settle();
    expect(await count()).toBe(1);
    await comeBack();
    expect(await count()).toBe(2);
    expect(await report(id)).toMatchObject({ entered: 2, completed: 2 });
  });

  test('who is in several segments enters once', async () => {
    await t.identify(crowd(3, { vip: true, regular: true }));
    const segments = [await t.segment(), await t.segment('regular')];
    const id = await t.started({ entry: { segments, reentry: 'always' }, steps: [email('one')] });
    for (let n = 0; n < 3; n++) {
      await t.settle();
      t.clock.advance(minute);
    }
    expect(await report(id)).toMatchObject({ entered: 3 });
    expect(await count()).toBe(3);
  });
});

describe('occasions', () => {
  test('a schedule lets everybody in each time, in its time zone; what was missed once, what a pause had not at all', async () => {
    await t.identify(crowd(2));
    const entry = {
      ...{ trigger: { type: 'schedule', cron: '0 9 * * *', timezone: 'Europe/Berlin' }, reentry: 'always' },
      segments: [await t.segment()],
    };
    const id = await t.started({ entry, steps: [email('news')] });
    const next = () => t.campaigns.get(t.workspace(), id).then((one) => new Date(one.next_firing_at!));
    const at = await next();
    expect(at.toLocaleTimeString('en', { timeZone: 'Europe/Berlin', hour12: false })).toBe('09:00:00');
    await t.settle();
    expect(await count()).toBe(0);
    t.clock.set(at);
    await t.settle();
    await t.settle();
    expect(await count()).toBe(2);
    t.clock.advance(3 * day + hour);
    await t.settle();
    expect(await count()).toBe(4);
    await t.campaigns.pauseCampaign(t.workspace(), id);
    t.clock.advance(2 * day);
    await t.campaigns.resumeCampaign(t.workspace(), id);
    await t.settle();
    expect(await count()).toBe(4);
    t.clock.set(await next());
    await t.settle();
    expect(await count()).toBe(6);
  });

  test('an import and a run of a connection let everybody in once the segments know of them', async () => {
    await t.identify(crowd(2));
    const source = randomUUID();
    const entry = (trigger: object) => ({ trigger, segments: [], reentry: 'always' });
    const segments = [await t.segment()];
    const steps = [email('one')];
    const byImport = await t.started({
      entry: { ...entry({ type: 'import', sources: [source] }), segments },
      steps,
    });
    const bySync = await t.started({ entry: { ...entry({ type: 'sync' }), segments }, steps });
    await t.settle();
    t.clock.advance(minute);
    const finished_at = t.clock.now();
    imports = [
      { id: randomUUID(), source, finished_at },
      { id: randomUUID(), source: randomUUID(), finished_at },
    ];
    runs = [{ run: randomUUID(), connection: randomUUID(), finished_at }];
    // The segments have not seen what was received by then.
    await t.campaigns.drain();
    expect(await report(byImport)).toMatchObject({ entered: 0 });
    await t.identify({ p00009: { email: 'p9@example.com', vip: true } });
    for (let n = 0; n < 4; n++) {
      t.clock.advance(minute);
      await t.settle();
    }
    expect(await report(byImport)).toMatchObject({ entered: 3 });
    expect(await report(bySync)).toMatchObject({ entered: 3 });
  });

  test('a call lets in who it names, with parameters; repeated with its key it does nothing', async () => {
    await t.identify({ ...crowd(3), p00003: { email: 'p3@example.com' } });
    const trigger = { type: 'call' };
    const steps = [email('one', { subject: 'Your code is {{ entry.code }}' } as never)];
    const id = await t.started({
      entry: { trigger, segments: [await t.segment()], reentry: 'always' },
      steps,
    });
    await t.segments.recompute(t.workspace());
    const people = ['p00000', 'p00001', 'p00003'].map((id, i) => ({ id, parameters: { code: `c${i}` } }));
    const call = () => t.campaigns.enter(t.workspace(), id, { people, key: 'monday' });
    expect(await call()).toEqual({ entered: 2, refused: [{ id: 'p00003', reason: 'not_in_segment' }] });
    expect(await call()).toMatchObject({ entered: 0 });
    await t.settle();
    t.clock.advance(minute);
    expect(await call()).toMatchObject({ entered: 0 });
    await t.settle();
    expect((await t.mailbox()).map(({ subject }) => subject)).toEqual(['Your code is c0', 'Your code is c1']);
    expect(await t.campaigns.enter(t.workspace(), id, { people: [{ id: 'p00000' }] })).toMatchObject({
      entered: 1,
    });
    const other = await t.started({ entry: { segments: [await t.segment()] }, steps });
    await expect(t.campaigns.enter(t.workspace(), other, { people })).rejects.toMatchObject({ status: 409 });
  });
});
