import { webcrypto } from 'node:crypto';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { openTestEngine } from '../../test/support/engine.ts';
import { type App, Problem } from '../engine/index.ts';
import { look } from './incidents.ts';
import { type Alerts, createAlerts, type Subject } from './index.ts';
import type { AlertTables } from './tables.ts';

const minute = 60_000;
const hour = 60 * minute;

/** Somebody's server on the same machine, which keeps what it is sent. */
async function openReceiver() {
  const got: { path: string; headers: IncomingHttpHeaders; body: string }[] = [];
  let answers: number[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = Buffer.concat(chunks).toString();
    got.push({ path: request.url!, headers: request.headers, body });
    const status = answers.shift() ?? 200;
    response.writeHead(status).end(status === 200 ? 'ok' : 'not today');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    got,
    at: (path: string) => got.filter((one) => one.path === path),
    answer: (...statuses: number[]) => {
      answers = statuses;
    },
    close: () => server.close(),
  };
}

const open = async () => {
  const t = await openTestEngine({
    rooms: (engine) => [createAlerts(engine, { background: false, allowInternal: true })] as const,
  });
  const app: App = Fastify() as never;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler((error, _request, reply) =>
    error instanceof Problem ? reply.status(error.status).send(error.toJSON()) : reply.send(error),
  );
  app.addHook('onRequest', async (request) => {
    const workspace = (request.headers['x-workspace'] as string) ?? t.workspace;
    request.workspace = { id: workspace, name: 'Shop', timezone: 'UTC', require_fresh_connections: false };
  });
  await t.rooms[0].routes?.(app);
  return { ...t, alerts: t.rooms[0], app, db: t.engine.postgres.db.withTables<AlertTables>() };
};
let t: Awaited<ReturnType<typeof open>>;
let alerts: Alerts;
let receiver: Awaited<ReturnType<typeof openReceiver>>;
let subjects: Subject[] = [];
let failing: Error | undefined;

const subjectsNow = async () => {
  if (failing) throw failing;
  return subjects.map((one) => ({
    ...one,
    lagMs: t.clock.now().getTime() - one.wellAt!.getTime(),
  }));
};

beforeAll(async () => {
  [t, receiver] = await Promise.all([open(), openReceiver()]);
  alerts = t.alerts;
  alerts.watch('connection', subjectsNow);
});
afterAll(async () => {
  receiver.close();
  await t.close();
});
beforeEach(async () => {
  subjects = [];
  failing = undefined;
  receiver.got.length = 0;
  receiver.answer();
  await t.db.deleteFrom('alert_incidents').execute();
  await t.db.deleteFrom('alert_channels').execute();
  await alerts.lookNow();
  // What a stop excuses is over.
  await pass(20 * minute, 4 * minute);
});

const subject = (key: string, ageMs = 0): Subject => ({
  ...{ key, workspace: t.workspace, kind: 'mailchimp', name: `List ${key}`, path: `/connections/${key}` },
  ...{ paused: false, wellAt: new Date(t.clock.now().getTime() - ageMs), lagMs: 0, lateAfterMs: 2 * hour },
  trouble: null,
});
const outage = { code: 'unreachable', message: 'It does not answer.', needsPerson: false, scope: 'own' };
const refused = {
  code: 'credentials_refused',
  message: 'The key is refused.',
  needsPerson: true,
  scope: 'a',
};

const call = async (
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
  url: string,
  payload?: object,
  workspace?: string,
) => {
  const answer = await t.app.inject({
    method,
    url: `/api/alerts${url}`,
    ...(payload && { payload }),
    ...(workspace && { headers: { 'x-workspace': workspace } }),
  });
  return { status: answer.statusCode, body: answer.body === '' ? null : answer.json() };
};
const channel = async (kind: string, more: object) =>
  (await call('POST', '/channels', { kind, name: kind, ...more })).body as { id: string; secret: string };
const pass = async (ms: number, stepMs = minute) => {
  for (let passed = 0; passed < ms; passed += stepMs) {
    t.clock.advance(stepMs);
    await alerts.lookNow();
  }
};
const types = (path: string) => receiver.at(path).map(({ body }) => JSON.parse(body).type);

describe('incidents', () => {
  test('an outage of 1,000 is told once to every channel, and its end once', async () => {
    await channel('webhook', { url: `${receiver.url}/hook` });
    await channel('slack', { url: `${receiver.url}/slack` });
    subjects = Array.from({ length: 1_000 }, (_, n) => ({
      ...subject(String(n), (n / 1_000) * hour),
      trouble: outage,
    }));
    await pass(4 * hour, 4 * minute);
    expect(types('/hook')).toEqual(['incident.opened']);
    const first = JSON.parse(receiver.at('/hook')[0]!.body);
    expect(first.subjects).toHaveLength(10);
    expect(first.incident).toMatchObject({ kind: 'mailchimp', cause: 'late', needs_person: false });
    expect(first.text).toContain('It does not answer.');
    expect(first.text).toMatch(/9\d\d more of them have trouble/);
    const { items } = (await call('GET', '/incidents?open=true')).body;
    expect(items).toMatchObject([{ unwell: 1_000, total: 1_000, undelivered: 0, closed_at: null }]);
    expect(items[0].members).toHaveLength(10);
    const whole = (await call('GET', `/incidents/${items[0].id}`)).body;
    expect(whole.members).toHaveLength(1_000);

    subjects = subjects.map((one) => ({ ...one, trouble: null, wellAt: t.clock.now() }));
    await pass(20 * minute);
    expect(types('/hook')).toEqual(['incident.opened', 'incident.closed']);
    const last = JSON.parse(receiver.at('/hook')[1]!.body);
    expect(last.title).toMatch(/^1,000 connections \(mailchimp\) are well again; it lasted 2 h 5\d min$/);
    expect(receiver.at('/slack')).toHaveLength(2);
    expect((await call('GET', '/incidents?open=true')).body.items).toEqual([]);
    expect((await call('GET', '/incidents')).body.items).toMatchObject([{ unwell: 0, undelivered: 0 }]);
  });

  test('one is named, and reminded of daily', async () => {
    await channel('webhook', { url: `${receiver.url}/hook` });
    subjects = [{ ...subject('1', 2 * hour), trouble: outage }];
    await pass(20 * minute, 4 * minute);
    await pass(50 * hour, hour);
    expect(types('/hook')).toEqual(['incident.opened', 'incident.reminder', 'incident.reminder']);
    const said = receiver.at('/hook').map(({ body }) => JSON.parse(body));
    expect(said[0].text).toBe(
      'List 1 has fallen behind.\nIt does not answer.\nLast in sync 2 h 4 min ago; late after 2 h.',
    );
    expect(said[0].url).toBe('http://127.0.0.1:4100/connections/1');
    expect(said[1].title).toBe('List 1 is still behind, since 1 d');
  });

  test('when nobody can say how it stands, nothing is opened and nothing closed', async () => {
    await channel('webhook', { url: `${receiver.url}/hook` });
    subjects = [{ ...subject('1'), trouble: refused }];
    await pass(minute);
    failing = new Error('the database does not answer');
    t.clock.advance(minute);
    await expect(alerts.lookNow()).rejects.toThrow('the database does not answer');
    failing = undefined;
    await pass(minute);
    expect(types('/hook')).toEqual(['incident.opened']);
  });

  test('another workspace sees and hears nothing of it', async () => {
    const other = '018f3e00-0000-7000-8000-000000000002';
    const made = await call(
      'POST',
      '/channels',
      { kind: 'slack', name: 'x', url: `${receiver.url}/other` },
      other,
    );
    subjects = [{ ...subject('1'), trouble: refused }];
    await pass(minute);
    expect(receiver.got).toEqual([]);
    expect((await call('GET', '/incidents', undefined, other)).body.items).toEqual([]);
    const [{ id }] = (await call('GET', '/incidents')).body.items;
    expect((await call('GET', `/incidents/${id}`, undefined, other)).status).toBe(404);
    expect((await call('DELETE', `/channels/${made.body.id}`)).status).toBe(404);
  });
});

describe('messages', () => {
  test('are signed so that others can tell', async () => {
    const { secret } = await channel('webhook', { url: `${receiver.url}/hook` });
    subjects = [{ ...subject('1'), trouble: refused }];
    await pass(minute);
    const [{ headers, body }] = receiver.at('/hook') as [(typeof receiver.got)[number]];
    const [, seconds, hex] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(headers['rapport-signature'] as string)!;
    expect(Number(seconds) * 1_000).toBe(t.clock.now().getTime());
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
    const { id } = await channel('webhook', { url: `${receiver.url}/hook` });
    receiver.answer(500, 503, 301);
    subjects = [{ ...subject('1'), trouble: refused }];
    await pass(30_000, 5_000);
    expect(receiver.got).toHaveLength(2);
    const [seen] = (await call('GET', '/channels')).body.items;
    expect(seen).toMatchObject({ id, arrived_at: null });
    expect(seen.last_error).toMatch(/answered 503: not today/);
    expect((await call('GET', '/incidents?open=true')).body.items).toMatchObject([{ undelivered: 1 }]);
    // It ends before anybody was told: first things first.
    subjects = [subject('1')];
    await pass(3 * minute, 5_000);
    expect(types('/hook')).toEqual([...Array(4).fill('incident.opened'), 'incident.closed']);
    const ids = receiver.at('/hook').map(({ headers }) => headers['rapport-id']);
    expect(new Set(ids.slice(0, 4)).size).toBe(1);
    expect(ids[4]).not.toBe(ids[0]);
    const [after] = (await call('GET', '/channels')).body.items;
    expect(after.last_error).toBeNull();
    expect(after.arrived_at).not.toBeNull();
  });

  test('are given up after a day; reminders do not pile up behind them', async () => {
    await channel('webhook', { url: `${receiver.url}/hook` });
    receiver.answer(...Array(200).fill(500));
    subjects = [{ ...subject('1'), trouble: refused }];
    await pass(hour, 5 * minute);
    await pass(25 * hour, hour / 2);
    const rows = await t.db.selectFrom('alert_messages').selectAll().execute();
    expect(rows).toMatchObject([{ status: 'given_up' }]);
    expect(rows[0]!.attempts).toBeGreaterThan(25);
    expect(rows[0]!.attempts).toBeLessThan(45);
    receiver.answer();
    await pass(23 * hour, hour);
    expect(types('/hook').at(-1)).toBe('incident.reminder');
  });

  test('written but not sent by a process that was killed are sent by the next, once', async () => {
    await channel('webhook', { url: `${receiver.url}/hook` });
    subjects = [{ ...subject('1'), trouble: refused }];
    t.clock.advance(minute);
    expect(await look(t.engine, 'connection', subjectsNow)).toBe(1);
    expect(receiver.got).toEqual([]);
    const next = createAlerts(t.engine, { background: false, allowInternal: true });
    next.watch('connection', subjectsNow);
    await next.lookNow();
    await next.lookNow();
    await pass(5 * minute);
    expect(types('/hook')).toEqual(['incident.opened']);
  });

  test('being sent by a process that was killed are sent again under the same id', async () => {
    await channel('webhook', { url: `${receiver.url}/hook` });
    subjects = [{ ...subject('1'), trouble: refused }];
    await pass(minute);
    // It arrived, and nobody was left to write so down.
    await t.db
      .updateTable('alert_messages')
      .set({ status: 'waiting', next_attempt_at: new Date(t.clock.now().getTime() + minute) })
      .execute();
    await alerts.lookNow();
    expect(receiver.got).toHaveLength(1);
    await pass(2 * minute);
    const ids = receiver.at('/hook').map(({ headers }) => headers['rapport-id']);
    expect(ids).toHaveLength(2);
    expect(ids[0]).toBe(ids[1]);
  });

  test('of two processes that look at once, one tells', async () => {
    await channel('webhook', { url: `${receiver.url}/hook` });
    const others = Array.from({ length: 4 }, () => {
      const one = createAlerts(t.engine, { background: false, allowInternal: true });
      one.watch('connection', subjectsNow);
      return one;
    });
    subjects = [{ ...subject('1'), trouble: refused }];
    t.clock.advance(minute);
    await Promise.all(others.map((one) => one.lookNow()));
    await Promise.all(others.map((one) => one.lookNow()));
    expect(types('/hook')).toEqual(['incident.opened']);
  });

  test('for Slack call nobody whom a name names', async () => {
    await channel('slack', { url: `${receiver.url}/slack` });
    subjects = [{ ...subject('1'), name: '<!channel> & co', trouble: refused }];
    await pass(minute);
    const { text, ...rest } = JSON.parse(receiver.at('/slack')[0]!.body);
    expect(rest).toEqual({});
    expect(text).toContain('&lt;!channel&gt; &amp; co needs somebody.\nThe key is refused.');
    expect(text).toContain('<http://127.0.0.1:4100/connections/1|Open in Rapport>');
  });

  test('go by email as delivery sends them', async () => {
    const emails: object[] = [];
    alerts.sendEmailBy(async (_workspace, email) => {
      emails.push(email);
      return 'taken';
    });
    await channel('email', { to: 'ops@example.com' });
    subjects = [{ ...subject('1'), trouble: refused }];
    await pass(minute);
    expect(emails).toMatchObject([{ to: 'ops@example.com', subject: 'List 1 needs somebody' }]);
  });
});

describe('channels', () => {
  test('keep their secrets', async () => {
    const made = await channel('webhook', { url: `${receiver.url}/hook?token=hidden` });
    expect(made.secret).toMatch(/^[\w-]{43}$/);
    const shown = JSON.stringify((await call('GET', '/channels')).body);
    expect(shown).not.toContain('hidden');
    expect(shown).not.toContain(made.secret);
    const [row] = await t.db.selectFrom('alert_channels').selectAll().execute();
    expect(JSON.stringify(row)).not.toContain('hidden');
    expect(row!.sealed).toMatch(/^v1\./);
  });

  test('are tested with a button, which says what was said', async () => {
    const { id } = await channel('webhook', { url: `${receiver.url}/hook` });
    expect((await call('POST', `/channels/${id}/test`)).body).toMatchObject({
      arrived: true,
      said: '200: ok',
    });
    receiver.answer(404);
    expect((await call('POST', `/channels/${id}/test`)).body).toMatchObject({
      arrived: false,
      said: expect.stringMatching(/^127\.0\.0\.1:\d+ answered 404: not today$/),
    });
    expect(types('/hook')).toEqual(['test', 'test']);
    await call('PATCH', `/channels/${id}`, { url: 'http://127.0.0.1:1/hook' });
    expect((await call('POST', `/channels/${id}/test`)).body.said).toMatch(
      /could not be reached \(ECONNREFUSED\)/,
    );
  });

  test('lead outside only', async () => {
    const outside = createAlerts(t.engine, { background: false, allowInternal: false });
    const app: App = Fastify() as never;
    app.setValidatorCompiler(validatorCompiler);
    app.setSerializerCompiler(serializerCompiler);
    app.addHook('onRequest', async (request) => {
      request.workspace = {
        id: t.workspace,
        name: 'Shop',
        timezone: 'UTC',
        require_fresh_connections: false,
      };
    });
    await outside.routes?.(app);
    for (const url of [receiver.url, receiver.url.replace('127.0.0.1', 'localhost'), 'http://[::1]:1/']) {
      const { id } = await channel('webhook', { url, name: url });
      const tested = await app.inject({ method: 'POST', url: `/api/alerts/channels/${id}/test` });
      expect(tested.json()).toMatchObject({ arrived: false });
      expect(tested.json().said).toContain('is an address of the inside of a network');
    }
    expect(receiver.got).toEqual([]);
  });

  test('that are paused get nothing, neither then nor later', async () => {
    const { id } = await channel('webhook', { url: `${receiver.url}/hook` });
    receiver.answer(500);
    subjects = [{ ...subject('1'), trouble: refused }];
    await pass(10_000, 10_000);
    await call('PATCH', `/channels/${id}`, { paused: true });
    await pass(hour);
    await call('PATCH', `/channels/${id}`, { paused: false });
    await pass(hour);
    expect(receiver.got).toHaveLength(1);
  });

  test('say what is wrong with them', async () => {
    await channel('slack', { url: receiver.url });
    const again = await call('POST', '/channels', { kind: 'slack', name: 'slack', url: receiver.url });
    expect(again).toMatchObject({ status: 409, body: { error: { code: 'name_taken', field: 'name' } } });
    const { id } = await channel('email', { to: 'ops@example.com' });
    expect(await call('PATCH', `/channels/${id}`, { url: receiver.url })).toMatchObject({
      status: 400,
      body: { error: { field: 'url' } },
    });
    expect(await call('PATCH', `/channels/${id}`, { name: 'slack' })).toMatchObject({ status: 409 });
    expect((await call('DELETE', `/channels/${id}`)).status).toBe(204);
    expect((await call('DELETE', `/channels/${id}`)).status).toBe(404);
  });
});
