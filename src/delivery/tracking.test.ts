import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { secretsFrom } from '../engine/secrets.ts';
import { openDelivery, type TestDelivery } from './delivery.testing.ts';
import { createTracking } from './tracking.ts';
import { createTrackedLinks } from './tracking_links.ts';
import { isMachine } from './tracking_machines.ts';

let t: TestDelivery;
let account: string;
beforeAll(async () => {
  t = await openDelivery();
  ({ account } = await t.delivery.sender(t.workspace));
});
afterAll(() => t?.close());

const track = (tracking: object) => t.send('PATCH', `/api/accounts/${account}`, { tracking });
beforeEach(() => track({ opens: true, clicks: true }));

const browser =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Safari/537.36';
const html = `<body><a href="https://shop.example/sale?utm_source=mail&amp;n=1">Sale</a>
  <a href="https://shop.example/{{ person.id }}">Yours</a><a href="{{ unsubscribe_url }}">Stop</a></body>`;

/** An email that was read a minute after it was sent, and where its links and its picture lead. */
async function email() {
  const person = `p-${randomUUID()}`;
  await t.identify(person, { email: `${person}@example.com` });
  const row = (await t.write([person], { html })).get(person)!;
  const mail = await t.mailTo(`${person}@example.com`);
  t.clock.advance(60_000);
  const links = [...mail!.html.matchAll(/href="([^"]*)"/g)].map(([, url]) => t.path(url!));
  const [, picture] = /<img src="([^"]*)"/.exec(mail!.html) ?? [];
  return { person, id: row.id, mail: mail!, links, picture: picture && t.path(picture) };
}
const ask = (url: string, agent = browser, method: 'GET' | 'HEAD' = 'GET') =>
  t.app.inject({ method, url, headers: { 'user-agent': agent } });
const rowOf = async (id: string) => {
  await t.delivery.drain();
  return t.db.selectFrom('emails').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
};
const happened = (id: string) =>
  t.db
    .selectFrom('email_happenings')
    .select(['kind', 'machine', 'url'])
    .where('email', '=', id)
    .orderBy('at')
    .orderBy('url')
    .execute();

describe('tracking', () => {
  test('nothing is tracked, and nothing in an email is ours, unless the account says so', async () => {
    expect((await t.get('/api/accounts')).items[0].tracking).toEqual({ opens: true, clicks: true });
    expect((await track({ opens: false })).body.tracking).toEqual({ opens: false, clicks: true });
    expect((await email()).picture).toBeUndefined();
    await track({ clicks: false, opens: true });
    const { links, picture } = await email();
    expect(links.slice(0, 1)).toEqual(['https://shop.example/sale?utm_source=mail&amp;n=1']);
    expect(picture).toMatch(/^\/o\/[\w-]{22}\.[\w-]{43}\.gif$/);
    const made = await t.send('POST', '/api/accounts', {
      kind: 'null',
      name: 'New',
      from: 'new@example.com',
    });
    expect(made.body.tracking).toEqual({ opens: false, clicks: false });
  });

  test('who looks at an email opened it; who follows a link gets there, and clicked', async () => {
    const { person, id, links, picture, mail } = await email();
    const answer = await ask(picture!);
    expect(answer.headers).toMatchObject({ 'content-type': 'image/gif', 'cache-control': 'no-store' });
    expect(answer.rawPayload.subarray(0, 6).toString()).toBe('GIF89a');
    expect((await rowOf(id)).opened_at).toEqual(t.clock.now());
    await ask(picture!);

    t.clock.advance(60_000);
    const followed = await ask(links[1]!);
    expect([followed.statusCode, followed.headers.location]).toEqual([302, `https://shop.example/${person}`]);
    t.clock.advance(5_000);
    const [sale] = links;
    expect((await ask(sale!)).headers.location).toBe('https://shop.example/sale?utm_source=mail&n=1');
    expect(await rowOf(id)).toMatchObject({ clicked_at: new Date(t.clock.now().getTime() - 5_000) });
    expect((await t.events(person)).map(({ event, properties }) => [event, properties?.link_url])).toEqual([
      ['Email Sent', undefined],
      ['Email Opened', undefined],
      ['Email Link Clicked', `https://shop.example/${person}`],
      ['Email Link Clicked', 'https://shop.example/sale?utm_source=mail&n=1'],
    ]);
    // Who unsubscribes is not followed, and who reads the text sees where links lead.
    expect(links[2]).toMatch(/^\/u\//);
    expect(mail.text).toContain('(https://shop.example/sale?utm_source=mail&n=1)');
  });

  test('a click is an opening too, though no picture was shown', async () => {
    const { id, links } = await email();
    await ask(links[0]!);
    expect(await rowOf(id)).toMatchObject({ opened_at: t.clock.now(), clicked_at: t.clock.now() });
  });

  test('a link leads where we signed it to, for this email, and nowhere else', async () => {
    const { id, links, picture } = await email();
    const other = await email();
    const [link] = links as [string];
    const [before, url] = link.split('?u=') as [string, string];
    const stranger = createTrackedLinks({ ...t.engine, secrets: secretsFrom([randomBytes(32)]) });
    const evil = {
      written: '',
      url: 'https://evil.example/',
      encoded: encodeURIComponent('https://evil.example/'),
    };
    const forged = [
      `${before}?u=${evil.encoded}`,
      `${before}?u=${url}&u=${evil.encoded}`,
      `${other.links[0]!.split('.')[0]}.${before.split('.')[1]}?u=${url}`,
      `${picture!.replace('/o/', '/c/').replace('.gif', '')}?u=${url}`,
      t.path(stranger.click(id, evil)),
      before,
      `/c/x?u=${evil.encoded}`,
    ];
    for (const one of forged) {
      const answer = await ask(one);
      expect([one, answer.statusCode, answer.headers.location]).toEqual([one, 400, undefined]);
    }
    expect((await ask(`${before}?u=${encodeURIComponent('"><script>')}`)).body).not.toContain('<script>');
    // A picture is a picture, but of no email.
    expect((await ask(picture!.replace(/\/o\/./, '/o/_'))).statusCode).toBe(200);
    expect((await ask(t.path(/"([^"]*\.gif)"/.exec(stranger.withPixel('', id))![1]!))).statusCode).toBe(200);
    await t.delivery.drain();
    expect([...(await happened(id)), ...(await happened(other.id))]).toEqual([]);
  });

  test('links of before the secret was replaced go on to work', async () => {
    const { id, links } = await email();
    const [, token, url] = /^\/c\/(.*)\?u=(.*)$/.exec(links[0]!)!;
    const old = t.engine.secrets;
    const [newest, stranger] = [randomBytes(32), randomBytes(32)];
    const replaced = secretsFrom([newest]);
    const both = {
      ...replaced,
      verify: (...said: Parameters<typeof old.verify>) => replaced.verify(...said) || old.verify(...said),
    };
    const decoded = decodeURIComponent(url!);
    expect(createTrackedLinks({ ...t.engine, secrets: both }).readClick(token!, decoded)).toBe(id);
    expect(
      createTrackedLinks({ ...t.engine, secrets: secretsFrom([stranger]) }).readClick(token!, decoded),
    ).toBeUndefined();
  });

  test('once tracking is off, old links lead on and are not noted', async () => {
    const { id, links, picture } = await email();
    await track({ opens: false, clicks: false });
    expect((await ask(links[0]!)).statusCode).toBe(302);
    await ask(picture!);
    await t.delivery.drain();
    expect(await happened(id)).toEqual([]);
  });

  test('a link never waits for the database, and what was seen meanwhile is noted after', async () => {
    const { id, links } = await email();
    let down = true;
    const db = new Proxy(t.db, {
      get(of, name) {
        if (down) throw new Error('the database is away');
        const found = Reflect.get(of, name);
        return typeof found === 'function' ? found.bind(of) : found;
      },
    });
    const tracking = createTracking({ engine: t.engine, db, unsubscribing: { tell: async () => {} } });
    tracking.saw({ email: id, url: links[0], machine: false });
    await expect(tracking.drain()).rejects.toThrow('away');
    down = false;
    await tracking.drain();
    expect(await happened(id)).toHaveLength(1);
  });
});

describe('machines', () => {
  test('are told by their requests', () => {
    const of = (agent: string | undefined, more = {}, method = 'GET') =>
      isMachine(method, { 'user-agent': agent, ...more });
    const people = [
      browser,
      'Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)',
      'YahooMailProxy; https://help.yahoo.com/kb/yahoo-mail-proxy-SLN28749.html',
      'Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 10.0; Trident/8.0; Microsoft Outlook 16.0.1; ms-office; MSOffice 16)',
      'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)',
      'Mozilla/5.0 (X11; Linux x86_64; rv:115.0) Gecko/20100101 Thunderbird/115.0',
    ];
    expect(people.filter((agent) => of(agent))).toEqual([]);
    const machines = [
      ...[
        undefined,
        '',
        'Mozilla/5.0',
        ' Mozilla/5.0 ',
        'curl/8.5.0',
        'python-requests/2.31',
        'Go-http-client/1.1',
      ],
      ...[
        'Mozilla/5.0 (compatible; bingbot/2.0)',
        `${browser} BingPreview/1.0b`,
        'BarracudaCentral',
        `${browser} Mimecast`,
      ],
    ];
    expect(machines.filter((agent) => !of(agent))).toEqual([]);
    expect(of(browser, {}, 'HEAD')).toBe(true);
    expect(of(browser, { 'sec-purpose': 'prefetch;prerender' })).toBe(true);
  });

  test('what they fetch is kept apart, and told to nobody', async () => {
    const { person, id, links, picture } = await email();
    await ask(picture!, 'Mozilla/5.0');
    expect((await ask(links[0]!, browser, 'HEAD')).statusCode).toBe(302);
    expect(await rowOf(id)).toMatchObject({
      opened_by_machine_at: t.clock.now(),
      opened_at: null,
      clicked_at: null,
    });
    expect((await t.events(person)).map(({ event }) => event)).toEqual(['Email Sent']);
    // A person after them counts, within the same minute too.
    await ask(picture!);
    await ask(links[0]!);
    expect(await rowOf(id)).toMatchObject({ opened_at: t.clock.now(), clicked_at: t.clock.now() });
  });

  test('whoever clicks as the email arrives did not read it', async () => {
    const { id, links } = await email();
    const sent = (await rowOf(id)).sent_at!;
    const click = async (afterMs: number) => {
      t.clock.set(new Date(sent.getTime() + afterMs));
      await ask(links[0]!);
      await t.delivery.drain();
      return happened(id);
    };
    expect(await click(1_999)).toMatchObject([{ machine: true }]);
    expect(await click(2_000)).toMatchObject([{ machine: true }, { machine: false }]);
    t.clock.advance(120_000);
  });

  test('whoever follows all links at once is a scanner, whether noted together or one after the other', async () => {
    for (const drained of [false, true]) {
      const { id, links } = await email();
      for (const link of links.slice(0, 2)) {
        await ask(link);
        t.clock.advance(999);
        if (drained) await t.delivery.drain();
      }
      await t.delivery.drain();
      expect((await happened(id)).map(({ machine }) => machine)).toEqual(
        drained ? [false, true] : [true, true],
      );
      t.clock.advance(60_000);
    }
    const { id, links } = await email();
    for (const link of [links[0]!, links[0]!, links[1]!]) {
      await ask(link);
      t.clock.advance(400);
    }
    const slow = await email();
    for (const link of slow.links.slice(0, 2)) {
      await ask(link);
      t.clock.advance(1_000);
    }
    await t.delivery.drain();
    expect((await happened(id)).every(({ machine }) => machine)).toBe(true);
    expect((await happened(slow.id)).map(({ machine }) => machine)).toEqual([false, false]);
  });
});
