import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { hour, minute, openAlerts, outage, refused, type TestAlerts } from './alerts.testing.ts';

let a: TestAlerts;
beforeAll(async () => {
  a = await openAlerts();
});
afterAll(() => a?.close());
beforeEach(() => a.reset());

test('an outage of 1,000 is told once to every channel, and its end once', async () => {
  await a.channel('webhook', { url: `${a.receiver.url}/hook` });
  await a.channel('slack', { url: `${a.receiver.url}/slack` });
  a.subjects = Array.from({ length: 1_000 }, (_, n) => ({
    ...a.subject(String(n), (n / 1_000) * hour),
    trouble: outage,
  }));
  await a.pass(4 * hour, 4 * minute);
  expect(a.types('/hook')).toEqual(['incident.opened']);
  const first = JSON.parse(a.receiver.at('/hook')[0]!.body);
  expect(first.subjects).toHaveLength(10);
  expect(first.incident).toMatchObject({ kind: 'mailchimp', cause: 'late', needs_person: false });
  expect(first.text).toContain('It does not answer.');
  expect(first.text).toMatch(/9\d\d more of them have trouble/);
  const { items } = (await a.call('GET', '/incidents?open=true')).body;
  expect(items).toMatchObject([{ unwell: 1_000, total: 1_000, undelivered: 0, closed_at: null }]);
  expect(items[0].members).toHaveLength(10);
  const whole = (await a.call('GET', `/incidents/${items[0].id}`)).body;
  expect(whole.members).toHaveLength(1_000);

  a.subjects = a.subjects.map((one) => ({ ...one, trouble: null, wellAt: a.clock.now() }));
  await a.pass(20 * minute);
  expect(a.types('/hook')).toEqual(['incident.opened', 'incident.closed']);
  const last = JSON.parse(a.receiver.at('/hook')[1]!.body);
  expect(last.title).toMatch(/^1,000 connections \(mailchimp\) are well again; it lasted 2 h 5\d min$/);
  expect(a.receiver.at('/slack')).toHaveLength(2);
  expect((await a.call('GET', '/incidents?open=true')).body.items).toEqual([]);
  expect((await a.call('GET', '/incidents')).body.items).toMatchObject([{ unwell: 0, undelivered: 0 }]);
});

test('one is named, and reminded of daily', async () => {
  await a.channel('webhook', { url: `${a.receiver.url}/hook` });
  a.subjects = [{ ...a.subject('1', 2 * hour), trouble: outage }];
  await a.pass(20 * minute, 4 * minute);
  await a.pass(50 * hour, hour);
  expect(a.types('/hook')).toEqual(['incident.opened', 'incident.reminder', 'incident.reminder']);
  const said = a.receiver.at('/hook').map(({ body }) => JSON.parse(body));
  expect(said[0].text).toBe(
    'List 1 has fallen behind.\nIt does not answer.\nLast in sync 2 h 4 min ago; late after 2 h.',
  );
  expect(said[0].url).toBe('http://127.0.0.1:4100/connections/1');
  expect(said[1].title).toBe('List 1 is still behind, since 1 d');
});

test('when nobody can say how it stands, nothing is opened and nothing closed', async () => {
  await a.channel('webhook', { url: `${a.receiver.url}/hook` });
  a.subjects = [{ ...a.subject('1'), trouble: refused }];
  await a.pass(minute);
  a.failing = new Error('the database does not answer');
  a.clock.advance(minute);
  await expect(a.alerts.lookNow()).rejects.toThrow('the database does not answer');
  a.failing = undefined;
  await a.pass(minute);
  expect(a.types('/hook')).toEqual(['incident.opened']);
});

test('another workspace sees and hears nothing of it', async () => {
  const other = '018f3e00-0000-7000-8000-000000000002';
  const made = await a.call(
    'POST',
    '/channels',
    { kind: 'slack', name: 'x', url: `${a.receiver.url}/other` },
    other,
  );
  a.subjects = [{ ...a.subject('1'), trouble: refused }];
  await a.pass(minute);
  expect(a.receiver.got).toEqual([]);
  expect((await a.call('GET', '/incidents', undefined, other)).body.items).toEqual([]);
  const [{ id }] = (await a.call('GET', '/incidents')).body.items;
  expect((await a.call('GET', `/incidents/${id}`, undefined, other)).status).toBe(404);
  expect((await a.call('DELETE', `/channels/${made.body.id}`)).status).toBe(404);
});
