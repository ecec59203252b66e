import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestEngine, type TestEngine } from '../../../test/support/engine.ts';
import { adhoc } from '../../engine/index.ts';
import { createLog, type Log } from '../index.ts';
import { openStore } from './store.ts';

let t: TestEngine<[Log]>;
let log: Log;
beforeAll(async () => {
  t = await openTestEngine({ rooms: (engine) => [createLog(engine)], now: new Date('2026-06-15T12:00:00Z') });
  [log] = t.rooms;
  for (const w of [mine, other]) await log.append(history(w, 20));
  await log.append(history(mine, 5, '2026-03-01T10:00:00Z'));
});
afterAll(() => t?.close());

const [mine, other] = ['018f3e00-0000-7000-8000-000000000001', '018f3e00-0000-7000-8000-000000000002'];
const rows = <T>(text: string, params: Record<string, unknown> = {}) =>
  t.engine.clickhouse.rows<T>(adhoc('test', text), params);

/** An event a day, backwards, and what is known of whoever did it. */
const history = (workspace: string, days: number, from = '2026-06-15T10:00:00Z') =>
  Array.from({ length: days }, (_, n) => new Date(Date.parse(from) - n * 86_400_000)).flatMap((at) => {
    const common = { userId: `u-${at.toISOString()}`, timestamp: at.toISOString() };
    return [
      { ...common, type: 'track', event: 'Seen', messageId: `e-${at.toISOString()}` },
      { ...common, type: 'identify', messageId: `i-${at.toISOString()}`, traits: { city: 'Rome' } },
    ].map((message) => ({ workspace, source: 'http', receivedAt: at, message: JSON.stringify(message) }));
  });

const kept = async (workspace: string) => {
  const count = async (table: string) =>
    (
      await rows<{ n: number }>(`SELECT count() AS n FROM ${table} WHERE workspace = {workspace:UUID}`, {
        workspace,
      })
    )[0]?.n;
  const [oldest] = await rows<{ at: string }>(
    'SELECT toString(toDate(min(received_at))) AS at FROM messages WHERE workspace = {workspace:UUID}',
    { workspace },
  );
  return {
    oldest: oldest?.at,
    messages: await count('messages'),
    events: await count('events'),
    people: await count('profile_attributes'),
  };
};

test('nothing goes before the next night, and it can be taken back until then', async () => {
  expect(await log.retain.get(mine)).toMatchObject({ days: null, next_at: null, deleted_to: null });
  expect(await log.retain.set(mine, 10, 'test')).toMatchObject({
    days: 10,
    next_at: '2026-06-16T02:00:00.000Z',
    deletes_before: '2026-06-06T00:00:00.000Z',
  });
  await log.retain.idle();
  expect(await kept(mine)).toEqual({ oldest: '2026-02-25', messages: 50, events: 25, people: 25 });
});

test('at night what is older goes, of this workspace alone; its hours are counted again', async () => {
  const [{ now } = { now: '' }] = await rows<{ now: string }>('SELECT toString(now64(3)) AS now');
  t.clock.set(new Date('2026-06-16T02:00:00Z'));
  await log.retain.idle();
  // June 6th to 15th; what is known of people stays.
  expect(await kept(mine)).toEqual({ oldest: '2026-06-06', messages: 20, events: 10, people: 25 });
  expect(await kept(other)).toEqual({ oldest: '2026-05-27', messages: 40, events: 20, people: 20 });
  expect(await log.retain.get(mine)).toMatchObject({
    days: 10,
    deleted_to: '2026-06-06T00:00:00.000Z',
    next_at: '2026-06-17T02:00:00.000Z',
  });
  const marked = await rows<{ workspace: string; hours: number }>(
    `SELECT workspace, uniqExact(hour) AS hours FROM hour_marks
     WHERE touched >= parseDateTime64BestEffort({now:String}, 3, 'UTC') GROUP BY workspace`,
    { now },
  );
  expect(marked).toEqual([{ workspace: mine, hours: 15 }]);
  // Days and months that were this workspace's alone went as a whole.
  const parts = await rows<{ partition: string }>(
    `SELECT DISTINCT partition FROM system.parts WHERE active AND database = currentDatabase()
       AND table IN ('messages', 'events') AND (partition < '202604' OR partition LIKE '202603%')`,
  );
  expect(parts).toEqual([]);
});

test('left in the middle by a kill, it is finished by the next run, its hours marked too', async () => {
  const to = new Date('2026-06-08T00:00:00Z');
  const store = openStore(t.engine);
  const lost = Date.parse('2026-06-06T10:00:00Z') / 1000;
  await store.begin([mine], to);
  await store.addHours([{ workspace: mine, hours: [lost] }]);
  await t.engine.clickhouse.run(
    adhoc('test', `DELETE FROM events WHERE workspace = {workspace:UUID} AND received_at < '2026-06-07'`),
    { workspace: mine },
    { settings: { lightweight_deletes_sync: '2' } },
  );
  const [{ now } = { now: '' }] = await rows<{ now: string }>('SELECT toString(now64(3)) AS now');
  await log.retain.idle();
  expect(await kept(mine)).toMatchObject({ oldest: '2026-06-08', messages: 16, events: 8 });
  const marked = await rows<{ at: number }>(
    `SELECT toUnixTimestamp(hour) AS at FROM hour_marks WHERE workspace = {workspace:UUID}
       AND touched >= parseDateTime64BestEffort({now:String}, 3, 'UTC') ORDER BY at`,
    { now, workspace: mine },
  );
  expect(marked).toEqual([{ at: lost }, { at: lost + 86_400 }]);
});

test('what is known of people survives a reprocessing of a log that is not whole any more', async () => {
  const { id } = await log.reprocess.request({ workspace: null, by: 'test' });
  await log.reprocess.idle();
  expect(await log.reprocess.get(undefined, id)).toMatchObject({ status: 'done', profiles: true });
  const [{ people, cities } = { people: 0, cities: 0 }] = await rows<{ people: number; cities: number }>(
    `SELECT uniqExact(profile) AS people, countIf(text = 'Rome') AS cities FROM profile_values WHERE workspace = {workspace:UUID}`,
    { workspace: mine },
  );
  expect({ people, cities }).toEqual({ people: 25, cities: 25 });
  expect((await kept(other)).events).toBe(20);
});

test('for ever again: nothing more goes', async () => {
  await log.retain.set(mine, null, 'test');
  t.clock.advance(40 * 86_400_000);
  await log.retain.idle();
  expect((await kept(mine)).messages).toBe(16);
});
