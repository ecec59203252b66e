import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { until } from '../support/poll.ts';
import { eventCounts, type Received, received } from '../support/received.ts';
import { startTestRapport, type TestRapport } from '../support/running.ts';
import { type Site, startSite } from '../support/site.ts';

let rapport: TestRapport;
let browser: Browser;
let site: Site;

beforeAll(async () => {
  const build = fileURLToPath(new URL('../../tools/build.js', import.meta.url));
  execFileSync(process.execPath, [build, 'snippet']);
  [rapport, browser, site] = await Promise.all([startTestRapport(), openBrowser(), startSite()]);
});
afterAll(async () => {
  await browser?.close();
  site?.close();
  await rapport?.close();
});

const tag = (attributes = '') =>
  `<script async src="${rapport.url}/rapport.js" data-write-key="${rapport.writeKey}" ${attributes}></script>`;
const html = (head: string, title = 'Shop') =>
  `<!doctype html><html><head><title>${title}</title>${head}</head><body></body></html>`;

/** A shop at its own path, and a fresh browser in it; what it sends is told apart by the path. */
async function visit(
  path: string,
  options: { head?: string; query?: string; context?: BrowserContext; referer?: string } = {},
) {
  site.put(path, html(options.head ?? tag()));
  const context = options.context ?? (await browser.newContext({ locale: 'de-AT' }));
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  const url = `${site.url}${path}`;
  await page.goto(url + (options.query ?? ''), options.referer ? { referer: options.referer } : {});
  return { page, context, url, complaints };
}

/** What came from below a path, once it is as many as expected (and a moment later still is). */
async function came(path: string, count: number): Promise<Received['message'][]> {
  const from = async () =>
    (await received(rapport.engine, rapport.workspace))
      .map(({ message }) => message)
      .filter(({ context }) => new URL(context.page.url).pathname.startsWith(path));
  let last = 0;
  await until(`${count} messages from ${path}; there were ${last}`, async () => {
    last = (await from()).length;
    return last >= count;
  }).catch((error: Error) => {
    throw new Error(`${error.message} There were ${last}.`);
  });
  const all = await from();
  expect(all).toHaveLength(count);
  return all;
}

const call = (page: Page, ...args: unknown[]) =>
  page.evaluate(
    (given) => (globalThis as unknown as { rapport(...a: unknown[]): void }).rapport(...given),
    args,
  );
const loaded = (page: Page) => page.waitForFunction('globalThis.rapport && rapport.loaded');
/** What the snippet keeps in the browser. */
const kept = (page: Page) =>
  page.evaluate('Object.keys(localStorage).filter((key) => key.startsWith("rapport."))') as Promise<string[]>;
const waiting = async (page: Page) => (await kept(page)).filter((key) => key.startsWith('rapport.m.'));
const allSent = (page: Page) =>
  until('all to be acknowledged', async () => (await waiting(page)).length === 0, 15_000);

test('is under 3 KB compressed, cached, and the same for good by its hash', async () => {
  const info = await rapport.client.get<{
    url: string;
    immutable_url: string;
    integrity: string;
    bytes: number;
  }>('/api/collect/snippet');
  const newest = await fetch(info.url, { headers: { 'accept-encoding': 'identity' } });
  const text = await newest.text();
  expect(gzipSync(text, { level: 9 }).length).toBeLessThan(3 * 1024);
  expect(info.bytes).toBeLessThan(3 * 1024);
  const headers = (answer: Response) => Object.fromEntries(answer.headers);
  expect(headers(newest)).toMatchObject({
    'content-type': 'text/javascript; charset=utf-8',
    'access-control-allow-origin': '*',
    'cross-origin-resource-policy': 'cross-origin',
    'cache-control': 'public, max-age=3600, stale-while-revalidate=86400',
  });
  const again = await fetch(info.url, {
    headers: { 'accept-encoding': 'identity', 'if-none-match': newest.headers.get('etag') ?? '' },
  });
  expect(again.status).toBe(304);
  for (const encoding of ['br', 'gzip', 'identity']) {
    const answer = await fetch(info.immutable_url, { headers: { 'accept-encoding': encoding } });
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
    expect(answer.headers.get('content-encoding') ?? 'identity').toBe(encoding);
    expect(await answer.text()).toBe(text);
  }
  expect((await fetch(`${rapport.url}/rapport-0123456789abcdef.js`)).status).toBe(404);
});

describe('page views', () => {
  test('the first, and one for each navigation within the page', async () => {
    const { page, url, complaints } = await visit('/spa');
    await loaded(page);
    await page.evaluate(`
      history.pushState({}, '', '/spa/shoes');
      document.title = 'Shoes';
      history.pushState({}, '', '/spa/shoes');
      history.replaceState({}, '', '/spa/shoes?size=42');
      history.replaceState({}, '', '/spa/shoes?size=42#reviews');
    `);
    await page.goBack();
    await allSent(page);
    const views = await came('/spa', 4);
    expect(views.map(({ type }) => type)).toEqual(['page', 'page', 'page', 'page']);
    expect(views.map(({ context }) => context.page)).toMatchObject([
      { url, path: '/spa', title: 'Shop', referrer: '' },
      { path: '/spa/shoes', referrer: url },
      { path: '/spa/shoes', search: '?size=42', referrer: `${url}/shoes` },
      { path: '/spa/shoes', search: '', referrer: `${url}/shoes?size=42` },
    ]);
    expect(new Set(views.map(({ anonymousId }) => anonymousId)).size).toBe(1);
    expect(new Set(views.map(({ context }) => context.sessionId)).size).toBe(1);
    expect(views[0]?.context.locale).toBe('de-AT');
    expect(complaints).toEqual([]);
  });

  test('the title is that which the page sets after the navigation', async () => {
    const { page } = await visit('/late-title');
    await loaded(page);
    await allSent(page);
    await page.evaluate(
      `history.pushState({}, '', '/late-title/two'); setTimeout(() => { document.title = 'Two' }, 50)`,
    );
    const views = await came('/late-title', 2);
    expect(views[1]?.context.page.title).toBe('Two');
  });

  test('what follows # counts only where asked for', async () => {
    const without = await visit('/no-hash');
    const withHash = await visit('/hash', { head: tag('data-hash') });
    for (const { page } of [without, withHash]) {
      await loaded(page);
      await page.evaluate(`location.hash = '#/cart'`);
      await page.waitForTimeout(100);
      await allSent(page);
    }
    await came('/no-hash', 1);
    const views = await came('/hash', 2);
    expect(views[1]?.context.page.path).toBe('/hash#/cart');
  });

  test('none by itself where switched off', async () => {
    const { page } = await visit('/manual', { head: tag('data-auto-page="false"') });
    await loaded(page);
    await page.evaluate(`history.pushState({}, '', '/manual/two')`);
    await call(page, 'page', 'Second', { a: 1 });
    const [view] = await came('/manual', 1);
    expect(view).toMatchObject({ type: 'page', name: 'Second', properties: { a: 1 } });
  });
});

describe('visitor and session', () => {
  test('the campaign and the referrer are those that began the session, until another one does', async () => {
    const query = '?utm_source=news&utm_medium=email&utm_campaign=spring&utm_content=top';
    const { page, url } = await visit('/utm', { query, referer: 'https://mail.example/inbox' });
    await loaded(page);
    await page.evaluate(`history.pushState({}, '', '/utm/two')`);
    await allSent(page);
    await page.goto(`${url}/three`, { referer: `${url}/two` });
    await loaded(page);
    await call(page, 'track', 'Order Completed', { revenue: 5 });
    await allSent(page);
    const spring = await came('/utm', 4);
    for (const { context } of spring) {
      expect(context.campaign).toEqual({ source: 'news', medium: 'email', name: 'spring', content: 'top' });
      expect(context.page.referrer).toBe('https://mail.example/inbox');
    }
    expect(new Set(spring.map(({ context }) => context.sessionId)).size).toBe(1);

    await page.goto(`${url}/four?utm_source=other`, { referer: `${url}/three` });
    await loaded(page);
    await allSent(page);
    const other = (await came('/utm', 5))[4];
    expect(other?.context.campaign).toEqual({ source: 'other' });
    expect(other?.context.page.referrer).toBe(`${url}/three`);
    expect(other?.context.sessionId).not.toBe(spring[0]?.context.sessionId);
    expect(other?.anonymousId).toBe(spring[0]?.anonymousId);
  });

  test('an ad click, which only the first address tells, is followed by nothing that looks like another origin', async () => {
    const { page, url } = await visit('/ad', { query: '?gclid=abc', referer: 'https://www.google.com/' });
    await loaded(page);
    await allSent(page);
    await page.goto(`${url}/two`, { referer: url });
    await loaded(page);
    await allSent(page);
    const [first, second] = await came('/ad', 2);
    expect(first?.context.page.referrer).toBe('https://www.google.com/');
    expect(second?.context.page.referrer).toBe(url);
    expect(second?.context.sessionId).toBe(first?.context.sessionId);
  });

  test('30 minutes without activity end a session', async () => {
    const { page } = await visit('/session', { query: '?utm_source=x' });
    await loaded(page);
    await page.evaluate(`history.pushState({}, '', '/session/two')`);
    await page.evaluate(`
      const session = JSON.parse(localStorage['rapport.session']);
      localStorage['rapport.session'] = JSON.stringify({ ...session, at: session.at - 31 * 60_000 });
    `);
    await call(page, 'track', 'Later');
    await call(page, 'track', 'Later still');
    const [first, , third, fourth] = await came('/session', 4);
    expect(third?.context.sessionId).not.toBe(first?.context.sessionId);
    expect(fourth?.context.sessionId).toBe(third?.context.sessionId);
    expect(third?.context.campaign).toBeUndefined();
  });

  test('identify, group, alias, reset; another person at the same browser is another visitor', async () => {
    const { page } = await visit('/people');
    await loaded(page);
    await call(page, 'identify', 'ann', { plan: 'gold' });
    await call(page, 'track', 'A');
    await call(page, 'group', 'club', { size: 2 });
    await call(page, 'alias', 'ann@shop.example');
    await call(page, 'identify', { plan: 'silver' });
    await call(page, 'identify', 'bob');
    await call(page, 'reset');
    await call(page, 'track', 'B');
    const all = await came('/people', 8);
    const [view, ann, a, group, alias, traits, bob, b] = all;
    expect(view?.userId).toBeUndefined();
    expect(ann).toMatchObject({ type: 'identify', userId: 'ann', traits: { plan: 'gold' } });
    expect(a).toMatchObject({ type: 'track', event: 'A', userId: 'ann', anonymousId: view?.anonymousId });
    expect(group).toMatchObject({ type: 'group', groupId: 'club', traits: { size: 2 } });
    expect(alias).toMatchObject({ type: 'alias', previousId: 'ann', userId: 'ann@shop.example' });
    expect(traits).toMatchObject({ type: 'identify', userId: 'ann', traits: { plan: 'silver' } });
    expect(bob?.userId).toBe('bob');
    expect(bob?.anonymousId).not.toBe(ann?.anonymousId);
    expect(b?.userId).toBeUndefined();
    expect(new Set(all.map(({ anonymousId }) => anonymousId)).size).toBe(3);
  });

  test('without localStorage the visitor is known by a cookie', async () => {
    const context = await browser.newContext();
    await context.addInitScript(
      `Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError') } })`,
    );
    const { page, url } = await visit('/cookie', { context });
    await loaded(page);
    await came('/cookie', 1);
    await page.goto(`${url}/two`);
    const views = await came('/cookie', 2);
    expect(views[1]?.anonymousId).toBe(views[0]?.anonymousId);
    expect(views[1]?.context.sessionId).toBe(views[0]?.context.sessionId);
  });
});

describe('delivery', () => {
  test('with the network cut, messages wait and are sent when it is back, each counted once', async () => {
    const { page, context } = await visit('/offline');
    await loaded(page);
    await allSent(page);
    await context.setOffline(true);
    for (let n = 0; n < 60; n++) await call(page, 'track', 'Offline', { n, text: 'x'.repeat(1_000) });
    await page.waitForTimeout(500);
    expect(await waiting(page)).toHaveLength(60);
    await context.setOffline(false);
    await allSent(page);
    const all = await came('/offline', 61);
    expect(all.slice(1).map(({ properties }) => properties?.n)).toEqual(
      Array.from({ length: 60 }, (_, n) => n),
    );
    expect(await eventCounts(rapport)).toMatchObject({ Offline: 60 });
  });

  test('what a closed tab could not send, the next page does; tabs do not lose each other’s', async () => {
    const { page, context, url } = await visit('/tabs');
    const second = await context.newPage();
    await second.goto(url);
    await Promise.all([loaded(page), loaded(second)]);
    await allSent(page);
    await context.setOffline(true);
    await Promise.all(
      [page, second].map(async (tab, which) => {
        for (let n = 0; n < 20; n++) await call(tab, 'track', 'Tab', { which, n });
      }),
    );
    expect(await waiting(page)).toHaveLength(40);
    await page.close();
    await second.close();
    await context.setOffline(false);
    const third = await context.newPage();
    await third.goto(url);
    await loaded(third);
    await allSent(third);
    const tracked = (await came('/tabs', 43)).filter(({ type }) => type === 'track');
    expect(new Set(tracked.map(({ properties }) => `${properties?.which} ${properties?.n}`)).size).toBe(40);
  });

  test('what waits is bounded: the oldest is given up', async () => {
    const { page, context } = await visit('/bound');
    await loaded(page);
    await allSent(page);
    await context.setOffline(true);
    await page.evaluate(`for (let n = 0; n < 300; n++) rapport('track', 'Many', { n })`);
    expect(await waiting(page)).toHaveLength(200);
    await context.setOffline(false);
    await allSent(page);
    const all = await came('/bound', 201);
    expect(all[1]?.properties?.n).toBe(100);
  });

  test('told to wait, it waits as long as told and tries again; refused for good, it does not', async () => {
    const { page } = await visit('/retry', { head: tag('data-auto-page="false"') });
    await loaded(page);
    const at: number[] = [];
    const answers: { status: number; headers: Record<string, string> }[] = [
      { status: 429, headers: { 'retry-after': '2' } },
      { status: 503, headers: {} },
    ];
    await page.route('**/v1/batch', async (route) => {
      at.push(performance.now());
      const answer = answers.shift();
      if (!answer) return route.continue();
      const cors = { 'access-control-allow-origin': '*', 'access-control-expose-headers': 'retry-after' };
      await route.fulfill({ status: answer.status, headers: { ...cors, ...answer.headers } });
    });
    await call(page, 'track', 'Patient');
    await came('/retry', 1);
    const [first = 0, second = 0, third = 0] = at;
    expect(at).toHaveLength(3);
    expect(second - first).toBeGreaterThanOrEqual(1_990);
    expect(third - second).toBeGreaterThan(500);

    await allSent(page);
    answers.push({ status: 400, headers: {} });
    await call(page, 'track', 'Refused');
    await allSent(page);
    expect(at).toHaveLength(4);
  });

  test('on leaving, what is not sent yet goes as a beacon, and counts once', async () => {
    const context = await browser.newContext();
    // The browser tells nobody about requests made while a page goes: let the page note them.
    await context.addInitScript(`
      for (const [owner, name] of [[navigator, 'sendBeacon'], [window, 'fetch']]) {
        const original = owner[name];
        owner[name] = function (...given) {
          localStorage.noted = (localStorage.noted ?? '') + name + ' ';
          return original.apply(this, given);
        };
      }
    `);
    const { page } = await visit('/leaving', { context });
    site.put('/elsewhere', html(''));
    await loaded(page);
    await allSent(page);
    await page.evaluate(`localStorage.noted = ''; rapport('track', 'Left'); location.href = '/elsewhere'`);
    await came('/leaving', 2);
    await page.waitForURL('**/elsewhere');
    expect(await page.evaluate('localStorage.noted')).toBe('sendBeacon ');
  });

  test('what JSON cannot hold does not break the page', async () => {
    const { page, complaints } = await visit('/json');
    await loaded(page);
    await page.evaluate(
      `const circle = {}; circle.circle = circle; rapport('track', 'Circle', circle); rapport('nonsense');`,
    );
    await call(page, 'track', 'Fine');
    await came('/json', 2);
    expect(complaints).toEqual([]);
  });
});

describe('the visitor’s choice', () => {
  test('opted out, nothing is sent and nothing kept, until opted in', async () => {
    const { page, url } = await visit('/out');
    await loaded(page);
    await allSent(page);
    await call(page, 'track', 'Never sent');
    await call(page, 'optOut');
    await call(page, 'track', 'Never made');
    await call(page, 'identify', 'ann');
    expect(await kept(page)).toEqual(['rapport.out']);
    await page.goto(`${url}/two`);
    await loaded(page);
    await page.waitForTimeout(600);
    expect(await kept(page)).toEqual(['rapport.out']);
    await call(page, 'optIn');
    await call(page, 'track', 'Again');
    const [before, after] = await came('/out', 2);
    expect(after?.event).toBe('Again');
    expect(after?.anonymousId).not.toBe(before?.anonymousId);
  });

  test.each([
    ['Do Not Track', `Object.defineProperty(navigator, 'doNotTrack', { get: () => '1' })`],
    [
      'Global Privacy Control',
      `Object.defineProperty(navigator, 'globalPrivacyControl', { get: () => true })`,
    ],
  ])('%s is honoured where asked for', async (_name, script) => {
    const path = `/dnt-${script.length}`;
    const context = await browser.newContext();
    await context.addInitScript(script);
    const respected = await visit(path, { context, head: tag('data-respect-dnt') });
    await loaded(respected.page);
    await call(respected.page, 'track', 'Private');
    await respected.page.waitForTimeout(600);
    expect(await kept(respected.page)).toEqual([]);
    const ignored = await visit(`${path}-ignored`, { context });
    await loaded(ignored.page);
    await came(`${path}-ignored`, 1);
    await came(`${path}/`, 0);
  });
});

describe('on the page of a site', () => {
  test('works under a strict content security policy, with subresource integrity', async () => {
    const { tag: safe } = await rapport.client.get<{ tag: string }>('/api/collect/snippet');
    site.put('/strict', html(safe.replace('WRITE_KEY', rapport.writeKey)), {
      'content-security-policy': `default-src 'none'; script-src ${rapport.url}; connect-src ${rapport.url}; require-trusted-types-for 'script'`,
      'cross-origin-embedder-policy': 'require-corp',
    });
    const page = await browser.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    await page.goto(`${site.url}/strict`);
    await loaded(page);
    await allSent(page);
    await came('/strict', 1);
    expect(complaints.filter((text) => !text.includes('favicon'))).toEqual([]);

    const tampered = safe.replace(/sha384-.{8}/, 'sha384-AAAAAAAA');
    site.put('/tampered', html(tampered.replace('WRITE_KEY', rapport.writeKey)));
    await page.goto(`${site.url}/tampered`);
    await page.waitForTimeout(300);
    expect(await page.evaluate('typeof rapport')).toBe('undefined');
    await page.close();
  });

  test('calls made before the script is there are kept by a stub, in their order', async () => {
    const stub =
      'window.rapport = window.rapport || function () { (rapport.q = rapport.q || []).push(arguments) };';
    site.put('/stub.js', `${stub} rapport('track', 'Early', { n: 1 }); rapport('identify', 'early-bird');`);
    const { page } = await visit('/stub', { head: `<script src="/stub.js"></script>${tag()}` });
    await loaded(page);
    await call(page, 'track', 'Late');
    const all = await came('/stub', 4);
    expect(all.map(({ type, event }) => event ?? type)).toEqual(['page', 'Early', 'identify', 'Late']);
    expect(all[1]?.properties).toEqual({ n: 1 });
  });

  test('set up by a call instead of attributes', async () => {
    const { page } = await visit('/init', { head: `<script src="${rapport.url}/rapport.js"></script>` });
    await loaded(page);
    await call(page, 'track', 'Before init');
    await call(page, 'init', { writeKey: rapport.writeKey, host: `${rapport.url}/` });
    const all = await came('/init', 2);
    expect(all.map(({ type }) => type).sort()).toEqual(['page', 'track']);
  });

  test('what is recorded of the browser beside its messages', async () => {
    const { page } = await visit('/sender');
    await loaded(page);
    await came('/sender', 1);
    const rows = await received(rapport.engine, rapport.workspace);
    const row = rows.find(({ message }) => message.context.page.path === '/sender');
    expect(row?.user_agent).toMatch(/Chrome/);
    expect(row).toMatchObject({ ip: '', country: '' });
  });
});
