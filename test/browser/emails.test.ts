import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DeliveryTables } from '../../src/delivery/tables.ts';
import { openBrowser } from '../support/browser.ts';
import { startMandrill, webhook } from '../support/mandrill.ts';
import { startTestRapport, type TestRapport } from '../support/running.ts';

/** What becomes of emails, as a person sees it: told by a stand-in of the provider, over real HTTP. */
let mandrill: Awaited<ReturnType<typeof startMandrill>>;
let rapport: TestRapport;
let browser: Browser;
let page: Page;
let account: { id: string; hook: { url: string } };
const complaints: string[] = [];
const people = ['ann', 'ben', 'cas', 'dan'] as const;

beforeAll(async () => {
  mandrill = await startMandrill();
  process.env.RAPPORT_ALLOW_INTERNAL = '1';
  rapport = await startTestRapport();
  for (const person of people) {
    await rapport.send('/v1/identify', { userId: person, traits: { email: `${person}@shop.example` } });
  }
  await rapport.rooms.log.processed();
  account = await rapport.client.post('/api/accounts', {
    kind: 'mailchimp_transactional',
    name: 'By Mailchimp',
    from: 'shop@example.com',
    settings: { endpoint: mandrill.url },
    secrets: { api_key: mandrill.key },
  });
  browser = await openBrowser();
  page = await browser.newPage({ viewport: { width: 1280, height: 900 }, acceptDownloads: true });
  page.setDefaultTimeout(20_000);
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (line) => line.type() === 'error' && complaints.push(line.text()));
  await page.goto(rapport.firstLink ?? '');
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
});
afterAll(async () => {
  await browser?.close();
  await rapport?.close();
  await mandrill?.close();
  expect(complaints).toEqual([]);
});

const card = () => page.getByRole('article', { name: 'By Mailchimp' });
const rows = () => page.getByTestId('email-row');
const button = (name: string) => page.getByRole('button', { name, exact: true });

/** Sends one email to each by the stand-in. @returns the ids of the ledger's rows by person */
async function send(): Promise<Record<string, string>> {
  const { delivery } = rapport.rooms;
  const db = rapport.engine.postgres.db.withTables<DeliveryTables>();
  const { workspace } = rapport;
  const sender = await delivery.sender(workspace, account.id);
  await db.transaction().execute(async (trx) => {
    const template = await delivery.saveTemplate(trx, workspace, {
      subject: 'Spring sale',
      html: '<p>Hello</p><a href="https://shop.example/">Shop</a> <a href="{{ unsubscribe_url }}">Stop</a>',
    });
    const letter = {
      workspace,
      campaign: randomUUID(),
      campaignName: 'Spring',
      step: 'one',
      sender,
      template,
    };
    await delivery.queueEmails(trx, { ...letter, at: rapport.engine.clock.now() }, [...people]);
  });
  delivery.poke();
  await expect.poll(() => mandrill.taken.length, { timeout: 30_000 }).toBe(people.length);
  await expect
    .poll(async () => (await rapport.client.get<Listed>('/api/emails?status=sent')).items.length)
    .toBe(people.length);
  const { items } = await rapport.client.get<Listed>('/api/emails');
  return Object.fromEntries(items.map(({ id, person_id }) => [person_id, id]));
}
interface Listed {
  items: { id: string; person_id: string }[];
}

async function tell(events: object[]): Promise<number> {
  const { url, ...request } = webhook('hook-key', account.hook.url, events);
  const answer = await fetch(rapport.url + url, { ...request, body: request.payload });
  return answer.status;
}

test('an account shows where its results come in, and what is wrong until they do', async () => {
  await page.goto(`${rapport.url}/settings?tab=accounts`);
  await card().getByText('The provider has not told any results yet.').waitFor();
  await card().getByRole('button', { name: 'Results of By Mailchimp' }).click();
  const dialog = page.getByRole('dialog');
  expect(await dialog.getByRole('textbox', { name: 'Address to enter there' }).inputValue()).toBe(
    account.hook.url,
  );
  await dialog.getByText('Nobody outside can call this address').waitFor();
  await dialog.getByText('add a webhook with the address above').waitFor();
  await page.keyboard.press('Escape');

  expect(await tell([{ event: 'send' }])).toBe(503);
  await page.reload();
  await card().getByText('the key of its webhook was not entered yet').waitFor();
  await card().getByRole('button', { name: 'Change' }).click();
  await page.getByRole('dialog').getByLabel('Key of the webhook').fill('hook-key');
  await button('Save account').click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect(await tell([{ event: 'send' }])).toBe(200);
  await page.reload();
  await card().getByText('Results heard').waitFor();
  expect(await card().getByText('was refused').count()).toBe(0);
});

test('what became of each email is listed, told one by one, and exported', async () => {
  const ids = await send();
  const at = Math.floor(Date.now() / 1_000) + 60;
  const event = (name: string, person: string, seconds: number, more = {}, msg = {}) => ({
    event: name,
    ts: at + seconds,
    ...more,
    msg: { _id: 'x', email: `${person}@shop.example`, metadata: { email_id: ids[person] }, ...msg },
  });
  const user_agent = await page.evaluate(() => navigator.userAgent.replace('Headless', ''));
  const status = await tell([
    event('delivered', 'ann', 1),
    event('open', 'ann', 2, { user_agent: 'python-requests/2.32' }),
    event('click', 'ann', 3, { url: 'https://shop.example/?a=1', user_agent }),
    event('delivered', 'ben', 1),
    event('hard_bounce', 'cas', 1, {}, { diag: '550 5.1.1 no such user' }),
  ]);
  expect(status).toBe(200);

  await page.goto(`${rapport.url}/emails`);
  await rows().nth(3).waitFor();
  const row = (person: string) => rows().filter({ hasText: `${person}@shop.example` });
  await row('ann').getByText('clicked').waitFor();
  await row('ben').getByText('delivered').waitFor();
  await row('cas').getByText('550 5.1.1 no such user').waitFor();
  await row('dan').getByText('sent').waitFor();

  await page.getByRole('link', { name: 'History of the email to ann@shop.example' }).click();
  const history = page.getByTestId('email-history');
  await history.filter({ hasText: 'https://shop.example/?a=1' }).waitFor();
  expect(await page.getByTestId('email-details').getByText('By Mailchimp').count()).toBe(1);
  const titles = await history.locator('.mantine-Timeline-itemTitle').allTextContents();
  expect(titles).toEqual(['Queued', 'Sent', 'Delivered', 'Opened by a machine', 'Clicked']);
  await page.getByRole('button', { name: 'Close' }).click();
  await page.getByTestId('email-details').waitFor({ state: 'detached' });

  await page.getByRole('combobox', { name: 'Status' }).click();
  await page.getByRole('option', { name: 'bounced' }).click();
  await expect.poll(() => rows().count()).toBe(1);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Export' }).click(),
  ]);
  const csv = readFileSync(await download.path(), 'utf8')
    .trimEnd()
    .split('\r\n');
  expect(csv).toHaveLength(2);
  expect(csv[1]).toContain('cas@shop.example');
  expect(csv[1]).toContain('550 5.1.1 no such user');

  await button('Clear filters').click();
  await expect.poll(() => rows().count()).toBe(4);
  await page.getByRole('searchbox', { name: 'Search emails' }).fill('BEN@');
  await expect.poll(() => rows().count()).toBe(1);
  await button('Clear filters').click();
  await page.getByRole('combobox', { name: 'Account' }).click();
  await page.getByRole('option', { name: 'Dev mailbox' }).click();
  await page.getByText('No such emails').waitFor();
  await page.goto(`${rapport.url}/emails?to=2020-01-01`);
  await page.getByText('No such emails').waitFor();

  // Who bounced for good is written to no more.
  await page.goto(`${rapport.url}/settings?tab=suppressions`);
  await page.getByText('cas@shop.example').waitFor();
});
