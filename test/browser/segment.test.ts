import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { build, type Rollup } from 'vite';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { until } from '../support/poll.ts';
import { eventCounts, received } from '../support/received.ts';
import { startTestRapport, type TestRapport } from '../support/running.ts';
import { type Site, startSite } from '../support/site.ts';

/** Segment's browser library, unmodified, in a real browser, told only where to send to. */
let rapport: TestRapport;
let browser: Browser;
let site: Site;

beforeAll(async () => {
  [rapport, browser, site] = await Promise.all([startTestRapport(), openBrowser(), startSite()]);
  site.put('/analytics.js', await bundled());
  site.put('/shop', `<!doctype html><title>Shop</title><script src="/analytics.js"></script>`);
});
afterAll(async () => {
  await browser?.close();
  site?.close();
  await rapport?.close();
});

async function bundled(): Promise<string> {
  const [{ output }] = (await build({
    configFile: false,
    logLevel: 'error',
    define: { 'process.env.NODE_ENV': '"production"' },
    build: {
      write: false,
      lib: {
        entry: fileURLToPath(new URL('../support/segment-page.ts', import.meta.url)),
        formats: ['iife'],
        name: 'segment',
      },
    },
  })) as [Rollup.RollupOutput];
  return output[0].code;
}

/** As Segment's documentation tells for a proxy: settings given instead of fetched, and another host for its own destination. */
async function shop(delivery?: object): Promise<{ page: Page; foreign: string[]; complaints: string[] }> {
  const page = await (await browser.newContext()).newPage();
  const foreign: string[] = [];
  const complaints: string[] = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('request', (request) => {
    const { origin } = new URL(request.url());
    if (![site.url, rapport.url].includes(origin)) foreign.push(request.url());
  });
  await page.goto(`${site.url}/shop?utm_source=news&utm_medium=email&utm_campaign=spring`);
  const options = {
    apiHost: `${rapport.url.replace('http://', '')}/v1`,
    protocol: 'http',
    ...(delivery ? { deliveryStrategy: delivery } : {}),
  };
  await page.evaluate(`
    globalThis.analytics = AnalyticsBrowser.load(
      { writeKey: ${JSON.stringify(rapport.writeKey)}, cdnSettings: { integrations: { 'Segment.io': { apiKey: ${JSON.stringify(rapport.writeKey)} } } } },
      { integrations: { 'Segment.io': ${JSON.stringify(options)} } },
    );
    analytics.ready();
  `);
  return { page, foreign, complaints };
}

const from = async (userId: string) => {
  const all = await received(rapport.engine, rapport.workspace);
  const visitor = all.find(({ message }) => message.userId === userId)?.message.anonymousId;
  return all.filter(({ message }) => message.userId === userId || message.anonymousId === visitor);
};

test('each type of message arrives by its one-letter path', async () => {
  const { page, foreign, complaints } = await shop();
  await page.evaluate(`(async () => {
    await analytics.page('Home');
    await analytics.identify('ann', { plan: 'gold' });
    await analytics.track('Order Completed', { revenue: 12.5, order_id: 'o1' });
    await analytics.group('club', { size: 3 });
    await analytics.screen('Cart');
    await analytics.alias('ann@shop.example', 'ann');
  })()`);
  const all = await until('six messages', async () => {
    const found = await from('ann');
    return found.length >= 6 && found;
  });
  expect(all.map(({ message }) => message.type).sort()).toEqual([
    'alias',
    'group',
    'identify',
    'page',
    'screen',
    'track',
  ]);
  for (const { user_agent, message } of all) {
    expect(user_agent).toMatch(/Chrome/);
    expect(message.context.page.url).toContain('/shop');
    expect(message.context.campaign).toEqual({ source: 'news', medium: 'email', name: 'spring' });
  }
  await rapport.rooms.log.processed();
  const person = await rapport.client.get<{ events: { name: string; count: number }[] }>('/api/people/ann');
  expect(person.events.map(({ name, count }) => `${name} ${count}`).sort()).toEqual([
    'Cart 1',
    'Home 1',
    'Order Completed 1',
  ]);
  expect(foreign).toEqual([]);
  expect(complaints.filter((text) => !text.includes('404'))).toEqual([]);
});

test('in batches, and what was made offline is sent when the network is back, each counted once', async () => {
  const { page } = await shop({ strategy: 'batching', config: { size: 10, timeout: 300 } });
  await page.evaluate(`analytics.identify('bob')`);
  await until('the first', async () => (await from('bob')).length === 1);
  await page.context().setOffline(true);
  await page.evaluate(`for (let n = 0; n < 25; n++) analytics.track('Batched', { n })`);
  await page.waitForTimeout(500);
  expect(await from('bob')).toHaveLength(1);
  await page.context().setOffline(false);
  await until('all to arrive', async () => (await from('bob')).length === 26);
  expect(await eventCounts(rapport)).toMatchObject({ Batched: 25 });
});
