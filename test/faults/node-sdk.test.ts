import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Analytics } from '@segment/analytics-node';
import { afterAll, expect, test } from 'vitest';
import { until } from '../support/poll.ts';
import { type RapportProcess, startProcess } from '../support/process.ts';
import { runs } from '../support/thorough.ts';

const kills = runs(6, 20);
const seed = Number(process.env.SEED ?? Date.now() % 1e9);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const dataDir = mkdtempSync(join(tmpdir(), 'rapport-sdk-kill-'));
let rapport: RapportProcess | undefined;
afterAll(async () => {
  await rapport?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

interface Tick {
  messageId: string;
  userId: string;
  timestamp: Date;
}

/**
 * A shop's server with Segment's library. The library tries again by itself; what it gives up the shop tracks anew
 * with the same message id, as any program must that wants to lose nothing.
 */
class Shop {
  /** When each acknowledged message happened. */
  readonly acknowledged = new Map<string, number>();
  pending = 0;
  retried = 0;
  readonly #analytics: Analytics;
  readonly #name: string;
  #made = 0;

  constructor(name: string, writeKey: string, host: string) {
    this.#name = name;
    this.#analytics = new Analytics({ writeKey, host, flushAt: 15, flushInterval: 50, maxRetries: 2 });
    // What was not delivered is told to the callback of `track` too.
    this.#analytics.on('error', () => {});
    this.#analytics.on('http_request', ({ headers }) => {
      if (headers && 'X-Retry-Count' in headers) this.retried++;
    });
  }

  /** Tracks something new. */
  tick(timestamp: Date): void {
    const n = this.#made++;
    this.pending++;
    this.#track({ messageId: `${this.#name}-${n}`, userId: `${this.#name}-${n % 50}`, timestamp });
  }

  #track(tick: Tick): void {
    this.#analytics.track({ event: 'Tick', properties: { revenue: 0.25 }, ...tick }, (error) => {
      if (error) return this.#track(tick);
      this.pending--;
      this.acknowledged.set(tick.messageId, tick.timestamp.getTime());
    });
  }

  async close(): Promise<void> {
    await until('everything acknowledged', async () => this.pending === 0, 60_000);
    await this.#analytics.closeAndFlush();
  }
}

test(`${kills} kills under load from the real Node library: each acknowledged message is counted once`, {
  timeout: 600_000,
}, async () => {
  console.log(`moments of the kills: SEED=${seed}`);
  const random = fractions(seed);
  rapport = await startProcess(dataDir);
  const { key } = await rapport.client.post<{ key: string }>('/api/keys', { kind: 'write', name: 'fault' });
  const { url } = rapport;
  const port = Number(new URL(url).port);
  const shops = ['a', 'b', 'c'].map((name) => new Shop(name, key, url));
  const begun = Date.now();

  // Hours long over, to be counted ahead while the process is being killed.
  for (let n = 0; n < 3_000; n++) shops[n % 3]!.tick(inHour(begun - 4 * HOUR - n * MINUTE));
  let stopped = false;
  const sending = (async () => {
    for (let n = 0; !stopped; n++) {
      for (const shop of shops) {
        // Late ones among them, into hours that may have been counted already.
        const late = n % 10 === 0 && inHour(begun - 4 * HOUR - ((n * 7_919) % 3_000) * MINUTE);
        for (let m = 0; m < 4 && shop.pending < 3_000; m++) shop.tick(late || new Date());
      }
      await sleep(20);
    }
  })();
  for (let n = 0; n < kills; n++) {
    await sleep(100 + random() * 1_500);
    await rapport.kill();
    rapport = await startProcess(dataDir, port);
  }
  stopped = true;
  await sending;
  await Promise.all(shops.map((shop) => shop.close()));

  const times = shops.flatMap(({ acknowledged }) => [...acknowledged.values()]);
  expect(times.length).toBeGreaterThan(3_500);
  expect(shops.reduce((sum, { retried }) => sum + retried, 0)).toBeGreaterThan(kills);
  const expected = groups(times, begun);
  expect(await countedBy(rapport, begun, times.length)).toEqual(expected);
  // And once more after a proper stop and start.
  await rapport.stop();
  rapport = await startProcess(dataDir, port);
  expect(await countedBy(rapport, begun, times.length)).toEqual(expected);
});

/** The same numbers between 0 and 1 for the same seed (mulberry32). */
function fractions(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * The middle of the hour: what a request waits in a busy server counts as a difference of clocks, and must not move a
 * message into another hour.
 */
const inHour = (time: number) => new Date(time - (time % HOUR) + HOUR / 2);

/** How many messages in each hour, as the server says once it has processed what it acknowledged. */
async function countedBy(server: RapportProcess, begun: number, expected: number) {
  const { events, revenue } = await until(`${expected} messages counted`, async () => {
    const { series } = await server.client.post<{
      series: { metric: string; total: number; points: { time: string; value: number }[] }[];
    }>('/api/query', {
      question: 'series',
      metrics: ['events', 'revenue'],
      filters: [{ dimension: 'event', operator: 'equals', value: 'Tick' }],
      interval: 'hour',
      from: new Date(begun - 60 * HOUR).toISOString(),
      to: new Date(Date.now() + HOUR).toISOString(),
      timezone: 'UTC',
    });
    const [events, revenue] = series;
    return events!.total >= expected && { events: events!, revenue: revenue! };
  });
  expect(revenue.total).toBe(events.total * 0.25);
  return tally(
    events.points.map(({ time, value }) => [Date.parse(time), value]),
    begun,
  );
}

const groups = (times: readonly number[], begun: number) =>
  tally(
    times.map((time) => [time, 1]),
    begun,
  );

/** Counts by hour; the present, which may be a part of two hours, as one. */
function tally(counts: readonly (readonly [number, number])[], begun: number): Map<number, number> {
  const present = begun - (begun % HOUR);
  const sums = new Map<number, number>();
  for (const [time, count] of [...counts].sort(([a], [b]) => a - b)) {
    const hour = Math.min(present, time - (time % HOUR));
    if (count > 0) sums.set(hour, (sums.get(hour) ?? 0) + count);
  }
  return sums;
}
