import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { appOf, hour, openAlerts, refused, type TestAlerts } from './alerts.testing.ts';
import { createAlerts } from './index.ts';

let a: TestAlerts;
beforeAll(async () => {
  a = await openAlerts();
});
afterAll(() => a?.close());
beforeEach(() => a.reset());

test('keep their secrets', async () => {
  const made = await a.channel('webhook', { url: `${a.receiver.url}/hook?token=hidden` });
  expect(made.secret).toMatch(/^[\w-]{43}$/);
  const shown = JSON.stringify((await a.call('GET', '/channels')).body);
  expect(shown).not.toContain('hidden');
  expect(shown).not.toContain(made.secret);
  const [row] = await a.db.selectFrom('alert_channels').selectAll().execute();
  expect(JSON.stringify(row)).not.toContain('hidden');
  expect(row!.sealed).toMatch(/^v1\./);
});

test('are tested with a button, which says what was said', async () => {
  const { id } = await a.channel('webhook', { url: `${a.receiver.url}/hook` });
  expect((await a.call('POST', `/channels/${id}/test`)).body).toMatchObject({
    arrived: true,
    said: '200: ok',
  });
  a.receiver.answer(404);
  expect((await a.call('POST', `/channels/${id}/test`)).body).toMatchObject({
    arrived: false,
    said: expect.stringMatching(/^127\.0\.0\.1:\d+ answered 404: not today$/),
  });
  expect(a.types('/hook')).toEqual(['test', 'test']);
  await a.call('PATCH', `/channels/${id}`, { url: 'http://127.0.0.1:1/hook' });
  expect((await a.call('POST', `/channels/${id}/test`)).body.said).toMatch(
    /could not be reached \(ECONNREFUSED\)/,
  );
});

test('lead outside only', async () => {
  const outside = createAlerts(a.engine, { background: false, allowInternal: false });
  const app = await appOf(outside, a.workspace);
  for (const url of [a.receiver.url, a.receiver.url.replace('127.0.0.1', 'localhost'), 'http://[::1]:1/']) {
    const { id } = await a.channel('webhook', { url, name: url });
    const tested = await app.inject({ method: 'POST', url: `/api/alerts/channels/${id}/test` });
    expect(tested.json()).toMatchObject({ arrived: false });
    expect(tested.json().said).toContain('is an address of the inside of a network');
  }
  expect(a.receiver.got).toEqual([]);
});

test('that are paused get nothing, neither then nor later', async () => {
  const { id } = await a.channel('webhook', { url: `${a.receiver.url}/hook` });
  a.receiver.answer(500);
  a.subjects = [{ ...a.subject('1'), trouble: refused }];
  await a.pass(10_000, 10_000);
  await a.call('PATCH', `/channels/${id}`, { paused: true });
  await a.pass(hour);
  await a.call('PATCH', `/channels/${id}`, { paused: false });
  await a.pass(hour);
  expect(a.receiver.got).toHaveLength(1);
});

test('say what is wrong with them', async () => {
  await a.channel('slack', { url: a.receiver.url });
  const again = await a.call('POST', '/channels', { kind: 'slack', name: 'slack', url: a.receiver.url });
  expect(again).toMatchObject({ status: 409, body: { error: { code: 'name_taken', field: 'name' } } });
  const { id } = await a.channel('email', { to: 'ops@example.com' });
  expect(await a.call('PATCH', `/channels/${id}`, { url: a.receiver.url })).toMatchObject({
    status: 400,
    body: { error: { field: 'url' } },
  });
  expect(await a.call('PATCH', `/channels/${id}`, { name: 'slack' })).toMatchObject({ status: 409 });
  expect((await a.call('DELETE', `/channels/${id}`)).status).toBe(204);
  expect((await a.call('DELETE', `/channels/${id}`)).status).toBe(404);
});
