import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openConnections, type TestConnections } from '../../test/support/connections.ts';
import { until } from '../../test/support/poll.ts';
import { nobodyHere } from './people.ts';
import { Runner } from './runner.ts';
import { mailchimp } from './sources/mailchimp.ts';

/** Who pulls what at this moment, over both workers. */
const pulling = new Map<string, number>();
const most = new Map<string, number>();
function watch(name: string, by: number) {
  const now = (pulling.get(name) ?? 0) + by;
  pulling.set(name, now);
  most.set(name, Math.max(now, most.get(name) ?? 0));
}
const watched: typeof mailchimp = {
  ...mailchimp,
  async *all(context) {
    const names = ['everything', `key ${context.credentials.key}`, `list ${context.settings.list}`];
    for (const name of names) watch(name, 1);
    try {
      return yield* mailchimp.all(context);
    } finally {
      for (const name of names) watch(name, -1);
    }
  },
};

let t: TestConnections;
let other: Runner;
const atOnce = 10;
beforeAll(async () => {
  t = await openConnections({ sourceOf: () => watched, concurrency: atOnce });
  other = new Runner(t.engine, {
    store: t.store,
    log: t.log,
    people: nobodyHere,
    timezoneOf: async () => 'UTC',
    concurrency: atOnce,
    allowInternal: true,
    sourceOf: () => watched,
    http: { waitMs: () => 0 },
  });
  await other.start();
});
afterEach(async () => {
  t.mailchimp.onRequest = undefined;
  await t.clear();
  most.clear();
});
afterAll(async () => {
  await other?.stop();
  await t?.close();
});

let serial = 0;
async function create(key = t.mailchimp.account.key) {
  const account = t.mailchimp.accounts.find((one) => one.key === key)!;
  const list = account.addList({ id: `w${++serial}` });
  list.addMany(3, (n) => ({ email: `w${serial}x${n}@shop.example`, merge: { FNAME: 'Before' } }));
  const { id } = await t.connections.create(t.workspace, {
    name: list.id,
    kind: 'mailchimp',
    settings: { list: list.id },
    credentials: { key },
    mapping: {
      identity: 'email_address',
      fields: [{ field: 'merge_fields.FNAME', attribute: 'first_name' }],
    },
    sinks: [{ kind: 'profiles', membership: 'on_list' }],
  });
  return { id, list };
}
const get = (id: string) => t.connections.get(t.workspace, id);
const runs = (id: string) => t.store.runs(id, 100);
const done = (id: string) =>
  until('the run to be done', async () => {
    const { last_run, state } = await get(id);
    return last_run?.status === 'done' && state !== 'syncing';
  });

/** Calls about a list wait until `open` is called. `reached` resolves when the first waits. */
function gate(list: string) {
  const [waiting, opened] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let first = true;
  t.mailchimp.onRequest = async (call) => {
    if (call.list !== list || !first) return;
    first = false;
    waiting.resolve();
    await opened.promise;
  };
  return { reached: waiting.promise, open: () => opened.resolve() };
}

test('two workers: each connection once at a time, no account over its limit, no worker over its own', async () => {
  const second = t.mailchimp.addAccount();
  t.mailchimp.faults.always({ kind: 'slow', ms: 30 });
  const made = [];
  for (let n = 0; n < 12; n++) made.push(await create());
  for (let n = 0; n < 12; n++) made.push(await create(second.key));
  for (const { id } of made) await done(id);
  for (const { id } of made) expect(await runs(id)).toMatchObject([{ status: 'done', changed: 3 }]);
  for (const { list } of made) expect(most.get(`list ${list.id}`)).toBe(1);
  for (const key of [t.mailchimp.account.key, second.key]) {
    expect(most.get(`key ${key}`)).toBeLessThanOrEqual(mailchimp.concurrency);
    expect(most.get(`key ${key}`)).toBeGreaterThan(1);
  }
  expect(most.get('everything')).toBeLessThanOrEqual(2 * atOnce);
});

test('who loses the lease writes nothing more', async () => {
  t.mailchimp.onRequest = undefined;
  const { reached, open } = gate(`w${serial + 1}`);
  const { id, list } = await create();
  await reached;
  // Not further than it needs: later it is due again. A lease that was just renewed needs a second time.
  let looks = 0;
  await until('another to take it', async () => {
    if (looks++ % 40 === 0) t.clock.advance(31_000);
    return (await runs(id)).length > 1;
  });
  await done(id);
  expect((await t.people())[`${list.id}x0@shop.example`]).toMatchObject({ first_name: 'Before' });
  list.edit(`${list.id}x0@shop.example`, { merge: { FNAME: 'Read too late' } });
  open();
  await until('the old one to end', async () => (pulling.get(`list ${list.id}`) ?? 0) === 0);
  const statuses = (await runs(id)).map(({ status }) => status);
  expect(statuses.at(0)).toBe('done');
  expect(statuses.slice(1).every((status) => status === 'cancelled')).toBe(true);
  expect((await t.people())[`${list.id}x0@shop.example`]).toMatchObject({ first_name: 'Before' });
  expect(await get(id)).toMatchObject({ records: 3, trouble: null });
});

test('changed during a run, the run ends before the next begins', async () => {
  const { reached, open } = gate(`w${serial + 1}`);
  const { id, list } = await create();
  await reached;
  await t.connections.change(t.workspace, id, {
    sinks: [{ kind: 'profiles', membership: 'on_another_list' }],
  });
  open();
  await until('two runs', async () => (await runs(id)).length === 2);
  await done(id);
  expect(most.get(`list ${list.id}`)).toBe(1);
  expect((await runs(id)).map(({ status }) => status)).toEqual(['done', 'cancelled']);
  expect((await t.people())[`${list.id}x0@shop.example`]).toMatchObject({ on_another_list: 'listed' });
  expect((await t.people())[`${list.id}x0@shop.example`]).not.toHaveProperty('on_list');
});

test('asked for during a run, another run follows', async () => {
  const { reached, open } = gate(`w${serial + 1}`);
  const { id } = await create();
  await reached;
  t.clock.advance(1_000);
  await t.connections.run(t.workspace, id, true);
  open();
  await until(
    'two runs',
    async () => (await runs(id)).filter(({ status }) => status === 'done').length === 2,
  );
  expect((await runs(id)).map(({ kind }) => kind)).toEqual(['full', 'full']);
  await done(id);
  expect(Date.parse((await get(id)).next_run_at!)).toBeGreaterThan(t.clock.now().getTime());
});

test('everybody asked for in the same millisecond as a run of changes began, everybody is read after it', async () => {
  const { id } = await create();
  await done(id);
  // Not so far that everybody is read because a day is over.
  t.clock.advance(60_000);
  const { reached, open } = gate(`w${serial}`);
  await t.connections.run(t.workspace, id, false);
  await reached;
  // The clock stands still: the run that is under way was due at this very instant.
  await t.connections.run(t.workspace, id, true);
  open();
  await until('two more runs', async () => (await runs(id)).length === 3);
  await done(id);
  expect((await runs(id)).map(({ kind, status }) => `${kind} ${status}`)).toEqual([
    'full done',
    'incremental done',
    'full done',
  ]);
});

test('paused during a run, the run ends', async () => {
  const { reached, open } = gate(`w${serial + 1}`);
  const { id, list } = await create();
  await reached;
  expect((await t.connections.pause(t.workspace, id, true)).state).toBe('paused');
  await until('the run to end', async () => (pulling.get(`list ${list.id}`) ?? 0) === 0);
  open();
  await t.connections.idle();
  expect((await runs(id)).map(({ status }) => status)).toEqual(['cancelled']);
});

test('runs that were missed are caught up once', async () => {
  const { id } = await create();
  await done(id);
  t.clock.advance(10 * 3_600_000 + 60_000);
  await until('the run that was missed', async () => (await runs(id)).length === 2);
  await done(id);
  await t.connections.idle();
  await other.idle();
  expect(await runs(id)).toHaveLength(2);
  const next = Date.parse((await get(id)).next_run_at!) - t.clock.now().getTime();
  expect(next).toBeGreaterThan(0);
  expect(next).toBeLessThanOrEqual(3_600_000);
});
