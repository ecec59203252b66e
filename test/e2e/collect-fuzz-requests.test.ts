import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adhoc } from '../../src/engine/index.ts';
import {
  atOnce,
  expectKept,
  type Neighbour,
  nasty,
  neighbour,
  nested,
  quoted,
  sendAnything,
  withField,
} from '../support/fuzz.ts';
import { startTestRapport, type TestRapport } from '../support/running.ts';

/** Requests that are wrong as a whole: size, depth, bytes, headers, CloudEvents. */
let t: TestRapport;
let other: Neighbour;
beforeAll(async () => {
  t = await startTestRapport();
  other = await neighbour(t);
});
afterAll(() => t?.close());

describe('whole requests', () => {
  const track = { event: 'Whole', userId: 'u' };

  test('a sentAt of any year corrects no time out of what can be kept', async () => {
    const taken: { id: string; type: string }[] = [];
    for (const sentAt of [
      '0000-01-01T00:00:00Z',
      '1970-01-01T00:00:01Z',
      '2099-12-31T00:00:00Z',
      '9999-01-01T00:00:00Z',
      5,
      {},
    ]) {
      for (const timestamp of [
        '1970-01-01T00:00:00Z',
        '2026-06-01T00:00:00Z',
        '2099-12-31T23:59:59Z',
        undefined,
      ]) {
        const id = `skewed-${taken.length}`;
        const batch = [{ type: 'track', ...track, event: 'Skewed', messageId: id, timestamp }];
        expect((await sendAnything(t, '/v1/batch', JSON.stringify({ batch, sentAt }))).status).toBe(200);
        taken.push({ id, type: 'track' });
      }
    }
    await expectKept(t, other, taken);
    const range = adhoc(
      'test_time_range',
      `SELECT toYear(min(time)) AS first, toYear(max(time)) AS last FROM events WHERE workspace = {workspace:UUID}`,
    );
    const { first, last } = await t.engine.clickhouse.row<{ first: number; last: number }>(range, {
      workspace: t.workspace,
    });
    expect(first).toBeGreaterThanOrEqual(1970);
    expect(last).toBeLessThan(2100);
  });

  test('too large, at once or packed: 413, and nothing of it is taken', async () => {
    for (const field of ['event', 'userId', 'messageId', 'properties', 'x']) {
      const huge = withField(track, field, quoted('x'.repeat(10_000_000)));
      expect((await sendAnything(t, '/v1/track', huge)).status).toBe(413);
      const packed = gzipSync(huge);
      expect((await sendAnything(t, '/v1/track', packed, { 'content-encoding': 'gzip' })).status).toBe(413);
    }
    expect((await sendAnything(t, '/v1/batch', `{"batch":[${'0,'.repeat(200_000)}0]}`)).status).toBe(400);
    expect((await sendAnything(t, '/v1/batch', `{"batch":[${'0,'.repeat(999)}0]}`)).body.rejected).toBe(
      1_000,
    );
  });

  test('nested as deep as the size allows, in any place', async () => {
    const deep = nested(240_000);
    const { key } = await t.rooms.access.keys.create(t.workspace, 'api', 'deep', 'editor');
    const event = { specversion: '1.0', id: '1', source: '/s' };
    for (const type of ['x.loyalty.program', 'x.loyalty.campaign', 'fuzzed']) {
      const body = withField({ ...event, type }, 'data', `{"target":${deep}}`);
      for (const one of [body, `[${body}]`]) {
        await sendAnything(t, '/v1/cloudevents', one, { authorization: `Bearer ${key}` });
      }
    }
    for (const body of [
      deep,
      `{"batch":${deep}}`,
      `{"batch":[${deep}]}`,
      `{"event":"x","userId":${deep}}`,
      withField(track, 'properties', `{"a":${deep}}`),
    ]) {
      for (const path of ['/v1/track', '/v1/batch', '/v1/cloudevents']) await sendAnything(t, path, body);
    }
  });

  test('bytes that are no JSON, no UTF-8, not packed, cut off', async () => {
    const packed = gzipSync(JSON.stringify(track));
    const bodies: [Uint8Array, Record<string, string>][] = [
      [Buffer.from([0xff, 0xfe, 0x00, 0x80]), {}],
      [Buffer.from(JSON.stringify(track), 'utf16le'), {}],
      [Buffer.from('nonsense'), { 'content-encoding': 'gzip' }],
      [packed.subarray(0, packed.length - 6), { 'content-encoding': 'gzip' }],
      [packed, {}],
      [packed, { 'content-encoding': 'br' }],
      [Buffer.alloc(0), {}],
      [Buffer.from('NaN'), {}],
      [Buffer.from('{"event":NaN}'), {}],
      [Buffer.from("{'event':1}"), {}],
      [Buffer.from('{"event":"x","userId":"u",}'), {}],
    ];
    for (const [body, headers] of bodies) {
      for (const path of ['/v1/track', '/v1/batch', '/v1/cloudevents']) {
        for (const type of ['application/json', 'text/plain', 'application/cloudevents+json']) {
          const { status } = await sendAnything(t, path, body, { 'content-type': type, ...headers });
          expect(status).toBeGreaterThanOrEqual(400);
        }
      }
    }
  });

  test('a text in another encoding is refused, or kept with what could not be read', async () => {
    await sendAnything(t, '/v1/track', Buffer.from('{"event":"\xe9","userId":"u"}', 'latin1'));
  });

  test('any headers', async () => {
    const text = fc.string({ unit: 'grapheme-ascii', maxLength: 100 });
    const headers = fc.dictionary(
      fc.constantFrom(
        'authorization',
        'content-type',
        'content-encoding',
        'origin',
        'user-agent',
        'x-forwarded-for',
        'x-rapport-workspace',
        'cookie',
        'ce-specversion',
        'ce-id',
        'ce-time',
        'referer',
      ),
      fc.oneof(
        text,
        fc.constantFrom(
          'Basic',
          'Basic =',
          `Basic ${btoa('a:b')}`,
          'Bearer x',
          `Bearer ${'x'.repeat(5_000)}`,
          'application/json',
          '*/*',
          '1.0',
          'gzip',
          other.workspace,
        ),
      ),
    );
    await fc.assert(
      fc.asyncProperty(headers, async (given) => {
        // Which characters a header may have, fetch decides; the rest never leaves.
        const sendable = Object.fromEntries(
          Object.entries(given).filter(([, value]) => /^[\x20-\x7e]*$/.test(value)),
        );
        await sendAnything(t, '/v1/track', JSON.stringify(track), sendable);
        await sendAnything(t, '/v1/cloudevents', '{}', sendable);
      }),
      { numRuns: 100 },
    );
  });

  test('any CloudEvent', async () => {
    const event = { specversion: '1.0', id: '1', source: '/s', type: 'fuzzed', subject: 'u', data: { a: 1 } };
    const { key } = await t.rooms.access.keys.create(t.workspace, 'api', 'fuzz', 'editor');
    const document = { ...event, type: 'x.loyalty.program' };
    const campaign = { ...event, type: 'x.loyalty.campaign', data: { target: {} } };
    const fields = [...Object.keys(event), 'time', 'data.a', 'data.target', 'data.name', 'datacontenttype'];
    await atOnce(
      fields.flatMap((field) => nasty.map((raw) => ({ field, raw }))),
      async ({ field, raw }) => {
        await sendAnything(t, '/v1/cloudevents', withField(event, field, raw));
        for (const one of [document, campaign]) {
          const authorization = `Bearer ${key}`;
          await sendAnything(t, '/v1/cloudevents', withField(one, field, raw), { authorization });
        }
      },
    );
    await expectKept(t, other, []);
  });

  test('afterwards all is well: figures can be asked for, and the pollution of prototypes polluted nothing', async () => {
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
    for (const path of [
      '/api/people',
      '/api/log/rejected?limit=1000',
      '/api/people/u',
      '/api/people/u/timeline',
      '/health',
    ]) {
      await t.client.get(path);
    }
  });
});
