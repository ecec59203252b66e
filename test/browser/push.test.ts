import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { type Mailchimp, startMailchimp } from '../support/mailchimp/server.ts';
import { startTestRapport, type TestRapport } from '../support/running.ts';

/** What a person does to push a segment to Mailchimp, in a real browser. */
let mailchimp: Mailchimp;
let rapport: TestRapport;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  mailchimp = await startMailchimp();
  const list = mailchimp.account.addList({ id: 'friends', name: 'Friends of the shop' });
  list.add({ email: 'no@shop.example', status: 'unsubscribed' });
  process.env.RAPPORT_MAILCHIMP_URL = mailchimp.url;
  process.env.RAPPORT_ALLOW_INTERNAL = '1';
  rapport = await startTestRapport();
  const people = ['ann', 'bob', 'cem', 'no'];
  await rapport.send('/v1/batch', {
    batch: people.map((userId) => ({
      ...{ type: 'identify', userId },
      traits: { email: `${userId}@shop.example`, first_name: userId.toUpperCase(), city: 'Rome' },
    })),
  });
  await rapport.rooms.log.processed();
  const rule = { all: [{ attribute: 'city', operator: 'equals', value: 'Rome' }] };
  await rapport.client.post('/api/segments', { name: 'Romans', rule });
  await rapport.rooms.segments.recompute(rapport.workspace);
  browser = await openBrowser();
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
  await mailchimp?.close();
});

const button = (name: string | RegExp) => page.getByRole('button', { name });
const shows = (testId: string, text: string | RegExp) =>
  page.getByTestId(testId).filter({ hasText: text }).first().waitFor();

test('a segment is pushed from its page, and the connection says so', { timeout: 120_000 }, async () => {
  await page
    .getByRole('navigation')
    .getByRole('link', { name: /^Segments/ })
    .click();
  await page.getByRole('link', { name: 'Romans' }).click();
  await page.getByRole('link', { name: 'Push to Mailchimp' }).click();

  // The segment is chosen already, and the tag is called as it.
  await page.getByText('From a segment here, to an audience of Mailchimp').waitFor();
  await page.getByLabel(/^API key/).fill(mailchimp.account.key);
  await button('Find its audiences').click();
  expect(await page.getByLabel('Tag', { exact: false }).first().inputValue()).toBe('Romans');
  await page.getByRole('combobox', { name: 'Audience' }).click();
  await page.getByRole('option', { name: /Friends of the shop/ }).click();
  await button('Test').click();
  await shows('test-passed', '“Romans” can be pushed to “Friends of the shop”');
  await shows('test-passed', '4 people are in the segment');

  await button('Map its fields').click();
  expect(await page.getByRole('textbox', { name: 'Name', exact: true }).inputValue()).toBe(
    'Romans to Friends of the shop',
  );
  expect(await page.getByRole('combobox', { name: 'Merge field for first_name' }).inputValue()).toBe('FNAME');
  await button('Set its schedule').click();
  await button('Connect and push').click();

  await page.getByRole('heading', { name: 'Romans to Friends of the shop' }).waitFor();
  await shows('connection-state', 'in sync');
  await page.getByText('is pushed to the Mailchimp audience friends, with the tag Romans').waitFor();
  await shows('connection-records', '4');
  await shows('left-alone', '3 of 4 people are pushed');
  await shows('left-alone', '1 unsubscribed at Mailchimp');
  await page.getByRole('columnheader', { name: 'Taken off' }).waitFor();
  const list = mailchimp.account.list('friends')!;
  expect(list.member('ann@shop.example')).toMatchObject({
    status: 'subscribed',
    merge_fields: { FNAME: 'ANN' },
    tags: [{ name: 'Romans' }],
  });
  expect(list.member('no@shop.example')?.status).toBe('unsubscribed');

  // Who leaves is taken off by the next run.
  await rapport.send('/v1/identify', { userId: 'bob', traits: { city: 'Oslo' } });
  await rapport.rooms.log.processed();
  await rapport.rooms.segments.recompute(rapport.workspace);
  await button('Sync now').click();
  await shows('connection-records', '3');
  expect(list.member('bob@shop.example')?.status).toBe('archived');

  await page.getByRole('tab', { name: 'Mapping' }).click();
  await page.getByText('Another segment, audience or tag is another connection.').waitFor();
  await page.getByRole('tab', { name: 'Settings' }).click();
  await page.getByText('Whoever is on the audience stays there').waitFor();
  expect(complaints).toEqual([]);
});

test('a segment that is pushed cannot be removed', { timeout: 60_000 }, async () => {
  const { items } = await rapport.client.get<{ items: { id: string }[] }>('/api/segments');
  await page.goto(`${rapport.url}/segments/${items[0]?.id}`);
  await button('Delete segment').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete segment' }).click();
  await page.getByText(/used by the connection "Romans to Friends of the shop"/).waitFor();
  complaints.length = 0; // the refusal
});

test('nothing is wider than a phone', { timeout: 60_000 }, async () => {
  const { items } = await rapport.client.get<{ items: { id: string }[] }>('/api/connections');
  await page.setViewportSize({ width: 360, height: 800 });
  for (const path of [
    '/connections',
    '/connections/new',
    ...['runs', 'mapping', 'settings'].map((tab) => `/connections/${items[0]?.id}?tab=${tab}`),
  ]) {
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
