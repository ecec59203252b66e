import Fastify from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestEngine, type TestEngine } from '../../test/support/engine.ts';
import { type App, Problem } from '../engine/index.ts';
import { createLog, type Log, type LogMessage } from '../log/index.ts';
import { createCalendar } from './calendar.ts';
import { createMetrics, type Metrics } from './index.ts';
import { closest, parseQuestion } from './parse.ts';

describe('calendar', () => {
  it.each([
    ['Europe/Berlin', '2026-03-29', [23], '2026-03-28T23:00:00.000Z'],
    ['Europe/Berlin', '2026-10-25', [25], '2026-10-24T22:00:00.000Z'],
    ['America/Santiago', '2025-09-07', [23], '2025-09-07T04:00:00.000Z'], // midnight is skipped
    ['Africa/Cairo', '2025-10-31', [24], '2025-10-30T22:00:00.000Z'], // the hour before midnight comes twice
    ['Asia/Kathmandu', '2026-01-01', [24], '2025-12-31T18:15:00.000Z'],
  ])('%s knows %s', (timezone, date, [hours], start) => {
    const calendar = createCalendar(timezone);
    const [y, m, d] = date.split('-').map(Number);
    const first = calendar.startOfDate(y!, m!, d!);
    expect(new Date(first).toISOString()).toBe(start);
    const last = calendar.next(first, 'day');
    expect((last - first) / 3_600_000).toBe(hours);
    expect(calendar.floor(last - 1, 'day')).toBe(first);
    expect(calendar.floor(last, 'day')).toBe(last);
    let count = 0;
    for (let hour = first; hour < last; hour = calendar.next(hour, 'hour')) count++;
    expect(count).toBe(hours);
  });
});

describe('questions', () => {
  const defaults = { timezone: 'Europe/Berlin', now: new Date('2026-06-15T12:00:00Z') };
  const problem = (words: Parameters<typeof parseQuestion>[0]) => {
    try {
      parseQuestion(words, defaults);
    } catch (error) {
      return error as Problem;
    }
    throw new Error('expected a problem');
  };
  it('have defaults', () => {
    expect(parseQuestion({}, defaults)).toEqual({
      metric: 'events',
      event: '',
      interval: 'day',
      timezone: 'Europe/Berlin',
      from: new Date('2026-05-16T12:00:00Z'),
      to: defaults.now,
    });
    expect(parseQuestion({ from: '2026-06-01', timezone: 'asia/tokyo' }, defaults)).toMatchObject({
      timezone: 'Asia/Tokyo',
      from: new Date('2026-05-31T15:00:00Z'),
    });
  });
  it('not understood are answered with the closest word', () => {
    expect(problem({ metric: 'visitor' })).toMatchObject({
      status: 400,
      field: 'metric',
      hint: expect.stringMatching(/mean visitors/),
    });
    expect(problem({ interval: 'dai' }).hint).toMatch(/mean day/);
    expect(problem({ timezone: 'Europe/Berln' }).hint).toMatch(/closest are Europe\/Berlin/);
    expect(problem({ timezone: 'new york' }).hint).toMatch(/America\/New_York/);
    expect(problem({ timezone: '+02:00' })).toMatchObject({ field: 'timezone' });
    expect(problem({ from: 'yesterday' })).toMatchObject({ field: 'from' });
    expect(problem({ from: '2026-07-01' })).toMatchObject({ code: 'bad_time' });
    expect(closest('x'.repeat(10_000), ['a', 'b'])).toHaveLength(2);
  });
});

describe('series', () => {
  let t: TestEngine<readonly [Log, Metrics]>;
  let app: App;
  const here = { id: '018f3e00-0000-7000-8000-000000000001', name: 'Test', timezone: 'Europe/Berlin' };
  interface Said {
    time: number;
    name: string;
    profile: string;
    revenue: number;
    source: string;
    type: string;
  }
  /** What was said, without duplicates: the plain computation's side. */
  const said: Said[] = [];
  const firstSeen = new Map<string, number>();

  beforeAll(async () => {
    t = await openTestEngine({
      rooms: (engine) => [createLog(engine), createMetrics(engine)] as const,
      now: new Date('2026-11-21T10:00:00Z'),
    });
    await sayThings();
    app = Fastify() as unknown as App;
    app.setValidatorCompiler(validatorCompiler);
    app.setSerializerCompiler(serializerCompiler);
    app.setErrorHandler((error, _request, reply) =>
      error instanceof Problem ? reply.status(error.status).send(error.toJSON()) : reply.send(error),
    );
    app.addHook('onRequest', async (request) => {
      request.workspace = here;
    });
    await t.rooms[1].routes?.(app);
  });
  afterAll(async () => {
    await app?.close();
    await t?.close();
  });

  /** Five days around the end of daylight saving; duplicates, late ones, anonymous people who sign in at the end. */
  async function sayThings() {
    let state = 42;
    const random = (below: number) => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
      return Math.floor((state / 0x80000000) * below);
    };
    const begin = Date.UTC(2026, 9, 23, 3);
    const batch: LogMessage[] = [];
    const add = (message: Record<string, unknown>, source = 'http', workspace = here.id) =>
      batch.push({
        workspace,
        source,
        receivedAt: new Date(begin + 9 * 86_400_000),
        message: JSON.stringify(message),
      });
    for (let i = 0; i < 4000; i++) {
      const time = begin + random(5 * 86_400_000);
      const person = random(60);
      const type = random(5) === 0 ? 'page' : 'track';
      const event =
        type === 'page' ? undefined : ['Order Completed', 'Product Viewed', 'Email Sent'][random(3)]!;
      const source = event === 'Email Sent' ? 'delivery' : 'http';
      const revenue = event === 'Order Completed' ? random(10_000) / 4 : 0;
      // The first forty are known, the others anonymous; half of those sign in later.
      const ids = person < 40 ? { userId: `u${person}` } : { anonymousId: `a${person}` };
      const profile = person < 40 || person % 2 === 0 ? `u${person}` : `a${person}`;
      const message = {
        type,
        messageId: `m${i}`,
        timestamp: new Date(time).toISOString(),
        event,
        ...ids,
        properties: { revenue },
      };
      add(message, source);
      if (random(4) === 0) add(message, source);
      if (random(10) === 0)
        add({ ...message, messageId: `other${i}` }, source, '018f3e00-0000-7000-8000-0000000000ff');
      said.push({ time, name: event ?? 'Page Viewed', profile, revenue, source, type });
      if (source === 'http') firstSeen.set(profile, Math.min(firstSeen.get(profile) ?? Infinity, time));
    }
    for (let person = 40; person < 60; person += 2) {
      const time = begin + 6 * 86_400_000;
      add({
        type: 'identify',
        messageId: `i${person}`,
        userId: `u${person}`,
        anonymousId: `a${person}`,
        timestamp: new Date(time).toISOString(),
      });
    }
    for (let at = 0; at < batch.length; at += 1500) await t.rooms[0].append(batch.slice(at, at + 1500));
  }

  type Take = (things: Said[]) => number;
  const own: (one: Said) => boolean = ({ source }) => source === 'http';
  const counted: Record<string, Take> = {
    events: (all) => all.filter(own).length,
    'events&event=Email Sent': (all) => all.filter(({ name }) => name === 'Email Sent').length,
    'events&event=Page Viewed': (all) => all.filter(({ type }) => type === 'page').length,
    emails: (all) => all.filter(({ name }) => name === 'Email Sent').length,
    revenue: (all) => all.reduce((sum, { revenue }) => sum + revenue, 0),
    visitors: (all) => new Set(all.filter(own).map(({ profile }) => profile)).size,
    'visitors&event=Order Completed': (all) =>
      new Set(all.filter(({ name }) => name === 'Order Completed').map(({ profile }) => profile)).size,
  };

  /** The local hour, day or minute as clocks show it, with the offset, so that the hour that comes twice is two. */
  const label = (timezone: string, interval: string) => {
    const parts = {
      day: { day: '2-digit' },
      hour: { day: '2-digit', hour: '2-digit' },
      minute: { day: '2-digit', hour: '2-digit', minute: '2-digit' },
    } as const;
    const format = new Intl.DateTimeFormat('en-GB', {
      timeZone: timezone,
      month: '2-digit',
      ...parts[interval as 'day'],
      ...(interval === 'day' ? {} : { timeZoneName: 'longOffset' }),
    });
    return (time: number | string) => format.format(new Date(time));
  };

  describe.each(['Europe/Berlin', 'America/New_York', 'Asia/Kathmandu', 'UTC'])('in %s', (timezone) => {
    describe.each(['minute', 'hour', 'day'])('by %s', (interval) => {
      const from = interval === 'minute' ? '2026-10-24T20:00:00Z' : '2026-10-22T00:00:00Z';
      const to = interval === 'minute' ? '2026-10-26T06:00:00Z' : '2026-11-01T00:00:00Z';
      it.each(Object.keys(counted))('%s is what a plain count gives', async (metric) => {
        const response = await app.inject(
          `/api/metrics/series?metric=${encodeURI(metric)}&interval=${interval}&timezone=${timezone}&from=${from}&to=${to}`,
        );
        expect(response.statusCode).toBe(200);
        const { points, ...series } = response.json();
        const name = label(timezone, interval);
        const groups = Map.groupBy(
          said.filter(({ time }) => time >= Date.parse(series.from) && time < Date.parse(to)),
          ({ time }) => name(time),
        );
        const take = counted[metric]!;
        for (const { time, value } of points) {
          expect([time, value]).toEqual([time, take(groups.get(name(time)) ?? [])]);
        }
        // Every group has its point, and points ascend without gaps.
        const named = new Set(points.map(({ time }: { time: string }) => name(time)));
        expect(named.size).toBe(points.length);
        for (const group of groups.keys()) expect(named).toContain(group);
      });

      it('people are counted when first seen', async () => {
        const { points } = await t.rooms[1].series(here, { metric: 'people', interval, timezone, from, to });
        const name = label(timezone, interval);
        const begin = Date.parse(points[0]!.time);
        const times = [...firstSeen.values()]
          .filter((time) => time >= begin && time < Date.parse(to))
          .map(name);
        expect(points.map(({ value }) => value)).toEqual(
          points.map(({ time }) => times.filter((n) => n === name(time)).length),
        );
      });
    });
  });

  it('as one number counts people once', async () => {
    const span = { from: '2026-10-22T00:00:00Z', to: '2026-11-01T00:00:00Z' };
    const metrics = t.rooms[1];
    expect(await metrics.total(here, { ...span, metric: 'visitors' })).toBe(counted.visitors!(said));
    expect(await metrics.total(here, { ...span, metric: 'revenue' })).toBe(counted.revenue!(said));
    expect(await metrics.total(here, { ...span, metric: 'people' })).toBe(firstSeen.size);
    expect(await metrics.total(here, { metric: 'events', from: '2026-11-10', to: '2026-11-11' })).toBe(0);
  });

  it('say as of when, and refuse what is too long', async () => {
    expect(await t.rooms[1].series(here, {})).toMatchObject({
      metric: 'events',
      event: null,
      timezone: 'Europe/Berlin',
      as_of: '2026-11-21T10:00:00.000Z',
      newest_received_at: '2026-11-01T03:00:00.000Z',
      points: expect.objectContaining({ length: 31 }),
    });
    const nobody = { id: '018f3e00-0000-7000-8000-00000000eeee', timezone: 'UTC' };
    expect(await t.rooms[1].series(nobody, {})).toMatchObject({ newest_received_at: null });
    const long = await app.inject('/api/metrics/series?interval=minute&from=2026-01-01');
    expect(long.statusCode).toBe(400);
    expect(long.json().error).toMatchObject({
      code: 'too_many_points',
      field: 'interval',
      hint: expect.stringMatching(/day|hour/),
    });
  });

  it('lists the names of events', async () => {
    const { items } = (await app.inject('/api/metrics/events')).json();
    const pages = said.filter(({ type }) => type === 'page');
    expect(items).toHaveLength(4);
    expect(items).toContainEqual({
      name: 'Page Viewed',
      type: 'page',
      count: pages.length,
      last_seen: new Date(Math.max(...pages.map(({ time }) => time))).toISOString(),
    });
  });
});
