import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Mailchimp, startMailchimp } from '../../test/support/mailchimp/server.ts';
import { until } from '../../test/support/poll.ts';
import { startTestRapport, type TestRapport } from '../../test/support/running.ts';
import type { ShownConnection } from './schema.ts';

/** A segment of the real rooms, pushed to a stand-in of Mailchimp. */
let rapport: TestRapport;
let mailchimp: Mailchimp;
beforeAll(async () => {
  mailchimp = await startMailchimp();
  process.env.RAPPORT_MAILCHIMP_URL = mailchimp.url;
  process.env.RAPPORT_ALLOW_INTERNAL = '1';
  rapport = await startTestRapport();
}, 60_000);
afterAll(async () => {
  await rapport?.close();
  await mailchimp?.close();
});

type Given = Record<string, unknown>;
const identify = async (people: Record<string, Given>) => {
  const all = Object.entries(people);
  for (let at = 0; at < all.length; at += 100) {
    const batch = all.slice(at, at + 100).map(([userId, traits]) => ({ type: 'identify', userId, traits }));
    expect((await rapport.send('/v1/batch', { batch })).status).toBe(200);
  }
  await rapport.rooms.log.processed();
};
const recompute = () => rapport.rooms.segments.recompute(rapport.workspace);
const segmentOf = async (name: string, city: string) => {
  const rule = { all: [{ attribute: 'city', operator: 'equals', value: city }] };
  const { id } = await rapport.client.post<{ id: string }>('/api/segments', { name, rule });
  await recompute();
  return id;
};
const push = (segment: string, list: string, more: Given = {}, sink: Given = {}) => ({
  name: `Push to ${list}`,
  kind: 'segment',
  settings: { segment },
  credentials: { key: mailchimp.account.key },
  sinks: [{ kind: 'mailchimp_audience', list, tag: 'Regulars', ...sink }],
  ...more,
});
const connect = async (...given: Parameters<typeof push>) => {
  const { id } = await rapport.client.post<ShownConnection>('/api/connections', push(...given));
  // A run of another connection of the account may still hold its calls.
  await until(
    'the first run to end',
    async () => (await get(id)).last_run?.finished_at !== undefined,
    20_000,
  );
  await rapport.rooms.connections.idle();
  return id;
};
const get = (id: string) => rapport.client.get<ShownConnection>(`/api/connections/${id}`);
const sync = async (id: string, how = 'run') => {
  await rapport.client.post(`/api/connections/${id}/${how}`, {});
  await rapport.rooms.connections.idle();
  return get(id);
};
const tagged = (list: string, tag = 'Regulars') =>
  mailchimp.account
    .list(list)!
    .members()
    .filter(({ status, tags }) => status === 'subscribed' && tags.some(({ name }) => name === tag))
    .map(({ email_address }) => email_address)
    .sort();
const refusal = async (body: unknown, method = 'POST', path = '/api/connections') => {
  try {
    await rapport.client.send(method, path, {
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
  } catch (error) {
    return error as Error & { code?: string; field?: string };
  }
  throw new Error('it was not refused');
};

test('joins, edits, leaves and unsubscribes arrive; who says no is left alone', {
  timeout: 60_000,
}, async () => {
  const list = mailchimp.account.addList({ id: 'main', name: 'Friends' });
  list.add({ email: 'no@shop.example', status: 'unsubscribed' });
  list.add({ email: 'before@shop.example', merge: { FNAME: 'Theirs', LNAME: 'Kept' }, tags: ['VIP'] });
  await identify({
    ann: { email: 'Ann@shop.example', first_name: 'Ann', city: 'Rome' },
    bob: { email: 'bob@shop.example', first_name: 'Bob', city: 'Rome' },
    no: { email: 'no@shop.example', first_name: 'No', city: 'Rome' },
    before: { email: 'before@shop.example', first_name: 'Beth', city: 'Rome' },
    phone: { phone: '+49301234567', city: 'Rome' },
    wrong: { email: 'fake@nowhere.example', city: 'Rome' },
    silent: { email: 'silent@shop.example', city: 'Rome' },
    other: { email: 'other@shop.example', city: 'Oslo' },
  });
  await rapport.client.post('/api/suppressions', { address: 'silent@shop.example' });
  const segment = await segmentOf('Romans', 'Rome');

  const tested = await rapport.client.post<{
    name: string;
    count: number;
    mapping: object;
    audience: object;
  }>('/api/connections/test', { ...push(segment, 'main'), name: undefined });
  expect(tested).toMatchObject({
    name: 'Romans',
    count: 7,
    mapping: {
      identity: 'email',
      fields: [
        { field: 'first_name', attribute: 'FNAME' },
        { field: 'phone', attribute: 'PHONE' },
      ],
    },
    audience: { name: 'Friends', count: 1 },
  });
  expect(await rapport.client.post('/api/connections/audiences', { key: mailchimp.account.key })).toEqual({
    items: [{ id: 'main', name: 'Friends', count: 1 }],
  });

  const id = await connect(segment, 'main');
  expect(await get(id)).toMatchObject({
    state: 'in_sync',
    records: 7,
    dead_letters: 1,
    last_run: { kind: 'full', status: 'done', seen: 7, refused: 1 },
  });
  expect(tagged('main')).toEqual(['Ann@shop.example', 'before@shop.example', 'bob@shop.example']);
  expect(list.member('ann@shop.example')?.merge_fields).toEqual({ FNAME: 'Ann' });
  expect(list.member('before@shop.example')).toMatchObject({
    merge_fields: { FNAME: 'Beth', LNAME: 'Kept' },
    tags: [{ name: 'VIP' }, { name: 'Regulars' }],
  });
  expect(list.member('no@shop.example')).toMatchObject({
    status: 'unsubscribed',
    merge_fields: {},
    tags: [],
  });
  expect(list.member('silent@shop.example')).toBeUndefined();
  expect(await rapport.client.get(`/api/connections/${id}/left-alone`)).toMatchObject({
    counts: { suppressed: 1, unsubscribed: 1, without_address: 1 },
    items: [{ id: 'silent' }, { id: 'no', address: 'no@shop.example' }, { id: 'phone' }],
  });
  const letters = await rapport.client.get<{ items: Given[] }>(`/api/connections/${id}/dead-letters`);
  expect(letters.items).toMatchObject([
    { record: 'wrong', sink: 'mailchimp_audience', reason: expect.stringContaining('looks fake') },
  ]);

  // Nothing changed: one call.
  expect((await sync(id)).last_run).toMatchObject({ calls: 1, changed: 0, removed: 0 });

  await identify({
    ann: { first_name: 'Anna' },
    bob: { city: 'Oslo' },
    before: { city: 'Oslo' },
    other: { city: 'Rome' },
  });
  await recompute();
  list.unsubscribe('ann@shop.example');
  expect(await sync(id)).toMatchObject({ state: 'in_sync', last_run: { kind: 'incremental' } });
  expect(tagged('main')).toEqual(['other@shop.example']);
  expect(list.member('bob@shop.example')?.status).toBe('archived');
  // Was on the audience before: the tag goes, and nothing else.
  expect(list.member('before@shop.example')).toMatchObject({ status: 'subscribed', tags: [{ name: 'VIP' }] });
  expect(list.member('ann@shop.example')?.status).toBe('unsubscribed');

  // Back again, and written to no more.
  await identify({ bob: { city: 'Rome' } });
  await recompute();
  await rapport.client.post('/api/suppressions', { address: 'other@shop.example' });
  expect(await sync(id)).toMatchObject({ state: 'in_sync' });
  expect(tagged('main')).toEqual(['bob@shop.example']);
  expect(list.member('other@shop.example')?.status).toBe('archived');

  // Somebody who is erased is taken off, and nothing of them is kept.
  await rapport.rooms.log.erase.person(rapport.workspace, 'bob', 'a test');
  await rapport.rooms.log.erase.idle();
  await recompute();
  await sync(id);
  expect(tagged('main')).toEqual([]);
  expect(list.member('bob@shop.example')?.status).toBe('archived');
  const { rows } = await rapport.engine.postgres.pool.query(
    `SELECT record, profile FROM connection_records WHERE record LIKE '%bob%' OR profile LIKE '%bob%' OR record LIKE 'erased%'`,
  );
  expect(rows).toEqual([]);

  const used = await rapport.client
    .send('DELETE', `/api/segments/${segment}`, {})
    .catch((error: Error) => error.message);
  expect(used).toContain('the connection "Push to main"');
});

test('batches of 500, tags of programs, removals beyond a fifth held back', {
  timeout: 120_000,
}, async () => {
  const list = mailchimp.account.addList({ id: 'large' });
  const people = 1_200;
  await identify(
    Object.fromEntries(
      Array.from({ length: people }, (_, n) => [
        `l${n}`,
        { email: `l${n}@shop.example`, city: n < 400 ? 'Lyon' : 'Nice', country: 'France' },
      ]),
    ),
  );
  const { id: program } = await rapport.client.post<{ id: string }>('/api/programs', { name: 'Gold club' });
  await rapport.send('/v1/group', { userId: 'l1', groupId: `program:${program}` });
  await rapport.rooms.log.processed();
  const rule = { all: [{ attribute: 'country', operator: 'equals', value: 'France' }] };
  const { id: segment } = await rapport.client.post<{ id: string }>('/api/segments', {
    name: 'French',
    rule,
  });
  await recompute();
  const sizes: number[] = [];
  mailchimp.onRequest = ({ kind, method, body }) => {
    if (kind === 'list' && method === 'POST') sizes.push(JSON.parse(body).members.length);
  };
  const more = { settings: { segment, program_tags: true }, mapping: { identity: 'email', fields: [] } };
  const id = await connect(segment, 'large', more);
  mailchimp.onRequest = undefined;
  expect(await get(id)).toMatchObject({ state: 'in_sync', records: people });
  expect(sizes.every((size) => size <= 500)).toBe(true);
  expect(sizes).toHaveLength(3);
  expect(tagged('large')).toHaveLength(people);
  expect(tagged('large', 'Gold club')).toEqual(['l1@shop.example']);
  // Six calls: the tag looked for and made, who has it, three batches; and who has it after.
  expect((await get(id)).last_run?.calls).toBe(7);

  const left = { userId: 'l1', groupId: `program:${program}`, traits: { left: true } };
  await rapport.send('/v1/group', left);
  await rapport.rooms.log.processed();
  await sync(id);
  expect(tagged('large', 'Gold club')).toEqual([]);

  // A third leaves at once: an accident, unless a person says that it is none.
  const narrower = { all: [{ attribute: 'city', operator: 'equals', value: 'Nice' }] };
  await rapport.client.send('PATCH', `/api/segments/${segment}`, {
    body: JSON.stringify({ rule: narrower }),
    headers: { 'content-type': 'application/json' },
  });
  await recompute();
  expect(await sync(id)).toMatchObject({ state: 'failing', trouble: { code: 'removals_held' } });
  expect(tagged('large')).toHaveLength(people);
  await rapport.client.post(`/api/connections/${id}/confirm-removals`, {});
  await rapport.rooms.connections.idle();
  expect(await get(id)).toMatchObject({ state: 'in_sync', records: 800 });
  expect(tagged('large')).toHaveLength(800);
  expect(list.count('archived')).toBe(400);
});

test('two connections share an audience: who leaves one of them stays for the other', {
  timeout: 60_000,
}, async () => {
  const list = mailchimp.account.addList({ id: 'shared' });
  await identify({
    eva: { email: 'eva@shop.example', city: 'Ulm', level: 'gold' },
    fred: { email: 'fred@shop.example', city: 'Ulm' },
    gina: { email: 'gina@shop.example', level: 'gold' },
  });
  const mapping = { identity: 'email', fields: [] };
  const first = await connect(
    await segmentOf('Ulm', 'Ulm'),
    'shared',
    { name: 'Ulm', mapping },
    { tag: 'Ulm' },
  );
  const rule = { all: [{ attribute: 'level', operator: 'equals', value: 'gold' }] };
  const { id } = await rapport.client.post<{ id: string }>('/api/segments', { name: 'VIP', rule });
  await recompute();
  const second = await connect(id, 'shared', { name: 'VIP', mapping }, { tag: 'VIP', leaving: 'tag' });
  expect(tagged('shared', 'Ulm')).toEqual(['eva@shop.example', 'fred@shop.example']);
  expect(tagged('shared', 'VIP')).toEqual(['eva@shop.example', 'gina@shop.example']);

  await identify({ eva: { city: 'Kiel' }, fred: { city: 'Kiel' }, gina: { level: 'tin' } });
  await recompute();
  await sync(first);
  await sync(second);
  expect(list.member('eva@shop.example')).toMatchObject({ status: 'subscribed', tags: [{ name: 'VIP' }] });
  expect(list.member('fred@shop.example')?.status).toBe('archived');
  // Only the tag goes, as was asked for.
  expect(list.member('gina@shop.example')).toMatchObject({ status: 'subscribed', tags: [] });

  // What Mailchimp allows an account is shared, whichever way it goes.
  await rapport.client.post('/api/connections', {
    ...{ name: 'Pulled', kind: 'mailchimp', settings: { list: 'shared' } },
    credentials: { key: mailchimp.account.key },
  });
  await rapport.rooms.connections.idle();
  const { rows } = await rapport.engine.postgres.pool.query(
    `SELECT DISTINCT account FROM connections WHERE name IN ('Pulled', 'VIP')`,
  );
  expect(rows).toHaveLength(1);
});

test('what cannot be is refused at its field', async () => {
  mailchimp.account.addList({ id: 'fields' });
  const segment = await segmentOf('Some', 'Bonn');
  const id = await connect(segment, 'fields', { mapping: { identity: 'email', fields: [] } });
  const named = async (...given: Parameters<typeof refusal>) => {
    const { message } = await refusal(...given);
    return message;
  };
  expect(await named(push(segment, 'fields', { name: 'Again' }))).toContain('gives that tag there');
  expect(await named(push(crypto.randomUUID(), 'fields', { name: 'x' }, { tag: 'x' }))).toContain(
    'no such segment',
  );
  const mapping = { identity: 'email', fields: [{ field: 'first_name', attribute: 'first_name' }] };
  expect(await named(push(segment, 'fields', { name: 'x', mapping }, { tag: 'x' }))).toContain('merge tag');
  const another = { sinks: [{ kind: 'mailchimp_audience', list: 'fields', tag: 'Another' }] };
  expect(await named(another, 'PATCH', `/api/connections/${id}`)).toContain('cannot be changed');
  const people = [{ kind: 'profiles', membership: 'x' }];
  expect(await named(push(segment, 'fields', { name: 'x', sinks: people }))).toContain('mailchimp_audience');
});
