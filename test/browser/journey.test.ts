import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { startTestRapport, type TestRapport } from '../support/running.ts';

let rapport: TestRapport;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  rapport = await startTestRapport();
  browser = await openBrowser();
  page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(15_000);
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
});
afterAll(async () => {
  await browser?.close();
  await rapport?.close();
});

const customers = [
  'First Name,Last Name,Email,LTV,Store Location,Last Order Date',
  'Ann,Lee,ann@shop.example,120.50,Chicago,2026-05-01',
  'Bob,Ray,bob@shop.example,80,Chicago,2026-04-01',
  'Cid,Fox,cid@shop.example,20,Boise,2026-03-01',
  'Dee,Ash,dee at shop.example,99,Boise,2026-03-01',
].join('\n');

const link = (name: string) => page.getByRole('navigation').getByRole('link', { name });
const button = (name: string | RegExp) => page.getByRole('button', { name });
const has = (testId: string, text: string) =>
  expect.poll(() => page.getByTestId(testId).first().textContent(), { timeout: 15_000 }).toContain(text);

test('from the sign-in link to the report of a campaign', { timeout: 120_000 }, async () => {
  // Not signed in: told what to do. Then the one-time link.
  await page.goto(`${rapport.url}/people`);
  await page.getByText('rapport sign-in-link').waitFor();
  complaints.length = 0; // the 401 that led here
  await page.goto(rapport.firstLink ?? '');
  await page.getByRole('heading', { name: 'Overview' }).waitFor();

  // Upload a CSV with one bad row.
  await link('Imports').click();
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'customers.csv', mimeType: 'text/csv', buffer: Buffer.from(customers) });
  await button('Start import').click();
  await has('import-rows-ok', '3');
  await has('import-rows-bad', '1');
  await page.getByText('dee at shop.example').waitFor();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: /download/i }).click(),
  ]);
  expect(download.suggestedFilename()).toMatch(/\.csv$/);

  // See the people.
  await link('People').click();
  await page.getByRole('link', { name: 'Ann Lee' }).waitFor();
  await page.getByRole('searchbox').fill('bob@');
  await expect.poll(() => page.getByRole('link', { name: 'Ann Lee' }).count()).toBe(0);
  await page.getByRole('link', { name: 'Bob Ray' }).click();
  await page.getByText('Chicago').first().waitFor();

  // Make a segment and watch the count.
  await link('Segments').click();
  await page.getByRole('link', { name: 'New segment' }).first().click();
  await button(/^A rule of your own/).click();
  await page.getByLabel('Name').fill('Chicago');
  await page.getByRole('combobox', { name: 'Attribute', exact: true }).fill('store_location');
  const value = page.getByRole('combobox', { name: 'Value for store_location' });
  await value.fill('Chicago');
  await has('segment-count', '2');
  await value.fill('Boise');
  await has('segment-count', '1');
  await value.fill('Chicago');
  await has('segment-count', '2');
  await page.keyboard.press('Escape');
  await button('Create segment').click();
  // Among its members, not among those counted while it was made.
  await page.getByTestId('member-row').filter({ hasText: 'Ann Lee' }).waitFor();

  // A campaign for it.
  await link('Campaigns').click();
  await page.getByRole('link', { name: 'New campaign' }).first().click();
  await page.getByLabel('Name').fill('Hello Chicago');
  await page
    .getByRole('combobox', { name: 'Entry segments' })
    .or(page.getByPlaceholder('Choose segments'))
    .first()
    .click();
  await page.getByRole('option', { name: /Chicago/ }).click();
  await page.keyboard.press('Escape');
  await button('Edit Email “Email without a subject”').click();
  await page.getByRole('textbox', { name: 'Subject' }).fill('Hello {{ person.first_name }}');
  await page
    .getByLabel('HTML body')
    .fill(
      '<p>Dear {{ person.first_name }},</p><p>come by.</p><p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p>',
    );
  await button('Done').click();
  await button('Create campaign').click();
  await button('Start').click();
  await button('Start campaign').click();
  await page.getByRole('tab', { name: 'Report' }).click();
  await has('report-sent', '2');

  // Read the email in the dev mailbox, with the keyboard's focus in sight and the text in its frame.
  await link('Emails').click();
  await page.getByRole('tab', { name: 'Dev mailbox' }).click();
  await expect.poll(() => page.getByTestId('mailbox-row').count()).toBe(2);
  await page
    .getByTestId('mailbox-row')
    .filter({ hasText: 'Hello Ann' })
    .getByRole('link')
    .or(page.getByTestId('mailbox-row').filter({ hasText: 'Hello Ann' }).getByRole('button'))
    .first()
    .click();
  await page.getByTestId('mail-reader').frameLocator('iframe').getByText('Dear Ann,').waitFor();

  // Unsubscribe as Ann would: the link in the email, then the button there.
  const address = await page.getByTestId('unsubscribe-link').getAttribute('href');
  const recipient = await browser.newPage();
  await recipient.goto(address ?? '');
  await recipient.getByRole('button', { name: /unsubscribe/i }).click();
  await recipient
    .getByText(/unsubscribed|no more/i)
    .first()
    .waitFor();
  await recipient.close();

  // It is in the report.
  await link('Campaigns').click();
  await page.getByRole('link', { name: 'Hello Chicago' }).click();
  await has('report-unsubscribed', '1');

  expect(complaints).toEqual([]);
});

test('no page is wider than a phone, in dark as in light', { timeout: 60_000 }, async () => {
  const { id: campaign } =
    (await rapport.client.get<{ items: { id: string }[] }>('/api/campaigns')).items[0] ?? {};
  const { id: segment } =
    (await rapport.client.get<{ items: { id: string }[] }>('/api/segments')).items[0] ?? {};
  await page.setViewportSize({ width: 360, height: 740 });
  const paths = [
    '/',
    '/analytics',
    '/people',
    '/people/ann%40shop.example',
    '/segments',
    `/segments/${segment}`,
    '/campaigns',
    `/campaigns/${campaign}`,
    '/emails',
    '/imports',
    '/settings',
  ];
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const path of paths) {
      await page.goto(rapport.url + path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForLoadState('networkidle');
      const overflow = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      expect(`${path} ${colorScheme} ${overflow}`).toBe(`${path} ${colorScheme} 0`);
    }
  }
  expect(complaints).toEqual([]);
});
