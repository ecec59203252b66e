import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { startTestRapport, type TestRapport } from '../support/running.ts';

/** What a marketer does with the flow of a campaign: builds it, looks at it, starts, watches, edits and goes on. */
let rapport: TestRapport;
let browser: Browser;
let page: Page;
const complaints: string[] = [];

const people = [
  { id: 'ann', first_name: 'Ann', city: 'Chicago' },
  { id: 'bob', first_name: 'Bob', city: 'Chicago' },
  { id: 'cid', first_name: 'Cid', city: 'Boise' },
];

beforeAll(async () => {
  [rapport, browser] = await Promise.all([startTestRapport(), openBrowser()]);
  await rapport.send('/v1/batch', {
    batch: people.map(({ id, ...traits }) => ({
      type: 'identify',
      userId: id,
      messageId: `i ${id}`,
      traits: { ...traits, email: `${id}@shop.example` },
    })),
  });
  await rapport.client.post('/api/segments', {
    kind: 'rule',
    name: 'Customers',
    rule: { attribute: 'email', operator: 'exists' },
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
// What the browser itself says of an answer that refuses, and nothing else.
afterEach(() => {
  expect(complaints.splice(0).filter((text) => !/status of 400/.test(text))).toEqual([]);
});

const button = (name: string | RegExp) => page.getByRole('button', { name });
const exactly = (name: string) => page.getByRole('button', { name, exact: true });
const drawer = () => page.getByRole('dialog');
const card = (name: string) => page.getByRole('article', { name, exact: true });
const has = (testId: string, text: string) =>
  expect.poll(() => page.getByTestId(testId).first().textContent(), { timeout: 20_000 }).toContain(text);
const done = async () => {
  await drawer().getByRole('button', { name: 'Done' }).click();
  await drawer().waitFor({ state: 'detached' });
};
const add = async (where: string, kind: string) => {
  await exactly(`Add a step ${where}`).click();
  await page.getByRole('menuitem', { name: new RegExp(`^${kind}`) }).click();
  await drawer().waitFor();
};
const write = async (subject: string) => {
  await drawer().getByLabel('Subject').fill(subject);
  await done();
};
const idOf = async (name: string) =>
  (await rapport.client.get<{ items: { id: string; name: string }[] }>('/api/campaigns')).items.find(
    (one) => one.name === name,
  )!.id;

test('email, wait, email: a marketer needs nothing else, nor a mouse', { timeout: 60_000 }, async () => {
  await page.goto(`${rapport.url}/campaigns/new`);
  await page.getByLabel('Name of the campaign').fill('By keyboard');
  await has('unfinished', 'No entry segment is chosen yet.');
  await exactly('Edit Email “Email without a subject”').focus();
  await page.keyboard.press('Enter');
  await drawer().getByLabel('Subject').focus();
  await page.keyboard.type('First');
  await page.keyboard.press('Escape');
  await drawer().waitFor({ state: 'detached' });
  await exactly('Add a step after Email “First”').focus();
  await page.keyboard.press('Enter');
  await page.getByRole('menuitem', { name: /^Email/ }).waitFor();
  // The first of the menu, then the second: a wait.
  await page.keyboard.press('ArrowDown');
  await expect.poll(() => page.evaluate('document.activeElement?.textContent')).toContain('Email');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await drawer().getByLabel('Wait: how many').waitFor();
  // The focus is in it, so that Escape means the step.
  await expect
    .poll(() => page.evaluate("document.activeElement?.closest('[role=dialog]') !== null"))
    .toBe(true);
  await page.keyboard.press('Escape');
  await drawer().waitFor({ state: 'detached' });
  await card('Wait “Wait 2 days”').waitFor();
  // Moved and removed by the keys, and taken back.
  await exactly('Edit Wait “Wait 2 days”').focus();
  await page.keyboard.press('Alt+ArrowUp');
  const order = () => page.getByTestId('step-card').evaluateAll((all) => all.map((one) => one.ariaLabel));
  await expect.poll(order).toEqual(['Wait “Wait 2 days”', 'Email “First”']);
  await exactly('Edit Wait “Wait 2 days”').focus();
  await page.keyboard.press('Delete');
  await expect.poll(order).toEqual(['Email “First”']);
  await button('Take it back').click();
  await expect.poll(order).toEqual(['Wait “Wait 2 days”', 'Email “First”']);
  await page.getByRole('heading', { name: 'New campaign' }).click();
  await page.keyboard.press('Control+z');
  await expect.poll(order).toEqual(['Email “First”', 'Wait “Wait 2 days”']);
  // Leaving asks: nothing is kept of this one.
  page.once('dialog', (dialog) => dialog.accept());
  await page.getByRole('navigation').getByRole('link', { name: 'Campaigns' }).click();
  await page.getByRole('heading', { name: 'Campaigns', exact: true }).waitFor();
});

test('a flow with a branch: built, looked at, started, watched, edited, and read', {
  timeout: 150_000,
}, async () => {
  await page.goto(`${rapport.url}/campaigns/new`);
  await page.getByLabel('Name of the campaign').fill('Welcome');
  await page
    .getByRole('combobox', { name: 'Entry segments' })
    .or(page.getByPlaceholder('Choose segments'))
    .first()
    .click();
  await page.getByRole('option', { name: /Customers/ }).click();
  await page.keyboard.press('Escape');

  // The email, as Ann would get it, and a test of it.
  await exactly('Edit Email “Email without a subject”').click();
  await drawer().getByLabel('Subject').fill('Welcome {{ person.first_name }}');
  await drawer().getByLabel('HTML body').fill('<p>Dear {{ person.first_name }}</p>');
  await page
    .getByTestId('email-problems')
    .getByText(/There is no link to unsubscribe/)
    .waitFor();
  await drawer().getByRole('button', { name: 'Send a test' }).click();
  const asked = page.getByRole('dialog', { name: 'Send a test of this email' });
  await asked.getByLabel('To').fill('me@shop.example');
  await asked.getByRole('button', { name: 'Send test' }).click();
  await page.getByText('The test to me@shop.example is in the dev mailbox.').waitFor();
  await done();

  // A branch by city, with an email on one way and a note on the other.
  const first = 'Email “Welcome {{ person.first_name }}”';
  await add(`after ${first}`, 'Branch');
  await drawer().getByLabel('Name of this way').fill('In Chicago');
  await drawer().getByRole('combobox', { name: 'Attribute', exact: true }).fill('city');
  await drawer().getByRole('combobox', { name: 'Value for city' }).fill('Chicago');
  await drawer().getByText('2 people are like that now').waitFor();
  await done();
  await add('to “In Chicago”', 'Email');
  await write('Come by');
  await add('to “Everybody else”', 'Set attribute');
  await drawer().getByLabel('Attribute', { exact: true }).fill('far_away');
  await drawer().getByLabel('Value of far_away').fill('yes');
  await done();

  // A step without what it needs is refused where it stands.
  await add('after Branch “Branch”', 'Wait for something');
  await done();
  await button('Create campaign').click();
  const wrong = card('Wait for something “Wait for something”');
  await wrong.getByRole('alert').waitFor();
  expect(await wrong.getAttribute('data-wrong')).toBe('true');
  await wrong.getByRole('button', { name: /^Edit/ }).click();
  await drawer().getByLabel('Wait until the person does').fill('Order Completed');
  await done();
  await add('to “It did not in time”', 'Email');
  await write('We miss you');
  await button('Create campaign').click();

  // What would happen, and what to look at, before it starts.
  await exactly('Start').click();
  const start = page.getByRole('dialog', { name: 'Start this campaign?' });
  await start.getByText('3 people would enter now.').waitFor();
  expect(await start.getByTestId('dry-run-email').count()).toBe(3);
  await start
    .getByTestId('start-problems')
    .getByText(/There is no link to unsubscribe/)
    .waitFor();
  await start.getByRole('link', { name: 'Welcome {{ person.first_name }}' }).click();
  await drawer()
    .getByLabel('HTML body')
    .fill('<p>Dear {{ person.first_name }}</p><a href="{{ unsubscribe_url }}">Off</a>');
  await done();
  expect(await exactly('Start').isDisabled()).toBe(true);
  // A look elsewhere loses nothing.
  await page.getByRole('tab', { name: 'Report' }).click();
  await page.getByRole('tab', { name: 'Steps' }).click();
  await page.getByText('Not saved yet').waitFor();
  await button('Save campaign').click();
  await page.getByText('The campaign is saved.').waitFor();
  await exactly('Start').click();
  await start.getByText('3 people would enter now.').waitFor();
  await expect.poll(() => start.getByTestId('start-problems').count()).toBe(0);
  await button('Start campaign').click();

  // Watched: three welcomes and two for Chicago.
  await page.getByRole('tab', { name: 'Report' }).click();
  await has('report-sent', '5');
  const step = (name: string) => page.getByTestId('report-step').filter({ hasText: name });
  await step('Come by').getByText('2 got here').waitFor();
  await step('Wait until they ordered').getByText('3 here now').waitFor();

  // Paused, edited, resumed.
  await exactly('Pause').click();
  await button('Pause campaign').click();
  await exactly('Resume').waitFor();
  await page.getByRole('tab', { name: 'Steps' }).click();
  await exactly('Edit Email “We miss you”').click();
  await write('We miss you so');
  await button('Save campaign').click();
  await page.getByText('The campaign is saved.').first().waitFor();
  await exactly('Resume').click();
  await button('Resume campaign').click();
  await page.getByRole('tab', { name: 'Versions' }).click();
  await page
    .getByTestId('version')
    .first()
    .getByText('Email “We miss you so”: the subject changed.')
    .waitFor();

  // Ann orders, and is through.
  await rapport.send('/v1/track', { userId: 'ann', event: 'Order Completed', properties: { revenue: 5 } });
  await page.getByRole('tab', { name: 'Report' }).click();
  await has('report-completed', '1');
});

test('one person is taken out, and the cap is set', { timeout: 60_000 }, async () => {
  await page.goto(`${rapport.url}/people/bob`);
  await exactly('Take out').click();
  await page.getByRole('dialog').getByRole('button', { name: 'Take out' }).click();
  await page.getByText('They are out of “Welcome”.').waitFor();
  await expect.poll(() => exactly('Take out').count()).toBe(0);
  await page.goto(`${rapport.url}/campaigns/${await idOf('Welcome')}`);
  await has('report-exit', 'Taken out by hand');
  await page.goto(`${rapport.url}/campaigns`);
  await has('frequency-cap', 'none');
  await button('Change the cap').click();
  await page.getByRole('switch', { name: 'Cap the emails a person gets' }).check();
  await page
    .getByRole('dialog')
    .getByLabel(/^Emails/)
    .fill('2');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await has('frequency-cap', 'at most 2 emails in 7 days');
});

test('the definition as JSON, and the flow on a telephone', { timeout: 60_000 }, async () => {
  const id = await idOf('Welcome');
  await page.goto(`${rapport.url}/campaigns/${id}?tab=steps`);
  await page.getByRole('tab', { name: 'JSON' }).click();
  const field = page.getByLabel('Definition as JSON');
  const text = await field.inputValue();
  await field.fill(text.replace('We miss you so', 'We do'));
  await page.getByRole('tab', { name: 'Flow' }).click();
  await card('Email “We do”').waitFor();
  await button('Undo').click();
  await card('Email “We miss you so”').waitFor();
  await page.setViewportSize({ width: 375, height: 800 });
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const tab of ['steps', 'report', 'versions']) {
      await page.goto(`${rapport.url}/campaigns/${id}?tab=${tab}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      await page.waitForLoadState('networkidle');
      const over = await page.evaluate(
        'document.documentElement.scrollWidth - document.documentElement.clientWidth',
      );
      expect(`${tab} ${colorScheme} ${over}`).toBe(`${tab} ${colorScheme} 0`);
    }
  }
});
