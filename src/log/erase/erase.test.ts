import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestEngine, type TestEngine } from '../../../test/support/engine.ts';
import { adhoc } from '../../engine/index.ts';
import { createLog, type Log } from '../index.ts';
import type { Erased } from './schema.ts';

let t: TestEngine<[Log]>;
let log: Log;
const told: Erased[] = [];
let failures = 1;
let pending = 1;
beforeAll(async () => {
  t = await openTestEngine({ rooms: (engine) => [createLog(engine)], now: new Date() });
  [log] = t.rooms;
  log.erase.onErase(async (person) => {
    told.push(person);
    if (failures-- > 0) throw new Error('killed in the middle');
    return { removed: { letters: told.length === 2 ? 3 : 0 }, pending: pending-- > 0 };
  });
});
afterAll(() => t?.close());

const [w, other] = ['018f3e00-0000-7000-8000-000000000001', '018f3e00-0000-7000-8000-000000000002'];
const message = (workspace: string, words: Record<string, unknown>, n = 0) => ({
  workspace,
  source: 'http',
  receivedAt: t.clock.now(),
  message: JSON.stringify({
    messageId: `${JSON.stringify(words)}${n}`.slice(0, 200),
    timestamp: '2026-06-15T10:00:00Z',
    ...words,
  }),
});
const about = (workspace: string) => [
  message(workspace, { type: 'track', event: 'Before', anonymousId: 'anon-ann' }),
  message(workspace, {
    type: 'identify',
    userId: 'ann',
    anonymousId: 'anon-ann',
    traits: { email: 'ann@shop.example', city: 'Rome' },
  }),
  // A number beyond 64 bits: the engine alone cannot read the text it is in.
  message(workspace, { type: 'track', event: 'After', userId: 'ann', properties: { card: 2 ** 67 } }),
  message(workspace, { type: 'alias', userId: 'ann', previousId: 'old-ann' }),
  message(workspace, { type: 'track', event: 'Long ago', userId: 'old-ann' }),
  message(workspace, { type: 'identify', userId: 'bob', traits: { email: 'bob@shop.example' } }),
  // Of Bob, though Ann is mentioned.
  message(workspace, { type: 'track', event: 'Invited', userId: 'bob', properties: { userId: 'ann' } }),
];

/** Rows that hold a text, or the hash of it, of every table that keeps something. */
async function holding(text: string, workspace: string): Promise<Record<string, number>> {
  const tables = [
    'messages',
    'messages_rejected',
    'events',
    'person_events',
    'profile_attributes',
    'people',
    'people_texts',
    'profile_places',
    'identities',
    'identity_owners',
  ];
  const found: Record<string, number> = {};
  for (const table of tables) {
    const [row] = await t.engine.clickhouse.rows<{ n: number }>(
      adhoc(
        'test',
        `SELECT count() AS n FROM ${table} WHERE workspace = {workspace:UUID} 
           AND (position(toString(tuple(*)), {text:String}) > 0 OR position(toString(tuple(*)), toString(sipHash64({text:String}))) > 0)`,
      ),
      { workspace, text },
    );
    if (row?.n) found[table] = row.n;
  }
  return found;
}

test('a person is erased everywhere, under every id; others and other workspaces are not touched', async () => {
  for (const workspace of [w, other]) {
    await log.append(about(workspace));
    await log.reject([
      {
        workspace,
        source: 'http',
        receivedAt: t.clock.now(),
        field: 'event',
        reason: 'is missing',
        message: '{"type":"track","userId":"ann"}',
      },
    ]);
  }
  const before = await holding('ann', other);
  await expect(log.erase.person(w, 'nobody', 'test')).rejects.toMatchObject({ status: 404 });
  const { id } = await log.erase.person(w, 'ann', 'test');
  await until(async () => (await log.erase.get(w, id)).status === 'done');

  const receipt = await log.erase.get(w, id);
  expect(receipt).toMatchObject({ status: 'done', ids: 3, asked_by: 'test' });
  const removed = Object.fromEntries(receipt.removed.map(({ place, count }) => [place, count]));
  expect(removed).toMatchObject({ messages: 5, messages_rejected: 1, events: 3, letters: 3 });
  // Bob's message says "ann" in its properties; it is his.
  expect(await holding('ann', w)).toEqual({ messages: 1, events: 1, person_events: 1 });
  expect(Object.keys(await holding('bob', w)).sort()).toEqual([
    'events',
    'messages',
    'people',
    'people_texts',
    'person_events',
    'profile_attributes',
  ]);
  expect(await holding('ann', other)).toEqual(before);
  expect(told.at(-1)).toMatchObject({ workspace: w, addresses: ['ann@shop.example'] });
  expect([...(told.at(-1)?.ids ?? [])].sort()).toEqual(['ann', 'anon-ann', 'old-ann']);
  // What is kept to refuse them says nothing of who it was.
  const kept = await t.engine.postgres.pool.query(
    'SELECT to_jsonb(e) AS row FROM erasures e UNION ALL SELECT to_jsonb(h) FROM erased_ids h',
  );
  expect(JSON.stringify(kept.rows)).not.toMatch(/ann|shop\.example/);
});

test('what is sent of an erased person is refused and told, until they are allowed again', async () => {
  const again = message(w, { type: 'track', event: 'Retry', userId: 'ann' });
  const [rejected] = [{ messages_rejected: 1 }];
  await log.append([again, message(w, { type: 'track', event: 'Fine', userId: 'bob' })]);
  expect(await holding('Retry', w)).toEqual({});
  expect(await holding('Fine', w)).toEqual({ messages: 1, events: 1, person_events: 1 });
  expect(await holding('of a person who was erased', w)).toEqual(rejected);
  await log.append([{ ...again, workspace: other }]);
  expect(await holding('Retry', other)).toMatchObject({ events: 1 });
  await log.erase.allow(w, 'ann');
  await log.append([again]);
  expect(await holding('Retry', w)).toMatchObject({ messages: 1, events: 1 });
  await expect(log.erase.allow(w, 'ann')).rejects.toMatchObject({ status: 404 });
});

test('reprocessing brings nobody back', async () => {
  await log.reprocess.request({ workspace: null, by: 'test' });
  await log.reprocess.idle();
  expect(await holding('anon-ann', w)).toEqual({});
  expect(await holding('old-ann', w)).toEqual({});
});

async function until(done: () => Promise<boolean>): Promise<void> {
  for (let n = 0; !(await done()); n++) {
    if (n > 200) throw new Error('It took too long.');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
