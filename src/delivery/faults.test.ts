import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import rateLimit from '@fastify/rate-limit';
import Fastify from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { sql } from 'kysely';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { openTestEngine } from '../../test/support/engine.ts';
import { until } from '../../test/support/poll.ts';
import type { App } from '../engine/index.ts';
import { createLog } from '../log/index.ts';
import { createDelivery } from './index.ts';
import { claim, type Settlement } from './ledger.ts';
import { createSettler } from './settler.ts';
import type { DeliveryTables } from './tables.ts';

/** Attributes as the log may hold them, whatever came in. */
const attributes = new Map<string, Record<string, unknown>>();
const profiles = {
  attributesOf: async (_workspace: string, ids: readonly string[]) =>
    new Map(ids.map((id) => [id, { email: `${id}@example.com`, first_name: id, ...attributes.get(id) }])),
  attributesAmong: async () => [],
  list: async () => ({ items: [], total: 0, total_is_least: false, next_cursor: null }),
  addPanel: () => {},
};

const open = async () => {
  const t = await openTestEngine({
    rooms: (engine) => {
      const log = { append: async () => {} };
      return [createDelivery(engine, { log, profiles }, { background: false }), createLog(engine)] as const;
    },
  });
  return { ...t, delivery: t.rooms[0], db: t.engine.postgres.db.withTables<DeliveryTables>() };
};
let t: Awaited<ReturnType<typeof open>>;
let workspace: string;
beforeAll(async () => {
  t = await open();
});
afterAll(() => t.close());
beforeEach(() => {
  workspace = randomUUID();
  attributes.clear();
  t.clock.advance(60_000);
});

async function queue(people: string[], subject = 'Hello {{ person.first_name }}', account?: string) {
  const campaign = randomUUID();
  const sender = await t.delivery.sender(workspace, account);
  await t.db.transaction().execute(async (trx) => {
    const template = await t.delivery.saveTemplate(trx, workspace, {
      subject,
      html: '<p>{{ person.first_name }}</p>',
    });
    const letter = {
      workspace,
      campaign,
      campaignName: 'Test',
      step: 'one',
      sender,
      template,
      at: t.clock.now(),
    };
    await t.delivery.queueEmails(trx, letter, [...people].sort());
  });
  return campaign;
}
const rowsOf = async (campaign: string) => {
  const rows = await t.db.selectFrom('emails').selectAll().where('campaign', '=', campaign).execute();
  return new Map(rows.map((row) => [row.profile, row]));
};
const crowd = (count: number) => Array.from({ length: count }, (_, i) => `p${i}`);

/** Has the database refuse something, as it would data it cannot hold, while `run` runs. */
async function refusing(table: string, condition: string, run: () => Promise<void>, code = '22023') {
  const name = `refuse_${table}`;
  await sql
    .raw(
      `CREATE FUNCTION ${name}() RETURNS trigger LANGUAGE plpgsql AS $$
       BEGIN IF ${condition} THEN RAISE EXCEPTION 'on purpose' USING ERRCODE = '${code}'; END IF; RETURN NEW; END $$;
       CREATE TRIGGER ${name} BEFORE INSERT OR UPDATE ON ${table} FOR EACH ROW EXECUTE FUNCTION ${name}()`,
    )
    .execute(t.db);
  try {
    await run();
  } finally {
    await sql.raw(`DROP FUNCTION ${name} CASCADE`).execute(t.db);
  }
}

test('what PostgreSQL cannot hold in one person’s attributes costs nobody an email', async () => {
  attributes.set('p3', { first_name: 'A\0da' });
  attributes.set('p4', { first_name: '\ud83d' });
  attributes.set('p5', { email: 'p5\0@example.com' });
  attributes.set('p6', { email: '\ud83d@example.com' });
  const campaign = await queue(crowd(20));
  await t.delivery.drain();
  const rows = await rowsOf(campaign);
  expect(rows.get('p3')).toMatchObject({ status: 'sent', subject: 'Hello Ada' });
  expect(rows.get('p4')).toMatchObject({ status: 'sent', subject: 'Hello \ufffd' });
  for (const profile of ['p5', 'p6']) {
    expect(rows.get(profile)).toMatchObject({
      status: 'failed',
      last_error: expect.stringContaining('no valid'),
    });
  }
  expect([...rows.values()].filter(({ status }) => status === 'sent')).toHaveLength(18);
});

test('an email the mailbox refuses fails alone, with the reason', async () => {
  const campaign = await queue(crowd(20));
  await refusing('mailbox', `NEW.profile IN ('p3', 'p17')`, () => t.delivery.drain());
  const rows = await rowsOf(campaign);
  for (const profile of ['p3', 'p17']) {
    expect(rows.get(profile)).toMatchObject({
      status: 'failed',
      last_error: expect.stringContaining('on purpose'),
      address: `${profile}@example.com`,
    });
  }
  expect([...rows.values()].filter(({ status }) => status === 'sent')).toHaveLength(18);
});

test('a mailbox out of order fails nobody: all are tried again', async () => {
  const campaign = await queue(crowd(5));
  await refusing('mailbox', 'true', () => expect(t.delivery.drain()).rejects.toThrow('on purpose'), '53100');
  expect([...(await rowsOf(campaign)).values()].every(({ status }) => status === 'queued')).toBe(true);
  t.clock.advance(10_000);
  await t.delivery.drain();
  expect([...(await rowsOf(campaign)).values()].every(({ status }) => status === 'sent')).toBe(true);
});

test('a result that cannot be written as it is holds up no other', { timeout: 15_000 }, async () => {
  const campaign = await queue(crowd(6));
  const { account } = (await rowsOf(campaign)).get('p0')!;
  t.clock.advance(1_000);
  const claimed = await claim(t.db, { account, worker: randomUUID(), most: 6, now: t.clock.now() });
  const settler = createSettler({ db: t.db, clock: t.clock, log: t.engine.log });
  const wordsOf: Record<string, string> = { p1: 'with\0NUL', p4: 'refused' };
  await refusing('emails', `NEW.subject = 'refused'`, async () => {
    const settlements = claimed.map(
      ({ id, attempts, profile }): Settlement => ({
        id,
        attempts,
        status: 'sent',
        subject: wordsOf[profile] ?? 'Fine',
      }),
    );
    await Promise.all(settlements.map(settler.settle));
  });
  const rows = await rowsOf(campaign);
  expect([...rows.values()].every(({ status }) => status === 'sent')).toBe(true);
  expect(rows.get('p0')).toMatchObject({ subject: 'Fine', last_error: null });
  expect(rows.get('p1')).toMatchObject({ subject: 'withNUL' });
  expect(rows.get('p4')).toMatchObject({ subject: '', last_error: expect.stringContaining('on purpose') });
});

test('one account in trouble keeps no other from sending', async () => {
  const broken = await t.db
    .insertInto('accounts')
    .values({
      ...{
        workspace,
        name: 'Broken',
        kind: 'smtp',
        sender: 'a@example.com',
        settings: '{}' as never,
        secrets: JSON.stringify({ password: 'x' }) as never,
      },
      ...{ rate_per_second: 10, burst: 5, tokens: 5, refilled_at: t.clock.now(), paused_reason: null },
      created_at: t.clock.now(),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const stuck = await queue(['p0'], 'Hello', broken.id);
  const fine = await queue(crowd(10));
  await expect(t.delivery.drain()).rejects.toThrow();
  expect((await t.delivery.countEmails(fine)).get('one')).toMatchObject({ sent: 10 });
  expect((await t.delivery.countEmails(stuck)).get('one')).toMatchObject({ queued: 1 });
  await t.db.deleteFrom('emails').where('campaign', '=', stuck).execute();
});

test('nothing on its way is queued again, whatever else fails meanwhile', { timeout: 15_000 }, async () => {
  const taken: string[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    closeTimeout: 100,
    onData(stream, session, done) {
      stream.resume();
      stream.on('end', async () => {
        taken.push(...session.envelope.rcptTo.map(({ address }) => address));
        await pause(800);
        done();
      });
    },
  });
  server.on('error', () => {});
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', () => listening()));
  const { port } = server.server.address() as AddressInfo;
  const { id } = await t.db
    .insertInto('accounts')
    .values({
      ...{
        workspace,
        name: 'SMTP',
        kind: 'smtp',
        sender: 'a@example.com',
        paused_reason: null,
      },
      settings: JSON.stringify({ host: '127.0.0.1', port }) as never,
      ...{
        rate_per_second: 1_000,
        burst: 5,
        tokens: 5,
        refilled_at: t.clock.now(),
        created_at: t.clock.now(),
      },
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  attributes.set('p4', { email: '' });
  const campaign = await queue(crowd(5), 'Hello', id);
  await refusing('accounts', 'NEW.tokens > OLD.tokens AND NEW.refilled_at = OLD.refilled_at', async () => {
    const first = t.delivery.drain().catch(() => {});
    await until('the first emails to be under way', async () => taken.length === 4);
    t.clock.advance(6_000);
    await Promise.all([first, t.delivery.drain().catch(() => {})]);
  });
  await t.delivery.drain();
  await new Promise<void>((closed) => server.close(() => closed()));
  expect(taken.sort()).toEqual(['p0', 'p1', 'p2', 'p3'].map((name) => `${name}@example.com`));
  const rows = [...(await rowsOf(campaign)).values()];
  expect(rows.map(({ status }) => status).sort()).toEqual(['failed', 'sent', 'sent', 'sent', 'sent']);
});

/** The room's routes as the program serves them. */
async function application() {
  const app: App = Fastify() as never;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  await app.register(rateLimit, { global: false });
  app.addHook('onRequest', async (request) => {
    request.workspace = { id: workspace, name: 'Shop', timezone: 'UTC', require_fresh_connections: false };
  });
  await t.delivery.routes?.(app);
  return app;
}

test('unsubscribe links answer 600 times a minute, no oftener', async () => {
  const app = await application();
  for (const method of ['GET', 'POST'] as const) {
    const statuses = [];
    for (let i = 0; i < 601; i++) statuses.push((await app.inject({ method, url: '/u/guess' })).statusCode);
    expect(statuses.slice(0, 600).every((status) => status === 400)).toBe(true);
    expect(statuses[600]).toBe(429);
  }
});

test('ids may be written in capitals, and searches hold anything', async () => {
  const app = await application();
  const campaign = await queue(['p0']);
  await t.delivery.drain();
  const { id } = (await rowsOf(campaign)).get('p0')!;
  const get = async (url: string) => {
    const answer = await app.inject({ url });
    return { status: answer.statusCode, body: answer.json() };
  };
  expect(await get(`/api/emails/${id.toUpperCase()}`)).toMatchObject({ status: 200, body: { id } });
  expect((await get(`/api/emails?campaign=${campaign.toUpperCase()}`)).body.items).toHaveLength(1);
  expect((await get('/api/emails?search=p0%00')).status).toBe(200);
  expect((await get('/api/emails?person=p0%00')).status).toBe(200);
  expect((await get('/api/mailbox?search=%00')).status).toBe(200);
  const made = await app.inject({
    method: 'POST',
    url: '/api/accounts',
    payload: { kind: 'dev', name: 'N\0ew', from: 'new@example.com' },
  });
  expect(made.json()).toMatchObject({ name: 'New' });
});
