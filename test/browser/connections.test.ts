import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { type Mailchimp, startMailchimp } from '../support/mailchimp/server.ts';
import { until } from '../support/poll.ts';
import { startTestRapport, type TestRapport } from '../support/running.ts';
import { some } from '../support/thorough.ts';

/** What a person does with connections and alerts, in a real browser, beside a Mailchimp that can be broken. */
const members = 3_000;
const newKey = `${'f'.repeat(32)}-us21`;

let mailchimp: Mailchimp;
let rapport: TestRapport;
let browser: Browser;
let page: Page;
let receiver: Server;
const complaints: string[] = [];

beforeAll(async () => {
  mailchimp = await startMailchimp();
  const list = mailchimp.account.addList({ id: 'friends', name: 'Friends of the shop' });
  const now = Date.now();
  list.addMany(
    members,
    (n) => ({ email: `person${n}@example.com`, merge: { FNAME: `First ${n}`, LNAME: `Last ${n}` } }),
    now - 30 * 86_400_000,
    now - 86_400_000,
  );
  process.env.RAPPORT_MAILCHIMP_URL = mailchimp.url;
  process.env.RAPPORT_ALLOW_INTERNAL = '1';
  receiver = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(202).end('noted'));
  });
  await new Promise<void>((listening) => receiver.listen(0, '127.0.0.1', listening));
  rapport = await startTestRapport();
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
  receiver?.close();
});

const link = (name: string) =>
  page.getByRole('navigation').getByRole('link', { name: new RegExp(`^${name}`) });
const button = (name: string | RegExp) => page.getByRole('button', { name });
const attribute = (field: string) => page.getByRole('combobox', { name: `Attribute for ${field}` });
const shows = (testId: string, text: string | RegExp) =>
  page.getByTestId(testId).filter({ hasText: text }).first().waitFor();
const open = async (path: string) => {
  await page.goto(rapport.url + path);
  await page.getByRole('heading', { level: 1 }).waitFor();
};
/** Whether the page has it anywhere, seen or not. */
const says = async (text: string) => (await page.content()).includes(text);
/** What the browser itself says of an answer that refuses, and nothing else. */
const refusedOnly = (status: number) => {
  expect(complaints.filter((text) => !text.includes(`status of ${status}`))).toEqual([]);
  expect(complaints).not.toEqual([]);
  complaints.length = 0;
};
const connection = async () =>
  (await rapport.client.get<{ items: { id: string; name: string }[] }>('/api/connections')).items[0]!;
const sql = (text: string, values: unknown[] = []) => rapport.engine.postgres.pool.query(text, values);

test('add, test, map, first sync, a broken key, the alert, a new key', { timeout: 120_000 }, async () => {
  await link('Connections').click();
  await page.getByText('No connections yet').waitFor();
  await page.getByRole('link', { name: 'New connection' }).click();
  await button(/Mailchimp audience/).click();

  // What is wrong is said where it is wrong.
  await page.getByLabel(/^API key/).fill(mailchimp.account.key);
  await page.getByLabel('Audience ID').fill('nowhere');
  await button('Test').click();
  await page.getByText(/does not have it/).waitFor();
  expect(await page.getByLabel('Audience ID').getAttribute('aria-invalid')).toBe('true');
  expect(await page.getByLabel(/^API key/).getAttribute('aria-invalid')).not.toBe('true');
  refusedOnly(400);
  await page.getByLabel('Audience ID').fill('friends');
  await button('Test').click();
  await shows('test-passed', '“Friends of the shop” can be read');
  await shows('test-passed', '3,000 records are on it');

  // What is suggested, and one field more; the list’s name becomes the connection’s.
  await button('Map its fields').click();
  expect(await page.getByRole('textbox', { name: 'Name', exact: true }).inputValue()).toBe(
    'Friends of the shop',
  );
  expect(await attribute('First Name').inputValue()).toBe('first_name');
  await page.getByText('First 0, First 1, First 2').waitFor();
  await attribute('Status').fill('Not An Attribute');
  await button('Set its schedule').click();
  await button('Connect and sync').click();
  // Back at the step where it is mended.
  await page.getByText(/must be lower-case letters/).waitFor();
  refusedOnly(400);
  await attribute('Status').fill('status');
  await button('Set its schedule').click();
  await page.getByText('Hourly', { exact: true }).waitFor();

  // The first sync, while it goes on.
  mailchimp.faults.always({ kind: 'slow', ms: 700 });
  await button('Connect and sync').click();
  await page.getByRole('heading', { name: 'Friends of the shop' }).waitFor();
  await shows('sync-progress', /First sync: \d+/);
  await shows('sync-progress', /[1-3],000 of 3,000 records/);
  mailchimp.faults.clear();
  await shows('connection-state', 'in sync');
  await shows('connection-records', '3,000');
  await page.getByTestId('run-row').filter({ hasText: 'full reconcile' }).waitFor();
  const { total } = await rapport.client.get<{ total: number }>('/api/people?limit=1');
  expect(total).toBe(members);

  // The key is revoked at the other side.
  mailchimp.account.revoke();
  await button('Sync now').click();
  await shows('connection-state', 'credentials refused');
  await shows('connection-trouble', 'refuses the key');
  await rapport.rooms.alerts.lookNow();
  await link('Alerts').click();
  await shows('incident-open', 'Friends of the shop needs somebody');
  await shows('incident-open', 'credentials refused');
  await link('Overview').click();
  await shows('stale-banner', /Friends of the shop.*credentials refused.*in sync as of/);
  await page.getByTestId('stale-banner').getByRole('link', { name: 'Friends of the shop' }).click();

  // A key that is not right is not kept; a new one is, and the connection goes on by itself.
  await page.getByRole('link', { name: 'Give new credentials' }).click();
  await page.getByLabel(/^API key/).fill(mailchimp.account.key);
  await button('Test and save').click();
  await page.getByRole('main').getByText('refuses the key').nth(1).waitFor();
  refusedOnly(400);
  mailchimp.account.key = newKey;
  mailchimp.account.restore();
  await page.getByLabel(/^API key/).fill(newKey);
  await button('Test and save').click();
  await shows('connection-state', 'in sync');
  expect(await page.getByLabel(/^API key/).inputValue()).toBe('');
  expect(await says(newKey)).toBe(false);
  // The state is that of a fresh list before the next run has proven the key.
  await until('the incident to be over', async () => {
    await rapport.rooms.alerts.lookNow();
    return rapport.client
      .get<{ items: object[] }>('/api/alerts/incidents?open=true')
      .then(({ items }) => items.length === 0);
  });
  await link('Alerts').click();
  await page.getByText('All is well').waitFor();
  await shows('incident-closed', 'well again');
  expect(complaints).toEqual([]);
});

test('removals held back are confirmed, and what a sink refuses is replayed', {
  timeout: 60_000,
}, async () => {
  const list = mailchimp.account.list('friends')!;
  for (const { contact_id } of list.members().slice(0, 1_000)) list.deletePermanently(contact_id);
  const { id } = await connection();
  await open(`/connections/${id}`);
  await button('More').click();
  await page.getByRole('menuitem', { name: /Full reconcile/ }).click();
  await shows('connection-trouble', '1,000 of 3,000 records are no longer on the list');
  await shows('connection-state', 'failing');
  await button('Confirm removals').click();
  await page.getByRole('dialog').getByText('on_friends_of_the_shop').waitFor();
  await button('Remove them').click();
  await shows('connection-state', 'in sync');
  await shows('connection-records', '2,000');

  // Known by a field that nobody has: all are refused. The old field, and they are taken.
  const identity = (field: string) =>
    rapport.client.send('PATCH', `/api/connections/${id}`, {
      body: JSON.stringify({ mapping: mappingBy(field) }),
      headers: { 'content-type': 'application/json' },
    });
  await identity('merge_fields.PHONE');
  await page.getByRole('tab', { name: 'Dead letters' }).click();
  await page.getByText('The newest 200 of 2,000.').waitFor();
  await button(/^Content of/)
    .first()
    .click();
  await page.getByRole('dialog').getByText('"email"').waitFor();
  await page.keyboard.press('Escape');
  await identity('email_address');
  await page.getByText('Nothing was refused').waitFor();
  expect(complaints).toEqual([]);
});

const mappingBy = (identity: string) => ({
  identity,
  fields: [
    { field: 'email_address', attribute: 'email' },
    { field: 'merge_fields.FNAME', attribute: 'first_name' },
  ],
});

test('channels say what the other side said; a secret is shown once', { timeout: 60_000 }, async () => {
  const address = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/alerts?token=tk-4711`;
  await open('/alerts?tab=channels');
  await page.getByText('Nobody is told yet').waitFor();
  await button('New channel').click();
  await page.getByText('Webhook', { exact: true }).click();
  await page.getByLabel('Name').fill('On call');
  await page.getByLabel('Web address').fill('not an address');
  await page.getByLabel('Web address').fill(address);
  await button('Add channel').click();
  const secret = await page.getByLabel('Signing secret', { exact: true }).inputValue();
  expect(secret.length).toBeGreaterThan(30);
  await button('Send a test').click();
  await shows('channel-test', 'The test message arrived');
  await shows('channel-test', '202: noted');
  await page.reload();
  await shows('channel', 'On call');
  expect(await says(secret)).toBe(false);
  expect(await says('tk-4711')).toBe(false);

  await button('Pause').click();
  await shows('channel', 'paused');
  await button('Resume').click();
  receiver.close().closeAllConnections();
  await button('Send a test').click();
  await shows('channel-test', 'could not be reached');
  await button('Remove').click();
  await button('Remove channel').click();
  await page.getByText('Nobody is told yet').waitFor();
  expect(complaints).toEqual([]);
});

test('a workspace that wants it is refused numbers over a stale connection', {
  timeout: 60_000,
}, async () => {
  const { id } = await connection();
  await open('/settings');
  await page.getByRole('switch', { name: 'Refuse answers over stale connections' }).check({ force: true });
  await button('Save').click();
  await page.getByText('The workspace is saved.').waitFor();
  await open('/analytics');
  await page.getByText('Visitors', { exact: true }).first().waitFor();
  await sql(
    `UPDATE connections SET synced_at = now() - interval '5 hours', in_sync_as_of = now() - interval '5 hours',
       next_run_at = now() + interval '1 hour' WHERE id = $1`,
    [id],
  );
  await shows('stale-refusal', 'Friends of the shop');
  await page.getByTestId('stale-refusal').getByRole('link', { name: 'See the connection' }).waitFor();
  await shows('stale-banner', /Friends of the shop.*behind/);
  refusedOnly(409);
  await page.getByTestId('stale-banner').getByRole('link', { name: 'Friends of the shop' }).click();
  await button('Sync now').click();
  await shows('connection-state', 'in sync');
  await page.goBack();
  await page.getByText('Visitors', { exact: true }).first().waitFor();
  await open('/settings');
  await page.getByRole('switch', { name: 'Refuse answers over stale connections' }).uncheck({ force: true });
  await button('Save').click();
  await page.getByText('The workspace is saved.').waitFor();
  complaints.length = 0; // a 409 may have come before the answer
});

test('no page is wider than a phone or a desk, in dark as in light', { timeout: 120_000 }, async () => {
  const { id } = await connection();
  const { items } = await rapport.client.get<{ items: { id: string }[] }>('/api/alerts/incidents');
  await rapport.client.post('/api/connections', {
    name: 'A name that goes on and on, as names of audiences in large companies do, year after year',
    kind: 'file',
    settings: { url: 'http://127.0.0.1:9/a/rather/long/address/of/a/file/that/is/not/there.csv', id: 'id' },
    credentials: {},
    mapping: { identity: 'email', fields: [{ field: 'email', attribute: 'email' }] },
  });
  const paths = [
    '/connections',
    '/connections/new',
    ...['runs', 'mapping', 'dead-letters', 'settings'].map((tab) => `/connections/${id}?tab=${tab}`),
    '/alerts',
    '/alerts?tab=channels',
    `/alerts/incidents/${items[0]?.id}`,
  ];
  for (const width of [360, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      // What fits in the light fits in the dark; there it is looked for errors.
      for (const path of colorScheme === 'light' ? paths : some(paths, 3)) {
        await open(path);
        await page.waitForLoadState('networkidle');
        const overflow = await page.evaluate(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        );
        expect(`${path} ${width} ${colorScheme} ${overflow}`).toBe(`${path} ${width} ${colorScheme} 0`);
      }
    }
  }
  expect(complaints).toEqual([]);
});
