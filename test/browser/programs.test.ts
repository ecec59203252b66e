import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { startTestRapport, type TestRapport } from '../support/running.ts';

/** What a person does with programs, in a real browser. */
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
});
afterAll(async () => {
  await browser?.close();
  await rapport?.close();
});

const button = (name: string | RegExp) => page.getByRole('button', { name, exact: true });
const field = (label: string | RegExp) => page.getByRole('textbox', { name: label });
const dialog = () => page.getByRole('dialog');
const row = (text: string) => page.getByTestId('location-row').filter({ hasText: text });
const picture = async (name: string) => {
  const folder = process.env.PICTURES;
  if (folder) await page.screenshot({ path: `${folder}/${name}.png`, animations: 'disabled' });
};

test('a program, its locations, their spellings, and a document', { timeout: 120_000 }, async () => {
  await page.getByRole('navigation').getByRole('link', { name: 'Programs' }).click();
  await page.getByText('No programs yet').waitFor();
  await picture('empty');

  await button('New program').click();
  await field('Name').first().fill('Points');
  await field('From address').fill('nowhere');
  await field('From address').fill('points@shop.example');
  await field('External id').fill('points');
  await picture('new-program');
  await button('Create program').click();
  await page.getByRole('heading', { name: 'Points', level: 1 }).waitFor();
  await page.getByText('No locations yet').waitFor();

  await button('Add location').click();
  await field('Name').first().fill('Chicago');
  for (const spelling of ['CHI', 'Chicago Loop']) {
    await dialog().getByLabel('Other spellings').first().fill(spelling);
    await page.keyboard.press('Enter');
  }
  await page.getByRole('combobox', { name: 'Time zone' }).fill('Chicago');
  await page.getByRole('option', { name: 'America/Chicago' }).click();
  await field('City').fill('Chicago');
  await picture('new-location');
  await button('Add location').last().click();
  await row('Chicago Loop').waitFor();
  expect(await row('Chicago Loop').textContent()).toContain('America/Chicago');
  await dialog().waitFor({ state: 'hidden' });

  // A spelling that means another location is refused at its field; nothing typed is lost.
  await button('Add location').click();
  await field('Name').first().fill('chi');
  await button('Add location').last().click();
  await dialog()
    .getByText(/means the location "Chicago" already/)
    .waitFor();
  expect(await page.locator(':focus').getAttribute('aria-invalid')).toBe('true');
  expect(complaints.filter((text) => !text.includes('status of 409'))).toEqual([]);
  complaints.length = 0;
  await picture('refused');
  await field('Name').first().fill('Boston');
  await button('Add location').last().click();
  await row('Boston').waitFor();

  // A document says more of what it is about, and of nothing else.
  const { key } = await rapport.rooms.access.keys.create(rapport.workspace, 'api', 'crm', 'editor');
  const answer = await rapport.send(
    '/v1/cloudevents',
    {
      specversion: '1.0',
      id: 'd1',
      source: '/crm',
      type: 'example.loyalty.program',
      time: new Date(Date.now() + 60_000).toISOString(),
      data: {
        id: 'points',
        timezone: 'America/New_York',
        locations: [{ id: '17', name: 'Boston', address: { street: '2 Elm St', city: 'Boston' } }, 'Denver'],
        associated_users_list: ['ann@shop.example'],
      },
    },
    { authorization: `Bearer ${key}`, 'content-type': 'application/cloudevents+json' },
  );
  expect(answer.status).toBe(200);
  await page.reload();
  await row('Denver').waitFor();
  await page.getByText('by the document d1 of /crm').waitFor();
  expect(await row('Boston').textContent()).toContain('2 Elm St, Boston');
  await picture('program');

  // Change one, remove one.
  await button('Change Boston').click();
  expect(await field('External id').inputValue()).toBe('17');
  await dialog().getByLabel('Other spellings').first().fill('BOS');
  await page.keyboard.press('Enter');
  await button('Save location').click();
  await row('BOS').waitFor();
  await button('Remove Denver').click();
  await picture('remove');
  await button('Remove location').click();
  await row('Denver').waitFor({ state: 'detached' });
  await button('Change program').click();
  await field('Name').first().fill('Stars');
  await button('Save program').click();
  await page.getByRole('heading', { name: 'Stars', level: 1 }).waitFor();
  await page.getByRole('link', { name: 'Programs' }).first().click();
  await page.getByTestId('program-row').filter({ hasText: 'Stars' }).waitFor();
  await picture('list');
  expect(complaints).toEqual([]);
});

test('what files write is given its meaning', { timeout: 60_000 }, async () => {
  const { send, rooms } = rapport;
  for (const [n, store_location] of ['Chcago', 'chcago', 'Boise'].entries())
    await send('/v1/identify', { userId: `person ${n}`, traits: { store_location } });
  await rooms.log.processed();
  await page.goto(`${rapport.url}/programs`);
  await page.getByTestId('program-row').getByRole('link').click();
  const spelling = (text: string) => page.getByTestId('spelling-row').filter({ hasText: text });
  const means = async (text: string, what: string) => {
    await spelling(text).getByRole('combobox').click();
    await page.getByRole('option', { name: what }).click();
    await spelling(text).waitFor({ state: 'detached' });
  };
  expect(await spelling('Chcago').textContent()).toContain('2');
  await means('Chcago', 'Chicago');
  await row('Chcago').waitFor();
  await picture('spellings');
  await means('Boise', 'A location of its own');
  await row('Boise').waitFor();
  await send('/v1/identify', { userId: 'person 3', traits: { store_location: 'Bostn' } });
  await rooms.log.processed();
  expect(complaints).toEqual([]);
});

test('no page is wider than a phone, in dark as in light', { timeout: 60_000 }, async () => {
  const { items } = await rapport.client.get<{ items: { id: string }[] }>('/api/programs');
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const width of [360, 1280]) {
      await page.setViewportSize({ width, height: 740 });
      for (const path of ['/programs', `/programs/${items[0]?.id}`]) {
        await page.goto(rapport.url + path);
        await page
          .getByTestId(path === '/programs' ? 'program-row' : 'location-row')
          .first()
          .waitFor();
        await picture(`${path === '/programs' ? 'list' : 'one'}-${colorScheme}-${width}`);
        if (path !== '/programs') {
          await button('Add location').click();
          await dialog().waitFor();
          await picture(`form-${colorScheme}-${width}`);
        }
        const overflow = await page.evaluate(
          'document.documentElement.scrollWidth - document.documentElement.clientWidth',
        );
        expect(`${path} ${width} ${colorScheme} ${overflow}`).toBe(`${path} ${width} ${colorScheme} 0`);
      }
    }
  }
  expect(complaints).toEqual([]);
});

test('who may only look is shown nothing to change', { timeout: 60_000 }, async () => {
  await rapport.engine.postgres.pool.query(`UPDATE members SET role = 'viewer'`);
  await page.goto(`${rapport.url}/programs`);
  await page.getByTestId('program-row').getByRole('link').click();
  await row('Chicago').waitFor();
  for (const name of ['Add location', 'Change program', 'Change Chicago', 'Remove Chicago'])
    expect([name, await button(name).count()]).toEqual([name, 0]);
});
