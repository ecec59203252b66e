import { webcrypto } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { hour, minute, openAlerts, refused, type TestAlerts } from './alerts.testing.ts';
import { look } from './incidents.ts';
import { createAlerts } from './index.ts';

let a: TestAlerts;
beforeAll(async () => {
  a = await openAlerts();
});
afterAll(() => a?.close());
beforeEach(() => a.reset());

test('are signed so that others can tell', async () => {
  const { secret } = await a.channel('webhook', { url: `${a.receiver.url}/hook` });
  a.subjects = [{ ...a.subject('1'), trouble: refused }];
  await a.pass(minute);
  const [{ headers, body }] = a.receiver.at('/hook') as [(typeof a.receiver.got)[number]];
  const [, seconds, hex] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(headers['rapport-signature'] as string)!;
  expect(Number(seconds) * 1_000).toBe(a.clock.now().getTime());
  const key = await webcrypto.subtle.importKey(
    'raw',
    new TextEncoder().encode(secret),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['verify'],
  );
  const verify = (text: string) =>
    webcrypto.subtle.verify('HMAC', key, Buffer.from(hex!, 'hex'), new TextEncoder().encode(text));
  expect(await verify(`${seconds}.${body}`)).toBe(true);
  expect(await verify(`${Number(seconds) + 1}.${body}`)).toBe(false);
  expect(await verify(`${seconds}.${body} `)).toBe(false);
  expect(headers['rapport-id']).toBe(JSON.parse(body).id);
});

test('that do not arrive are tried again with longer waits, in their order, under the same id', async () => {
  const { id } = await a.channel('webhook', { url: `${a.receiver.url}/hook` });
  a.receiver.answer(500, 503, 301);
  a.subjects = [{ ...a.subject('1'), trouble: refused }];
  await a.pass(30_000, 5_000);
  expect(a.receiver.got).toHaveLength(2);
  const [seen] = (await a.call('GET', '/channels')).body.items;
  expect(seen).toMatchObject({ id, arrived_at: null });
  expect(seen.last_error).toMatch(/answered 503: not today/);
  expect((await a.call('GET', '/incidents?open=true')).body.items).toMatchObject([{ undelivered: 1 }]);
  // It ends before anybody was told: first things first.
  a.subjects = [a.subject('1')];
  await a.pass(3 * minute, 5_000);
  expect(a.types('/hook')).toEqual([...Array(4).fill('incident.opened'), 'incident.closed']);
  const ids = a.receiver.at('/hook').map(({ headers }) => headers['rapport-id']);
  expect(new Set(ids.slice(0, 4)).size).toBe(1);
  expect(ids[4]).not.toBe(ids[0]);
  const [after] = (await a.call('GET', '/channels')).body.items;
  expect(after.last_error).toBeNull();
  expect(after.arrived_at).not.toBeNull();
});

test('are given up after a day; reminders do not pile up behind them', async () => {
  await a.channel('webhook', { url: `${a.receiver.url}/hook` });
  a.receiver.answer(...Array(200).fill(500));
  a.subjects = [{ ...a.subject('1'), trouble: refused }];
  await a.pass(hour, 5 * minute);
  await a.pass(25 * hour, hour / 2);
  const rows = await a.db.selectFrom('alert_messages').selectAll().execute();
  expect(rows).toMatchObject([{ status: 'given_up' }]);
  expect(rows[0]!.attempts).toBeGreaterThan(25);
  expect(rows[0]!.attempts).toBeLessThan(45);
  a.receiver.answer();
  await a.pass(23 * hour, hour);
  expect(a.types('/hook').at(-1)).toBe('incident.reminder');
});

test('written but not sent by a process that was killed are sent by the next, once', async () => {
  await a.channel('webhook', { url: `${a.receiver.url}/hook` });
  a.subjects = [{ ...a.subject('1'), trouble: refused }];
  a.clock.advance(minute);
  expect(await look(a.engine, 'connection', a.subjectsNow)).toBe(1);
  expect(a.receiver.got).toEqual([]);
  const next = createAlerts(a.engine, { background: false, allowInternal: true });
  next.watch('connection', a.subjectsNow);
  await next.lookNow();
  await next.lookNow();
  await a.pass(5 * minute);
  expect(a.types('/hook')).toEqual(['incident.opened']);
});

test('being sent by a process that was killed are sent again under the same id', async () => {
  await a.channel('webhook', { url: `${a.receiver.url}/hook` });
  a.subjects = [{ ...a.subject('1'), trouble: refused }];
  await a.pass(minute);
  // It arrived, and nobody was left to write so down.
  await a.db
    .updateTable('alert_messages')
    .set({ status: 'waiting', next_attempt_at: new Date(a.clock.now().getTime() + minute) })
    .execute();
  await a.alerts.lookNow();
  expect(a.receiver.got).toHaveLength(1);
  await a.pass(2 * minute);
  const ids = a.receiver.at('/hook').map(({ headers }) => headers['rapport-id']);
  expect(ids).toHaveLength(2);
  expect(ids[0]).toBe(ids[1]);
});

test('of two processes that look at once, one tells', async () => {
  await a.channel('webhook', { url: `${a.receiver.url}/hook` });
  const others = Array.from({ length: 4 }, () => {
    const one = createAlerts(a.engine, { background: false, allowInternal: true });
    one.watch('connection', a.subjectsNow);
    return one;
  });
  a.subjects = [{ ...a.subject('1'), trouble: refused }];
  a.clock.advance(minute);
  await Promise.all(others.map((one) => one.lookNow()));
  await Promise.all(others.map((one) => one.lookNow()));
  expect(a.types('/hook')).toEqual(['incident.opened']);
});

test('for Slack call nobody whom a name names', async () => {
  await a.channel('slack', { url: `${a.receiver.url}/slack` });
  a.subjects = [{ ...a.subject('1'), name: '<!channel> & co', trouble: refused }];
  await a.pass(minute);
  const { text, ...rest } = JSON.parse(a.receiver.at('/slack')[0]!.body);
  expect(rest).toEqual({});
  expect(text).toContain('&lt;!channel&gt; &amp; co needs somebody.\nThe key is refused.');
  expect(text).toContain('<http://127.0.0.1:4100/connections/1|Open in Rapport>');
});

test('go by email as delivery sends them', async () => {
  const emails: object[] = [];
  a.alerts.sendEmailBy(async (_workspace, email) => {
    emails.push(email);
    return 'taken';
  });
  await a.channel('email', { to: 'ops@example.com' });
  a.subjects = [{ ...a.subject('1'), trouble: refused }];
  await a.pass(minute);
  expect(emails).toMatchObject([{ to: 'ops@example.com', subject: 'List 1 needs somebody' }]);
});
