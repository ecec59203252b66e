import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { startTestRapport, type TestRapport } from '../support/running.ts';
import { some } from '../support/thorough.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const now = Date.now();
/** Noon, so many days ago. */
const noon = (days: number) => Math.floor(now / DAY) * DAY - days * DAY + 12 * HOUR;

let rapport: TestRapport;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

interface Said {
  who: string;
  at: number;
  path?: string;
  event?: string;
  properties?: object;
  country?: string;
  referrer?: string;
}

let said = 0;
const message = ({ who, at, path = '/', event, properties = {}, country = 'DE', referrer = '' }: Said) => ({
  type: event ? 'track' : 'page',
  ...(event ? { event } : {}),
  messageId: `analytics-${said++}`,
  anonymousId: who,
  timestamp: new Date(at).toISOString(),
  properties,
  context: {
    page: { path, url: `https://shop.example${path}`, title: `Page ${path}`, referrer },
    location: { country },
    locale: 'en-US',
  },
});

/** Four people this week, two of whom buy, one of whom is here now; two people the week before. */
const messages = [
  ...['ann', 'bob', 'cid'].flatMap((who, n) => [
    message({
      who,
      at: noon(2),
      country: n < 2 ? 'DE' : 'US',
      referrer: n === 0 ? 'https://www.google.com/' : '',
    }),
    message({ who, at: noon(2) + 60_000, path: '/pricing', country: n < 2 ? 'DE' : 'US' }),
  ]),
  ...['ann', 'bob'].map((who, n) =>
    message({
      who,
      at: noon(2) + 120_000,
      path: '/checkout',
      event: 'Order Completed',
      properties: {
        order_id: `o${n}`,
        revenue: n === 0 ? 30 : 12.5,
        currency: 'EUR',
        plan: n === 0 ? 'gold' : 'tin',
      },
    }),
  ),
  message({ who: 'dee', at: noon(1), country: 'US' }),
  message({ who: 'ann', at: now - 30_000, path: '/news' }),
  ...['eve', 'fay'].map((who) => message({ who, at: noon(9) })),
];

beforeAll(async () => {
  rapport = await startTestRapport();
  browser = await openBrowser();
  page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(15_000);
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (line) => line.type() === 'error' && complaints.push(line.text()));
  await page.goto(rapport.firstLink ?? '');
});
afterAll(async () => {
  await browser?.close();
  await rapport?.close();
});

/** What a page shows when its answers have come. */
const soon = <T>(read: () => Promise<T>) => expect.poll(read, { timeout: 20_000 });
const button = (name: string | RegExp) => page.getByRole('button', { name });
const panel = (name: string) => page.getByRole('region', { name, exact: true });
const reads = (testId: string, text: string) =>
  soon(async () => (await page.getByTestId(testId).first().textContent())?.trim()).toBe(text);
const open = async (path: string) => {
  await page.goto(rapport.url + path);
  await page.getByRole('heading', { level: 1 }).waitFor();
};

test('says how to begin while nothing has come in', async () => {
  await open('/analytics');
  await page.getByText('Nothing has come in yet').waitFor();
  await page.getByText('data-write-key', { exact: false }).waitFor();
  await open('/dashboards');
  await page.getByText('No dashboards yet').waitFor();
  await open('/log');
  await page.getByText('Everything was taken').waitFor();
  expect(complaints).toEqual([]);
});

test('the report counts, compares, filters by click and goes back', { timeout: 120_000 }, async () => {
  const answer = await rapport.send('/v1/batch', { batch: messages, sentAt: new Date().toISOString() });
  expect(answer.status).toBe(200);
  // Sessions of past days would be counted when their hours were quiet for half a minute.
  await rapport.rooms.metrics.settle();
  await open('/analytics?range=7d');
  await reads('value-visitors', '4');
  await reads('value-sessions', '5');
  await reads('value-page_views', '8');
  await reads('value-bounce_rate', '40%');
  await reads('value-session_length', '1m');
  await reads('value-revenue', '€42.50');
  await reads('value-orders', '2');
  // The week before had two people: twice as many now.
  await soon(() => page.getByTestId('metric-visitors').textContent()).toContain('+100%');
  await soon(() => page.getByTestId('metric-visitors').textContent()).toContain('from 2');
  await page.getByRole('img', { name: /Visitors by day/ }).waitFor();
  await page.getByTestId('metric-revenue').click();
  await page.getByRole('heading', { name: 'Revenue by day' }).waitFor();

  // Who came from where, by name.
  await panel('Locations')
    .getByRole('row', { name: /Germany.*2.*50%/ })
    .waitFor();
  await panel('Sources')
    .getByRole('row', { name: /Organic Search.*1.*25%/ })
    .waitFor();
  await panel('Pages').getByText('Entry').click();
  await panel('Pages')
    .getByRole('row', { name: /^\/ .*4/ })
    .waitFor();

  // A row is a filter; the way back takes it away again.
  await panel('Locations').getByRole('button', { name: 'United States' }).click();
  await page.getByText('Country is United States').waitFor();
  await reads('value-visitors', '2');
  await reads('value-revenue', '€0.00');
  await page.goBack();
  await reads('value-visitors', '4');
  expect(await page.getByTestId('filter-chip').count()).toBe(0);

  // The same by hand, with a property.
  await button('Filter').click();
  await page.getByRole('combobox', { name: 'Filter by' }).click();
  await page.getByRole('option', { name: 'Event property' }).click();
  await page.getByLabel('Property', { exact: true }).fill('plan');
  await page.getByRole('checkbox', { name: /gold/ }).check();
  await button('Apply').click();
  await page.getByText('plan is gold').waitFor();
  await reads('value-visitors', '1');
  await reads('value-revenue', '€30.00');
  await button('Remove filter: plan is gold').click();
  await reads('value-visitors', '4');

  // The properties of one event.
  await button('Properties of Order Completed').click();
  await page.getByRole('combobox', { name: 'Property', exact: true }).click();
  await page.getByRole('option', { name: 'plan' }).click();
  await panel('Event properties')
    .getByRole('row', { name: /gold.*1/ })
    .waitFor();

  // The same numbers as a table, smoothed.
  await page.getByText('Table', { exact: true }).click();
  await page.getByRole('switch', { name: 'Moving average' }).check({ force: true });
  await page.getByRole('columnheader', { name: 'Average of 7 days' }).waitFor();
  expect(complaints).toEqual([]);
});

test('the whole list is searched, ordered and taken along', async () => {
  await open('/analytics?range=7d&details=path');
  const drawer = page.getByRole('dialog');
  await soon(() => drawer.getByTestId('details-row').count()).toBe(4);
  await drawer.getByRole('searchbox').fill('pric');
  await soon(() => drawer.getByTestId('details-row').count()).toBe(1);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    drawer.getByRole('button', { name: /CSV/ }).click(),
  ]);
  const text = readFileSync(await download.path(), 'utf8');
  expect(text).toContain('/pricing');
  expect(text).toContain('visitors');
  await drawer.getByRole('button', { name: '/pricing' }).click();
  await page.getByText('Page is /pricing').waitFor();
  await reads('value-visitors', '3');
  expect(complaints).toEqual([]);
});

test('realtime, funnel and retention', { timeout: 120_000 }, async () => {
  await open('/analytics?show=realtime');
  await reads('active-now', '1');
  await panel('Pages')
    .getByRole('row', { name: /\/news/ })
    .waitFor();

  await page.getByRole('tab', { name: 'Funnel' }).click();
  await page.getByText('Choose two steps').waitFor();
  for (const [step, event] of ['Page Viewed', 'Order Completed'].entries()) {
    await page.getByRole('combobox', { name: `Event of step ${step + 1}` }).click();
    await page.getByRole('option', { name: event }).click();
  }
  // In 30 days six people saw a page, and two of them bought.
  await reads('funnel-conversion', '33.3%');
  expect(await page.getByTestId('funnel-step').allTextContents()).toEqual([
    expect.stringContaining('6 people'),
    expect.stringContaining('4 lost'),
  ]);
  await page.getByRole('combobox', { name: 'Compared by' }).click();
  await page.getByRole('option', { name: 'Country' }).click();
  await page.getByRole('row', { name: /Germany.*4.*2 \(50%\)/ }).waitFor();

  await page.getByRole('tab', { name: 'Retention' }).click();
  await page.getByText('By day', { exact: true }).click();
  const began = new Intl.DateTimeFormat('en', { day: 'numeric', month: 'short', timeZone: 'UTC' }).format(
    noon(2),
  );
  // Of the three who began two days ago, one was here again today.
  await page.getByRole('row', { name: new RegExp(`^${began} 3 100% 0% 33.3%`) }).waitFor();
  expect(complaints).toEqual([]);
});

test('a chart is saved onto a dashboard and arranged with the keyboard', { timeout: 120_000 }, async () => {
  await open('/analytics?range=7d&filters=[["country","equals","DE"]]');
  await reads('value-visitors', '2');
  await button('Save “Visitors by day” as a chart').click();
  await page.getByLabel('Name of the dashboard').fill('Every Monday');
  await button('Save chart').click();
  await page.getByRole('heading', { name: 'Every Monday' }).waitFor();
  await panel('Visitors by day')
    .getByRole('img', { name: /Visitors by day/ })
    .waitFor();

  await open('/analytics?metric=orders&range=7d');
  await button('Save “Orders by day” as a chart').click();
  await page.getByText('Number', { exact: true }).click();
  await button('Save chart').click();
  await soon(() => panel('Orders by day').textContent()).toMatch(/2\s*Orders/);

  await button('Arrange').click();
  await button('Move later: Visitors by day').focus();
  await page.keyboard.press('Enter');
  await soon(() => page.getByTestId('dashboard-cell').first().textContent()).toContain('Orders by day');
  await button('Wider: Visitors by day').click();
  await soon(
    async () => (await page.getByTestId('dashboard-cell').nth(1).getAttribute('data-width')) ?? '',
  ).toBe('3');
  await button('Done').click();
  await page.waitForLoadState('networkidle');
  await page.reload();
  await soon(() => page.getByTestId('dashboard-cell').first().textContent()).toContain('Orders by day');

  await button('Rename dashboard').click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Every Friday');
  await button('Rename').last().click();
  await page.getByRole('heading', { name: 'Every Friday' }).waitFor();
  await open('/dashboards');
  await page.getByRole('row', { name: /Every Friday.*2 charts/ }).waitFor();
  expect(complaints).toEqual([]);
});

test('the log says what came in, what did not and why', { timeout: 60_000 }, async () => {
  const bad = {
    type: 'track',
    event: 'Broken',
    messageId: 'broken',
    anonymousId: 'ann',
    timestamp: 'yesterday',
  };
  await rapport.send('/v1/batch', { batch: [bad, message({ who: 'ann', at: now })] });
  await open('/log');
  await soon(() => page.getByTestId('rejected-reason').count()).toBe(1);
  await page.getByTestId('rejected-reason').getByRole('button').click();
  await button('JSON').click();
  await page.getByRole('dialog').getByText('"event": "Broken"').waitFor();
  await page.keyboard.press('Escape');

  await button('Reprocess messages').click();
  await button('Reprocess everything').click();
  await page.getByTestId('reprocess-row').getByText('done').waitFor({ timeout: 60_000 });
  expect(complaints).toEqual([]);
});

test('nothing is wider than a phone, in dark as in light', { timeout: 120_000 }, async () => {
  const { items } = await rapport.client.get<{ items: { id: string }[] }>('/api/dashboards');
  await page.setViewportSize({ width: 360, height: 740 });
  const filters =
    '[["country","in","DE","US"],["path","contains","a-long-text-that-does-not-fit-on-a-phone"]]';
  const paths = [
    '/analytics',
    `/analytics?filters=${filters}`,
    '/analytics?as=table&smooth=7',
    '/analytics?details=path',
    '/analytics?show=realtime',
    '/analytics?show=funnel&steps=[["Page Viewed"],["Order Completed"]]&by=country',
    '/analytics?show=retention&every=day',
    '/dashboards',
    `/dashboards/${items[0]?.id}`,
    `/dashboards/${items[0]?.id}?edit=true`,
    '/log',
  ];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    // What fits in the light fits in the dark; there it is looked for errors.
    for (const path of colorScheme === 'light' ? paths : some(paths, 4)) {
      await open(path);
      await page.waitForLoadState('networkidle');
      const overflow = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      expect(`${path} ${colorScheme} ${overflow}`).toBe(`${path} ${colorScheme} 0`);
    }
  }
  expect(complaints).toEqual([]);
});
