import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { startTestRapport, type TestRapport } from '../support/running.ts';

/** What a person does with a file that has errors, in a real browser. */
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
  page.on('console', (line) => line.type() === 'error' && complaints.push(line.text()));
  await page.goto(rapport.firstLink ?? '');
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
  await page.getByRole('navigation').getByRole('link', { name: 'Imports' }).click();
});
afterAll(async () => {
  await browser?.close();
  await rapport?.close();
});

const button = (name: string | RegExp) => page.getByRole('button', { name });
const shows = (testId: string, text: string | RegExp) =>
  page.getByTestId(testId).filter({ hasText: text }).first().waitFor();
const choose = (name: string, text: string) =>
  page.locator('input[type=file]').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
const pick = async (field: string | RegExp, option: string) => {
  await page.getByRole('combobox', { name: field }).click();
  await page.getByRole('option', { name: option, exact: true }).click();
};

test('a file with errors: ask what is in doubt, set the mapping right, take it in, get the errors', async () => {
  const bad = Array.from({ length: 30 }, (_, n) => `p${n} at example.com,x,03/04/2021,1.234`);
  const good = Array.from({ length: 150 }, (_, n) => `person${n}@example.com,K${n},03/04/2021,1.234`);
  await choose('customers.csv', ['Mail;Card;Since;Spent', ...bad, ...good].join('\n').replaceAll(',', ';'));
  await shows('import-format', 'CSV divided by semicolons, utf-8');

  // What can be read in two ways is asked, and no row is taken until it is answered.
  await page.getByText('03/04/2021 can be read in two ways. Which?').waitFor();
  await shows('sample-problems', /180 of the first 180 rows cannot be taken/);
  await pick('Order of dates in Since', 'day first');
  await pick('Decimal mark in Spent', 'decimal comma');
  await shows(
    'sample-problems',
    /30 of the first 180 rows cannot be taken.*Line 2, Mail: not an e-mail address/,
  );
  await page.getByRole('combobox', { name: 'Attribute for Card' }).fill('card');
  await page.keyboard.press('Escape');
  await pick(/Who a row is about/, 'card');
  await button('Start import').click();

  // Too many are bad: nothing went in, until somebody says so.
  await page.getByText('The import was stopped').waitFor();
  await page.getByText('30 of the first 180 rows cannot be taken (16.7 %)').waitFor();
  await shows('import-rows-ok', '0');
  await button('Take in the good rows all the same').click();
  await shows('import-rows-ok', '150');
  await shows('import-rows-bad', '30');
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download as CSV' }).click(),
  ]);
  const lines = readFileSync(await download.path(), 'utf8')
    .trimEnd()
    .split('\r\n');
  expect(lines).toHaveLength(31);
  expect(lines[1]).toBe('2,Mail,p0 at example.com,not an e-mail address');
  const person = await rapport.client.get<{ profile: { attributes: Record<string, unknown> } }>(
    '/api/people/K7',
  );
  expect(JSON.stringify(person)).toContain('2021-04-03');

  // The next file with these columns is read in the same way.
  await page.getByRole('link', { name: 'Imports', exact: true }).first().click();
  await choose('next.csv', 'Mail;Card;Since;Spent\nzoe@example.com;Z;03/04/2021;1.234\n');
  await page.getByText('how you had the columns of such a file read last time').waitFor();
  expect(await page.getByRole('combobox', { name: 'Attribute for Card' }).inputValue()).toBe('card');
  await button('Choose another file').click();
  expect(complaints).toEqual([]);
});

test('an upload is cut off by a closed tab, and goes on', async () => {
  const rows = Array.from({ length: 60_000 }, (_, n) => `big${n}@example.com,${n}`);
  const text = `email,n\n${rows.join('\n')}\n`;
  const path = join(rapport.dataDir, 'big.csv');
  writeFileSync(path, text);
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Network.enable');
  const speed = (uploadThroughput: number) =>
    cdp.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: 0,
      downloadThroughput: -1,
      uploadThroughput,
    });
  await page.locator('input[type=file]').setInputFiles(path);
  await button('Start import').waitFor();
  await speed(300_000);
  await button('Start import').click();
  await shows('upload-progress', /Uploading, [1-9]/);
  await button('Pause').click();
  await shows('upload-progress', 'Paused');
  await page.reload();
  await speed(-1);
  await page.locator('input[type=file]').setInputFiles(path);
  await page.getByText('The upload of this file was cut off').waitFor();
  await button('Go on with it').click();
  await shows('import-rows-ok', '60,000');

  // It was the wrong file: it is taken back.
  const people = async () => (await rapport.client.get<{ total: number }>('/api/people?limit=1')).total;
  await button('Undo').click();
  await button('Undo import').click();
  await page.getByText('undone', { exact: true }).waitFor();
  expect(await people()).toBe(150);
  expect(complaints).toEqual([]);
});

test('a file of activity is shown for what it is; a source is asked for', async () => {
  await page.getByRole('navigation').getByRole('link', { name: 'Imports' }).click();
  await choose(
    'a.jsonl',
    '{"id":"1","type":"event","name":"visit","user_id":"7","data":{},"timestamp":1767323045}\n',
  );
  await shows('import-format', 'JSON Lines of activity');
  await button('Start import').click();
  await shows('import-rows-ok', '1');
  await page.getByRole('navigation').getByRole('link', { name: 'Imports' }).click();
  await button('Add a source').click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Exports');
  await page.getByRole('textbox', { name: 'Bucket and prefix' }).fill('exports');
  await page.getByRole('textbox', { name: 'Access key', exact: true }).fill('AKIA');
  await page.getByLabel('Secret access key').fill('secret');
  expect(complaints).toEqual([]);
  await button('Test').click();
  await page.getByText('must have the form s3://bucket/prefix').waitFor();
});
