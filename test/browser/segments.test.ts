import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { startTestRapport, type TestRapport } from '../support/running.ts';

/** What a marketer does with segments, in a real browser. */
let rapport: TestRapport;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

const ago = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
const customers = [
  { id: 'ann', first_name: 'Ann', city: 'Chicago', lifetime_value: 900, last_order_date: ago(500) },
  { id: 'bob', first_name: 'Bob', city: 'Chicago', lifetime_value: 900, last_order_date: ago(20) },
  { id: 'cid', first_name: 'Cid', city: 'Boise', lifetime_value: 80, last_order_date: ago(500) },
  { id: 'dee', first_name: 'Dee', city: 'Boise', lifetime_value: 700, last_order_date: ago(400) },
];

beforeAll(async () => {
  [rapport, browser] = await Promise.all([startTestRapport(), openBrowser()]);
  await rapport.send('/v1/batch', {
    batch: [
      ...customers.map(({ id, ...traits }) => ({
        type: 'identify',
        userId: id,
        messageId: `i ${id}`,
        traits: { ...traits, email: `${id}@shop.example` },
      })),
      ...[30, 45].map((revenue, at) => ({
        type: 'track',
        userId: 'bob',
        event: 'Order Completed',
        messageId: `t ${at}`,
        properties: { revenue, category: 'Shoes' },
      })),
    ],
  });
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

const button = (name: string | RegExp) => page.getByRole('button', { name });
const choice = (name: string) => page.getByRole('combobox', { name, exact: true });
const shows = (testId: string, text: string | RegExp) =>
  page.getByTestId(testId).filter({ hasText: text }).first().waitFor();
const pick = async (field: string, option: string) => {
  await choice(field).click();
  await page.getByRole('option', { name: option, exact: true }).click();
};
const open = async (path: string) => {
  await page.goto(rapport.url + path);
  await page.getByRole('heading', { level: 1 }).waitFor();
};
const idOf = async (name: string) =>
  (await rapport.client.get<{ items: { id: string; name: string }[] }>('/api/segments')).items.find(
    (one) => one.name === name,
  )!.id;

test('lapsed big spenders, clicked together', { timeout: 40_000 }, async () => {
  await open('/segments/new');
  await button(/^A rule of your own/).click();
  await page.getByLabel('Name').fill('Lapsed');
  await pick('Attribute', 'last_order_date');
  await pick('Operator for last_order_date', 'is within the last');
  await page.getByRole('textbox', { name: /how many$/ }).fill('1');
  await pick('Value for last_order_date, unit', 'year');
  await shows('segment-count', '1');
  await button('not').click();
  await shows('segment-count', '3');
  await button('Add condition').click();
  await page.getByRole('menuitem', { name: /^Attribute/ }).click();
  await page.getByRole('combobox', { name: 'Attribute', exact: true }).last().fill('lifetime_value');
  await pick('Operator for lifetime_value', 'is more than');
  await page.getByRole('textbox', { name: 'Value for lifetime_value' }).fill('500');
  await shows('segment-count', '2');
  await shows('rule-text', 'Did not order in the last year, and spent more than 500.');
  await page.getByRole('link', { name: 'Ann' }).waitFor();

  // Why, of a rule that nobody saved yet.
  await choice('Person').fill('bob');
  await page.getByRole('option', { name: /^Bob/ }).click();
  await shows('explain-result', 'does not hold');
  await choice('Person').fill('ann');
  await page.getByRole('option', { name: /^Ann/ }).click();
  await shows('explain-result', 'The rule holds for this person');

  // A step back, and on again.
  await button('Undo').click();
  await expect.poll(() => page.getByTestId('rule-text').textContent()).not.toContain('500');
  await button('Redo').click();
  await shows('rule-text', 'spent more than 500');

  // Leaving asks first.
  page.once('dialog', (dialog) => void dialog.dismiss());
  await page.getByRole('navigation').getByRole('link', { name: 'People' }).click();
  expect(new URL(page.url()).pathname).toBe('/segments/new');

  await button('Create segment').click();
  await page.getByTestId('member-row').filter({ hasText: 'Dee' }).waitFor();
  await page.getByRole('link', { name: 'Segments' }).last().click();
  await shows('segment-row', 'Did not order in the last year, and spent more than 500');
  expect(complaints).toEqual([]);
});

test('values are suggested, and wrong JSON is told at its place', { timeout: 40_000 }, async () => {
  await open('/segments/new');
  await button(/^Loyal customers/).click();
  await shows('rule-text', 'Ordered at least 3 times in the last 90 days.');
  await shows('segment-count', '0');
  await page.getByRole('textbox', { name: 'Times', exact: true }).fill('2');
  await shows('segment-count', '1');
  await button('Where a property…').click();
  await pick('Property', 'category');
  await choice('Value for category').click();
  await page.getByRole('option', { name: 'Shoes' }).click();
  await shows('rule-text', 'where category is Shoes');
  await shows('segment-count', '1');
  expect(complaints).toEqual([]);

  await page.getByRole('tab', { name: 'JSON' }).click();
  const field = page.getByLabel('Rule as JSON');
  await field.fill((await field.inputValue()).replace('"equals"', '"resembles"'));
  await page.getByText('There is no operator "resembles".').waitFor();
  await button(/^Line \d+: rule\.all\[0\]\.where\[0\]\.operator$/).click();
  const chosen = await field.evaluate((area) => {
    const { value, selectionStart, selectionEnd } = area as unknown as Record<string, number> & {
      value: string;
    };
    return value.slice(selectionStart, selectionEnd);
  });
  expect(chosen).toBe('"resembles"');
  // What the browser itself says of an answer that refuses, and nothing else.
  expect(complaints.filter((text) => !text.includes('status of 400'))).toEqual([]);
  complaints.length = 0;
});

test('people picked by hand and by a file, and taken out', { timeout: 40_000 }, async () => {
  page.once('dialog', (dialog) => void dialog.accept());
  await open('/segments/new');
  await button(/^People picked by hand/).click();
  await page.getByLabel('Name').fill('Guests');
  await button('Create segment').click();
  await page.getByText('Nobody is in it').waitFor();
  await choice('Person').fill('bob');
  await page.getByRole('option', { name: /^Bob/ }).click();
  await button('Add').click();
  await page.getByTestId('member-row').filter({ hasText: 'Bob' }).waitFor();
  await page.locator('input[type=file]').setInputFiles({
    name: 'guests.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from('Name,E-mail\nCid,CID@shop.example\nNobody,nobody@shop.example\n'),
  });
  await shows('upload-result', '1 line names somebody, 1 nobody');
  await shows('upload-result', 'nobody@shop.example');
  await page.getByTestId('member-row').filter({ hasText: 'Cid' }).waitFor();
  await button('Take Bob out').click();
  await expect.poll(() => page.getByTestId('member-row').count(), { timeout: 15_000 }).toBe(1);
  expect(complaints).toEqual([]);
});

test('why somebody is in, and somebody else is not', { timeout: 40_000 }, async () => {
  const id = await idOf('Lapsed');
  await open('/people/bob');
  await choice('Why not in another?').click();
  await page.getByRole('option', { name: 'Lapsed' }).click();
  await shows('explain-result', 'does not hold');
  const part = (text: string) => page.getByTestId('explain-part').filter({ hasText: text }).last();
  expect(await part('Did not order in the last year').getAttribute('data-holds')).toBe('false');
  expect(await part('Spent more than 500').getAttribute('data-holds')).toBe('true');
  await part('Spent more than 500').getByText('it is 900').waitFor();
  await open(`/segments/${id}?tab=members`);
  await button('Why is Ann in it?').click();
  await shows('explain-result', 'The rule holds for this person');
  expect(complaints).toEqual([]);
});

test('segments fit on a phone', { timeout: 40_000 }, async () => {
  const [lapsed, guests] = [await idOf('Lapsed'), await idOf('Guests')];
  await page.setViewportSize({ width: 360, height: 740 });
  const paths = ['/segments/new', `/segments/${lapsed}`, `/segments/${guests}`];
  for (const path of [...paths, `/segments/${lapsed}?tab=explain&person=ann`]) {
    await open(path);
    await page.waitForLoadState('networkidle');
    const overflow = await page.evaluate(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
    expect(`${path} ${overflow}`).toBe(`${path} 0`);
  }
  expect(complaints).toEqual([]);
});
