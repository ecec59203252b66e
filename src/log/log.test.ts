import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestEngine, type TestEngine } from '../../test/support/engine.ts';
import { adhoc } from '../engine/index.ts';
import { createLog, type Log } from './index.ts';
import { Tail } from './tail.ts';

let t: TestEngine<[Log]>;
let log: Log;
beforeAll(async () => {
  t = await openTestEngine({ rooms: (engine) => [createLog(engine)] });
  [log] = t.rooms;
});
afterAll(() => t?.close());

const workspaceOf = (n: number) => `018f3e00-0000-7000-8000-${String(n).padStart(12, '0')}`;
const put = (workspace: string, ...messages: object[]) =>
  log.append(
    messages.map((message) => ({
      workspace,
      source: 'http',
      receivedAt: t.clock.now(),
      message: JSON.stringify(message),
    })),
  );
const ask = <T>(text: string, workspace: string) =>
  t.engine.clickhouse.rows<T>(adhoc('test', text), { workspace });

describe('append', () => {
  test('an appended message is in the log and in its views', async () => {
    const w = workspaceOf(1);
    await put(w, {
      type: 'track',
      event: 'Order Completed',
      userId: 'u1',
      messageId: 'm1',
      timestamp: '2026-06-01T10:20:30.456Z',
      properties: { revenue: 12.5, url: 'https://shop.example/a/b?x=1' },
    });
    expect(
      await ask(
        'SELECT name, profile, toString(time) AS time, revenue, path FROM profile_events WHERE workspace = {workspace:UUID}',
        w,
      ),
    ).toEqual([
      {
        name: 'Order Completed',
        profile: 'u1',
        time: '2026-06-01 10:20:30.456',
        revenue: 12.5,
        path: '/a/b',
      },
    ]);
  });

  test('many callers at once are written together and none is lost', async () => {
    const w = workspaceOf(2);
    await Promise.all(
      Array.from({ length: 500 }, (_, n) =>
        put(w, { type: 'track', event: 'E', userId: `u${n}`, messageId: `m${n}` }),
      ),
    );
    expect(
      await ask('SELECT count() AS n FROM profile_events WHERE workspace = {workspace:UUID}', w),
    ).toEqual([{ n: 500 }]);
    const [{ parts } = { parts: 0 }] = await ask<{ parts: number }>(
      'SELECT uniqExact(_part) AS parts FROM messages WHERE workspace = {workspace:UUID}',
      w,
    );
    expect(parts).toBeLessThan(50);
  });

  test('the same message twice counts once, also with another sentAt', async () => {
    const w = workspaceOf(3);
    const message = {
      type: 'track',
      event: 'E',
      userId: 'u',
      messageId: 'same',
      timestamp: '2026-06-01T10:59:59.900Z',
    };
    for (const seconds of [0, 1, 5]) {
      const receivedAt = new Date(t.clock.now().getTime() + seconds * 1000);
      await log.append([
        {
          workspace: w,
          source: 'http',
          receivedAt,
          sentAt: new Date(receivedAt.getTime() - 300),
          message: JSON.stringify(message),
        },
      ]);
    }
    expect(
      await ask('SELECT count() AS n FROM profile_events WHERE workspace = {workspace:UUID}', w),
    ).toEqual([{ n: 1 }]);
  });

  test('anonymous history joins the user, also when the joining message comes last', async () => {
    const w = workspaceOf(4);
    await put(w, { type: 'page', anonymousId: 'a', messageId: '1', timestamp: '2026-06-01T10:00:00Z' });
    await put(w, { type: 'identify', anonymousId: 'a', messageId: '2', traits: { city: 'Rome' } });
    await put(w, { type: 'identify', userId: 'u', anonymousId: 'a', messageId: '3', traits: { age: 7 } });
    expect(
      await ask('SELECT name, profile FROM profile_events WHERE workspace = {workspace:UUID}', w),
    ).toEqual([{ name: 'Page Viewed', profile: 'u' }]);
    expect(
      await ask(
        'SELECT profile, key, text FROM profile_values WHERE workspace = {workspace:UUID} ORDER BY key',
        w,
      ),
    ).toEqual([
      { profile: 'u', key: 'age', text: '7' },
      { profile: 'u', key: 'city', text: 'Rome' },
    ]);
    expect(await ask('SELECT profile FROM profiles WHERE workspace = {workspace:UUID}', w)).toEqual([
      { profile: 'u' },
    ]);
  });

  test('the latest attribute is the one with the latest time inside the message, not the last to arrive', async () => {
    const w = workspaceOf(5);
    const identify = (messageId: string, timestamp: string, city: string) =>
      put(w, { type: 'identify', userId: 'u', messageId, timestamp, traits: { city } });
    await identify('2', '2026-06-02T00:00:00Z', 'new');
    await identify('1', '2026-06-01T00:00:00Z', 'old');
    expect(
      await ask("SELECT text FROM profile_values WHERE workspace = {workspace:UUID} AND key = 'city'", w),
    ).toEqual([{ text: 'new' }]);
  });

  test('a text that is no JSON costs nobody else theirs', async () => {
    const w = workspaceOf(6);
    const bad = log.append([
      { workspace: w, source: 'http', receivedAt: t.clock.now(), message: '{"broken": ' },
    ]);
    const good = ['1', '2', '3'].map((messageId) =>
      put(w, { type: 'track', event: 'E', userId: 'u', messageId }),
    );
    await Promise.all([bad, ...good]);
    expect(
      await ask('SELECT count() AS n FROM profile_events WHERE workspace = {workspace:UUID}', w),
    ).toEqual([{ n: 3 }]);
  });

  test('what is accepted is durable at once, and in the views when it is processed', async () => {
    const w = workspaceOf(8);
    const message = JSON.stringify({ type: 'track', event: 'E', userId: 'u', messageId: '1' });
    const text = 'SELECT count() AS n FROM messages WHERE workspace = {workspace:UUID}';
    await log.pauseProcessing(async () => {
      await log.accept([{ workspace: w, source: 'http', receivedAt: t.clock.now(), message }]);
      expect(await ask(text, w)).toEqual([{ n: 1 }]);
      expect(await ask(text.replace('messages', 'events'), w)).toEqual([{ n: 0 }]);
      expect(log.queuedBytes()).toBeGreaterThan(0);
    });
    await log.processed();
    expect(await ask(text.replace('messages', 'events'), w)).toEqual([{ n: 1 }]);
    expect(log.queuedBytes()).toBe(0);
  });
});

describe('after an unclean stop', () => {
  test('what is in the log but not in its views is derived again, and counts once', async () => {
    const w = workspaceOf(7);
    await put(w, { type: 'track', event: 'E', userId: 'u', messageId: '1' });
    await t.engine.clickhouse.run(adhoc('lose', 'DELETE FROM events WHERE workspace = {workspace:UUID}'), {
      workspace: w,
    });
    const tail = new Tail(t.engine);
    await tail.rederive();
    await tail.rederive();
    expect(
      await ask('SELECT count() AS n FROM profile_events WHERE workspace = {workspace:UUID}', w),
    ).toEqual([{ n: 1 }]);
  });
});
