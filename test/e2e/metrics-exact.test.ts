import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createApp } from '../../src/http/index.ts';
import { createRooms, type Rooms } from '../../src/rooms.ts';
import { openTestEngine, type TestEngine } from '../support/engine.ts';
import {
  type Ask,
  compareFunnel,
  compareRetention,
  compareSeries,
  compareTop,
  compareTotals,
  inShort,
} from '../support/metrics-model-ask.ts';
import { understand, type World } from '../support/metrics-model-events.ts';
import { type Flush, lateFrom, randomMessages } from '../support/metrics-model-messages.ts';
import * as questions from '../support/metrics-model-questions.ts';
import { funnels, retentions } from '../support/metrics-model-questions-paths.ts';
import { runs, some } from '../support/thorough.ts';

/**
 * Every answer of the query API beside a plain count in memory, over the same 40,000 random messages (100,000 when thorough) of two
 * workspaces with the same ids: late, repeated, with wrong clocks, anonymous and then identified, across four changes of
 * the clocks, some over HTTP, with hours being counted ahead in between.
 */
/** Fewer, to find a fault by. */
const messages = Number(process.env.RAPPORT_EXACT_MESSAGES ?? runs(40_000, 100_000));
const now = new Date(lateFrom + 36 * 3_600_000);
let t: TestEngine<Rooms['all']>;
let rooms: Rooms;
let app: Awaited<ReturnType<typeof createApp>>;
const shops: { id: string; api: string; write: string; early: Flush[]; late: Flush[]; world: World }[] = [];

beforeAll(async () => {
  process.env.RAPPORT_COUNTRY_HEADER = 'cf-ipcountry';
  t = await openTestEngine({
    now: new Date('2026-03-01T00:00:00Z'),
    rooms: (engine) => {
      rooms = createRooms(engine);
      return rooms.all;
    },
  });
  app = await createApp(t.engine, rooms, 'test');
  await app.listen({ host: '127.0.0.1', port: 0 });
  for (const [seed, count] of [
    [1, 0.8 * messages],
    [2, 0.2 * messages],
  ] as const) {
    const { id } = await rooms.access.workspaces.create(`shop ${seed}`, 'Europe/Berlin');
    const flushes = randomMessages(seed, count, id);
    shops.push({
      id,
      api: (await rooms.access.keys.create(id, 'api', 'test', 'viewer')).key,
      write: (await rooms.access.keys.create(id, 'write', 'test', 'editor')).key,
      early: flushes.filter(({ receivedAt }) => receivedAt < lateFrom),
      late: flushes.filter(({ receivedAt }) => receivedAt >= lateFrom),
      world: understand(flushes),
    });
  }
}, 120_000);
afterAll(async () => {
  await app?.close();
  await t?.close();
});

const byArrival = (flushes: Flush[]) => flushes.sort((a, b) => a.receivedAt - b.receivedAt);

async function append(flushes: Flush[]): Promise<void> {
  t.clock.set(new Date(flushes.at(-1)!.receivedAt));
  await rooms.log.append(
    flushes.flatMap(({ messages: list, receivedAt, sentAt, ...envelope }) => {
      const times = {
        receivedAt: new Date(receivedAt),
        sentAt: sentAt === undefined ? undefined : new Date(sentAt),
      };
      return list.map((message) => ({ ...envelope, ...times, message: JSON.stringify(message) }));
    }),
  );
}

/** As a browser or a server sends it, one request after the other, each at its time. */
async function post(flush: Flush): Promise<void> {
  t.clock.set(new Date(flush.receivedAt));
  const { port } = app.server.address() as { port: number };
  const { write } = shops.find(({ id }) => id === flush.workspace)!;
  const answer = await fetch(`http://127.0.0.1:${port}/v1/batch`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      authorization: `Basic ${btoa(`${write}:`)}`,
      ...(flush.userAgent === undefined
        ? {}
        : {
            origin: 'https://shop.example',
            'user-agent': flush.userAgent,
            'cf-ipcountry': flush.country || 'XX',
          }),
    },
    body: JSON.stringify({
      batch: flush.messages,
      ...(flush.sentAt === undefined ? {} : { sentAt: new Date(flush.sentAt).toISOString() }),
    }),
  });
  expect([answer.status, await answer.json()]).toEqual([200, { success: true }]);
}

const askOf =
  ({ api }: { api: string }): Ask =>
  async (question) => {
    const answer = await app.inject({
      method: 'POST',
      url: '/api/query',
      headers: { authorization: `Bearer ${api}` },
      payload: question,
    });
    if (answer.statusCode === 200) return answer.json();
    throw new Error(`${answer.statusCode} ${answer.body} ← ${JSON.stringify(question)}`);
  };

/** Asks all of them of both shops, and shows the first differences. */
async function all<Q extends object>(
  list: readonly Q[],
  compare: (world: World, asked: Q, ask: Ask) => Promise<string[]>,
) {
  const wrong: string[] = [];
  const questions = list.entries();
  const asker = async () => {
    for (const [n, asked] of questions) {
      // The small one answers every third question: that it gets nothing of the other's shows in any of them.
      for (const shop of n % 3 === 0 ? shops : shops.slice(0, 1)) {
        try {
          wrong.push(...inShort(await compare(shop.world, asked, askOf(shop)), asked));
        } catch (error) {
          wrong.push((error as Error).message);
        }
      }
    }
  };
  // Several at once, as people ask.
  await Promise.all([asker(), asker(), asker()]);
  expect(wrong.slice(0, 20).join('\n')).toBe('');
}

describe(`${messages} random messages`, () => {
  it('arrive, while hours are counted', { timeout: 240_000 }, async () => {
    const flushes = byArrival(shops.flatMap(({ early }) => early));
    const size = Math.ceil(flushes.length / 12);
    for (let block = 0; block < 12; block++) {
      const part = flushes.slice(block * size, (block + 1) * size);
      const posted = new Set(
        block === 10 ? part.filter(({ source }) => source === 'http').slice(0, 600) : [],
      );
      for (const flush of posted) await post(flush);
      await append(part.filter((flush) => !posted.has(flush)));
      if (block % 4 === 3) await rooms.metrics.settle();
    }
  });

  it('late ones are counted before their hours are counted again', { timeout: 120_000 }, async () => {
    await rooms.metrics.settle();
    for (const late of chunks(byArrival(shops.flatMap((shop) => shop.late)), 400)) await append(late);
    t.clock.set(now);
    const some = questions.plain.filter((_, n) => n % 6 === 0);
    await all(
      some.map((asked) => ({ ...asked, metrics: questions.ofEvents })),
      compareSeries,
    );
    await rooms.metrics.settle();
  });

  it('every metric by every interval in every time zone', { timeout: 120_000 }, () =>
    all(some(questions.plain, 3), compareSeries),
  );
  it('with filters, over time', { timeout: 120_000 }, () => all(some(questions.filtered, 3), compareSeries));
  it('with filters, as numbers', { timeout: 120_000 }, () => all(some(questions.numbers, 3), compareTotals));
  it('by every dimension, over time', { timeout: 120_000 }, () =>
    all(some(questions.lines, 3), compareSeries),
  );
  it('by every dimension, as lists', { timeout: 120_000 }, () => all(some(questions.lists, 3), compareTop));
  it('funnels', { timeout: 120_000 }, () => all(funnels, compareFunnel));
  it('retention', { timeout: 120_000 }, () => all(retentions, compareRetention));
  it('compared and smoothed', { timeout: 120_000 }, () => all(questions.compared, compareSeries));
});

function* chunks<T>(list: T[], size: number): Generator<T[]> {
  for (let n = 0; n < list.length; n += size) yield list.slice(n, n + size);
}
