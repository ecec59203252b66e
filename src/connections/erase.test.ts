import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openConnections, type TestConnections } from '../../test/support/connections.ts';
import { type DataApi, startDataApi } from '../../test/support/data-api/server.ts';
import { eraseFromConnections } from './erase.ts';

let t: TestConnections;
let api: DataApi;
beforeAll(async () => {
  // The engine may take seconds to erase.
  t = await openConnections({ http: { waitMs: () => 0, timeoutMs: 25_000 } });
  eraseFromConnections(t.engine, t.log);
  api = await startDataApi({ secret: 'hush-hush' });
});
afterEach(() => t.clear());
afterAll(async () => {
  await api?.close();
  await t?.close();
});

function listOf(id: string, count: number) {
  const list = t.mailchimp.account.addList({ id });
  const then = t.clock.now().getTime() - 3_600_000;
  list.addMany(count, (n) => ({ email: `${id}${n}@shop.example`, merge: { FNAME: `F${n}` } }), then);
  return list;
}
async function erase(person: string) {
  const { id } = await t.log.erase.person(t.workspace, person, 'a test');
  await t.log.erase.idle();
  const { status, removed } = await t.log.erase.get(t.workspace, id);
  return { status, removed: Object.fromEntries(removed.map(({ place, count }) => [place, count])) };
}
/** Rows of this room that hold a text. */
async function rowsWith(text: string): Promise<string[]> {
  const found: string[] = [];
  for (const table of ['connections', 'connection_records', 'connection_runs', 'connection_dead_letters']) {
    const { rows } = await sql<{ row: string }>`
      SELECT r::text AS row FROM ${sql.table(table)} AS r WHERE r::text ILIKE ${`%${text}%`}`.execute(
      t.store.db,
    );
    found.push(...rows.map(({ row }) => `${table}: ${row}`));
  }
  return found;
}
const toDataApi = {
  sinks: [
    {
      ...{ kind: 'data_api' as const, url: '', header: 'Authorisation', batch_size: 50 },
      removals: { how: 'delete' as const },
    },
  ],
  sink_credentials: { data_api: { secret: 'hush-hush' } },
};

test('who is erased is known no more, though the list still holds them; both sides go on agreeing', async () => {
  const list = listOf('friends', 8);
  const id = await t.connect('friends');
  const ann = 'friends1@shop.example';
  expect(await rowsWith(ann)).toHaveLength(1);
  expect(await erase(ann)).toMatchObject({ status: 'done', removed: { connection_records: 1 } });
  expect(await rowsWith(ann)).toEqual([]);

  // Everybody is read, since the counts differ; she is counted by nothing that tells who she is.
  for (const full of [false, true, true, true]) {
    expect(await t.sync(id, { full, after: 20 })).toMatchObject({
      state: 'in_sync',
      trouble: null,
      records: 8,
    });
    expect(await rowsWith(ann)).toEqual([]);
  }
  expect(await t.people()).not.toHaveProperty(ann);
  // Nor does she come back as a change of the record.
  list.edit(ann, { merge: { FNAME: 'Ann' } });
  expect(await t.sync(id, { after: 20 })).toMatchObject({ state: 'in_sync', records: 8 });
  expect(await t.sync(id, { after: 3 })).toMatchObject({ state: 'in_sync', last_run: { calls: 1 } });
  expect(await t.people()).not.toHaveProperty(ann);
  expect(await rowsWith(ann)).toEqual([]);
  const rejected = await t.app.inject({ url: '/api/connections' });
  expect(rejected.body).not.toContain(ann);

  list.deletePermanently(ann);
  expect(await t.sync(id)).toMatchObject({ state: 'in_sync', records: 7, last_run: { removed: 1 } });
});

test('allowed again, they come back with the next reading of everybody', async () => {
  listOf('return', 3);
  const id = await t.connect('return');
  await erase('return0@shop.example');
  await t.sync(id);
  await t.log.erase.allow(t.workspace, 'return0@shop.example');
  expect(await t.sync(id, { full: true, after: 20 })).toMatchObject({ state: 'in_sync', records: 3 });
  expect(await t.people()).toMatchObject({ 'return0@shop.example': { first_name: 'F0' } });
});

test('a data API is told that they are no more, and their dead letters go', async () => {
  const list = listOf('sent', 5);
  const [ann, bob] = ['sent1@shop.example', 'sent2@shop.example'];
  api.settings.refuses = ({ email }) => email === bob;
  const sink = { ...toDataApi, sinks: [{ ...toDataApi.sinks[0]!, url: api.url }] };
  const id = await t.connect('sent', sink);
  // What makes them people of the workspace, whom one can erase.
  await t.connect('sent', { name: 'Profiles too' });
  expect(await rowsWith(bob)).toHaveLength(3);
  expect((await erase(ann)).removed).toMatchObject({ connection_records: 2, connection_dead_letters: 0 });
  expect((await erase(bob)).removed).toMatchObject({ connection_records: 2, connection_dead_letters: 1 });
  expect([...(await rowsWith(ann)), ...(await rowsWith(bob))]).toEqual([]);
  const contact = list.member(ann)!.contact_id;
  expect(api.records.has(contact)).toBe(true);
  api.settings.refuses = () => false;
  api.resetCalls();
  expect(await t.sync(id)).toMatchObject({ state: 'in_sync', dead_letters: 0, records: 5 });
  expect(api.records.has(contact)).toBe(false);
  expect(api.calls).toMatchObject({ posts: 0, deletes: 2 });
  // What stands for them is nothing to tell others about.
  list.deletePermanently(ann);
  api.resetCalls();
  expect(await t.sync(id, { full: true })).toMatchObject({ state: 'in_sync', records: 4 });
  expect(api.calls.total).toBe(0);
});

test('erased while they were on their way, nothing of them is kept either', async () => {
  const list = listOf('way', 4);
  const ann = 'way1@shop.example';
  const traits = { email: ann };
  await t.log.append([
    {
      ...{ workspace: t.workspace, source: 'http', receivedAt: t.clock.now() },
      message: JSON.stringify({ type: 'identify', messageId: 'known', userId: ann, traits }),
    },
  ]);
  api.settings.refuses = ({ email }) => email === ann;
  let receipt: unknown;
  // The data API answers when it is all over: what the run does next comes after the last look of who erases.
  api.onRequest = async () => {
    api.onRequest = undefined;
    receipt = await erase(ann);
  };
  const sink = { ...toDataApi, sinks: [{ ...toDataApi.sinks[0]!, url: api.url }] };
  const id = await t.connect('way', sink);
  expect(receipt).toMatchObject({ status: 'done' });
  expect(await rowsWith(ann)).toEqual([]);
  const contact = list.member(ann)!.contact_id;
  expect(await t.sync(id)).toMatchObject({ state: 'in_sync', dead_letters: 0, records: 4 });
  expect(api.deletions.get(contact)).toBe(1);
  expect(await rowsWith(ann)).toEqual([]);
});
