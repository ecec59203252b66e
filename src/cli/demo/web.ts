import { setTimeout as sleep } from 'node:timers/promises';
import { Analytics } from '@segment/analytics-node';
import { Problem } from '../../engine/index.ts';
import { loyaltyCustomer } from '../../imports/index.ts';
import type { Client } from '../client.ts';
import { seeded } from './random.ts';
import { eventsOf, type Shop, type ShopEvent } from './shop.ts';
import { deviceOf, visit } from './visit.ts';

/** The shop's web page: what it sends, and what its owner looks at. */

function sender(client: Client, writeKey: string) {
  const analytics = new Analytics({ writeKey, host: client.url, flushAt: 200, flushInterval: 500 });
  const failures: unknown[] = [];
  analytics.on('error', (error) => failures.push(error));
  return {
    analytics,
    failures,
    say({ kind, event, properties, userId, ...rest }: ShopEvent) {
      const common = { ...rest, ...(userId ? { userId } : {}) };
      if (kind === 'page') analytics.page({ ...common, properties });
      else if (kind === 'track') analytics.track({ ...common, event: event ?? '', properties });
      else analytics.identify({ ...common, traits: properties });
    },
  };
}

export interface Sent {
  writeKey: string;
  /** Without the messages that only tell who somebody is. */
  events: number;
  broken: number;
}

/** Sends the shop's events with Segment's own library, as a shop would, and some messages of a page with mistakes in it. */
export async function sendEvents(client: Client, shop: Shop): Promise<Sent> {
  const { key } = await client.post<{ key: string }>('/api/keys', { kind: 'write', name: 'Demo shop' });
  const { analytics, failures, say } = sender(client, key);
  let events = 0;
  let said = 0;
  for (const event of eventsOf(shop)) {
    say(event);
    if (event.kind !== 'identify') events++;
    // Let the library send what it holds now and then; it has no back pressure of its own.
    if (++said % 2_000 === 0) await analytics.flush();
  }
  await analytics.closeAndFlush();
  if (failures.length > 0)
    throw new Problem(500, 'events_failed', `Sending events failed: ${String(failures[0])}`);
  return { writeKey: key, events, broken: await sendBroken(client, key, shop) };
}

/** A page's mistakes, so that the log has something to tell. How many messages were refused. */
async function sendBroken(client: Client, writeKey: string, { seed, now }: Shop): Promise<number> {
  const common = {
    type: 'track',
    event: 'Product Viewed',
    anonymousId: 'demo',
    timestamp: now.toISOString(),
  };
  const mistakes: [times: number, mistake: object][] = [
    [7, { event: '' }],
    [4, { timestamp: 'next tuesday' }],
    [2, { anonymousId: undefined }],
  ];
  const batch = mistakes.flatMap(([times, mistake], kind) =>
    Array.from({ length: times }, (_, n) => ({
      ...common,
      messageId: `demo-${seed}-mistake-${kind}-${n}`,
      ...mistake,
    })),
  );
  const answer = await client.post<{ rejected?: number }>('/v1/batch', { writeKey, batch });
  return answer.rejected ?? 0;
}

/** What the owner of a shop looks at every morning. */
export async function makeDashboard(client: Client): Promise<void> {
  const steps = ['Product Viewed', 'Product Added', 'Checkout Started', 'Order Completed'];
  const charts: [name: string, chart: string, query: object, width: number, height: number][] = [
    [
      'Revenue by day',
      'area',
      {
        question: 'series',
        metrics: ['revenue'],
        interval: 'day',
        smooth: 7,
        compare: 'previous_period',
      },
      2,
      1,
    ],
    [
      'Visitors',
      'number',
      { question: 'series', metrics: ['visitors'], interval: 'day', compare: 'previous_period' },
      1,
      1,
    ],
    [
      'Sessions by channel',
      'line',
      {
        question: 'series',
        metrics: ['sessions'],
        interval: 'day',
        breakdown: { dimension: 'channel', limit: 5 },
      },
      2,
      1,
    ],
    [
      'Revenue by campaign',
      'bar',
      {
        question: 'top',
        dimension: 'utm_campaign',
        metrics: ['revenue', 'orders'],
        limit: 8,
        filters: [{ dimension: 'utm_campaign', operator: 'exists' }],
      },
      1,
      1,
    ],
    [
      'From a product to an order',
      'funnel',
      { question: 'funnel', steps: steps.map((event) => ({ event })), window: { amount: 7, unit: 'day' } },
      2,
      2,
    ],
    [
      'Most viewed products',
      'bar',
      {
        question: 'top',
        dimension: 'property:name',
        metrics: ['visitors', 'events'],
        limit: 10,
        filters: [{ dimension: 'event', operator: 'equals', value: 'Product Viewed' }],
      },
      1,
      2,
    ],
    ['Who comes back, by week', 'retention', { question: 'retention', interval: 'week' }, 2, 2],
    [
      'Visitors by country',
      'bar',
      { question: 'top', dimension: 'country', metrics: ['visitors'], limit: 10 },
      1,
      2,
    ],
  ];
  const layout: { chart: string; width: number; height: number }[] = [];
  for (const [name, chart, query, width, height] of charts) {
    const { id } = await client.post<{ id: string }>('/api/charts', { name, chart, query });
    layout.push({ chart: id, width, height });
  }
  await client.post('/api/dashboards', { name: 'Every morning', layout });
}

/** People go on visiting, one or two a minute, until the signal. */
export async function goOn(client: Client, shop: Shop, writeKey: string, signal: AbortSignal): Promise<void> {
  const random = seeded(shop.seed + 7);
  const { analytics, say } = sender(client, writeKey);
  const due: ShopEvent[] = [];
  let visits = 0;
  while (!signal.aborted) {
    const now = Date.now();
    if (random() < 0.06) {
      const n = Math.floor(random() * shop.customersPerLocation);
      const { email } = loyaltyCustomer(shop.seed, Math.floor(random() * shop.locations), n);
      const name = `demo-${shop.seed}-${email}`;
      const events = visit({
        email,
        name: `${name}-live-${now}-${visits++}`,
        anonymousId: `${name}-live`,
        device: deviceOf(random),
        fond: random(),
        known: true,
        mustSignIn: false,
        start: now,
        end: now + 2 * 3_600_000,
        random,
      });
      due.push(...events);
    }
    const [said, later] = [[] as ShopEvent[], [] as ShopEvent[]];
    for (const event of due) (event.timestamp.getTime() <= now ? said : later).push(event);
    due.splice(0, due.length, ...later);
    said.forEach(say);
    await sleep(2_000, undefined, { signal }).catch(() => {});
  }
  await analytics.closeAndFlush({ timeout: 1_000 });
}
