import { randomUUID } from 'node:crypto';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { startTestRapport, type TestRapport } from '../support/running.ts';

/** What people who get emails do with the links in them, without scripts; and what the shop sees of it. */
let rapport: TestRapport;
let browser: Browser;
let gold: { id: string };
const address = 'ann@example.com';

beforeAll(async () => {
  rapport = await startTestRapport();
  browser = await openBrowser();
  gold = await rapport.client.post<{ id: string }>('/api/programs', { name: 'Gold & More' });
  await rapport.send('/v1/identify', { userId: 'ann', traits: { email: address, first_name: 'Ann' } });
  await rapport.rooms.log.processed();
});
afterAll(async () => {
  await browser?.close();
  await rapport?.close();
});

/** Sends an email of the program to Ann. @returns where it unsubscribes, and what became of it */
async function write(): Promise<{ link: string; status: string }> {
  const { delivery } = rapport.rooms;
  const { workspace } = rapport;
  const campaign = randomUUID();
  const sender = await delivery.sender(workspace);
  await rapport.engine.postgres.db.transaction().execute(async (trx) => {
    const template = await delivery.saveTemplate(trx, workspace, {
      subject: 'Hello',
      html: '<p>Hello</p><a href="{{ unsubscribe_url }}">Unsubscribe</a>',
    });
    const about = {
      workspace,
      campaign,
      campaignName: 'Hello',
      step: 'one',
      at: new Date(),
      program: gold.id,
    };
    await delivery.queueEmails(trx, { ...about, sender, template }, ['ann']);
  });
  await delivery.drain();
  const { items } = await rapport.client.get<{ items: { id: string; status: string }[] }>(
    `/api/emails?campaign=${campaign}`,
  );
  const mail = await rapport.client.get<{ items: { id: string }[] }>(`/api/mailbox?search=${address}`);
  const { unsubscribe_url: link } = await rapport.client.get<{ unsubscribe_url: string }>(
    `/api/mailbox/${mail.items[0]!.id}`,
  );
  return { link, status: items[0]!.status };
}

/** A small telephone on which nothing runs. */
const telephone = (colorScheme: 'light' | 'dark'): Promise<BrowserContext> =>
  browser.newContext({ javaScriptEnabled: false, viewport: { width: 360, height: 640 }, colorScheme });

const fits = async (page: Page) => {
  const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
  expect(wide).toBeLessThanOrEqual(360);
};

test('by program, from everything, and back: without a script, on a small screen, in dark and light', async () => {
  const { link } = await write();
  for (const scheme of ['light', 'dark'] as const) {
    const context = await telephone(scheme);
    const page = await context.newPage();
    await page.goto(link);
    await fits(page);
    const canvas = `getComputedStyle(document.documentElement).colorScheme`;
    expect(await page.evaluate(canvas)).toBe('light dark');
    const box = page.getByRole('checkbox', { name: 'Gold & More' });
    expect(await box.isChecked()).toBe(true);

    await box.uncheck();
    await page.getByRole('button', { name: 'Save' }).click();
    expect(await page.getByRole('status').textContent()).toBe('It is saved.');
    expect(await box.isChecked()).toBe(false);
    expect((await write()).status).toBe('suppressed');

    await page.getByRole('button', { name: 'Stop all emails' }).click();
    expect(await page.getByRole('status').textContent()).toContain(`${address} is off the list`);
    await fits(page);
    await page.goto(link);
    await page.getByRole('button', { name: /subscribe again/ }).click();
    expect(await page.getByRole('status').textContent()).toContain('Good to have you back');
    expect(await box.isChecked()).toBe(true);
    expect((await write()).status).toBe('sent');
    // By the keyboard alone, too.
    await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    expect(await box.isChecked()).toBe(false);
    await context.close();
  }
});

test('a confirmation is pressed, and the shop sees what was said', async () => {
  const page = await browser.newPage();
  await page.goto(rapport.firstLink ?? '');
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  await page.goto(`${rapport.url}/programs/${gold.id}`);
  await page.getByRole('switch', { name: 'Double opt-in' }).click();
  await page.getByText('Emails need a confirmation from now on.').waitFor();
  const email = 'ben@example.com';
  await rapport.client.post('/api/consents', { email, program: gold.id });
  await rapport.client.post('/api/consents', { email: address, program: gold.id, status: 'unsubscribed' });
  await rapport.rooms.delivery.drain();
  const { items } = await rapport.client.get<{ items: { id: string }[] }>(`/api/mailbox?search=${email}`);
  const { text } = await rapport.client.get<{ text: string }>(`/api/mailbox/${items[0]!.id}`);

  const context = await telephone('dark');
  const ben = await context.newPage();
  await ben.goto(/http\S+\/confirm\/\S+/.exec(text)![0]);
  await fits(ben);
  await ben.getByRole('button', { name: 'Yes, send me emails' }).click();
  expect(await ben.getByRole('status').textContent()).toContain(`${email} gets emails of Gold & More`);
  await context.close();

  await page.goto(`${rapport.url}/settings?tab=suppressions`);
  const rows = page.getByTestId('consent-row');
  await rows.filter({ hasText: address }).getByText('unsubscribed').waitFor();
  await page.getByRole('combobox', { name: 'What was said' }).click();
  await page.getByRole('option', { name: 'Subscribed', exact: true }).click();
  await rows.filter({ hasText: email }).getByText('subscribed and confirmed').waitFor();
  await page.goto(`${rapport.url}/people/ann`);
  await page.getByRole('heading', { name: 'Consents' }).waitFor();
  await page.close();
});
