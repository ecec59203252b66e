import { generateKeyPairSync } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { startMandrill } from '../support/mandrill.ts';
import { startTestRapport, type TestRapport } from '../support/running.ts';
import { startSes } from '../support/ses.ts';

/** What a person does with provider accounts, in a real browser, beside stand-ins of the providers. */
let ses: Awaited<ReturnType<typeof startSes>>;
let mandrill: Awaited<ReturnType<typeof startMandrill>>;
let rapport: TestRapport;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  ses = await startSes();
  mandrill = await startMandrill();
  process.env.RAPPORT_ALLOW_INTERNAL = '1';
  rapport = await startTestRapport();
  browser = await openBrowser();
  page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(20_000);
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (line) => line.type() === 'error' && complaints.push(line.text()));
  await page.goto(rapport.firstLink ?? '');
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  await page.goto(`${rapport.url}/settings?tab=accounts`);
  await card('Dev mailbox').waitFor();
});
afterAll(async () => {
  await browser?.close();
  await rapport?.close();
  await ses?.close();
  await mandrill?.close();
});
// What the browser itself says of an answer that refuses, and nothing else.
afterEach(() => {
  expect(complaints.splice(0).filter((text) => !/status of (400|502)/.test(text))).toEqual([]);
});

const card = (name: string) => page.getByRole('article', { name });
const dialog = () => page.getByRole('dialog');
const field = (label: string) => dialog().getByLabel(new RegExp(`^${label}( \\*)?$`));
const fill = async (values: Record<string, string>) => {
  for (const [label, value] of Object.entries(values)) await field(label).fill(value);
};
const press = (name: string) => dialog().getByRole('button', { name, exact: true }).click();
const choose = async (kind: string) => {
  await page.getByRole('button', { name: 'New account' }).click();
  await dialog().getByRole('combobox', { name: 'Kind' }).click();
  await page.getByRole('option', { name: kind }).click();
};
const invalid = async (label: string) => (await field(label).getAttribute('aria-invalid')) === 'true';
const saved = () => dialog().waitFor({ state: 'detached' });
const stored = async (name: string) => {
  const { items } = await rapport.client.get<{
    items: { name: string; settings: object; secrets: string[] }[];
  }>('/api/accounts');
  return items.find((one) => one.name === name);
};
const sendTest = async (name: string) => {
  await card(name).getByRole('button', { name: 'Send a test' }).click();
  await fill({ To: 'ada@example.com' });
  await press('Send');
};

test('an account of Amazon SES: what is wrong is said where it is wrong, then a test goes out', async () => {
  await choose('Amazon SES');
  await fill({
    Name: 'By SES',
    From: 'Shop <shop@example.com>',
    Region: 'Ireland',
    'Access key ID': 'AKIATEST',
    'Secret access key': 'very secret',
    'Configuration set': 'bounces',
    Endpoint: ses.url,
  });
  await dialog().getByLabel('Tags').fill('shop=main');
  await page.keyboard.press('Enter');
  await press('Save account');
  await dialog().getByText('must be a region of AWS').waitFor();
  expect([await invalid('Region'), await invalid('Endpoint')]).toEqual([true, false]);
  await fill({ Region: 'eu-west-1' });
  await press('Save account');
  await saved();
  await card('By SES').getByText('Amazon SES: eu-west-1').waitFor();
  await sendTest('By SES');
  await saved();
  expect((await ses.kept()).at(-1)).toMatchObject({ subject: 'Test email from Rapport' });

  // The secret stays, though it is not shown; what is emptied goes.
  await card('By SES').getByRole('button', { name: 'Change' }).click();
  expect(await field('Secret access key').inputValue()).toBe('');
  expect(await field('Secret access key').getAttribute('placeholder')).toBe('Kept as it is');
  await fill({ 'Configuration set': '' });
  await press('Save account');
  await saved();
  expect(await stored('By SES')).toMatchObject({
    settings: {
      region: 'eu-west-1',
      access_key_id: 'AKIATEST',
      endpoint: ses.url,
      tags: { shop: 'main' },
    },
    secrets: ['secret_access_key'],
  });
  expect((await stored('By SES'))!.settings).not.toHaveProperty('configuration_set');
});

test('an account of Mailchimp Transactional with a wrong key says so in its words', async () => {
  await choose('Mailchimp Transactional');
  await fill({ Name: 'By Mailchimp', From: 'shop@example.com', 'API key': 'wrong', Endpoint: mandrill.url });
  await press('Save account');
  await saved();
  await sendTest('By Mailchimp');
  await dialog().getByText('Invalid API key').waitFor();
  await page.keyboard.press('Escape');
  await saved();
  await card('By Mailchimp').getByRole('button', { name: 'Change' }).click();
  await fill({ 'API key': mandrill.key });
  await press('Save account');
  await saved();
  await sendTest('By Mailchimp');
  await saved();
  expect(mandrill.taken.map(({ to }) => to)).toEqual([['ada@example.com']]);
});

test('SMTP with DKIM, and the kinds that need nothing', async () => {
  await choose('SMTP server');
  await fill({ Name: 'Signed', From: 'shop@example.com', Host: 'smtp.example.com' });
  await dialog().getByRole('switch', { name: 'Sign emails with DKIM' }).click();
  await fill({ Domain: 'example.com', Selector: 'rapport', 'Private key': 'no key' });
  await press('Save account');
  await dialog().getByText('must be an RSA private key').waitFor();
  await dialog().getByText('rapport._domainkey.example.com').waitFor();
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 1_024 });
  await fill({ 'Private key': privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() });
  await press('Save account');
  await saved();
  expect(await stored('Signed')).toMatchObject({
    settings: { dkim: { domain: 'example.com', selector: 'rapport' } },
    secrets: ['dkim_private_key'],
  });

  await choose('Nowhere');
  await dialog().getByText('keeps nothing of it').waitFor();
  await fill({ Name: 'Benchmark', From: 'shop@example.com' });
  await press('Save account');
  await saved();
  await card('Benchmark').getByText('emails are thrown away').waitFor();
});
