import { generateKeyPairSync, randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestEngine } from '../../test/support/engine.ts';
import { startMandrill } from '../../test/support/mandrill.ts';
import { startSes } from '../../test/support/ses.ts';
import { type App, Problem } from '../engine/index.ts';
import { createLog } from '../log/index.ts';
import { createDelivery } from './index.ts';
import { openProvider } from './providers/index.ts';
import { emailOf } from './providers/providers.testing.ts';
import type { DeliveryTables } from './tables.ts';

const profiles = {
  attributesOf: async (_workspace: string, ids: readonly string[]) =>
    new Map(ids.map((id) => [id, { email: `${id}@example.com` }])),
  attributesAmong: async () => [],
  list: async () => ({ items: [], total: 0, total_is_least: false, next_cursor: null }),
  addPanel: () => {},
};
const log = { append: async () => {} };

let t: Awaited<ReturnType<typeof open>>;
let ses: Awaited<ReturnType<typeof startSes>>;
let mandrill: Awaited<ReturnType<typeof startMandrill>>;
let inside: App;
let outside: App;
const workspace = randomUUID();

const open = () =>
  openTestEngine({
    rooms: (engine) =>
      [
        createDelivery(engine, { log, profiles }, { background: false, allowInternal: true }),
        createLog(engine),
      ] as const,
  });

/** The room's routes as the program serves them. */
async function application(delivery: ReturnType<typeof createDelivery>) {
  const app: App = Fastify() as never;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler((error, _request, reply) =>
    error instanceof Problem
      ? reply.status(error.status).send(error.toJSON())
      : reply.status(400).send({ error: { message: String(error) } }),
  );
  app.addHook('onRequest', async (request) => {
    request.workspace = { id: workspace, name: 'Shop', timezone: 'UTC', require_fresh_connections: false };
  });
  await delivery.routes?.(app);
  return app;
}

beforeAll(async () => {
  ses = await startSes();
  mandrill = await startMandrill();
  t = await open();
  inside = await application(t.rooms[0]);
  const strict = createDelivery(t.engine, { log, profiles }, { background: false, allowInternal: false });
  outside = await application(strict);
});
afterAll(async () => {
  await t.close();
  await ses.close();
  await mandrill.close();
});

const answerOf = async (app: App, method: 'GET' | 'POST' | 'PATCH', url: string, payload?: object) => {
  const answer = await app.inject({ method, url, ...(payload && { payload }) });
  return { status: answer.statusCode, text: answer.body, body: answer.json() };
};
const post = (payload: object, app = inside) => answerOf(app, 'POST', '/api/accounts', payload);
const patch = (id: string, payload: object, app = inside) =>
  answerOf(app, 'PATCH', `/api/accounts/${id}`, payload);
const stored = (id: string) =>
  t.engine.postgres.db
    .withTables<DeliveryTables>()
    .selectFrom('accounts')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
const opened = async (id: string) =>
  Object.fromEntries(
    Object.entries((await stored(id)).secrets).map(([name, sealed]) => [name, t.engine.secrets.open(sealed)]),
  );

let made = 0;
const common = () => ({ name: `Account ${made++}`, from: 'Shop <shop@example.com>' });
const sesAccount = () => ({
  ...{ kind: 'ses', ...common() },
  settings: { region: 'eu-west-1', access_key_id: 'AKIA1', endpoint: ses.url, tags: { shop: 'main' } },
  secrets: { secret_access_key: 'first secret' },
});
const mandrillAccount = () => ({
  ...{ kind: 'mailchimp_transactional', ...common() },
  settings: { endpoint: mandrill.url },
  secrets: { api_key: mandrill.key },
});
const pem = (bits: number) =>
  generateKeyPairSync('rsa', { modulusLength: bits })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();

describe('secrets', () => {
  test('are sealed, never shown, and kept when something else changes', async () => {
    const created = await post(sesAccount());
    expect(created).toMatchObject({ status: 201, body: { kind: 'ses', secrets: ['secret_access_key'] } });
    const { id } = created.body;
    expect(JSON.stringify(await stored(id))).not.toContain('first secret');

    const changed = await patch(id, { settings: { region: 'us-east-1', tags: null } });
    expect(changed.body.settings).toEqual({
      ...{ region: 'us-east-1', access_key_id: 'AKIA1', endpoint: ses.url },
    });
    expect(await opened(id)).toEqual({ secret_access_key: 'first secret' });
    const renewed = await patch(id, { secrets: { secret_access_key: 'second secret' } });
    expect(await opened(id)).toEqual({ secret_access_key: 'second secret' });
    const list = await answerOf(inside, 'GET', '/api/accounts');
    for (const { text } of [created, changed, renewed, list])
      expect(text).not.toMatch(/(first|second) secret/);

    const without = await patch(id, { secrets: { secret_access_key: null } });
    expect(without).toMatchObject({
      status: 400,
      body: { error: { field: 'secrets.secret_access_key', message: expect.stringContaining('is needed') } },
    });
    expect(await opened(id)).toEqual({ secret_access_key: 'second secret' });
  });

  test('that nobody can read any more can be given anew', async () => {
    const { id } = (await post(mandrillAccount())).body;
    await t.engine.postgres.pool.query(
      `UPDATE accounts SET secrets = '{"api_key": "v1.lost"}' WHERE id = $1`,
      [id],
    );
    expect((await answerOf(inside, 'GET', '/api/accounts')).status).toBe(200);
    expect((await patch(id, { secrets: { api_key: 'new' } })).status).toBe(200);
    expect(await opened(id)).toEqual({ api_key: 'new' });
  });

  test('a password can be taken away, and a DKIM key goes with what it is for', async () => {
    const dkim = { domain: 'example.com', selector: 'rapport' };
    const smtp = { kind: 'smtp', ...common(), settings: { host: 'smtp.example.com' } };
    const { id } = (await post({ ...smtp, secrets: { password: 'p' } })).body;
    const needed = await patch(id, { settings: { dkim } });
    expect(needed.body.error.field).toBe('secrets.dkim_private_key');
    const lonely = await patch(id, { secrets: { dkim_private_key: pem(1_024) } });
    expect(lonely.body.error.field).toBe('settings.dkim');
    const signing = await patch(id, { settings: { dkim }, secrets: { dkim_private_key: pem(1_024) } });
    expect(signing.body).toMatchObject({ secrets: ['dkim_private_key', 'password'], settings: { dkim } });
    expect((await patch(id, { secrets: { password: null } })).body.secrets).toEqual(['dkim_private_key']);
    expect((await patch(id, { settings: { dkim: null } })).body.secrets).toEqual([]);
  });
});

describe('bad input names its field', () => {
  const ed25519 = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
  test.each([
    ['settings.region', 'ses', { settings: { region: 'Ireland' } }],
    ['settings.endpoint', 'ses', { settings: { endpoint: 'ftp://example.com' } }],
    ['settings.configuration_set', 'ses', { settings: { configuration_set: 'two words' } }],
    ['settings.tags.shop', 'ses', { settings: { tags: { shop: 'ä' } } }],
    ['settings.tags', 'ses', { settings: { tags: { email_id: 'x' } } }],
    ['settings', 'ses', { settings: { hots: 'x' } }],
    ['secrets', 'ses', { secrets: { api_key: 'x' } }],
    ['settings.subaccount', 'mailchimp_transactional', { settings: { subaccount: 'a\r\nBcc: b' } }],
    ['secrets.api_key', 'mailchimp_transactional', { secrets: { api_key: '' } }],
    ['settings.dkim.domain', 'smtp', { settings: { dkim: { domain: 'x; y', selector: 'a' } } }],
    ['settings.dkim.selector', 'smtp', { settings: { dkim: { domain: 'example.com', selector: 'a b' } } }],
    ['secrets.dkim_private_key', 'smtp', { secrets: { dkim_private_key: 'no key' } }],
    ['secrets.dkim_private_key', 'smtp', { secrets: { dkim_private_key: String(ed25519) } }],
    ['secrets.dkim_private_key', 'smtp', { secrets: { dkim_private_key: pem(512) } }],
    ['settings', 'dev', { settings: { host: 'x' } }],
    ['secrets', 'null', { secrets: { password: 'x' } }],
  ])('%s of %s', async (field, kind, change) => {
    const usual = {
      ses: sesAccount,
      mailchimp_transactional: mandrillAccount,
      smtp: () => ({ kind, ...common(), settings: { host: 'smtp.example.com' } }),
      dev: () => ({ kind, ...common() }),
      null: () => ({ kind, ...common() }),
    }[kind]!;
    const { id } = (await post(usual())).body;
    expect(await patch(id, change)).toMatchObject({ status: 400, body: { error: { field } } });
  });

  test('an endpoint that leads inside, or has no TLS, is refused where internal addresses are', async () => {
    const at = (endpoint: string) => {
      const account = sesAccount();
      return post({ ...account, settings: { ...account.settings, endpoint } }, outside);
    };
    const refused = async (endpoint: string) => (await at(endpoint)).body.error;
    const field = 'settings.endpoint';
    expect(await refused('https://169.254.169.254/')).toMatchObject({ code: 'internal_address', field });
    expect(await refused('https://[::1]:8005')).toMatchObject({ code: 'internal_address', field });
    expect(await refused('http://email.example.com')).toMatchObject({ code: 'endpoint_not_secure', field });
    const fine = await at('https://email.example.com');
    expect(fine.status).toBe(201);
    expect((await patch(fine.body.id, { settings: { endpoint: ses.url } }, outside)).status).toBe(400);
    expect((await patch(fine.body.id, { settings: { endpoint: null } }, outside)).status).toBe(200);
  });
});

describe('sending', () => {
  const testSend = (id: string) =>
    answerOf(inside, 'POST', `/api/accounts/${id}/test`, { to: 'ada@example.com' });

  test('a test email goes out by each kind, and a refusal is said in the words of the provider', async () => {
    const bySes = (await post(sesAccount())).body.id;
    expect((await testSend(bySes)).status).toBe(200);
    expect((await ses.kept()).at(-1)).toMatchObject({ subject: 'Test email from Rapport' });
    const byMandrill = (await post(mandrillAccount())).body.id;
    expect((await testSend(byMandrill)).status).toBe(200);
    expect(mandrill.taken.at(-1)!.to).toEqual(['ada@example.com']);
    await patch(byMandrill, { secrets: { api_key: 'md-wrong' } });
    expect(await testSend(byMandrill)).toMatchObject({
      status: 502,
      body: { error: { message: expect.stringContaining('Invalid API key') } },
    });
    const nowhere = (await post({ kind: 'null', ...common() })).body.id;
    expect((await testSend(nowhere)).status).toBe(200);
  });

  async function campaign(account: string, people: string[]) {
    const delivery = t.rooms[0];
    const db = t.engine.postgres.db.withTables<DeliveryTables>();
    const id = randomUUID();
    const sender = await delivery.sender(workspace, account);
    await db.transaction().execute(async (trx) => {
      const template = await delivery.saveTemplate(trx, workspace, { subject: 'Hi', html: '<p>Hi</p>' });
      const letter = { workspace, campaign: id, campaignName: 'C', step: 's', sender, template };
      await delivery.queueEmails(trx, { ...letter, at: t.clock.now() }, people);
    });
    await delivery.drain();
    return db.selectFrom('emails').selectAll().where('campaign', '=', id).orderBy('id').execute();
  }
  const people = (n: number) => Array.from({ length: n }, (_, i) => `p${String(i).padStart(4, '0')}`);

  test('a campaign by SES: each row of the ledger is the tag of one email', async () => {
    const { id } = (await post({ ...sesAccount(), rate_per_second: 1_000 })).body;
    const before = ses.asked.length;
    const rows = await campaign(id, people(50));
    expect(rows.every(({ status }) => status === 'sent')).toBe(true);
    const tags = ses.asked.slice(before).map(({ EmailTags }) => EmailTags.at(-1)!.Value);
    expect(tags.sort()).toEqual(rows.map((row) => row.id).sort());
  });

  test('credentials that are refused pause the account, and count against no email', async () => {
    const { id } = (await post({ ...mandrillAccount(), rate_per_second: 1_000 })).body;
    await patch(id, { secrets: { api_key: 'md-wrong' } });
    const rows = await campaign(id, people(20));
    expect(rows.every((row) => row.status === 'queued' && row.attempts === row.attempts_waived)).toBe(true);
    const state = await stored(id);
    expect(state).toMatchObject({
      status: 'paused',
      paused_reason: expect.stringContaining('Invalid_Key'),
    });
    const standing = async () => (await t.rooms[0].accountsStanding()).find((one) => one.id === id);
    const stopped = { at: t.clock.now(), reason: state.paused_reason };
    expect(await standing()).toMatchObject({ paused: false, stopped });
    await patch(id, { secrets: { api_key: mandrill.key }, status: 'active' });
    expect(await standing()).toMatchObject({ paused: false, stopped: null });
    t.clock.advance(60_000);
    await t.rooms[0].drain();
    const counts = await t.rooms[0].countEmails(rows[0]!.campaign);
    expect(counts.get('s')).toMatchObject({ sent: 20 });
    await patch(id, { status: 'paused' });
    expect(await standing()).toMatchObject({ paused: true, stopped: null });
  });

  test('the dev mailbox shows what a stored template would have been filled with', async () => {
    const { engine } = t;
    const db = engine.postgres.db.withTables<DeliveryTables>();
    const [kind, settings, secrets] = ['dev', {}, {}] as const;
    const dev = openProvider({ db, kind, settings, secrets, allowInternal: true });
    const stored = { name: 'points', data: { points: 7 } };
    await dev.send(emailOf({ workspace, id: null, stored }), new AbortController().signal);
    const found = await db.selectFrom('mailbox').select('text').where('workspace', '=', workspace).execute();
    expect(found.at(-1)!.text).toMatch(/^Stored template points, filled with .*"points": 7/s);
  });

  test('an account for benchmarks takes everything', async () => {
    const { id } = (await post({ kind: 'null', ...common() })).body;
    const rows = await campaign(id, people(3_000));
    expect(rows.filter(({ status }) => status === 'sent')).toHaveLength(3_000);
  });
});
