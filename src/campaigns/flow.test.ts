import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { crowd, email, type OpenCampaigns, openCampaigns, wait } from './campaigns.testing.ts';
import { wayOf } from './doing/split.ts';

let t: OpenCampaigns;
beforeAll(async () => {
  t = await openCampaigns();
});
afterAll(() => t.close());
beforeEach(() => t.fresh());

const minute = 60_000;
const hour = 60 * minute;
const subjects = async () =>
  Object.groupBy(await t.mailbox(), ({ profile }) => profile) as Record<string, { subject: string }[]>;
const got = async () =>
  Object.fromEntries(
    Object.entries(await subjects()).map(([profile, all]) => [profile, all.map(({ subject }) => subject)]),
  );
const report = (id: string) => t.campaigns.report(t.workspace(), id);
const everybody = async () => ({ segments: [await t.segment()] });

describe('ways', () => {
  test('a branch goes by rules at that moment, the first that holds, and all join again', async () => {
    await t.identify({ ...crowd(3), p00001: { ...crowd(2).p00001, city: 'Chicago', spent: 900 } });
    await t.identify({ p00002: { spent: 700 } });
    const rule = (attribute: string, operator: string, value: unknown) => ({ attribute, operator, value });
    const id = await t.started({
      entry: await everybody(),
      steps: [
        {
          ...{ id: 'where', type: 'branch' },
          branches: [
            { rule: rule('city', 'equals', 'Chicago'), steps: [email('chicago')] },
            { rule: rule('spent', 'greater_than', 500), steps: [email('rich'), wait('rest', 60)] },
          ],
          otherwise: [],
        },
        email('all'),
      ],
    });
    await t.settle();
    t.clock.advance(minute);
    await t.settle();
    expect(await got()).toEqual({ p00000: ['all'], p00001: ['chicago', 'all'], p00002: ['rich', 'all'] });
    const { steps, completed } = await report(id);
    expect(completed).toBe(3);
    expect(steps.map(({ id, path, reached }) => [id, path, reached])).toEqual([
      ['where', 'steps[0]', 3],
      ['chicago', 'steps[0].branches[0].steps[0]', 1],
      ['rich', 'steps[0].branches[1].steps[0]', 1],
      ['rest', 'steps[0].branches[1].steps[1]', 1],
      ['all', 'steps[1]', 3],
    ]);
  });

  test('a split takes everybody by chance in proportion, always the same, and tells how each way did', async () => {
    const people = 400;
    await t.identify(crowd(people));
    const ways = [
      { id: 'a', weight: 3, steps: [email('A')] },
      { id: 'b', weight: 1, steps: [] },
    ];
    const id = await t.started({
      entry: await everybody(),
      goal: { event: 'Order Completed', exit: false },
      steps: [{ id: 'ab', type: 'split', ways }],
    });
    await t.settle();
    const sent = (await t.mailbox()).length;
    expect(sent).toBeGreaterThan(people * 0.65);
    expect(sent).toBeLessThan(people * 0.85);
    const way = (profile: string) => wayOf(ways, { campaign: id, step: 'ab', profile }).id;
    expect((await t.mailbox()).every(({ profile }) => way(profile) === 'a')).toBe(true);
    const buyer = Object.keys(crowd(people)).find((profile) => way(profile) === 'b')!;
    t.clock.advance(minute);
    await t.track(buyer, 'Order Completed');
    await t.settle();
    const { steps, goal } = await report(id);
    expect(goal).toEqual({ reached: 1 });
    const [a, b] = steps[0]!.ways!;
    expect(a).toMatchObject({ id: 'a', people: sent, goal: 0, rate: 0, lift: null });
    expect(b).toMatchObject({ id: 'b', people: people - sent, goal: 1, rate: 1 / (people - sent) });
    expect(b!.lift!.interval.low).toBeLessThan(0);
    expect(b!.lift!.interval.high).toBeGreaterThan(0);
  });

  test('a wait for an event ends with it, or at the deadline; earlier events do not count', async () => {
    await t.identify(crowd(3));
    await t.track('p00002', 'Order Completed', { revenue: 90 });
    t.clock.advance(minute);
    const id = await t.started({
      entry: await everybody(),
      steps: [
        {
          ...{ id: 'bought', type: 'wait_for', event: 'Order Completed', seconds: 86_400 },
          where: [{ property: 'revenue', operator: 'greater_than', value: 50 }],
          steps: [email('thanks')],
          otherwise: [email('come-back')],
        },
        email('end'),
      ],
    });
    await t.settle();
    t.clock.advance(hour);
    await t.track('p00000', 'Order Completed', { revenue: 70 });
    await t.track('p00001', 'Order Completed', { revenue: 20 });
    await t.settle();
    expect(await got()).toEqual({ p00000: ['thanks', 'end'] });
    expect(await report(id)).toMatchObject({ active: 2, completed: 1 });
    t.clock.advance(24 * hour);
    await t.settle();
    expect(await got()).toEqual({
      p00000: ['thanks', 'end'],
      p00001: ['come-back', 'end'],
      p00002: ['come-back', 'end'],
    });
  });

  test('an attribute that is set is there for the next step; leaving early ends it', async () => {
    await t.identify(crowd(2));
    const id = await t.started({
      entry: await everybody(),
      steps: [
        { id: 'mark', type: 'set_attribute', attributes: { greeted: true, level: 3 } },
        {
          ...{ id: 'is', type: 'branch' },
          branches: [
            {
              rule: { attribute: 'greeted', operator: 'equals', value: true },
              steps: [email('yes'), { id: 'out', type: 'exit' }],
            },
          ],
          otherwise: [email('no')],
        },
        email('never'),
      ],
    });
    await t.settle();
    expect(await got()).toEqual({ p00000: ['yes'], p00001: ['yes'] });
    expect(await report(id)).toMatchObject({ exited: 2, exits: { exit_step: 2 } });
    const people = await t.profiles.attributesOf(t.workspace(), ['p00001']);
    expect(people.get('p00001')).toMatchObject({ greeted: true, level: 3, first_name: 'P1' });
  });
});

describe('webhooks', () => {
  test('tell another program once each, signed, and again until it listens', async () => {
    const calls: { id: string; body: string; signed: boolean }[] = [];
    let broken = true;
    const server = createServer((request, response) => {
      let body = '';
      request.on('data', (text) => {
        body += text;
      });
      request.on('end', () => {
        const id = String(request.headers['webhook-id']);
        const key = Buffer.from(t.campaigns.webhookSecret(t.workspace()).replace('whsec_', ''), 'base64');
        const said = `${id}.${request.headers['webhook-timestamp']}.${body}`;
        const signature = `v1,${createHmac('sha256', key).update(said).digest('base64')}`;
        calls.push({ id, body, signed: request.headers['webhook-signature'] === signature });
        response.writeHead(broken ? 503 : 204).end();
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
    await t.identify(crowd(2));
    const id = await t.started({
      entry: await everybody(),
      steps: [{ id: 'tell', type: 'webhook', url, attributes: ['first_name'] }, email('after')],
    });
    await t.settle();
    expect((await t.mailbox()).length).toBe(2);
    expect((await report(id)).steps[0]!.webhooks).toEqual({ waiting: 2, delivered: 0, failed: 0 });
    broken = false;
    t.clock.advance(minute);
    await t.settle();
    expect((await report(id)).steps[0]!.webhooks).toEqual({ waiting: 0, delivered: 2, failed: 0 });
    expect(calls.every(({ signed }) => signed)).toBe(true);
    expect(new Set(calls.map(({ id }) => id)).size).toBe(2);
    expect(JSON.parse(calls[0]!.body)).toMatchObject({
      type: 'campaign.step',
      data: { campaign: { id }, step: 'tell', person: { attributes: { first_name: expect.any(String) } } },
    });
    server.close();
  });
});

describe('goals and leaving', () => {
  test('who reached the goal, did what ends it, or satisfies the rule, leaves before the next step', async () => {
    await t.identify(crowd(4));
    const id = await t.started({
      entry: await everybody(),
      goal: { event: 'Order Completed' },
      exit: {
        event: { event: 'Account Closed' },
        rule: { attribute: 'angry', operator: 'equals', value: true },
      },
      steps: [email('one'), wait('rest', 3_600), email('two')],
    });
    await t.settle();
    t.clock.advance(minute);
    await t.track('p00000', 'Order Completed');
    await t.track('p00001', 'Account Closed');
    await t.identify({ p00002: { angry: true } });
    t.clock.advance(hour);
    await t.settle();
    expect(await got()).toEqual({
      p00000: ['one'],
      p00001: ['one'],
      p00002: ['one'],
      p00003: ['one', 'two'],
    });
    expect(await report(id)).toMatchObject({
      ...{ entered: 4, exited: 3, completed: 1, goal: { reached: 1 } },
      exits: { goal: 1, event: 1, rule: 1 },
    });
  });

  test('one person is taken out, with what is queued for them', async () => {
    await t.identify(crowd(2));
    const id = await t.started({ entry: await everybody(), steps: [email('one')] });
    await t.segments.recompute(t.workspace());
    await t.campaigns.drain();
    const waiting = await t.started({ entry: await everybody(), steps: [wait('rest', 60), email('two')] });
    await t.settle();
    await t.campaigns.removePerson(t.workspace(), waiting, 'p00001');
    await expect(t.campaigns.removePerson(t.workspace(), waiting, 'p00001')).rejects.toMatchObject({
      status: 404,
    });
    t.clock.advance(minute);
    await t.settle();
    expect(await got()).toEqual({ p00000: ['one', 'two'], p00001: ['one'] });
    expect(await report(waiting)).toMatchObject({ exits: { removed: 1 } });
    expect(await report(id)).toMatchObject({ completed: 2 });
  });
});
