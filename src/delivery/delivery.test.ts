import { randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestEngine } from '../../test/support/engine.ts';
import type { App } from '../engine/index.ts';
import { adhoc } from '../engine/index.ts';
import { createLog } from '../log/index.ts';
import { createProfiles } from '../profiles/index.ts';
import { createDelivery, type Delivery } from './index.ts';
import { claim, settle, takeBack } from './ledger.ts';
import type { DeliveryTables } from './tables.ts';

const open = async () => {
  const t = await openTestEngine({
    rooms: (engine) => {
      const log = createLog(engine);
      const profiles = createProfiles(engine, { log });
      return [log, profiles, createDelivery(engine, { log, profiles }, { background: false })] as const;
    },
  });
  const app: App = Fastify() as never;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.addHook('onRequest', async (request) => {
    request.workspace = { id: t.workspace, name: 'Shop', timezone: 'UTC', require_fresh_connections: false };
  });
  await t.rooms[2].routes?.(app);
  const [log, , delivery] = t.rooms;
  return { ...t, log, delivery, app, db: t.engine.postgres.db.withTables<DeliveryTables>() };
};
let t: Awaited<ReturnType<typeof open>>;
let delivery: Delivery;
beforeAll(async () => {
  t = await open();
  delivery = t.delivery;
});
afterAll(() => t.close());

const events = adhoc(
  'events_of_person',
  'SELECT name, profile FROM profile_events WHERE workspace = {workspace:UUID} AND profile = {profile:String} ORDER BY name',
);

const identify = (people: Record<string, Record<string, unknown>>) =>
  t.log.append(
    Object.entries(people).map(([userId, traits]) => ({
      workspace: t.workspace,
      source: 'http',
      receivedAt: t.clock.now(),
      message: JSON.stringify({
        type: 'identify',
        messageId: randomUUID(),
        userId,
        traits,
        timestamp: t.clock.now().toISOString(),
      }),
    })),
  );

const crowd = (count: number) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => [
      `${randomUUID()}`,
      { email: `person${i}@example.com`, first_name: `P${i}` },
    ]),
  );

async function queue(people: string[], template = {}, account?: string, campaign = randomUUID()) {
  const sender = await delivery.sender(t.workspace, account);
  await t.db.transaction().execute(async (trx) => {
    const id = await delivery.saveTemplate(trx, t.workspace, {
      subject: 'Hello {{ person.first_name }}',
      html: '<p>Hi {{ person.first_name | default: "there" }}</p><a href="{{ unsubscribe_url }}">Stop</a>',
      ...template,
    });
    const letter = {
      workspace: t.workspace,
      campaign,
      campaignName: 'Test',
      step: 'one',
      sender,
      template: id,
    };
    await delivery.queueEmails(trx, { ...letter, at: t.clock.now() }, [...people].sort());
  });
  return campaign;
}

const rowsOf = (campaign: string) =>
  t.db.selectFrom('emails').selectAll().where('campaign', '=', campaign).orderBy('id').execute();
const mailTo = (profile: string) =>
  t.db.selectFrom('mailbox').selectAll().where('profile', '=', profile).execute();
const get = async (url: string) => (await t.app.inject({ url })).json();

describe('sending', () => {
  test('an email is rendered for the person, kept once and told to the log', async () => {
    await identify({ ada: { email: 'Ada@Example.com', first_name: 'A<b>' } });
    const campaign = await queue(['ada']);
    await queue(['ada'], {}, undefined, campaign);
    await delivery.drain();
    const mails = await mailTo('ada');
    expect(mails).toHaveLength(1);
    const [mail] = mails;
    expect(mail).toMatchObject({ to: 'Ada@Example.com', subject: 'Hello A<b>' });
    expect(mail!.html).toContain('Hi A&lt;b&gt;</p>');
    expect(mail!.text).toMatch(/^Hi A<b>\n\nStop \(http:\/\/127\.0\.0\.1:4100\/u\/[\w.-]+\)$/);
    const headers = Object.fromEntries(mail!.headers.map(({ name, value }) => [name, value]));
    expect(headers).toMatchObject({
      'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
      'Message-ID': mail!.message_id,
    });
    const [row] = await rowsOf(campaign);
    expect(row).toMatchObject({
      status: 'sent',
      address: 'Ada@Example.com',
      subject: 'Hello A<b>',
      attempts: 1,
    });
    const said = await t.engine.clickhouse.rows<{ name: string; profile: string }>(events, {
      workspace: t.workspace,
      profile: 'ada',
    });
    expect(said).toEqual([{ name: 'Email Sent', profile: 'ada' }]);
    const listed = await get('/api/emails?search=ada@');
    expect(listed.items[0]).toMatchObject({ person_id: 'ada', status: 'sent' });
    expect(await get(`/api/emails/${row!.id}`)).toMatchObject({ html: mail!.html });
    expect(await get('/api/mailbox?search=ada')).toMatchObject({ total: 1 });
  });

  test('a fault of one email fails that email alone, with the reason', async () => {
    await identify({
      good: { email: 'good@example.com', first_name: 'G' },
      bad: { email: 'bad@example.com', first_name: 'x'.repeat(50) },
      nowhere: { first_name: 'N' },
      forged: { email: 'a@example.com\r\nBcc: all@example.com' },
    });
    const subject =
      '{% assign n = person.first_name | size %}{% if n > 20 %}{{ "x" | date: "%Y" | split: nothing | sort: 1, 2 | times: 2 }}{{ (1..99999999) | join }}{% endif %}Hi';
    const campaign = await queue(['good', 'bad', 'nowhere', 'forged'], { subject });
    await delivery.drain();
    const found = Object.fromEntries((await rowsOf(campaign)).map((row) => [row.profile, row]));
    expect(found.good!.status).toBe('sent');
    expect(found.bad).toMatchObject({ status: 'failed', last_error: expect.stringContaining('Template: ') });
    expect(found.nowhere).toMatchObject({
      status: 'failed',
      last_error: expect.stringContaining('no valid email'),
    });
    expect(found.forged).toMatchObject({ status: 'failed' });
    const resent = await t.app.inject({ method: 'POST', url: `/api/emails/${found.good!.id}/resend` });
    expect(resent.statusCode).not.toBe(200);
    await identify({ nowhere: { email: 'nowhere@example.com' } });
    await t.app.inject({ method: 'POST', url: `/api/emails/${found.nowhere!.id}/resend` });
    await delivery.drain();
    expect(await mailTo('nowhere')).toMatchObject([
      { to: 'nowhere@example.com', message_id: found.nowhere!.message_id },
    ]);
  });

  test('the rate of an account holds within 2 %, and a full account delays no other', async () => {
    const slow = await t.app.inject({
      method: 'POST',
      url: '/api/accounts',
      payload: { kind: 'dev', name: 'Slow', from: 'Slow <slow@example.com>', rate_per_second: 20 },
    });
    const people = crowd(1_500);
    await identify(people);
    const ids = Object.keys(people);
    const limited = await queue(ids, {}, slow.json().id);
    const sentOf = async (campaign: string) => (await delivery.countEmails(campaign)).get('one')!.sent;
    for (let tick = 0; tick < 120; tick++) {
      t.clock.advance(500);
      await delivery.drain();
      if (tick === 1) {
        const free = await queue(ids);
        await delivery.drain();
        expect(await sentOf(free)).toBe(1_500);
      }
    }
    const sent = await sentOf(limited);
    expect(Math.abs(sent - 20 * 60) / (20 * 60)).toBeLessThan(0.02);
  });

  test('limits of an account: set, shown with what is used, held, and taken away', async () => {
    const people = crowd(30);
    await identify(people);
    const made = await t.app.inject({
      method: 'POST',
      url: '/api/accounts',
      payload: {
        kind: 'dev',
        name: 'Warming',
        from: 'warm@example.com',
        limits: { per_hour: 12, warm_up: [10, 1_000] },
      },
    });
    const { id, limits } = made.json();
    expect(limits).toEqual({ per_hour: 12, per_day: null, in_flight: null, warm_up: [10, 1_000] });
    const campaign = await queue(Object.keys(people), {}, id);
    const sent = async () => {
      await delivery.drain();
      return (await delivery.countEmails(campaign)).get('one')!.sent;
    };
    const shown = async () =>
      (await get('/api/accounts')).items.find((one: { id: string }) => one.id === id).usage;
    expect(await sent()).toBe(10);
    expect(await shown()).toMatchObject({
      hour: 10,
      day: 10,
      sending: 0,
      warm_up_today: 10,
      full: 'warm_up',
    });
    t.clock.advance(25 * 3_600_000);
    expect(await sent()).toBe(22);
    expect(await shown()).toMatchObject({ hour: 12, day: 12, warm_up_today: 1_000, full: 'hour' });
    const change = { limits: { per_hour: null } };
    await t.app.inject({ method: 'PATCH', url: `/api/accounts/${id}`, payload: change });
    expect(await sent()).toBe(30);
    expect(await shown()).toMatchObject({ full: null });
  });

  test('campaigns share an account evenly; a held one waits and costs nothing', async () => {
    const account = await t.app.inject({
      method: 'POST',
      url: '/api/accounts',
      payload: { kind: 'dev', name: 'Shared', from: 'shared@example.com', rate_per_second: 20 },
    });
    const people = crowd(30);
    await identify(people);
    const ids = Object.keys(people);
    const campaigns = [];
    for (let i = 0; i < 3; i++) campaigns.push(await queue(ids, {}, account.json().id));
    const [first, second, held] = campaigns as [string, string, string];
    await t.db.transaction().execute((trx) => delivery.holdCampaign(trx, held, true));
    const sent = async (campaign: string) => (await delivery.countEmails(campaign)).get('one')!.sent;
    await delivery.drain();
    expect(await sent(first)).toBe(5);
    expect(await sent(second)).toBe(5);
    expect(await sent(held)).toBe(0);
    await t.db.transaction().execute((trx) => delivery.holdCampaign(trx, held, false));
    for (let i = 0; i < 20; i++) {
      t.clock.advance(500);
      await delivery.drain();
    }
    expect([await sent(first), await sent(second), await sent(held)]).toEqual([30, 30, 30]);
  });
});

describe('after a crash', () => {
  test('rows of a dead worker are sent with the same Message-ID, and the mailbox holds each once', async () => {
    const people = crowd(40);
    await identify(people);
    const campaign = await queue(Object.keys(people));
    const { account } = (await rowsOf(campaign))[0]!;
    const worker = randomUUID();
    t.clock.advance(1_000);
    const rows = await claim(t.db, { account, worker, most: 25, now: t.clock.now() });
    expect(rows).toHaveLength(25);
    // Ten of them reached the mailbox before the worker died.
    const ids = new Map((await rowsOf(campaign)).map((row) => [row.id, row.message_id]));
    for (const { id, message_id, profile } of rows.slice(0, 10)) {
      await sql`INSERT INTO mailbox (id, workspace, message_id, email, profile, "to", "from", subject, html, text, headers, received_at)
        VALUES (uuidv7(), ${t.workspace}, ${message_id}, ${id}, ${profile}, '', '', '', '', '', '[]', ${t.clock.now()})`.execute(
        t.db,
      );
    }
    await sql`INSERT INTO delivery_workers VALUES (${worker}, ${t.clock.now()})`.execute(t.db);
    await delivery.drain();
    expect((await delivery.countEmails(campaign)).get('one')).toMatchObject({ sent: 15, sending: 25 });
    t.clock.advance(31_000);
    await delivery.drain();
    expect((await delivery.countEmails(campaign)).get('one')).toMatchObject({ sent: 40, sending: 0 });
    for (const row of await rowsOf(campaign)) expect(ids.get(row.id)).toBe(row.message_id);
    for (const profile of Object.keys(people)) expect(await mailTo(profile)).toHaveLength(1);
  });

  test('an account may hold what was being sent until a person says', async () => {
    const people = crowd(4);
    await identify(people);
    const made = await t.app.inject({
      method: 'POST',
      url: '/api/accounts',
      payload: { kind: 'dev', name: 'Careful', from: 'careful@example.com' },
    });
    const account: string = made.json().id;
    await sql`UPDATE accounts SET after_crash = 'hold' WHERE id = ${account}`.execute(t.db);
    const campaign = await queue(Object.keys(people), {}, account);
    t.clock.advance(1_000);
    await claim(t.db, { account, worker: randomUUID(), most: 3, now: t.clock.now() });
    await takeBack(t.db, t.clock.now());
    await delivery.drain();
    expect((await delivery.countEmails(campaign)).get('one')).toMatchObject({ sent: 1, held: 3, queued: 0 });
    const held = (await rowsOf(campaign)).filter(({ status }) => status === 'held');
    const post = async (path: string, payload: object = {}) => {
      const { statusCode, body } = await t.app.inject({
        method: 'POST',
        url: `/api/emails/${path}`,
        payload,
      });
      return { status: statusCode, body: JSON.parse(body) };
    };
    expect((await post(`${held[0]!.id}/was-sent`)).body).toMatchObject({ status: 'sent' });
    expect((await post(`${held[0]!.id}/was-sent`)).status).toBe(409);
    expect((await post(`${held[0]!.id}/resend`)).status).toBe(409);
    expect((await post('resend', { status: 'held', campaign })).body).toEqual({ resent: 2 });
    expect((await post('resend', { status: 'failed', campaign })).body).toEqual({ resent: 0 });
    await delivery.drain();
    expect((await delivery.countEmails(campaign)).get('one')).toMatchObject({ sent: 4, held: 0 });
    // The one that a person settled was not sent again; the others under the ids they had.
    const mails = (await Promise.all(Object.keys(people).map(mailTo))).flat();
    expect(mails.map(({ message_id }) => message_id)).not.toContain(held[0]!.message_id);
    expect(mails).toHaveLength(3);
    await takeBack(t.db, t.clock.now());
  });

  test('a worker given up for dead writes what it sent, but not over another worker', async () => {
    const people = crowd(2);
    await identify(people);
    const campaign = await queue(Object.keys(people));
    const { account } = (await rowsOf(campaign))[0]!;
    t.clock.advance(1_000);
    const now = t.clock.now();
    const old = await claim(t.db, { account, worker: randomUUID(), most: 2, now });
    await takeBack(t.db, now);
    const [held] = await claim(t.db, { account, worker: randomUUID(), most: 1, now });
    const late = old.map(({ id, attempts }) => ({ id, attempts, status: 'sent' as const }));
    await settle(t.db, late, now);
    const statuses = Object.fromEntries((await rowsOf(campaign)).map((row) => [row.id, row.status]));
    expect(statuses[held!.id]).toBe('sending');
    expect(Object.values(statuses).sort()).toEqual(['sending', 'sent']);
    await takeBack(t.db, now, true);
    await delivery.drain();
  });
});

describe('unsubscribing', () => {
  test('by page, by button, by mail program; more than once; only by our own links', async () => {
    await identify({ una: { email: 'Una@example.com', first_name: 'Una' } });
    const campaign = await queue(['una']);
    await delivery.drain();
    const heard: unknown[] = [];
    delivery.onUnsubscribe(async (_trx, who) => void heard.push(who));
    const mail = (await get('/api/mailbox?search=una')).items[0];
    const link = new URL((await get(`/api/mailbox/${mail.id}`)).unsubscribe_url).pathname;

    const page = await t.app.inject({ url: link });
    expect(page.statusCode).toBe(200);
    expect(page.body).toContain('<strong>Una@example.com</strong>');
    expect((await get('/api/suppressions')).items).toEqual([]);

    const form = (type: string, payload: string) =>
      t.app.inject({ method: 'POST', url: link, headers: { 'content-type': type }, payload });
    const done = await form('application/x-www-form-urlencoded', 'List-Unsubscribe=One-Click');
    expect(done.statusCode).toBe(200);
    expect(done.body).toContain('off the list');
    const boundary =
      '--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--';
    expect((await form('multipart/form-data; boundary=b', boundary)).statusCode).toBe(200);
    expect((await t.app.inject({ method: 'POST', url: link })).statusCode).toBe(200);
    expect((await t.app.inject({ url: link })).body).toContain('off the list');

    expect((await get('/api/suppressions')).items).toMatchObject([
      { address: 'una@example.com', reason: 'unsubscribe' },
    ]);
    expect(heard[0]).toMatchObject({ campaign, profile: 'una' });
    expect((await delivery.countEmails(campaign)).get('one')).toMatchObject({ sent: 1, unsubscribed: 1 });

    const again = await queue(['una']);
    await delivery.drain();
    expect((await delivery.countEmails(again)).get('one')).toMatchObject({ sent: 0, suppressed: 1 });
    const said = await t.engine.clickhouse.rows<{ name: string }>(events, {
      workspace: t.workspace,
      profile: 'una',
    });
    expect(said.map(({ name }) => name).sort()).toEqual(['Email Sent', 'Email Unsubscribed']);

    for (const wrong of [
      '/u/x',
      `${link}x`,
      link.replace(/\.(.)/, (_, first) => (first === 'A' ? '.B' : '.A')),
      '/u/AAAAAAAAAAAAAAAAAAAAAA.sig',
    ]) {
      const answer = await t.app.inject({ method: 'POST', url: wrong });
      expect(answer.statusCode).toBe(400);
      expect(answer.body).toContain('This unsubscribe link is not valid.');
    }
  });
});
