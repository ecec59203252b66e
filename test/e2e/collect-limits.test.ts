import { Analytics } from '@segment/analytics-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventCounts, received } from '../support/received.ts';
import { startTestRapport, type TestRapport } from '../support/running.ts';

let t: TestRapport;
beforeAll(async () => {
  t = await startTestRapport();
});
afterAll(() => t?.close());

const all = () => received(t.engine, t.workspace);
const named = async (event: string) => (await all()).filter(({ message }) => message.event === event);
const newKey = (rate_limit?: number) =>
  t.client.post<{ id: string; key: string; rate_limit: number | null }>('/api/keys', {
    kind: 'write',
    name: 'limited',
    ...(rate_limit ? { rate_limit } : {}),
  });
const post = (key: string, path: string, body: object, headers: Record<string, string> = {}) =>
  fetch(t.url + path, {
    method: 'POST',
    headers: { authorization: `Basic ${btoa(`${key}:`)}`, 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

describe('the rate limit of a write key', () => {
  test('429 with the time to wait, which pages of other sites may read; nothing of the request is taken', async () => {
    const { key } = await newKey(2);
    const batch = (event: string) => ({
      batch: Array.from({ length: 60 }, () => ({ type: 'track', event, userId: 'u' })),
    });
    expect((await post(key, '/v1/batch', batch('Within'))).status).toBe(200);
    const refused = await post(key, '/v1/batch', batch('Beyond'), { origin: 'https://shop.example' });
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(20);
    expect(refused.headers.get('access-control-expose-headers')).toBe('retry-after');
    expect(await refused.json()).toMatchObject({ error: { code: 'rate_limited' } });
    expect((await post(key, '/v1/track', { event: 'Beyond', userId: 'u' })).status).toBe(429);
    const cloud = { specversion: '1.0', id: '1', source: '/', type: 'Beyond', subject: 'u' };
    expect((await post(key, '/v1/cloudevents', cloud)).status).toBe(429);
    expect(await named('Within')).toHaveLength(60);
    expect(await named('Beyond')).toEqual([]);
    // Another key of the workspace is not touched.
    expect((await post(t.writeKey, '/v1/track', { event: 'Other key', userId: 'u' })).status).toBe(200);
  });

  test('is set with the key, changed, and taken away', async () => {
    const { id, key, rate_limit } = await newKey(1);
    expect(rate_limit).toBe(1);
    const send = () => post(key, '/v1/batch', { batch: [{}, {}, {}] });
    await send();
    expect((await send()).status).toBe(429);
    const changed = await t.client.send<{ rate_limit: number | null }>('PATCH', `/api/keys/${id}`, {
      body: JSON.stringify({ rate_limit: null }),
      headers: { 'content-type': 'application/json' },
    });
    expect(changed.rate_limit).toBeNull();
    expect((await send()).status).toBe(200);
    const { items } = await t.client.get<{ items: { id: string; rate_limit: number | null }[] }>('/api/keys');
    expect(items.find((one) => one.id === id)?.rate_limit).toBeNull();
    for (const rate of [0, -1, 1.5, 'x']) {
      const answer = t.client.post('/api/keys', { kind: 'write', name: 'x', rate_limit: rate });
      await expect(answer).rejects.toMatchObject({ status: 400 });
    }
  });

  test('Segment’s Node library waits and sends again: nothing lost, nothing twice', async () => {
    const { key } = await newKey(40);
    const analytics = new Analytics({
      writeKey: key,
      host: t.url,
      flushAt: 15,
      flushInterval: 100,
      maxRetries: 20,
    });
    const errors: unknown[] = [];
    analytics.on('error', (error) => errors.push(error));
    for (let n = 0; n < 150; n++)
      analytics.track({ userId: 'sdk', event: 'Patient library', properties: { n } });
    await analytics.closeAndFlush({ timeout: 30_000 });
    expect(errors).toEqual([]);
    expect(await named('Patient library')).toHaveLength(150);
    expect(await eventCounts(t)).toMatchObject({ 'Patient library': 150 });
  });
});

describe('what is recorded beside the message', () => {
  test('of a browser its user agent, of a library on a server none', async () => {
    const browser = { origin: 'https://shop.example', 'user-agent': 'Mozilla/5.0 (a test\twith a tab)' };
    await post(t.writeKey, '/v1/track', { event: 'From a browser', userId: 'u' }, browser);
    await post(
      t.writeKey,
      '/v1/track',
      { event: 'From a server', userId: 'u' },
      { 'user-agent': 'Mozilla/5.0' },
    );
    const [fromBrowser] = await named('From a browser');
    const [fromServer] = await named('From a server');
    expect(fromBrowser).toMatchObject({ user_agent: browser['user-agent'], country: '', ip: '' });
    expect(fromServer).toMatchObject({ user_agent: '', country: '', ip: '' });
    expect((await named('Patient library')).every(({ user_agent }) => user_agent === '')).toBe(true);
  });
});
