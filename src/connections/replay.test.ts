import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openConnections, type TestConnections } from '../../test/support/connections.ts';
import { type DataApi, startDataApi } from '../../test/support/data-api/server.ts';

let t: TestConnections;
let api: DataApi;
beforeAll(async () => {
  t = await openConnections();
  api = await startDataApi({ secret: 'hush-hush' });
});
afterEach(async () => {
  api.settings.refuses = () => false;
  await t.clear();
});
afterAll(async () => {
  await api?.close();
  await t?.close();
});

/** A list given to the data API, which is told by a field who left. */
async function connected(name: string, count: number) {
  const list = t.mailchimp.account.addList({ id: name });
  const then = t.clock.now().getTime() - 3_600_000;
  list.addMany(count, (n) => ({ email: `${name}${n}@shop.example`, merge: { FNAME: `F${n}` } }), then);
  const id = await t.connect(name, {
    sinks: [
      {
        ...{ kind: 'data_api', url: api.url, header: 'Authorisation', batch_size: 50 },
        removals: { how: 'field', field: 'removed' },
      },
    ],
    sink_credentials: { data_api: { secret: 'hush-hush' } },
  });
  t.minutes(5);
  return { list, id, first: list.members()[0]!.contact_id };
}
const get = (id: string) => t.connections.get(t.workspace, id);
async function replay(id: string) {
  t.minutes(1);
  const replayed = await t.connections.replay(t.workspace, id);
  await t.connections.idle();
  return replayed;
}

test('a removal that was refused is given again when asked, and not before', async () => {
  const { id, list, first } = await connected('gone', 4);
  api.settings.refuses = (record) => record.removed === true;
  list.deletePermanently(first);
  expect(await t.sync(id)).toMatchObject({ state: 'in_sync', records: 3, dead_letters: 1 });
  expect(await t.store.letters(id, 10)).toMatchObject([{ operation: 'remove', record: first }]);
  await t.sync(id, { full: true });
  expect(api.records.get(first)?.removed).toBeUndefined();
  // Refused again, it is a letter again.
  expect(await replay(id)).toBe(1);
  expect(await get(id)).toMatchObject({ state: 'in_sync', records: 3, dead_letters: 1 });
  api.settings.refuses = () => false;
  expect(await replay(id)).toBe(1);
  expect(api.records.get(first)).toMatchObject({ removed: true });
  expect(await get(id)).toMatchObject({ state: 'in_sync', records: 3, dead_letters: 0 });
});

test('who came back before the replay stays', async () => {
  const { id, list, first } = await connected('back', 4);
  api.settings.refuses = (record) => record.removed === true;
  list.archive(first);
  expect(await t.sync(id)).toMatchObject({ state: 'in_sync', records: 3, dead_letters: 1 });
  t.minutes(5);
  list.unarchive(first);
  api.settings.refuses = () => false;
  expect(await replay(id)).toBe(1);
  expect(await get(id)).toMatchObject({ state: 'in_sync', records: 4, dead_letters: 0 });
  expect(api.records.get(first)).toMatchObject({ firstname: 'F0', email: 'back0@shop.example' });
  expect(api.records.get(first)).not.toHaveProperty('removed');
});

test('the removal of somebody archived is given again, however long ago that was', async () => {
  const { id, list, first } = await connected('archived', 4);
  api.settings.refuses = (record) => record.removed === true;
  list.archive(first);
  expect(await t.sync(id)).toMatchObject({ state: 'in_sync', records: 3, dead_letters: 1 });
  expect(await t.store.letters(id, 10)).toMatchObject([{ operation: 'remove', record: first }]);
  for (let n = 0; n < 3; n++) await t.sync(id, { after: 20 });
  api.settings.refuses = () => false;
  expect(await replay(id)).toBe(1);
  expect(api.records.get(first)).toMatchObject({ removed: true });
  expect(await get(id)).toMatchObject({ state: 'in_sync', records: 3, dead_letters: 0 });
});

test('people archived are no removals that a person must confirm', async () => {
  const { id, list } = await connected('many', 300);
  for (const { contact_id } of list.members().slice(0, 150)) {
    list.archive(contact_id);
  }
  expect(await t.sync(id)).toMatchObject({ state: 'in_sync', records: 150 });
  // Later changes move on what is asked for.
  t.minutes(20);
  list.edit('many299@shop.example', { merge: { FNAME: 'Later' } });
  await t.sync(id);
  expect(await t.sync(id, { full: true, after: 20 })).toMatchObject({
    ...{ state: 'in_sync', records: 150, trouble: null },
    last_run: { kind: 'full', status: 'done' },
  });
});

test('2,500 changed within one second arrive, though they come in another order with each call', async () => {
  const list = t.mailchimp.account.addList({ id: 'bulk' });
  const hourAgo = t.clock.now().getTime() - 3_600_000;
  list.addMany(3_000, (n) => ({ email: `bulk${n}@shop.example` }), hourAgo - 3_000_000, hourAgo);
  const id = await t.connect('bulk');
  t.minutes(10);
  for (const { contact_id } of list.members().slice(0, 2_500)) {
    list.edit(contact_id, { merge: { FNAME: 'Bulk' } });
  }
  expect(await t.sync(id)).toMatchObject({
    ...{ state: 'in_sync', trouble: null, records: 3_000 },
    last_run: { kind: 'incremental', status: 'done', changed: 2_500 },
  });
  const people = Object.values(await t.people());
  expect(people.filter(({ first_name }) => first_name === 'Bulk')).toHaveLength(2_500);
  // And so a first sync, of everybody.
  const again = await t.connect('bulk', {
    name: 'Again',
    sinks: [{ kind: 'profiles', membership: 'again' }],
  });
  expect(await get(again)).toMatchObject({ state: 'in_sync', records: 3_000 });
});
