import { gzipSync } from 'node:zlib';
import { Analytics } from '@segment/analytics-node';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventCounts } from '../support/received.ts';
import { startTestRapport, type TestRapport } from '../support/running.ts';

let t: TestRapport;
beforeAll(async () => {
  t = await startTestRapport();
});
afterAll(() => t?.close());

const counts = () => eventCounts(t);
const rejected = async () =>
  (
    await t.client.get<{ items: { field: string; reason: string; message: string }[] }>(
      '/api/log/rejected?limit=1000',
    )
  ).items;

describe('the Segment tracking API', () => {
  test('takes each type of message on its long and its short path', async () => {
    const taken = [
      ['track', 't', { event: 'Path tested', userId: 'path' }],
      ['identify', 'i', { userId: 'path', traits: { city: 'Rome' } }],
      ['page', 'p', { anonymousId: 'path-a' }],
      ['screen', 's', { userId: 'path', name: 'Home' }],
      ['group', 'g', { userId: 'path', groupId: 'g' }],
      ['alias', 'a', { userId: 'path', previousId: 'path-a' }],
    ] as const;
    for (const [long, short, body] of taken) {
      for (const path of [long, short]) {
        expect(await t.send(`/v1/${path}`, body)).toEqual({ status: 200, body: { success: true } });
      }
    }
    expect(await counts()).toMatchObject({ 'Path tested': 2, 'Page Viewed': 2, Home: 2 });
  });

  test('takes the write key from the body, JSON as text/plain, and gzip', async () => {
    const message = { event: 'Beacon', userId: 'u', writeKey: t.writeKey };
    const none = { authorization: '' };
    expect((await t.send('/v1/track', message, none)).status).toBe(200);
    expect((await t.send('/v1/track', message, { ...none, 'content-type': 'text/plain' })).status).toBe(200);
    const zipped = gzipSync(JSON.stringify(message));
    expect((await t.send('/v1/track', zipped, { ...none, 'content-encoding': 'gzip' })).status).toBe(200);
    expect(await counts()).toMatchObject({ Beacon: 3 });
  });

  test("Segment's own Node library, unmodified: every event counted once, in its own time", async () => {
    const analytics = new Analytics({ writeKey: t.writeKey, host: t.url, flushAt: 50 });
    const errors: unknown[] = [];
    analytics.on('error', (error) => errors.push(error));
    for (let n = 0; n < 500; n++) {
      analytics.track({ userId: `sdk-${n % 10}`, event: 'From the library', properties: { n } });
    }
    analytics.identify({ userId: 'sdk-1', traits: { plan: 'gold' } });
    await analytics.closeAndFlush();
    expect(errors).toEqual([]);
    expect(await counts()).toMatchObject({ 'From the library': 500 });
  });

  test('the same messageId twice counts once, on its own and within a batch', async () => {
    const message = {
      type: 'track',
      event: 'Once',
      userId: 'u',
      messageId: 'once',
      timestamp: '2026-06-01T10:00:00Z',
    };
    await t.send('/v1/track', message);
    await t.send('/v1/batch', { batch: [message, message], sentAt: new Date().toISOString() });
    expect(await counts()).toMatchObject({ Once: 1 });
  });
});

describe('bad input', () => {
  test('an unknown or missing write key is 401 and says so', async () => {
    const unknown = { authorization: `Basic ${btoa('nonsense:')}` };
    expect(await t.send('/v1/track', { event: 'x', userId: 'u' }, unknown)).toMatchObject({
      status: 401,
      body: { error: { code: 'unknown_write_key', field: 'writeKey' } },
    });
    expect(await t.send('/v1/track', { event: 'x', userId: 'u' }, { authorization: '' })).toMatchObject({
      status: 401,
      body: { error: { code: 'no_write_key' } },
    });
  });

  test('malformed JSON is 400, a body over the limit 413, neither is taken', async () => {
    expect(await t.send('/v1/track', '{"event": ')).toMatchObject({
      status: 400,
      body: { error: { code: 'bad_json' } },
    });
    const large = {
      batch: [{ type: 'track', event: 'x', userId: 'u', properties: { x: 'x'.repeat(600_000) } }],
    };
    expect(await t.send('/v1/batch', large)).toMatchObject({
      status: 413,
      body: { error: { code: 'too_large' } },
    });
    const bomb = gzipSync(Buffer.alloc(50_000_000, 'x'));
    expect((await t.send('/v1/track', bomb, { 'content-encoding': 'gzip' })).status).toBe(413);
  });

  test.each([
    ['track', { userId: 'u' }, 'event'],
    ['track', { event: 'x' }, 'userId'],
    ['track', { event: 'x', userId: 'u', timestamp: 'yesterday' }, 'timestamp'],
    ['track', { event: 'x', userId: 'u', timestamp: '0000-01-01T00:00:00Z' }, 'timestamp'],
    ['track', { event: 'x', userId: 'u', properties: [1] }, 'properties'],
    ['track', { event: 'x', userId: { a: 1 } }, 'userId'],
    ['identify', { userId: 'u', traits: 'x' }, 'traits'],
    ['group', { userId: 'u' }, 'groupId'],
    ['alias', { userId: 'u' }, 'previousId'],
    ['track', { event: 'x', userId: 'u', properties: { long: 'x'.repeat(33_000) } }, 'body'],
  ])('%s %j names the field', async (type, body, field) => {
    expect(await t.send(`/v1/${type}`, body)).toMatchObject({ status: 400, body: { error: { field } } });
  });

  test('an invalid message does not sink its batch: it is kept with its reason', async () => {
    const batch = [
      { type: 'track', event: 'Good company', userId: 'u' },
      { type: 'track', userId: 'bad-company' },
      { type: 'nonsense', userId: 'u' },
      { type: 'track', event: 'Good company', userId: 'v' },
    ];
    expect(await t.send('/v1/batch', { batch })).toEqual({
      status: 200,
      body: { success: true, rejected: 2 },
    });
    expect(await counts()).toMatchObject({ 'Good company': 2 });
    const fields = (await rejected()).map(({ field }) => field);
    expect(fields).toContain('batch[1].event');
    expect(fields).toContain('batch[2].type');
  });

  test('an id or a name with a NUL is refused; in a text it becomes U+FFFD', async () => {
    for (const body of [
      { event: 'x', userId: 'a\0b' },
      { event: 'x\0', userId: 'u' },
    ]) {
      expect((await t.send('/v1/track', body)).status).toBe(400);
    }
    await t.send('/v1/identify', { userId: 'nul', traits: { name: 'A\0', 'k\0': 1, path: 'C:\\\\u0000' } });
    await t.rooms.log.processed();
    const { attributes } = await t.client.get<{ attributes: { name: string; value: unknown }[] }>(
      '/api/people/nul',
    );
    const values = Object.fromEntries(attributes.map(({ name, value }) => [name, value]));
    expect(values).toEqual({ name: 'A\ufffd', 'k\ufffd': 1, path: 'C:\\\\u0000' });
    expect(
      (await fetch(`${t.url}/api/people/a%00b`, { headers: { authorization: `Bearer x` } })).status,
    ).toBe(401);
  });

  test('a batch of many years is taken', async () => {
    // More months than one insert may have partitions by the engine's own limit, 100.
    const batch = Array.from({ length: 150 }, (_, n) => ({
      type: 'track',
      event: 'Long ago',
      userId: 'u',
      timestamp: new Date(Date.UTC(1985, 3 * n, 1)).toISOString(),
    }));
    expect(await t.send('/v1/batch', { batch })).toMatchObject({ status: 200 });
    expect(await counts()).toMatchObject({ 'Long ago': 150 });
  });

  test('any JSON at all is taken or refused with a reason, never 5xx', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.jsonValue(),
        fc.constantFrom('track', 'identify', 'batch', 'page'),
        async (value, path) => {
          const { status, body } = await t.send(`/v1/${path}`, value);
          expect(status).toBeLessThan(500);
          if (status !== 200) expect(body.error?.message).toBeTruthy();
        },
      ),
      { numRuns: 200 },
    );
  });

  test('any text in any place of a message is kept as it is', async () => {
    const texts = fc.array(fc.string({ unit: 'binary', maxLength: 50 }), { minLength: 20, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(texts, fc.uuid(), async (those, id) => {
        const answers = those.map((text, n) =>
          t.send('/v1/identify', { userId: `any-${id}-${n}`, traits: { text, '__proto__ ': 1 } }),
        );
        for (const { status } of await Promise.all(answers)) expect(status).toBe(200);
        await t.rooms.log.processed();
        const people = those.map((_, n) =>
          t.client.get<{ attributes: { name: string; value: unknown }[] }>(`/api/people/any-${id}-${n}`),
        );
        const kept = (await Promise.all(people)).map(
          ({ attributes }) => attributes.find(({ name }) => name === 'text')?.value,
        );
        expect(kept).toEqual(those.map((text) => text.toWellFormed().replaceAll('\0', '\ufffd')));
      }),
      { numRuns: 5 },
    );
  });
});

describe('tenancy', () => {
  test('a key of one workspace neither reads nor names what is in another', async () => {
    const { access } = t.rooms;
    const other = await access.workspaces.create('Other', 'UTC');
    const { key } = await access.keys.create(other.id, 'api', 'other', 'admin');
    await t.send('/v1/track', { event: 'Private', userId: 'private-person' });
    const ask = (path: string) =>
      fetch(t.url + path, { headers: { authorization: `Bearer ${key}` } }).then(async (answer) => ({
        status: answer.status,
        text: await answer.text(),
      }));
    for (const path of [
      '/api/people',
      '/api/metrics/events',
      '/api/segments',
      '/api/emails',
      '/api/imports',
      '/api/campaigns',
      '/api/mailbox',
      '/api/log/rejected',
    ]) {
      const { status, text } = await ask(path);
      expect(status).toBe(200);
      expect(JSON.parse(text).items).toEqual([]);
    }
    expect((await ask('/api/people/private-person')).status).toBe(404);
    const foreign = await fetch(`${t.url}/api/people`, {
      headers: { authorization: `Bearer ${key}`, 'x-rapport-workspace': t.workspace },
    });
    expect(foreign.status).toBe(403);
  });

  test('an address written in another way opens nothing', async () => {
    const ask = (path: string, method = 'GET') =>
      fetch(t.url + path, { method }).then(({ status }) => status);
    expect(await ask('/%61pi/sign-in-links', 'POST')).toBe(401);
    expect(await ask('/api/%73ign-in-links', 'POST')).toBe(401);
    expect(await ask('/%61pi/people')).toBe(401);
    expect(await ask('//api/people')).not.toBe(200);
    expect(await ask('/API/people')).not.toBe(200);
  });

  test('an API key makes no sign-in link', async () => {
    const { key } = await t.rooms.access.keys.create(t.workspace, 'api', 'link', 'admin');
    const answer = await fetch(`${t.url}/api/sign-in-links`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
    });
    expect(answer.status).toBe(403);
  });

  test('without a key or a session nothing below /api answers', async () => {
    const { paths } = (await (await fetch(`${t.url}/api/openapi.json`)).json()) as {
      paths: Record<string, Record<string, unknown>>;
    };
    for (const [path, methods] of Object.entries(paths)) {
      if (!path.startsWith('/api/')) continue;
      for (const method of Object.keys(methods)) {
        const answer = await fetch(
          t.url + path.replaceAll(/\{\w+\}/g, '018f3e00-0000-7000-8000-000000000009'),
          {
            method: method.toUpperCase(),
          },
        );
        // Of an address that holds its own key a wrong one does not even tell that there is something.
        const refused = path.endsWith('/{secret}') ? 404 : 401;
        expect(`${method} ${path} ${answer.status}`).toBe(`${method} ${path} ${refused}`);
      }
    }
  });
});
