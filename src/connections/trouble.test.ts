import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openConnections, type TestConnections, usualMapping } from '../../test/support/connections.ts';
import { type DataApi, startDataApi } from '../../test/support/data-api/server.ts';

let t: TestConnections;
let api: DataApi;
beforeAll(async () => {
  t = await openConnections();
  api = await startDataApi({ secret: 'hush-hush' });
});
afterEach(async () => {
  api.faults.clear();
  api.settings.refuses = () => false;
  await t.clear();
});
afterAll(async () => {
  await api?.close();
  await t?.close();
});

function listOf(id: string, count: number) {
  const list = t.mailchimp.account.addList({ id });
  const then = t.clock.now().getTime() - 3_600_000;
  list.addMany(
    count,
    (n) => ({ email: `${id}${n}@shop.example`, merge: { FNAME: `F${n}`, LNAME: `L${n}` } }),
    then,
  );
  return list;
}
const get = (id: string) => t.connections.get(t.workspace, id);
const calls = () => {
  const { total } = t.mailchimp.calls;
  t.mailchimp.resetCalls();
  return total;
};

describe('the list', () => {
  test('a revoked key is said so and left alone; a new one wakes it', async () => {
    const list = listOf('keyed', 3);
    const id = await t.connect('keyed');
    t.mailchimp.account.revoke();
    calls();
    const refused = await t.sync(id);
    expect(refused).toMatchObject({
      ...{ state: 'credentials_refused', trouble: { code: 'credentials_refused' } },
      needs_person: true,
    });
    expect(refused.trouble?.hint).toContain('new one');
    expect(calls()).toBe(1);
    for (let n = 0; n < 20; n++) {
      t.minutes(60);
      await t.connections.idle();
    }
    expect(calls()).toBe(0);
    expect((await get(id)).state).toBe('credentials_refused');
    t.mailchimp.account.restore();
    list.edit('keyed0@shop.example', { merge: { FNAME: 'Meanwhile' } });
    await t.connections.change(t.workspace, id, { credentials: { key: t.mailchimp.account.key } });
    await t.connections.idle();
    expect(await get(id)).toMatchObject({ state: 'in_sync', trouble: null, needs_person: false });
    expect((await t.people())['keyed0@shop.example']).toMatchObject({ first_name: 'Meanwhile' });
  });

  test('a list that is gone is said so, and nobody is removed', async () => {
    listOf('gone', 3);
    const id = await t.connect('gone');
    t.mailchimp.account.deleteList('gone');
    expect(await t.sync(id)).toMatchObject({ state: 'failing', trouble: { code: 'gone' }, records: 3 });
    expect((await t.people())['gone0@shop.example']).toMatchObject({ on_gone: 'listed' });
  });

  test('an outage: one failed run is nothing yet, three are; it is asked less and less often', async () => {
    listOf('outage', 3);
    const id = await t.connect('outage');
    const asOf = (await get(id)).in_sync_as_of;
    t.mailchimp.faults.always({ kind: 'fails', status: 503 });
    expect(await t.sync(id)).toMatchObject({ state: 'in_sync', trouble: { code: 'failing' } });
    let tries = 0;
    const until = t.clock.now().getTime() + 3 * 3_600_000;
    while (t.clock.now().getTime() < until) {
      const before = (await get(id)).last_run!.id;
      t.minutes(5);
      await t.connections.idle();
      if ((await get(id)).last_run!.id !== before) tries++;
    }
    // At 1, 3, 7, 15, 31 minutes, and never later than the hour.
    expect(tries).toBeGreaterThan(4);
    expect(tries).toBeLessThan(12);
    const failing = await get(id);
    expect(failing).toMatchObject({ state: 'failing', in_sync_as_of: asOf });
    expect(failing.lag_seconds).toBeGreaterThan(3 * 3_600);
    t.mailchimp.faults.clear();
    expect(await t.sync(id, { after: 60 })).toMatchObject({ state: 'in_sync', trouble: null });
  });

  test('asked to wait longer than a call may, the next run waits as long', async () => {
    listOf('patient', 3);
    const id = await t.connect('patient');
    t.mailchimp.faults.always({ kind: 'too_many_requests', retryAfter: '7200' });
    calls();
    const { next_run_at, trouble } = await t.sync(id);
    expect(trouble?.code).toBe('throttled');
    expect(calls()).toBe(1);
    expect(Date.parse(next_run_at!) - t.clock.now().getTime()).toBe(7_200_000);
  });

  test('most of a list gone is held back until somebody says that it is right', async () => {
    const list = listOf('emptied', 200);
    const id = await t.connect('emptied');
    for (const { contact_id } of list.members().slice(0, 150)) list.deletePermanently(contact_id);
    const held = await t.sync(id);
    expect(held).toMatchObject({ state: 'failing', trouble: { code: 'removals_held' }, records: 200 });
    expect(held.trouble?.message).toContain('150 of 200');
    await t.connections.confirmRemovals(t.workspace, id);
    await t.connections.idle();
    expect(await get(id)).toMatchObject({ state: 'in_sync', records: 50, last_run: { removed: 150 } });
    await expect(t.connections.confirmRemovals(t.workspace, id)).rejects.toMatchObject({
      code: 'nothing_held',
    });
    // The word was for those removals alone.
    t.minutes(5);
    for (const { contact_id } of list.members()) list.deletePermanently(contact_id);
    expect((await t.sync(id)).trouble?.code).toBe('removals_held');
  });
});

describe('the data API', () => {
  const sinks = (more: object = {}) => ({
    sinks: [
      {
        kind: 'data_api' as const,
        url: api.url,
        header: 'Authorisation',
        batch_size: 50,
        removals: { how: 'delete' as const },
        ...more,
      },
    ],
    sink_credentials: { data_api: { secret: 'hush-hush' } },
  });
  const theirs = (list: ReturnType<typeof listOf>) => {
    const ids = new Set(list.members().map(({ contact_id }) => contact_id));
    return [...api.records.values()].filter(({ id }) => ids.has(id)).map(({ email }) => email);
  };

  test('gets everybody in batches, and who left is deleted', async () => {
    const list = listOf('sent', 120);
    api.resetCalls();
    const id = await t.connect('sent', sinks());
    expect(api.calls).toMatchObject({ posts: 3, records: 120 });
    const [first, second, third] = list.members();
    expect(api.records.get(first!.contact_id)).toEqual({
      id: first!.contact_id,
      firstname: 'F0',
      lastname: 'L0',
      email: 'sent0@shop.example',
    });
    t.minutes(5);
    list.deletePermanently(first!.contact_id);
    list.archive(second!.contact_id);
    list.edit(third!.contact_id, { merge: { FNAME: 'Other' } });
    api.resetCalls();
    expect((await t.sync(id)).state).toBe('in_sync');
    expect(api.calls).toMatchObject({ posts: 1, deletes: 2, records: 1 });
    expect(api.records.has(first!.contact_id)).toBe(false);
    expect(api.records.has(second!.contact_id)).toBe(false);
    expect(api.records.get(third!.contact_id)).toMatchObject({ firstname: 'Other' });
  });

  test('a record it refuses is found by halving, kept, and given again when asked', async () => {
    const list = listOf('refused', 50);
    const bad = new Set(['refused7@shop.example', 'refused31@shop.example']);
    api.settings.refuses = ({ email }) => bad.has(String(email));
    api.resetCalls();
    const id = await t.connect('refused', sinks());
    expect(theirs(list)).toHaveLength(48);
    expect(api.calls.posts).toBeLessThan(2 * 2 * Math.ceil(Math.log2(50)) + 2);
    expect(await get(id)).toMatchObject({ state: 'in_sync', dead_letters: 2, last_run: { refused: 2 } });
    const letters = await t.store.letters(id, 10);
    expect(letters.map(({ content }) => content.email).sort()).toEqual([...bad].sort());
    expect(letters[0]).toMatchObject({ operation: 'upsert', attempts: 1 });
    expect(letters[0]!.reason).toContain('422');

    // Nobody gives them again before they change or somebody asks.
    api.resetCalls();
    await t.sync(id);
    expect(api.calls.total).toBe(0);
    expect(await t.connections.replay(t.workspace, id)).toBe(2);
    await t.connections.idle();
    expect(await get(id)).toMatchObject({ state: 'in_sync', dead_letters: 2 });
    api.settings.refuses = () => false;
    const one = (await t.store.letters(id, 10))[0]!.id;
    t.minutes(1);
    expect(await t.connections.replay(t.workspace, id, [one])).toBe(1);
    await t.connections.idle();
    expect(await get(id)).toMatchObject({ state: 'in_sync', dead_letters: 1 });
    expect(theirs(list)).toHaveLength(49);
    // The other changes by itself, and its letter goes.
    t.minutes(5);
    for (const email of bad) list.edit(email, { merge: { FNAME: 'Better' } });
    expect(await t.sync(id)).toMatchObject({ state: 'in_sync', dead_letters: 0 });
    expect(theirs(list)).toHaveLength(50);
  });

  test('a batch too large is halved until it fits', async () => {
    api.settings.most = 20;
    const list = listOf('large', 100);
    const id = await t.connect('large', sinks());
    api.settings.most = Number.POSITIVE_INFINITY;
    expect(await get(id)).toMatchObject({ state: 'in_sync', dead_letters: 0 });
    expect(theirs(list)).toHaveLength(100);
  });

  test.each(['applied_500', 'half_500', 'applied_cut', 'cut', 'truncated'] as const)(
    '%s leaves it right',
    async (kind) => {
      const list = listOf(`a${kind}`, 60);
      api.faults.next({ kind }, 3);
      const id = await t.connect(`a${kind}`, sinks());
      t.minutes(5);
      api.faults.next({ kind }, 2);
      const { contact_id } = list.members()[0]!;
      list.deletePermanently(contact_id);
      list.edit(list.members()[0]!.contact_id, { merge: { FNAME: 'Edited' } });
      expect(await t.sync(id)).toMatchObject({ state: 'in_sync', dead_letters: 0 });
      expect(theirs(list).sort()).toEqual(
        list
          .members()
          .map(({ email_address }) => email_address)
          .sort(),
      );
      expect(api.records.has(contact_id)).toBe(false);
      expect([...api.records.values()].find(({ id }) => id === list.members()[0]!.contact_id)).toMatchObject({
        firstname: 'Edited',
      });
    },
  );

  test('down, T stays and nothing counts as applied; up again, it has everything', async () => {
    const list = listOf('down', 60);
    api.faults.always({ kind: 'fails', status: 503 });
    const id = await t.connect('down', sinks());
    expect(await get(id)).toMatchObject({ in_sync_as_of: null, trouble: { code: 'failing' } });
    api.faults.clear();
    expect(await t.sync(id)).toMatchObject({ state: 'in_sync' });
    expect(theirs(list)).toHaveLength(60);
  });

  test('who left is marked by a field, or left there, as it is set', async () => {
    const list = listOf('kept', 2);
    const id = await t.connect('kept', sinks({ removals: { how: 'field', field: 'removed' } }));
    const [one, other] = [list.members()[0]!, list.members()[1]!];
    t.minutes(5);
    list.deletePermanently(one.contact_id);
    await t.sync(id);
    expect(api.records.get(one.contact_id)).toMatchObject({ removed: true });
    await t.connections.change(t.workspace, id, sinks({ removals: { how: 'none' } }));
    await t.connections.idle();
    t.minutes(5);
    list.archive(other.contact_id);
    expect((await t.sync(id)).state).toBe('in_sync');
    expect(api.records.has(other.contact_id)).toBe(true);
  });

  test('needs first name, last name and address mapped', async () => {
    listOf('unmapped', 1);
    const mapping = { ...usualMapping, fields: usualMapping.fields.slice(0, 1) };
    await expect(t.connect('unmapped', { ...sinks(), mapping })).rejects.toMatchObject({
      code: 'bad_mapping',
    });
  });
});
