import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { crowd, email, type OpenCampaigns, openCampaigns, wait } from './campaigns.testing.ts';

let t: OpenCampaigns;
beforeAll(async () => {
  t = await openCampaigns();
});
afterAll(() => t.close());
beforeEach(() => t.fresh());

const minute = 60_000;
const hour = 60 * minute;
const everybody = async () => ({ segments: [await t.segment()] });
const at = (time: string) => t.clock.set(new Date(`2030-06-${time}Z`));

test('emails go out within the hours of each person, also those that queued too long', async () => {
  await t.identify({
    ...crowd(3),
    p00001: { ...crowd(2).p00001, zone: 'America/New_York' },
    p00002: { ...crowd(3).p00002, zone: 'nowhere' },
  });
  at('03T22:00');
  await t.started({
    entry: await everybody(),
    timezone: 'Europe/Berlin',
    timezone_attribute: 'zone',
    quiet_hours: { from: '21:00', to: '08:00' },
    steps: [email('one'), wait('rest', 3_600), email('two')],
  });
  // Midnight in Berlin, 18:00 in New York.
  await t.settle();
  expect((await t.mailbox()).map(({ profile }) => profile)).toEqual(['p00001']);
  at('04T05:59');
  await t.settle();
  // New York's second email was due at 19:00 there.
  expect((await t.mailbox()).map(({ profile, subject }) => `${profile} ${subject}`)).toEqual(['p00001 one']);
  at('04T06:00');
  await t.settle();
  expect(await t.mailbox()).toHaveLength(3);
  // Berlin's second emails are queued in time, but nothing goes out before 21:00.
  at('04T07:00');
  await t.segments.recompute(t.workspace());
  await t.campaigns.drain();
  at('04T19:30');
  for (let n = 0; n < 3; n++) {
    await t.campaigns.drain();
    await t.delivery.drain();
  }
  expect((await t.mailbox()).map(({ profile, subject }) => `${profile} ${subject}`)).toEqual([
    'p00001 one',
    'p00000 one',
    'p00002 one',
    'p00001 two',
  ]);
  at('05T06:00');
  await t.settle();
  expect(await t.mailbox()).toHaveLength(6);
});

test('hours that are edited hold for what is queued already', async () => {
  await t.identify(crowd(2));
  at('10T12:00');
  const definition = { entry: await everybody(), timezone: 'UTC', steps: [email('one')] };
  const id = await t.started({ ...definition, send_windows: [{ from: '12:00', to: '13:00' }] });
  await t.segments.recompute(t.workspace());
  await t.campaigns.drain();
  await t.campaigns.edit(t.workspace(), id, {
    definition: { ...definition, send_windows: [{ from: '18:00', to: '19:00' }] },
  });
  await t.settle();
  expect(await t.mailbox()).toHaveLength(0);
  at('10T18:30');
  await t.settle();
  expect(await t.mailbox()).toHaveLength(2);
});

test('the frequency cap holds across campaigns; what is beyond it waits', async () => {
  await t.identify(crowd(4));
  await t.campaigns.setFrequencyCap(t.workspace(), { emails: 2, hours: 24 });
  const begun = t.clock.now().getTime();
  for (const name of ['a', 'b', 'c', 'd']) {
    await t.started({ entry: await everybody(), steps: [email(name)] }, name);
  }
  await t.started({ entry: await everybody(), ignore_frequency_cap: true, steps: [email('receipt')] });
  for (let hours = 0; hours < 100; hours += 4) {
    await t.settle();
    t.clock.advance(4 * hour);
  }
  const mails = await t.mailbox();
  expect(mails).toHaveLength(20);
  for (const profile of Object.keys(crowd(4))) {
    const times = mails.flatMap((mail) =>
      mail.profile === profile && mail.subject !== 'receipt' ? mail.at.getTime() : [],
    );
    for (const from of times) {
      expect(times.filter((time) => time >= from && time < from + 24 * hour).length).toBeLessThanOrEqual(2);
    }
  }
  // The one that is not held back went first, and counted.
  const first = mails.filter((mail) => mail.at.getTime() < begun + hour);
  expect(first.map(({ subject }) => subject).filter((subject) => subject === 'receipt')).toHaveLength(4);
  expect(first).toHaveLength(8);
  const { rows } = await sql<{ count: number }>`
    SELECT count(*)::int AS count FROM emails WHERE workspace = ${t.workspace()} AND attempts <> 1`.execute(
    t.db,
  );
  expect(rows[0]!.count).toBe(0);
});

test('what a person gets within a while goes out as one email, of campaigns that want it', async () => {
  await t.identify(crowd(3));
  const begin = async (name: string, more: object = { merge_within_minutes: 30 }) =>
    t.started({ entry: await everybody(), steps: [email(name)], ...more }, name);
  const one = await begin('one');
  await t.settle();
  expect(await t.mailbox()).toHaveLength(0);
  t.clock.advance(20 * minute);
  const two = await begin('two');
  await begin('alone', {});
  await t.settle();
  expect((await t.mailbox()).map(({ subject }) => subject)).toEqual(['alone', 'alone', 'alone']);
  t.clock.advance(10 * minute);
  await t.settle();
  const mails = (await t.mailbox()).filter(({ subject }) => subject !== 'alone');
  expect(mails.map(({ subject }) => subject)).toEqual(['one · two', 'one · two', 'one · two']);
  expect(mails[0]!.text).toMatch(/one[\s\S]*two/);
  expect((await t.campaigns.report(t.workspace(), one)).emails).toMatchObject({ sent: 3, merged: 0 });
  expect((await t.campaigns.report(t.workspace(), two)).emails).toMatchObject({
    sent: 0,
    merged: 3,
    queued: 0,
  });
});

test('a template that the provider keeps is filled for each person', async () => {
  await t.identify(crowd(1));
  const stored = { name: 'points', data: { name: '{{ person.first_name }}', gone: '{{ person.nothing }}' } };
  await t.started({ entry: await everybody(), steps: [email('points', { stored, html: '' } as never)] });
  await t.settle();
  const [mail] = await t.mailbox();
  expect(mail!.text).toContain('Stored template points');
  expect(mail!.text).toMatch(/"gone": ""[\s\S]*"name": "P0"/);
  expect(mail!.text).toContain('/u/');
  const broken = { name: 'points', data: { name: '{{ person.first_name' } };
  await expect(
    t.started({ entry: await everybody(), steps: [email('points', { stored: broken } as never)] }),
  ).rejects.toMatchObject({ code: 'bad_template', message: expect.stringContaining('stored.data.name') });
});

test('a dry run tells who would enter, and when emails would go', async () => {
  await t.identify(crowd(30));
  at('20T22:00');
  const definition = {
    entry: await everybody(),
    timezone: 'UTC',
    quiet_hours: { from: '21:00', to: '08:00' },
    steps: [
      email('one'),
      wait('rest', 7_200),
      {
        ...{ id: 'ab', type: 'split' },
        ways: [
          { id: 'a', weight: 2, steps: [email('two')] },
          { id: 'b', weight: 1, steps: [] },
        ],
      },
    ],
  };
  const dry = await t.campaigns.dryRun(t.workspace(), definition);
  expect(dry).toMatchObject({
    people: 0,
    emails: [
      { step: 'one', account: 'Dev mailbox', first_at: '2030-06-21T08:00:00.000Z' },
      { step: 'two', first_at: '2030-06-21T10:00:00.000Z' },
    ],
  });
  await t.segments.recompute(t.workspace());
  const again = await t.campaigns.dryRun(t.workspace(), definition);
  expect(again).toMatchObject({ people: 30, emails: [{ people: 30 }, { people: 20 }] });
  expect(await t.mailbox()).toHaveLength(0);
});
