import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { until } from '../support/poll.ts';
import { startTestRapport, type TestRapport } from '../support/running.ts';

/** What a person does with people, in a real browser: look, filter, export, erase and prove it. */
let rapport: TestRapport;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

const day = 86_400_000;
const now = Date.now();
const at = (daysAgo: number) => new Date(now - daysAgo * day).toISOString();

beforeAll(async () => {
  [rapport, browser] = await Promise.all([startTestRapport(), openBrowser()]);
  const track = (event: string, daysAgo: number, properties: object, more: object = { userId: 'ann' }) => ({
    ...{ type: 'track', event, properties, timestamp: at(daysAgo) },
    ...more,
  });
  const order = { order_id: 'A-17', revenue: 40.5, currency: 'EUR', products: [{ sku: 'shoe', size: 38 }] };
  await rapport.send('/v1/batch', {
    batch: [
      {
        ...{ type: 'identify', userId: 'ann', anonymousId: 'ann-phone', timestamp: at(0) },
        traits: {
          ...{ first_name: 'Ann', last_name: 'Lee', email: 'ann@shop.example', lifetime_value: 250 },
          ...{ last_order_date: '2026-05-01', interests: ['shoes', 'hats'], newsletter: true },
        },
      },
      { type: 'identify', userId: 'bob', traits: { first_name: 'Bob', email: '=bob@shop.example' } },
      { type: 'page', name: 'Home', anonymousId: 'ann-phone', timestamp: at(9), properties: { path: '/' } },
      track('Order Completed', 3, order),
      track('Order Completed', 2, { ...order, coupon: 'SPRING' }),
      ...Array.from({ length: 40 }, (_, n) => track('Looked', 4 + n / 100, { shelf: `number ${n}` })),
    ],
  });
  await rapport.rooms.log.processed();
  page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(20_000);
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (line) => line.type() === 'error' && complaints.push(line.text()));
  await page.goto(rapport.firstLink ?? '');
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
});
afterAll(async () => {
  await browser?.close();
  await rapport?.close();
});

const button = (name: string | RegExp) => page.getByRole('button', { name, exact: typeof name === 'string' });
const panel = (name: string) => page.getByRole('region', { name, exact: true });
const events = () => page.getByTestId('event');
const shows = async (count: number) => expect.poll(() => events().count(), { timeout: 20_000 }).toBe(count);
const people = () => page.getByTestId('person-row');

async function downloaded(click: () => Promise<void>): Promise<{ name: string; text: string }> {
  const [download] = await Promise.all([page.waitForEvent('download'), click()]);
  return { name: download.suggestedFilename(), text: readFileSync(await download.path(), 'utf8') };
}

test('the list: search, and a table for spreadsheets of who is found', async () => {
  await page.getByRole('navigation').getByRole('link', { name: 'People' }).click();
  await people().nth(1).waitFor();
  expect(await page.getByTestId('people-total').textContent()).toBe('2 people');
  await page.getByRole('searchbox', { name: 'Search people' }).fill('bob');
  await expect.poll(() => people().count(), { timeout: 20_000 }).toBe(1);
  await button('Export').click();
  const all = await downloaded(() => page.getByRole('menuitem', { name: 'CSV with all attributes' }).click());
  expect(all.name).toBe('people.csv');
  const [head, bob, ...rest] = all.text.split('\r\n');
  expect(head).toBe(
    '\ufeffid,first_seen,last_seen,email,first_name,last_name,lifetime_value,last_order_date,interests,newsletter',
  );
  expect(bob).toMatch(/^bob,.*,"'=bob@shop\.example",Bob,,,,,$/);
  expect(rest).toEqual(['']);
  await button('Clear search').click();
  await people().filter({ hasText: 'Ann Lee' }).getByRole('link').click();
  await page.getByRole('heading', { level: 1, name: 'Ann Lee' }).waitFor();
});

test('a person: what was told and what was counted, the ids as a tree', async () => {
  expect(await page.getByTestId('lifetime-value').textContent()).toBe('250.00');
  expect(await page.getByTestId('revenue').textContent()).toBe('40.50');
  expect(await page.getByTestId('orders').textContent()).toBe('1');
  const attributes = panel('Attributes');
  await attributes.getByRole('row', { name: 'Interests shoes hats' }).waitFor();
  await attributes.getByRole('row', { name: 'Newsletter yes' }).waitFor();
  await attributes.getByRole('row', { name: 'Last order date May 1, 2026' }).waitFor();
  const ids = await page.getByTestId('identity').allTextContents();
  expect(ids[1]).toMatch(/^ann-phoneanonymous id.*by signing in \(identify\), sent by your shop$/);
});

test('the timeline: by day, older on demand, filtered by name, type, day and text, by the address too', async () => {
  const timeline = panel('Timeline');
  await shows(30);
  await button('Load older').click();
  await shows(43);
  expect(await timeline.getByRole('heading', { level: 3 }).count()).toBeGreaterThanOrEqual(4);

  await page.getByRole('searchbox', { name: 'Text in properties' }).fill('spring');
  await shows(1);
  await events().first().getByText('Order Completed').click();
  await events().first().getByRole('row', { name: 'coupon SPRING' }).waitFor();
  expect(await events().first().textContent()).toContain('"sku": "shoe"');
  await page.reload();
  await shows(1);
  await button('Clear filters').click();
  await shows(30);

  await page.getByRole('combobox', { name: 'Events' }).click();
  await page.getByRole('option', { name: 'Order Completed' }).click();
  await shows(2);
  await page.getByLabel('From', { exact: true }).fill(at(2).slice(0, 10));
  await shows(1);
  await button('Clear filters').click();
  await page.getByRole('combobox', { name: 'Type of event' }).click();
  await page.getByRole('option', { name: 'Page views' }).click();
  await shows(1);
  await page.getByLabel('To', { exact: true }).fill(at(20).slice(0, 10));
  await timeline.getByText('Nothing of that kind has happened.').waitFor();
  await button('Clear filters').click();
});

test('everything of the person as one file', async () => {
  const { name, text } = await downloaded(() =>
    page.getByRole('link', { name: 'Export', exact: true }).click(),
  );
  expect(name).toBe('ann.json');
  const held = JSON.parse(text);
  expect(held).toMatchObject({
    id: 'ann',
    orders: { count: 1 },
    identities: [{ id: 'ann' }, { id: 'ann-phone' }],
  });
  expect([held.events.length, held.messages.length]).toEqual([43, 44]);
  expect(held).toMatchObject({ segments: [], campaigns: [], connections: [], emails: [], suppressions: [] });
});

test('on a phone, in the dark, nothing sticks out', async () => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.emulateMedia({ colorScheme: 'dark' });
  for (const path of ['/people', '/people/ann', '/erasures']) {
    await page.goto(rapport.url + path);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.waitForLoadState('networkidle');
    const width = await page.evaluate('document.documentElement.scrollWidth');
    expect(width, path).toBeLessThanOrEqual(360);
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.emulateMedia({ colorScheme: 'light' });
});

test('erased for good: the id typed, the receipt, and nobody finds them any more', async () => {
  await page.goto(`${rapport.url}/people/ann`);
  await button('Erase…').click();
  const dialog = page.getByRole('dialog');
  const confirm = dialog.getByRole('button', { name: 'Erase', exact: true });
  await dialog.getByLabel(/^To erase, type/).fill('anne');
  expect(await confirm.isDisabled()).toBe(true);
  await dialog.getByLabel(/^To erase, type/).fill('ann');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Receipt of an erasure' }).waitFor();
  await page.getByTestId('erased').waitFor({ timeout: 25_000 });
  const rows = await page.getByTestId('erased-place').allTextContents();
  expect(rows).toEqual(expect.arrayContaining(['Messages in the log44', 'Events43', 'Ids joined1']));
  expect(await page.content()).not.toMatch(/ann-phone|ann@shop/);
  const receipt = page.url();

  await page.getByRole('link', { name: 'Erasures' }).click();
  await page.getByTestId('erasure-row').getByText('done').waitFor();
  await page.getByTestId('erasure-row').getByRole('link').click();
  expect(page.url()).toBe(receipt);

  await page.getByRole('navigation').getByRole('link', { name: 'People' }).click();
  await until('the list without her', async () => (await people().count()) === 1);
  await page.getByRole('searchbox', { name: 'Search people' }).fill('ann');
  await page.getByText('Nobody found').waitFor();
  expect(complaints).toEqual([]);
  await page.goto(`${rapport.url}/people/ann`);
  await page.getByText(/There is no person with the id/).waitFor();
  for (const path of ['ann', 'ann-phone', 'ann/timeline', 'ann/export']) {
    const { status } = await page.request.get(`${rapport.url}/api/people/${path}`).then((answer) => ({
      status: answer.status(),
    }));
    expect([path, status]).toEqual([path, path.endsWith('timeline') ? 200 : 404]);
  }
  expect(await (await page.request.get(`${rapport.url}/api/people/ann/timeline`)).json()).toMatchObject({
    items: [],
  });
  await page.goto(`${rapport.url}/settings?tab=suppressions`);
  await page.getByTestId('suppression-row').getByText('kept as a hash only').waitFor();
  await page.getByRole('searchbox', { name: 'Search addresses' }).fill('Ann@shop.example');
  await page.getByTestId('suppression-row').getByText('was erased').waitFor();
  expect((await page.getByTestId('suppression-row').textContent()) ?? '').not.toMatch(/ann@/i);
});
