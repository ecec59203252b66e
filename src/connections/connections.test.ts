import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openConnections, type TestConnections, usualMapping } from '../../test/support/connections.ts';
import { until } from '../../test/support/poll.ts';

let t: TestConnections;
beforeAll(async () => {
  t = await openConnections();
  t.mailchimp.onRequest = ({ list = '' }) => void made.set(list, (made.get(list) ?? 0) + 1);
});
afterEach(() => t.clear());
afterAll(() => t?.close());

/** A list of so many, whose last change is an hour old. */
function listOf(id: string, count: number) {
  const list = t.mailchimp.account.addList({ id });
  const hourAgo = t.clock.now().getTime() - 3_600_000;
  list.addMany(
    count,
    (n) => ({ email: `${id}${n}@shop.example`, merge: { FNAME: `First ${n}`, LNAME: `Last ${n}` } }),
    hourAgo - count * 1_000,
    hourAgo,
  );
  return list;
}
const get = (id: string) => t.connections.get(t.workspace, id);
/** Calls about a list since the last time this was asked; others are run meanwhile. */
const made = new Map<string, number>();
const calls = (list: string) => {
  const so = made.get(list) ?? 0;
  made.delete(list);
  return so;
};

describe('a list', () => {
  test('how far a run is can be looked at while it is under way', async () => {
    listOf('watched', 2_500);
    t.mailchimp.faults.always({ kind: 'slow', ms: 800 });
    const connecting = t.connect('watched');
    const seen: (number | null)[][] = [];
    await until('the run to end', async () => {
      const [one] = await t.connections.list(t.workspace);
      const run = one?.last_run;
      if (run) seen.push([run.seen, run.expected, run.calls]);
      return run?.status === 'done';
    });
    t.mailchimp.faults.clear();
    const id = await connecting;
    const under = seen.filter(([, expected]) => expected !== null);
    expect(under.every(([, expected]) => expected! >= 2_500)).toBe(true);
    expect(under[0]![0]).toBeLessThan(2_500);
    expect(new Set(under.map(([seen]) => seen)).size).toBeGreaterThan(2);
    expect(under.every(([seen, expected]) => seen! <= expected!)).toBe(true);
    expect((await get(id)).last_run).toMatchObject({ kind: 'full', calls: 4 });
  });

  test('its members become people, and what happens to them arrives', async () => {
    const list = listOf('friends', 5);
    const id = await t.connect('friends');
    expect(await get(id)).toMatchObject({
      state: 'in_sync',
      records: 5,
      trouble: null,
      last_run: { kind: 'full', status: 'done', seen: 5, changed: 5, removed: 0 },
    });
    expect((await t.people())['friends1@shop.example']).toEqual({
      email: 'friends1@shop.example',
      first_name: 'First 1',
      last_name: 'Last 1',
      status: 'subscribed',
      on_friends: 'listed',
    });

    t.minutes(10);
    const contact = (n: number) => list.member(`friends${n}@shop.example`)!.contact_id;
    const [edited, moved, left, archived, gone] = [0, 1, 2, 3, 4].map(contact) as [
      string,
      string,
      string,
      string,
      string,
    ];
    list.edit(edited, { merge: { FNAME: 'Another', LNAME: '' } });
    list.changeAddress(moved, 'Moved@shop.example');
    list.unsubscribe(left);
    list.archive(archived);
    list.deletePermanently(gone);
    list.add({ email: 'new@shop.example' });
    const asked = t.clock.now();
    const synced = await t.sync(id);
    expect(synced).toMatchObject({ state: 'in_sync', last_run: { status: 'done', removed: 1 } });
    expect(Date.parse(synced.in_sync_as_of!)).toBeGreaterThan(asked.getTime());
    expect(Date.parse(synced.in_sync_as_of!)).toBeLessThanOrEqual(t.clock.now().getTime());

    const people = await t.people();
    expect(people['friends0@shop.example']).toEqual({
      email: 'friends0@shop.example',
      first_name: 'Another',
      status: 'subscribed',
      on_friends: 'listed',
    });
    expect(people['moved@shop.example']).toMatchObject({ email: 'Moved@shop.example', on_friends: 'listed' });
    expect(people['friends1@shop.example']).not.toHaveProperty('on_friends');
    expect(people['friends2@shop.example']).toMatchObject({ status: 'unsubscribed', on_friends: 'listed' });
    expect(people['friends3@shop.example']).not.toHaveProperty('on_friends');
    expect(people['friends4@shop.example']).toMatchObject({ first_name: 'First 4' });
    expect(people['friends4@shop.example']).not.toHaveProperty('on_friends');
    expect(people['friends4@shop.example']).not.toHaveProperty('status');
    expect(people['new@shop.example']).toMatchObject({ on_friends: 'listed' });
  });

  test('somebody deleted for good who comes back is on the list', async () => {
    const list = listOf('back', 3);
    const id = await t.connect('back');
    list.deletePermanently('back1@shop.example');
    t.minutes(1);
    list.add({ email: 'back1@shop.example', merge: { FNAME: 'Again' } });
    await t.sync(id);
    // The one contact went, another one with the same address came.
    const { state } = await t.sync(id, { full: true });
    expect(state).toBe('in_sync');
    expect((await t.people())['back1@shop.example']).toMatchObject({
      first_name: 'Again',
      on_back: 'listed',
    });
  });

  test('two who swap their addresses are both on the list', async () => {
    const list = listOf('swap', 2);
    const id = await t.connect('swap');
    const [one, other] = list.members().map(({ contact_id }) => contact_id) as [string, string];
    t.minutes(1);
    list.changeAddress(one, 'aside@shop.example');
    list.changeAddress(other, 'swap0@shop.example');
    list.changeAddress(one, 'swap1@shop.example');
    await t.sync(id);
    const people = await t.people();
    expect(people['swap0@shop.example']).toMatchObject({ first_name: 'First 1', on_swap: 'listed' });
    expect(people['swap1@shop.example']).toMatchObject({ first_name: 'First 0', on_swap: 'listed' });
  });

  test('calls: unchanged 1; so many changes the pages of them, a probe and a check', async () => {
    const list = listOf('thrift', 5_000);
    calls('thrift');
    const id = await t.connect('thrift');
    // Pages overlap by one member, so that a list that moves is noticed; and one call for the archived.
    expect(calls('thrift')).toBeLessThanOrEqual(5_000 / 1_000 + 2);
    expect((await t.sync(id)).last_run).toMatchObject({ kind: 'probe', calls: 1, seen: 0 });
    expect(calls('thrift')).toBe(1);
    const members = list.members();
    for (const k of [1, 2_500]) {
      t.minutes(5);
      for (const [n, { contact_id }] of members.slice(0, k).entries()) {
        const changedAt = t.clock.now().getTime() + n * 100;
        list.edit(contact_id, { merge: { FNAME: `${k}` } }, { changedAt });
      }
      t.minutes(5);
      const { last_run } = await t.sync(id);
      expect(last_run).toMatchObject({ kind: 'incremental', changed: k });
      const count = calls('thrift');
      expect(count).toBe(last_run!.calls);
      expect(count).toBeLessThanOrEqual(1 + Math.ceil(k / 1_000) + 1);
    }
    await t.sync(id, { after: 10 });
    expect(calls('thrift')).toBe(1);
  });

  test('a changed mapping pulls everybody again; a changed name nobody', async () => {
    listOf('mapped', 4);
    const id = await t.connect('mapped');
    calls('mapped');
    await t.connections.change(t.workspace, id, { name: 'Other name' });
    await t.connections.idle();
    expect(calls('mapped')).toBe(0);
    const fields = usualMapping.fields.map((one) =>
      one.attribute === 'first_name' ? { ...one, attribute: 'given_name' } : one,
    );
    t.minutes(2);
    await t.connections.change(t.workspace, id, { mapping: { ...usualMapping, fields } });
    await t.connections.idle();
    expect((await get(id)).last_run).toMatchObject({ kind: 'full', status: 'done', seen: 4, changed: 4 });
    expect((await t.people())['mapped0@shop.example']).toMatchObject({ given_name: 'First 0' });
  });

  test('is read whole once a day, and once when asked to', async () => {
    listOf('daily', 2);
    const id = await t.connect('daily');
    const kinds: string[] = [];
    for (let n = 0; n < 16; n++) kinds.push((await t.sync(id, { after: 180 })).last_run!.kind);
    expect(kinds.filter((kind) => kind === 'full')).toHaveLength(2);
    expect((await t.sync(id, { full: true })).last_run!.kind).toBe('full');
    expect((await t.sync(id)).last_run!.kind).toBe('probe');
  });

  test('answers gone wrong on the way change nothing but the number of calls', async () => {
    const list = listOf('wire', 1_500);
    t.mailchimp.faults.random({
      seed: 7,
      share: 0.3,
      of: [
        { kind: 'cut' },
        { kind: 'truncated' },
        { kind: 'broken_json' },
        { kind: 'fails', status: 503 },
        { kind: 'too_many_requests', retryAfter: '0' },
      ],
    });
    const id = await t.connect('wire');
    for (let n = 0; n < 5 && (await get(id)).state !== 'in_sync'; n++) await t.sync(id);
    t.mailchimp.faults.clear();
    expect(await get(id)).toMatchObject({ state: 'in_sync', records: list.count() });
  });

  test('paused it is left alone; resumed it is looked at, at once', async () => {
    listOf('paused', 2);
    const id = await t.connect('paused');
    await t.connections.pause(t.workspace, id, true);
    calls('paused');
    t.minutes(300);
    await t.connections.idle();
    expect(calls('paused')).toBe(0);
    expect((await get(id)).state).toBe('paused');
    await expect(t.connections.run(t.workspace, id, false)).rejects.toMatchObject({ code: 'paused' });
    await t.connections.pause(t.workspace, id, false);
    await t.connections.idle();
    expect((await get(id)).state).toBe('in_sync');
    expect(calls('paused')).toBeGreaterThan(0);
  });

  test('a mapping is guessed from its fields when none is given', async () => {
    listOf('guessed', 2);
    const { id, mapping } = await t.connections.create(t.workspace, {
      name: 'Süße Gäste!',
      kind: 'mailchimp',
      settings: { list: 'guessed' },
      credentials: { key: t.mailchimp.account.key },
    });
    await t.connections.idle();
    expect(mapping.fields).toContainEqual({ field: 'merge_fields.FNAME', attribute: 'first_name' });
    expect((await get(id)).sinks).toEqual([{ kind: 'profiles', membership: 'on_su_e_ga_ste' }]);
    expect((await t.people())['guessed0@shop.example']).toMatchObject({ first_name: 'First 0' });
  });

  test('an attribute is filled from one field: a mapping with two is refused, naming both', async () => {
    const fields = [
      { field: 'merge_fields.FNAME', attribute: 'first_name' },
      { field: 'merge_fields.LNAME', attribute: 'first_name' },
    ];
    const { statusCode, body } = await t.app.inject({
      method: 'POST',
      url: '/api/connections',
      payload: {
        ...{ name: 'Twice', kind: 'mailchimp', settings: { list: 'twice' } },
        ...{ credentials: { key: t.mailchimp.account.key }, mapping: { ...usualMapping, fields } },
      },
    });
    expect(statusCode).toBe(400);
    expect(body).toContain('mapping/fields/1/attribute is filled from merge_fields.FNAME already');
  });

  test('removed, nothing of it is asked any more and its people stay', async () => {
    listOf('removed', 2);
    const id = await t.connect('removed');
    await t.connections.remove(t.workspace, id);
    calls('removed');
    t.minutes(120);
    await t.connections.idle();
    await expect(get(id)).rejects.toMatchObject({ status: 404 });
    expect((await t.people())['removed0@shop.example']).toBeDefined();
  });
});
