import { randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestEngine } from '../../../test/support/engine.ts';
import { webhook } from '../../../test/support/mandrill.ts';
import { createTopic } from '../../../test/support/sns.ts';
import type { App } from '../../engine/index.ts';
import { createLog } from '../../log/index.ts';
import { createProfiles } from '../../profiles/index.ts';
import { createDelivery } from '../index.ts';
import { claim } from '../ledger.ts';
import type { Account } from '../schema.ts';
import type { DeliveryTables } from '../tables.ts';

const topic = createTopic();
const open = async () => {
  const t = await openTestEngine({
    rooms: (engine) => {
      const log = createLog(engine);
      const profiles = createProfiles(engine, { log });
      const options = { background: false, fetchText: topic.fetchText };
      return [log, profiles, createDelivery(engine, { log, profiles }, options)] as const;
    },
  });
  const app: App = Fastify() as never;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.addHook('onRequest', async (request) => {
    request.workspace = { id: t.workspace, name: 'Shop', timezone: 'UTC', require_fresh_connections: false };
  });
  const delivery = t.rooms[2];
  await delivery.routes?.(app);
  return { ...t, app, delivery, db: t.engine.postgres.db.withTables<DeliveryTables>() };
};
let t: Awaited<ReturnType<typeof open>>;
beforeAll(async () => {
  t = await open();
});
afterAll(() => t?.close());

async function makeAccount(kind: 'ses' | 'mailchimp_transactional', more = {}): Promise<Account> {
  const setup =
    kind === 'ses'
      ? {
          settings: { region: 'eu-west-1', access_key_id: 'AKIA' },
          secrets: { secret_access_key: 'secret' },
        }
      : { secrets: { api_key: 'md-test', webhook_key: 'hook-key' } };
  const payload = { kind, name: randomUUID(), from: 'shop@example.com', ...setup, ...more };
  const answer = await t.app.inject({ method: 'POST', url: '/api/accounts', payload });
  expect(answer.statusCode).toBe(201);
  return answer.json();
}
const accountNow = async (id: string): Promise<Account> =>
  (await t.app.inject({ url: '/api/accounts' })).json().items.find((one: Account) => one.id === id);

/** Emails of an account as they are after they were sent. */
async function sent(account: Account, count = 1, status = 'sent'): Promise<string[]> {
  const campaign = randomUUID();
  const sender = await t.delivery.sender(t.workspace, account.id);
  await t.db.transaction().execute(async (trx) => {
    const template = await t.delivery.saveTemplate(trx, t.workspace, { subject: 'Hi', html: '<p>Hi</p>' });
    const letter = { workspace: t.workspace, campaign, campaignName: 'Test', step: 'one', sender, template };
    const people = Array.from({ length: count }, (_, i) => `${campaign}-${i}`);
    await t.delivery.queueEmails(trx, { ...letter, at: t.clock.now() }, people);
  });
  const { rows } = await sql<{ id: string }>`
    UPDATE emails SET status = ${status}, sent_at = ${t.clock.now()}, attempts = 1, provider_id = 'theirs-' || id,
      address = 'a-' || id || '@example.com'
    WHERE campaign = ${campaign} RETURNING id`.execute(t.db);
  return rows.map(({ id }) => id);
}

const row = async (id: string) =>
  (await t.db.selectFrom('emails').selectAll().where('id', '=', id).execute())[0]!;
const happenings = (id: string) =>
  t.db.selectFrom('email_happenings').selectAll().where('email', '=', id).orderBy('at').execute();
const suppressed = async (id: string) =>
  (
    await t.db
      .selectFrom('suppressions')
      .select('reason')
      .where('address', '=', `a-${id}@example.com`)
      .execute()
  ).map(({ reason }) => reason);

const at = '2026-06-15T11:59:00.000Z';
const browser =
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15';
const post = (account: Account, payload: string) =>
  t.app.inject({
    method: 'POST',
    url: new URL(account.hook!.url).pathname,
    headers: { 'content-type': 'text/plain; charset=UTF-8' },
    payload,
  });
const sesMail = (id: string | undefined, more = {}) => ({
  messageId: id ? 'not-known-yet' : randomUUID(),
  timestamp: '2026-06-15T11:00:00.000Z',
  destination: [`a-${id}@example.com`],
  tags: { 'ses:configuration-set': ['rapport'], ...(id && { email_id: [id] }) },
  ...more,
});
const tell = (account: Account, event: object) => post(account, topic.notification(event));

describe('Amazon SES', () => {
  test('events become the results of the email', async () => {
    const account = await makeAccount('ses');
    const [first, second, third, fourth] = (await sent(account, 4)) as [string, string, string, string];
    const recipients = (id: string, diagnosticCode?: string) => [
      { emailAddress: `a-${id}@example.com`, status: '5.1.1', diagnosticCode },
    ];
    const events = [
      { eventType: 'Send', mail: sesMail(first), send: {} },
      { eventType: 'Delivery', mail: sesMail(first), delivery: { timestamp: at, smtpResponse: '250 ok' } },
      {
        eventType: 'Open',
        mail: sesMail(first),
        open: { timestamp: at, userAgent: browser },
      },
      {
        eventType: 'Click',
        mail: sesMail(first),
        click: { timestamp: at, userAgent: browser, link: 'https://shop.example/?a=1' },
      },
      {
        eventType: 'Bounce',
        mail: sesMail(second),
        bounce: {
          bounceType: 'Permanent',
          bounceSubType: 'General',
          bouncedRecipients: recipients(second, 'smtp; 550 5.1.1 user unknown'),
          timestamp: at,
          feedbackId: 'f-1',
        },
      },
      {
        eventType: 'Complaint',
        mail: sesMail(third),
        complaint: {
          complainedRecipients: recipients(third),
          complaintFeedbackType: 'abuse',
          timestamp: at,
          feedbackId: 'f-2',
        },
      },
      { eventType: 'Reject', mail: sesMail(fourth), reject: { reason: 'Bad content' } },
      // A scanner's.
      {
        eventType: 'Click',
        mail: sesMail(fourth),
        click: { timestamp: at, userAgent: 'python-requests/2.32', link: 'https://shop.example/' },
      },
      // Not how an email ends.
      { eventType: 'DeliveryDelay', mail: sesMail(fourth), deliveryDelay: { timestamp: at } },
      { eventType: 'Subscription', mail: sesMail(fourth), subscription: {} },
      { eventType: 'Bounce', mail: sesMail(fourth), bounce: { no: 'fields' } },
    ];
    for (const event of [...events, ...events].reverse()) {
      expect((await tell(account, event)).statusCode).toBe(200);
    }
    const time = new Date(at);
    expect(await row(first)).toMatchObject({ delivered_at: time, opened_at: time, clicked_at: time });
    expect((await happenings(first)).map(({ kind, url }) => [kind, url]).sort()).toEqual([
      ['clicked', 'https://shop.example/?a=1'],
      ['delivered', null],
      ['opened', null],
    ]);
    expect(await row(second)).toMatchObject({
      ...{ bounced_at: time, bounce_permanent: true, bounce_reason: 'smtp; 550 5.1.1 user unknown' },
    });
    expect(await suppressed(second)).toEqual(['bounce']);
    expect(await suppressed(third)).toEqual(['complaint']);
    expect(await row(fourth)).toMatchObject({
      clicked_at: null,
      bounce_permanent: false,
      bounce_reason: 'Amazon SES took it and did not send it: Bad content',
    });
    expect(await suppressed(fourth)).toEqual([]);
  });

  test('notifications about feedback are found by their own id, or by our header', async () => {
    const account = await makeAccount('ses');
    const [first, second] = (await sent(account, 2)) as [string, string];
    const delivery = { timestamp: at };
    const untagged = { timestamp: at, destination: [] };
    await tell(account, {
      notificationType: 'Delivery',
      mail: { ...untagged, messageId: `theirs-${first}` },
      delivery,
    });
    const headers = [{ name: 'X-Rapport-Message-ID', value: `<${second}@example.com>` }];
    await tell(account, {
      notificationType: 'Delivery',
      mail: { ...untagged, messageId: 'x', headers },
      delivery,
    });
    expect((await row(first)).delivered_at).toEqual(new Date(at));
    expect((await row(second)).delivered_at).toEqual(new Date(at));
  });

  test('what comes before our own word settles the email; what cannot be told yet comes again', async () => {
    const account = await makeAccount('ses');
    const [id] = (await sent(account, 1, 'queued')) as [string];
    await sql`UPDATE emails SET provider_id = NULL, address = '' WHERE id = ${id}`.execute(t.db);
    const claimed = await claim(t.db, {
      ...{ account: account.id, worker: randomUUID(), most: 1, now: t.clock.now() },
    });
    expect(claimed).toHaveLength(1);
    const justNow = { timestamp: t.clock.now().toISOString(), destination: [`a-${id}@example.com`] };
    const early = { notificationType: 'Delivery', delivery: { timestamp: at } };
    const unknown = await tell(account, { ...early, mail: { ...justNow, messageId: 'to be written' } });
    expect(unknown.statusCode).toBe(503);
    const longAgo = { ...justNow, timestamp: '2026-06-15T10:00:00Z', messageId: "somebody else's" };
    expect((await tell(account, { ...early, mail: longAgo })).statusCode).toBe(200);
    expect((await tell(account, { ...early, mail: sesMail(id) })).statusCode).toBe(200);
    expect(await row(id)).toMatchObject({
      ...{ status: 'sent', delivered_at: new Date(at), address: `a-${id}@example.com` },
    });
  });

  test('an account hears its own emails alone', async () => {
    const [ours, theirs] = [await makeAccount('ses'), await makeAccount('ses')];
    const [id] = (await sent(theirs)) as [string];
    const event = { eventType: 'Delivery', mail: sesMail(id), delivery: { timestamp: at } };
    expect((await tell(ours, event)).statusCode).toBe(200);
    expect((await row(id)).delivered_at).toBeNull();
  });

  test('the first topic that knows the address is confirmed and pinned; others are refused and shown', async () => {
    const account = await makeAccount('ses');
    expect(account.hook).toMatchObject({ heard_at: null, trouble: null });
    const before = topic.visited.length;
    expect((await post(account, topic.confirmation())).statusCode).toBe(200);
    expect(topic.visited.slice(before).at(-1)).toContain('Action=ConfirmSubscription');
    const pinned = await accountNow(account.id);
    expect(pinned.settings.topic_arn).toBe(topic.topic);
    expect(pinned.hook).toMatchObject({ heard_at: t.clock.now().toISOString(), trouble: null });

    // Of somebody else, with a signature of Amazon's own.
    const TopicArn = topic.topic.replace('123456789012', '999999999999');
    for (const message of [
      topic.notification({ eventType: 'Delivery' }, {}, { TopicArn }),
      topic.confirmation({}, { TopicArn }),
    ]) {
      const visited = topic.visited.length;
      expect((await post(account, message)).statusCode).toBe(403);
      expect(topic.visited).toHaveLength(visited);
    }
    const troubled = await accountNow(account.id);
    expect(troubled.hook?.trouble).toContain(TopicArn);
    expect(troubled.settings.topic_arn).toBe(topic.topic);
    await post(
      account,
      topic.notification('Successfully validated SNS topic for Amazon SES event publishing.'),
    );
    expect((await accountNow(account.id)).hook?.trouble).toBeNull();
    expect((await post(account, topic.notification('x', { alter: { Message: 'y' } }))).statusCode).toBe(403);
    expect((await post(account, '{"eventType":"Delivery"}')).statusCode).toBe(400);
    expect((await accountNow(account.id)).hook?.trouble).toContain('raw message delivery');
  });

  test('addresses that are not ours are not read', async () => {
    const [ses, mailchimp] = [await makeAccount('ses'), await makeAccount('mailchimp_transactional')];
    const { pathname } = new URL(ses.hook!.url);
    const token = pathname.split('/').at(-1)!;
    const [id, signature] = token.split('.') as [string, string];
    const other = new URL(mailchimp.hook!.url).pathname.split('/').at(-1)!.split('.')[0];
    const message = topic.confirmation();
    for (const url of [
      '/hooks/ses/x',
      `/hooks/ses/${id}`,
      `/hooks/ses/${other}.${signature}`,
      `/hooks/ses/${token}x`,
      `/hooks/mailchimp-transactional/${token}`,
      new URL(mailchimp.hook!.url).pathname.replace('mailchimp-transactional', 'ses'),
    ]) {
      expect((await t.app.inject({ method: 'POST', url, payload: message })).statusCode).toBe(404);
    }
    const big = await post(ses, 'x'.repeat(2_000_000));
    expect(big.statusCode).toBe(413);
    const others = await makeAccount('mailchimp_transactional', { secrets: { api_key: 'k' } });
    expect(others.hook?.url).toContain('/hooks/mailchimp-transactional/');
  });
});

describe('Mailchimp Transactional', () => {
  const seconds = Date.parse(at) / 1_000;
  const event = (name: string, id: string | undefined, more = {}, msg = {}) => ({
    event: name,
    ts: seconds,
    _id: 'theirs',
    ...more,
    msg: {
      ...{ _id: 'theirs', email: `a-${id}@example.com`, metadata: id ? { email_id: id } : [] },
      ...msg,
    },
  });
  const send = (account: Account, events: unknown, key = 'hook-key') =>
    t.app.inject(webhook(key, account.hook!.url, events));

  test('events become the results of the email, whatever else is in the batch', async () => {
    const account = await makeAccount('mailchimp_transactional');
    const [first, second, third, fourth, fifth] = (await sent(account, 5)) as string[];
    const batch = [
      event('send', first),
      event('delivered', first),
      event('open', first, { user_agent: browser }),
      event('click', first, { url: 'https://shop.example/', user_agent: browser }),
      event('hard_bounce', second, {}, { diag: 'smtp; 550 no such user', bounce_description: 'bad_mailbox' }),
      event('soft_bounce', third, {}, { bounce_description: 'mailbox_full' }),
      event('spam', undefined, {}, { _id: `theirs-${fourth}`, email: `a-${fourth}@example.com` }),
      event('unsub', fifth),
      event('deferral', first),
      event('open', randomUUID()),
      // What nobody can read.
      { event: 'open', ts: 'yesterday', msg: {} },
      { type: 'blacklist', action: 'add' },
      { event: 'open', ts: 1e15, msg: {} },
      null,
      'words',
    ];
    expect((await send(account, batch)).statusCode).toBe(200);
    expect((await send(account, [...batch].reverse())).statusCode).toBe(200);
    const time = new Date(at);
    expect(await row(first!)).toMatchObject({
      delivered_at: time,
      opened_at: time,
      clicked_at: time,
      bounced_at: null,
    });
    expect((await happenings(first!)).map(({ kind }) => kind).sort()).toEqual([
      'clicked',
      'delivered',
      'opened',
    ]);
    expect(await row(second!)).toMatchObject({
      bounce_permanent: true,
      bounce_reason: 'smtp; 550 no such user',
    });
    expect(await row(third!)).toMatchObject({ bounce_permanent: false, bounce_reason: 'mailbox_full' });
    expect((await row(fourth!)).complained_at).toEqual(time);
    expect((await row(fifth!)).unsubscribed_at).toEqual(t.clock.now());
    const reasons = await Promise.all([first, second, third, fourth, fifth].map((id) => suppressed(id!)));
    expect(reasons).toEqual([[], ['bounce'], [], ['complaint'], ['unsubscribe']]);
  });

  test('a rejection at once stays a failure; one of an email it had taken is a bounce', async () => {
    const account = await makeAccount('mailchimp_transactional');
    const [failed] = (await sent(account, 1, 'failed')) as [string];
    const [taken] = (await sent(account)) as [string];
    const reject = { reject: { reason: 'spam' } };
    await send(account, [event('reject', failed, {}, reject), event('reject', taken, {}, reject)]);
    expect(await row(failed)).toMatchObject({ status: 'failed', bounced_at: null });
    expect(await row(taken)).toMatchObject({
      status: 'sent',
      bounce_permanent: false,
      bounce_reason: 'Mailchimp took it and did not send it: spam',
    });
  });

  test('only what is signed with the key of the webhook, for its address', async () => {
    const [account, other] = await Promise.all([
      makeAccount('mailchimp_transactional'),
      makeAccount('mailchimp_transactional'),
    ]);
    const [id] = (await sent(account)) as [string];
    const events = [event('spam', id)];
    const forged = webhook('hook-key', account.hook!.url, events);
    const wrong = [
      webhook('other-key', account.hook!.url, events),
      { ...forged, headers: { ...forged.headers, 'x-mandrill-signature': '' } },
      { ...forged, payload: forged.payload.replace('spam', 'open') },
      { ...forged, payload: `${forged.payload}&more=1` },
      { ...webhook('hook-key', other.hook!.url, events), url: forged.url },
    ];
    for (const request of wrong) expect((await t.app.inject(request)).statusCode).toBe(403);
    expect((await row(id)).complained_at).toBeNull();
    expect((await accountNow(account.id)).hook?.trouble).toContain('signature');
    expect((await send(account, 'no list')).statusCode).toBe(400);
    expect((await t.app.inject(forged)).statusCode).toBe(200);
    expect((await row(id)).complained_at).toEqual(new Date(at));
  });

  test('a webhook can be made before its key is known; nothing is lost until it is', async () => {
    const account = await makeAccount('mailchimp_transactional', { secrets: { api_key: 'k' } });
    const [id] = (await sent(account)) as [string];
    const url = new URL(account.hook!.url).pathname;
    expect((await t.app.inject({ method: 'HEAD', url })).statusCode).toBe(200);
    expect((await t.app.inject({ method: 'HEAD', url: `${url}x` })).statusCode).toBe(404);
    expect((await send(account, [], 'test-webhook')).statusCode).toBe(200);
    const events = [event('delivered', id)];
    expect((await send(account, events)).statusCode).toBe(503);
    expect((await accountNow(account.id)).hook?.trouble).toContain('was not entered yet');
    await t.app.inject({
      method: 'PATCH',
      url: `/api/accounts/${account.id}`,
      payload: { secrets: { webhook_key: 'hook-key' } },
    });
    expect((await send(account, events)).statusCode).toBe(200);
    expect((await row(id)).delivered_at).toEqual(new Date(at));
    expect((await accountNow(account.id)).hook).toMatchObject({ trouble: null });
  });
});

test('many at once are written together, and each is durable when it is answered', async () => {
  const account = await makeAccount('ses');
  const ids = await sent(account, 200);
  const answers = await Promise.all(
    ids.map((id) =>
      tell(account, { eventType: 'Delivery', mail: sesMail(id), delivery: { timestamp: at } }).then(
        async ({ statusCode }) => [statusCode, (await row(id)).delivered_at] as const,
      ),
    ),
  );
  expect(new Set(answers.map(([status, time]) => `${status} ${time?.toISOString()}`))).toEqual(
    new Set([`200 ${at}`]),
  );
});
