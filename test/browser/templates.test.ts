import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { startTestRapport, type TestRapport } from '../support/running.ts';

/** What a person does who writes an email: a part, MJML, checks, the preview on a telephone, a test send. */
let rapport: TestRapport;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  rapport = await startTestRapport();
  await rapport.send('/v1/identify', {
    userId: 'ann',
    traits: { email: 'ann@shop.example', first_name: 'Ann & Co' },
  });
  browser = await openBrowser();
  page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
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
const shown = (text: string | RegExp) =>
  page.frameLocator('iframe[title="Email preview"]').getByText(text).first().waitFor();
const told = (text: string | RegExp) => page.getByTestId('email-problems').getByText(text).first().waitFor();
const width = async () => (await page.locator('iframe[title="Email preview"]').boundingBox())?.width;
const email = (text: string) =>
  `<mjml><mj-body><mj-section><mj-column><mj-text>${text}</mj-text></mj-column></mj-section>\n{% render "footer" %}</mj-body></mjml>`;

test('an email of MJML is written, checked, looked at and tried', { timeout: 120_000 }, async () => {
  // A part that emails share, with a mistake at first.
  await page.goto(`${rapport.url}/emails/parts`);
  await button('New part').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('footer');
  const source = dialog.getByLabel('Source');
  await source.fill('<mj-section>\n{% if %}</mj-section>');
  await dialog.getByRole('button', { name: 'Save part' }).click();
  await dialog.getByText(/Line 2: /).waitFor();
  complaints.length = 0; // the 400 of that
  await source.fill(
    '<mj-section><mj-column><mj-text><a href="{{ unsubscribe_url }}">Unsubscribe</a></mj-text></mj-column></mj-section>',
  );
  await dialog.getByRole('button', { name: 'Save part' }).click();
  await page.getByTestId('part-row').filter({ hasText: 'footer' }).waitFor();

  // The email: what is unknown, and what is not MJML, is told with its line.
  await page.goto(`${rapport.url}/campaigns/new`);
  await button('Edit Email “Email without a subject”').click();
  await page.getByRole('textbox', { name: 'Subject' }).fill('Hello {{ person.first_name }}');
  const html = page.getByLabel('HTML body');
  await html.fill(email('Dear {{ persn.first_name }}, {{ person.frist_name }}'));
  await told('HTML, line 1:');
  await told(/persn\.first_name/);
  await told(/No person has person\.frist_name/);
  await html.fill('<mjml><mj-body>\n<mj-txt/></mj-body></mjml>');
  await told(/mj-txt doesn't exist/);
  await page.getByText(/^Line 2: .*mj-txt/).waitFor();
  await html.fill('<p>Hi</p><a href="shop.example">Shop</a>');
  await told(/There is no link to unsubscribe/);
  await told(/has no https:\/\//);

  // As it should be: MJML with the part, for Ann.
  await html.fill(email('Dear {{ person.first_name }}'));
  await shown('Dear Ann & Co');
  await shown('Unsubscribe');
  await page.getByTestId('preview-subject').getByText('Hello Ann & Co').waitFor();
  await expect.poll(width).toBe(640);
  await page.getByText('Phone', { exact: true }).click();
  await expect.poll(width).toBe(375);
  await page.getByText('Dark', { exact: true }).click();
  await page.locator('iframe[title="Email preview"][data-scheme="dark"]').waitFor();
  await page.getByText('Text', { exact: true }).click();
  await page.getByText(/Dear Ann & Co\s+Unsubscribe \(http/).waitFor();

  // Sent to oneself, it is in the dev mailbox and in no ledger.
  await button('Send a test').click();
  const asked = page.getByRole('dialog', { name: 'Send a test of this email' });
  await asked.getByLabel('To').fill('me@shop.example');
  await asked.getByRole('button', { name: 'Send test' }).click();
  await page.getByText('The test to me@shop.example is in the dev mailbox.').waitFor();
  page.once('dialog', (leaving) => leaving.accept());
  await page.goto(`${rapport.url}/emails/mailbox`);
  await page.getByTestId('mailbox-row').filter({ hasText: 'Hello Ann & Co' }).click();
  await page.getByTestId('mail-reader').frameLocator('iframe').getByText('Dear Ann & Co').waitFor();
  expect((await rapport.client.get<{ items: unknown[] }>('/api/emails')).items).toEqual([]);
  expect(complaints).toEqual([]);
});

test('a part that a campaign takes stays', { timeout: 60_000 }, async () => {
  const { id } = await rapport.client.post<{ id: string }>('/api/segments', {
    name: 'All',
    rule: { attribute: 'email', operator: 'exists' },
  });
  await rapport.client.post('/api/campaigns', {
    name: 'Spring',
    definition: {
      entry: { segments: [id] },
      steps: [{ id: 'one', type: 'email', subject: 'Hi', html: email('x') }],
    },
  });
  await page.goto(`${rapport.url}/emails/parts`);
  await button('Delete footer').click();
  await button('Delete part').click();
  await page.getByText('The part is used by the campaign "Spring".').waitFor();
  complaints.length = 0; // the 409 of that
  await button('Keep as it is').click();

  // On a telephone, with everything in its place.
  await page.setViewportSize({ width: 360, height: 740 });
  for (const path of ['/emails/parts', '/campaigns/new']) {
    await page.goto(rapport.url + path);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await page.waitForLoadState('networkidle');
    const overflow = await page.evaluate(
      'document.documentElement.scrollWidth - document.documentElement.clientWidth',
    );
    expect(`${path} ${overflow}`).toBe(`${path} 0`);
  }
  expect(complaints).toEqual([]);
});
