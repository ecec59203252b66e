import { randomBytes, randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runs } from '../../test/support/thorough.ts';
import { secretsFrom } from '../engine/secrets.ts';
import { openDelivery, type TestDelivery } from './delivery.testing.ts';
import { identityOf } from './programs.ts';
import { blockedAmong } from './suppressions.ts';
import { tokenOf } from './tokens.ts';
import type { Unsubscribed } from './unsubscribe.ts';
import { createUnsubscribing } from './unsubscribe.ts';

let t: TestDelivery;
let gold: string;
let silver: string;
const heard: Unsubscribed[] = [];
beforeAll(async () => {
  t = await openDelivery();
  [gold, silver] = [t.programs.gold.id, t.programs.silver.id];
  t.delivery.onUnsubscribe(async (_trx, who) => void heard.push(who));
});
afterAll(() => t?.close());

async function person(): Promise<{ id: string; address: string }> {
  const id = `p-${randomUUID()}`;
  const address = `${id}@example.com`;
  await t.identify(id, { email: address });
  return { id, address };
}

/** What becomes of an email of a program, or of none. */
async function write({ id }: { id: string }, program?: string) {
  const row = (await t.write([id], {}, program === undefined ? {} : { program })).get(id)!;
  return { ...row, at: row.campaign };
}
const becomes = async (who: { id: string }, program?: string) => {
  const { status, last_error } = await write(who, program);
  return status === 'sent' ? 'sent' : (last_error ?? status);
};
const left = 'The address unsubscribed from the emails of this program.';
const unconfirmed = 'The address did not confirm that it wants the emails of this program.';

const consents = async (address: string) =>
  (await t.get(`/api/consents?search=${encodeURIComponent(address)}`)).items;
const give = (address: string, more: object = {}) =>
  t.send('POST', '/api/consents', { email: address, program: gold, ...more });
const doubleOptIn = (program: string, double_opt_in: boolean) =>
  t.send('PUT', `/api/programs/${program}/consent`, { double_opt_in });
const eventsOf = async (id: string) =>
  (await t.events(id))
    .filter(({ event }) => event !== 'Email Sent')
    .map(({ event, properties }) => [event, properties?.program, properties?.how]);

describe('an email of a program', () => {
  test('comes from its sender, as far as the account may send for it', () => {
    const account = 'Shop <hello@Shop.example>';
    const of = (sender: Partial<Parameters<typeof identityOf>[1] & object>) =>
      identityOf(account, { name: null, address: null, reply_to: null, ...sender });
    expect(identityOf(account, undefined)).toEqual({ from: account, replyTo: undefined });
    expect(of({})).toEqual({ from: 'Shop <hello@Shop.example>', replyTo: undefined });
    expect(of({ name: 'Gold', address: 'gold@shop.example' })).toEqual({
      from: 'Gold <gold@shop.example>',
      replyTo: undefined,
    });
    expect(of({ address: 'gold@other.example' })).toEqual({
      from: 'Shop <hello@Shop.example>',
      replyTo: 'gold@other.example',
    });
    expect(of({ address: 'gold@sub.shop.example', reply_to: 'answers@x.example' })).toEqual({
      from: 'Shop <hello@Shop.example>',
      replyTo: 'answers@x.example',
    });
    expect(of({ name: 'Gold "& <More>', address: 'gold@SHOP.example', reply_to: 'a@x.example' })).toEqual({
      from: 'Gold & More <gold@SHOP.example>',
      replyTo: 'a@x.example',
    });
  });

  test('says so when it goes out, by what the program is then', async () => {
    const ann = await person();
    t.programs.gold.sender = { name: 'Gold club', address: null, reply_to: 'gold@club.example' };
    expect(await becomes(ann, gold)).toBe('sent');
    const mail = await t.mailTo(ann.address);
    expect(mail!.from).toMatch(/^Gold club <.*@.*>$/);
    expect(mail!.headers).toContainEqual({ name: 'Reply-To', value: 'gold@club.example' });
    await becomes(ann);
    const plain = await t.mailTo(ann.address);
    expect(plain!.from).not.toContain('Gold');
    expect(plain!.headers.map(({ name }) => name)).not.toContain('Reply-To');
    // A program that was removed is no reason not to write.
    expect(await becomes(ann, randomUUID())).toBe('sent');
  });
});

describe('unsubscribing', () => {
  test('by the button of a mail program leaves the program alone; the rest goes on', async () => {
    const ann = await person();
    const { id, campaign } = await write(ann, gold);
    const link = await t.linkOf(ann.address);
    expect((await t.app.inject({ url: link })).statusCode).toBe(200);
    expect(await becomes(ann, gold)).toBe('sent');
    heard.length = 0;
    const done = await t.post(link, [['List-Unsubscribe', 'One-Click']]);
    expect(done.body).toContain('is off the list of Gold &#38; More.');
    await t.post(link);

    expect(await becomes(ann, gold)).toBe(left);
    expect(await becomes(ann, silver)).toBe('sent');
    expect(await becomes(ann)).toBe('sent');
    const told = { workspace: t.workspace, profile: ann.id, program: gold, campaign, email: id };
    expect(heard).toEqual([told, told]);
    expect((await t.delivery.countEmails(campaign)).get('one')).toMatchObject({ sent: 1, unsubscribed: 1 });
    expect(await consents(ann.address)).toMatchObject([
      { program_id: gold, program_name: 'Gold & More', status: 'unsubscribed', how: 'link', email_id: id },
    ]);
    expect(await eventsOf(ann.id)).toEqual([['Email Unsubscribed', 'Gold & More', 'link']]);
    expect((await t.get(`/api/suppressions?search=${ann.address}`)).items).toEqual([]);
  });

  test('on the page: by program, from everything, and back again', async () => {
    const ann = await person();
    await write(ann, silver);
    const { campaign } = await write(ann, gold);
    const link = await t.linkOf(ann.address);
    const boxes = async () =>
      [...(await t.app.inject({ url: link })).body.matchAll(/value="([^"]*)"( checked)?>[A-Z]/g)].map(
        ([, id, checked]) => [id, checked !== undefined],
      );
    expect(await boxes()).toEqual([
      [gold, true],
      [silver, true],
    ]);

    // What was not shown is not touched: the page may be older than what it is about.
    await t.post(`${link}/programs`, [
      ['shown', gold],
      ['program', gold],
    ]);
    expect(await boxes()).toEqual([
      [gold, true],
      [silver, true],
    ]);
    const saved = await t.post(`${link}/programs`, [
      ['shown', gold],
      ['shown', silver],
      ['program', gold],
    ]);
    expect(saved.body).toContain('It is saved.');
    expect(await boxes()).toEqual([
      [gold, true],
      [silver, false],
    ]);
    expect(heard.at(-1)).toEqual({ workspace: t.workspace, profile: ann.id, program: silver });
    expect(await becomes(ann, silver)).toBe(left);

    t.clock.advance(1_000);
    const stopped = await t.post(`${link}/stop`);
    expect(stopped.body).toContain('We will not write to it again.');
    expect(heard.at(-1)).toMatchObject({ campaign, profile: ann.id });
    expect(heard.at(-1)).not.toHaveProperty('program');
    expect([await becomes(ann), await becomes(ann, gold)]).toEqual(['suppressed', 'suppressed']);
    expect((await t.app.inject({ url: link })).body).toContain('subscribe again');

    t.clock.advance(1_000);
    const back = await t.post(`${link}/resume`);
    expect(back.body).toContain('Good to have you back');
    await t.post(`${link}/resume`);
    expect([await becomes(ann), await becomes(ann, gold), await becomes(ann, silver)]).toEqual([
      'sent',
      'sent',
      left,
    ]);
    expect((await t.delivery.countEmails(campaign)).get('one')).toMatchObject({ unsubscribed: 0 });
    expect(await eventsOf(ann.id)).toEqual([
      ['Email Unsubscribed', 'Silver', 'page'],
      ['Email Unsubscribed', undefined, 'page'],
      ['Email Subscribed', undefined, 'page'],
    ]);
  });

  test('what somebody else suppressed no link takes back', async () => {
    const ann = await person();
    await write(ann, gold);
    const link = await t.linkOf(ann.address);
    await t.send('POST', '/api/suppressions', { address: ann.address, reason: 'complaint' });
    expect((await t.app.inject({ url: link })).body).not.toContain('subscribe again');
    await t.post(`${link}/resume`);
    await t.post(`${link}/stop`);
    await t.post(`${link}/resume`);
    expect(await becomes(ann, gold)).toBe('suppressed');
  });

  test('by our own links alone, of before the secret was replaced too', async () => {
    const ann = await person();
    const { id } = await write(ann, gold);
    const link = await t.linkOf(ann.address);
    const by = (roots: [Buffer, ...Buffer[]]) =>
      createUnsubscribing({ ...t.engine, secrets: secretsFrom(roots) }, t.db, t.profiles, {
        of: async () => new Map(),
      });
    const [newest, old, stranger] = [randomBytes(32), randomBytes(32), randomBytes(32)];
    const token = (url: string) => url.split('/u/')[1]!;
    const sent = token(by([old]).url(id));
    expect(await by([newest, old]).read(sent)).toMatchObject({ address: ann.address });
    await expect(by([newest, old]).read(token(by([stranger]).url(id)))).rejects.toMatchObject({
      code: 'bad_link',
    });
    for (const what of ['', '/stop', '/resume', '/programs']) {
      const forged = await t.post(`${link.replace(/\/u\/./, '/u/_')}${what}`, [['shown', gold]]);
      expect([what, forged.status]).toEqual([what, 400]);
      expect((await t.post(`/u/${token(by([stranger]).url(id))}${what}`)).status).toBe(400);
    }
    expect(await becomes(ann, gold)).toBe('sent');
  });
});

describe('consents by the API', () => {
  test('are said once, told once, listed and searched', async () => {
    const ann = await person();
    const first = await give(ann.address.toUpperCase());
    expect(first).toMatchObject({
      status: 200,
      body: {
        address: ann.address,
        program_name: 'Gold & More',
        status: 'subscribed',
        how: 'api',
        confirmed_at: null,
      },
    });
    t.clock.advance(1_000);
    expect((await give(ann.address)).body).toEqual(first.body);
    t.clock.advance(1_000);
    expect((await give(ann.address, { status: 'unsubscribed', person_id: ann.id })).body).toMatchObject({
      status: 'unsubscribed',
    });
    expect(heard.at(-1)).toEqual({ workspace: t.workspace, profile: ann.id, program: gold });
    expect(await becomes(ann, gold)).toBe(left);
    expect(await eventsOf(ann.id)).toEqual([
      ['Email Subscribed', 'Gold & More', 'api'],
      ['Email Unsubscribed', 'Gold & More', 'api'],
    ]);
    expect((await t.get(`/api/consents?status=subscribed&search=${ann.address}`)).items).toEqual([]);
    expect(
      (await t.get(`/api/consents?program=${silver}`)).items.map((one: { address: string }) => one.address),
    ).not.toContain(ann.address);
  });

  test('make a person of an address that nobody has', async () => {
    const address = `new-${randomUUID()}@example.com`;
    await give(address);
    expect(await eventsOf(address)).toEqual([['Email Subscribed', 'Gold & More', 'api']]);
    expect((await t.profiles.get(t.workspace, address)).attributes).toMatchObject([
      { name: 'email', value: address },
    ]);
  });

  test('say what is wrong with them', async () => {
    const ann = await person();
    expect(await give('nobody')).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('email') },
    });
    expect(await give(ann.address, { program: randomUUID() })).toMatchObject({
      status: 404,
      body: { error: { field: 'program' } },
    });
    const future = new Date(t.clock.now().getTime() + 1).toISOString();
    expect(await give(ann.address, { confirmed_at: future })).toMatchObject({
      status: 400,
      body: { error: { field: 'confirmed_at' } },
    });
    await t.send('POST', '/api/suppressions', { address: ann.address });
    expect(await give(ann.address)).toMatchObject({ status: 409, body: { error: { code: 'suppressed' } } });
    expect((await give(ann.address, { status: 'unsubscribed' })).status).toBe(200);
    expect((await doubleOptIn(randomUUID(), true)).status).toBe(404);
  });
});

describe('double opt-in', () => {
  const confirmation = async (address: string) => {
    await t.delivery.drain();
    const mail = await t.mailTo(address);
    return mail && { ...mail, link: t.path(/http\S+\/confirm\/\S+/.exec(mail.text)?.[0] ?? '') };
  };

  test('nobody is written to who did not press the button', async () => {
    await doubleOptIn(gold, true);
    expect(await t.get(`/api/programs/${gold}/consent`)).toEqual({ double_opt_in: true });
    const ann = await person();
    expect(await becomes(ann, gold)).toBe(unconfirmed);
    expect(await becomes(ann, silver)).toBe('sent');
    expect((await give(ann.address)).body).toMatchObject({ status: 'pending', confirmed_at: null });
    const mail = await confirmation(ann.address);
    expect(mail).toMatchObject({ subject: 'Please confirm: emails of Gold & More', email: null });
    expect(mail!.from).toMatch(/^Gold club </);
    expect(mail!.html).toContain('Gold &amp; More');

    // Scanners look at links, and some with HEAD.
    const page = await t.app.inject({ url: mail!.link });
    expect(page.body).toContain('Shall <strong>');
    expect(page.headers['cache-control']).toBe('no-store');
    await t.app.inject({ method: 'HEAD', url: mail!.link });
    expect(await becomes(ann, gold)).toBe(unconfirmed);
    for (const forged of [
      mail!.link.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
      '/confirm/x.y',
      mail!.link.replace('confirm', 'u'),
    ])
      expect((await t.post(forged)).status).toBe(400);

    t.clock.advance(60_000);
    expect((await t.post(mail!.link)).body).toContain('Thank you');
    expect(await becomes(ann, gold)).toBe('sent');
    const at = t.clock.now().toISOString();
    t.clock.advance(60_000);
    expect((await t.post(mail!.link)).body).toContain('Thank you');
    expect(await consents(ann.address)).toMatchObject([
      { status: 'subscribed', confirmed_at: at, how: 'link', confirmation_due_at: null },
    ]);
    expect(await eventsOf(ann.id)).toEqual([
      ['Email Subscription Requested', 'Gold & More', 'api'],
      ['Email Subscription Confirmed', 'Gold & More', 'link'],
    ]);
    // Asked again, somebody who confirmed is not asked again.
    expect((await give(ann.address)).body).toMatchObject({ status: 'subscribed' });

    // Who leaves and comes back by a form confirms anew; the old link says what happened.
    await t.post(await t.linkOf(ann.address));
    expect((await t.post(mail!.link)).body).toContain('was taken off the list');
    expect(await becomes(ann, gold)).toBe(left);
    expect((await give(ann.address)).body).toMatchObject({ status: 'pending' });
    expect(await becomes(ann, gold)).toBe(unconfirmed);
    await doubleOptIn(gold, false);
    // What waits for a confirmation goes on waiting.
    expect(await becomes(ann, gold)).toBe(unconfirmed);
  });

  test('an address gets one such email a day, whatever asks for it; the next comes by itself', async () => {
    await Promise.all([doubleOptIn(gold, true), doubleOptIn(silver, true)]);
    const address = `${randomUUID()}@example.com`;
    const mails = async () => {
      await t.delivery.drain();
      return (await t.db.selectFrom('mailbox').select(['id', 'subject']).where('to', '=', address).execute())
        .length;
    };
    await give(address);
    await give(address, { program: silver });
    await Promise.all([t.delivery.drain(), t.delivery.drain()]);
    expect(await mails()).toBe(1);
    await give(address);
    t.clock.advance(86_400_000 - 1);
    expect(await mails()).toBe(1);
    t.clock.advance(1);
    expect(await mails()).toBe(2);
    const asked = await consents(address);
    expect(asked.map((one: { confirmation_sent_at: string }) => typeof one.confirmation_sent_at)).toEqual([
      'string',
      'string',
    ]);
    await Promise.all([doubleOptIn(gold, false), doubleOptIn(silver, false)]);
    // Who unsubscribed or is suppressed meanwhile is not asked.
    const other = `${randomUUID()}@example.com`;
    await doubleOptIn(gold, true);
    await give(other);
    await t.send('POST', '/api/suppressions', { address: other });
    await t.delivery.drain();
    expect(await t.mailTo(other)).toBeUndefined();
    await doubleOptIn(gold, false);
  });

  test('who confirmed elsewhere, or subscribes on the page of a link, need not confirm', async () => {
    const ann = await person();
    const bob = await person();
    await write(bob, gold);
    const link = await t.linkOf(bob.address);
    await doubleOptIn(gold, true);
    const before = new Date(t.clock.now().getTime() - 86_400_000).toISOString();
    expect((await give(ann.address, { confirmed_at: before })).body).toMatchObject({
      ...{ status: 'subscribed', how: 'import', confirmed_at: before },
    });
    expect(await becomes(ann, gold)).toBe('sent');
    expect(await becomes(bob, gold)).toBe(unconfirmed);
    await t.post(`${link}/programs`, [
      ['shown', gold],
      ['program', gold],
    ]);
    expect(await becomes(bob, gold)).toBe('sent');
    await doubleOptIn(gold, false);
  });

  test('a provider that does not take it is asked again, and nothing else waits', async () => {
    await doubleOptIn(gold, true);
    const { items } = await t.get('/api/accounts');
    const url = `/api/accounts/${items.find((one: { is_default: boolean }) => one.is_default).id}`;
    await t.send('PATCH', url, { status: 'paused' });
    const address = `${randomUUID()}@example.com`;
    await give(address);
    await t.delivery.drain();
    expect(await t.mailTo(address)).toBeUndefined();
    await t.send('PATCH', url, { status: 'active' });
    t.clock.advance(10 * 60_000);
    await t.delivery.drain();
    expect(await t.mailTo(address)).toMatchObject({ subject: expect.stringContaining('confirm') });
    await doubleOptIn(gold, false);
  });
});

/** What is known of an address and a program, as somebody would reckon it on paper. */
interface Paper {
  status: 'subscribed' | 'unsubscribed' | 'pending' | null;
  confirmed: boolean;
  double: boolean;
}

test('whatever is said in whatever order, an email goes where it may and nowhere else', async () => {
  const of = fc.constantFrom<'gold' | 'silver'>('gold', 'silver');
  const step = fc.oneof(
    fc.record({ do: fc.constantFrom('press' as const, 'stop' as const, 'resume' as const) }),
    fc.record({ do: fc.constant('choose' as const), gold: fc.boolean(), silver: fc.boolean() }),
    fc.record({ do: fc.constant('double' as const), of, on: fc.boolean() }),
    fc.record({
      do: fc.constantFrom('subscribe' as const, 'leave' as const, 'bring' as const, 'confirm' as const),
      of,
    }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const { gold, silver } = t.programs;
      const ids = { gold: gold.id, silver: silver.id };
      for (const id of Object.values(ids)) await doubleOptIn(id, false);
      const ann = await person();
      await write(ann, ids.silver);
      await write(ann, ids.gold);
      const link = await t.linkOf(ann.address);
      const paper: Record<'gold' | 'silver', Paper> = {
        gold: { status: null, confirmed: false, double: false },
        silver: { status: null, confirmed: false, double: false },
      };
      let stopped = false;
      const may = ({ status, confirmed, double }: Paper) =>
        status === null ? !double : status === 'subscribed' && (confirmed || !double);
      const join = (one: Paper) => Object.assign(one, { status: 'subscribed', confirmed: true });
      for (const one of steps) {
        t.clock.advance(1_000);
        switch (one.do) {
          case 'press':
            await t.post(link);
            paper.gold.status = 'unsubscribed';
            break;
          case 'stop':
            await t.post(`${link}/stop`);
            stopped = true;
            break;
          case 'resume':
            await t.post(`${link}/resume`);
            stopped = false;
            if (!may(paper.gold)) join(paper.gold);
            break;
          case 'choose': {
            const fields: [string, string][] = [];
            for (const name of ['gold', 'silver'] as const) {
              fields.push(['shown', ids[name]]);
              if (one[name]) fields.push(['program', ids[name]]);
              const now = may(paper[name]);
              if (one[name] && !now) join(paper[name]);
              if (!one[name] && now) paper[name].status = 'unsubscribed';
            }
            await t.post(`${link}/programs`, fields);
            break;
          }
          case 'double':
            await doubleOptIn(ids[one.of], one.on);
            paper[one.of].double = one.on;
            break;
          case 'leave':
            await give(ann.address, { program: ids[one.of], status: 'unsubscribed' });
            paper[one.of].status = 'unsubscribed';
            break;
          case 'bring': {
            const confirmed_at = t.clock.now().toISOString();
            const { status } = await give(ann.address, { program: ids[one.of], confirmed_at });
            expect(status).toBe(stopped ? 409 : 200);
            if (!stopped) join(paper[one.of]);
            break;
          }
          case 'subscribe': {
            const { status } = await give(ann.address, { program: ids[one.of] });
            expect(status).toBe(stopped ? 409 : 200);
            const known = paper[one.of];
            if (stopped || (known.status === 'subscribed' && known.confirmed)) break;
            if (known.status !== 'subscribed') known.confirmed = false;
            known.status = known.double ? 'pending' : 'subscribed';
            break;
          }
          case 'confirm': {
            const row = (await consents(ann.address)).find(
              (said: { program_id: string }) => said.program_id === ids[one.of],
            );
            if (!row) break;
            await t.post(`/confirm/${tokenOf(t.engine.secrets, 'confirm-consent', row.id)}`);
            if (paper[one.of].status === 'pending') join(paper[one.of]);
          }
        }
      }
      const asked = [null, ids.gold, ids.silver].map((program) => ({ address: ann.address, program }));
      const blocked = await blockedAmong(t.engine, t.db, t.workspace, asked);
      expect(blocked.map((why) => why === undefined)).toEqual([
        !stopped,
        !stopped && may(paper.gold),
        !stopped && may(paper.silver),
      ]);
    }),
    { numRuns: runs(12, 100) },
  );
  await Promise.all([doubleOptIn(gold, false), doubleOptIn(silver, false)]);
});

describe('a person', () => {
  test('shows what their addresses said, on their page and in what is exported', async () => {
    const ann = await person();
    await give(ann.address);
    await t.send('POST', '/api/suppressions', { address: ann.address });
    const { consents } = await t.profiles.get(t.workspace, ann.id);
    expect(consents).toMatchObject([
      { address: ann.address, program: null, status: 'manual' },
      { address: ann.address, program: 'Gold & More', status: 'subscribed', how: 'api' },
    ]);
    let text = '';
    for await (const piece of await t.profiles.export(t.workspace, ann.id)) text += piece;
    expect(JSON.parse(text).consents).toEqual(consents);
  });

  test('who is erased leaves proofs without a name, and what they left they have left', async () => {
    const ann = await person();
    await write(ann, gold);
    await t.post(await t.linkOf(ann.address));
    await give(ann.address, { program: silver });
    const { id } = await t.log.erase.person(t.workspace, ann.id, 'test');
    await t.log.erase.idle();
    const { removed } = await t.log.erase.get(t.workspace, id);
    expect(removed).toContainEqual({ place: 'consents', count: 2 });
    const kept = await t.db.selectFrom('consents').selectAll().where('workspace', '=', t.workspace).execute();
    const events = await t.db.selectFrom('consent_events').selectAll().execute();
    expect(JSON.stringify([kept, events])).not.toContain(ann.id);
    expect(await consents(ann.address)).toMatchObject([
      { address: null, program_id: silver, status: 'subscribed' },
      { address: null, program_id: gold, status: 'unsubscribed' },
    ]);
    const again = await person();
    await t.identify(again.id, { email: ann.address });
    expect(await becomes(again, silver)).toBe('suppressed');
  });
});
