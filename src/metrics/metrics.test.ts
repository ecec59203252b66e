import Fastify from 'fastify';
import { serializerCompiler, validatorCompiler } from 'fastify-type-provider-zod';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTestEngine, type TestEngine } from '../../test/support/engine.ts';
import type { Asked } from '../../test/support/metrics-model.ts';
import { compareSeries, compareTop, compareTotals } from '../../test/support/metrics-model-ask.ts';
import { understand, type World } from '../../test/support/metrics-model-events.ts';
import { kindOf } from '../../test/support/metrics-model-filters.ts';
import { type Flush, lateFrom, randomMessages } from '../../test/support/metrics-model-messages.ts';
import * as questions from '../../test/support/metrics-model-questions.ts';
import { type App, adhoc, type ClickHouse } from '../engine/index.ts';
import { answerError } from '../http/errors.ts';
import { createLog, type Log } from '../log/index.ts';
import { createMetrics, type Metrics } from './index.ts';

/** Answers beside a plain count in memory, of a few thousand random messages; test/e2e has all of them over many more. */
const here = {
  id: '018f3e00-0000-7000-8000-000000000001',
  name: 'Test',
  timezone: 'Europe/Berlin',
  require_fresh_connections: false,
};
const there = '018f3e00-0000-7000-8000-0000000000ff';
let t: TestEngine<readonly [Log, Metrics]>;
let app: App;
let world: World;

beforeAll(async () => {
  t = await openTestEngine({
    rooms: (engine) => {
      const log = createLog(engine);
      return [log, createMetrics({ ...engine, clickhouse: noting(engine.clickhouse) }, { log })] as const;
    },
    now: new Date(lateFrom + 36 * 3_600_000),
  });
  app = Fastify() as unknown as App;
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler(answerError);
  app.addHook('onRequest', async (request) => {
    request.workspace = here;
  });
  await t.rooms[1].routes?.(app);
  const mine = randomMessages(1, 5_000, here.id);
  world = understand(mine);
  await append([...mine, ...randomMessages(2, 2_000, there)]);
}, 60_000);
afterAll(async () => {
  await app?.close();
  await t?.close();
});

/** What was asked about a workspace, each form of statement once. */
const asked = new Map<string, { text: string; params: Record<string, unknown> }>();

function noting(clickhouse: ClickHouse): ClickHouse {
  return new Proxy(clickhouse, {
    get(target, key) {
      const value = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]) => {
        const [{ text = '' } = {}, params = {}] = given as [{ text?: string }, Record<string, unknown>];
        if (params.workspace) asked.set(text.replaceAll(/\d+/g, ''), { text, params });
        return value.apply(target, given);
      };
    },
  });
}

async function append(flushes: Flush[]): Promise<void> {
  const [log] = t.rooms;
  await log.append(
    flushes.flatMap(({ messages, receivedAt, sentAt, ...envelope }) =>
      messages.map((message) => ({
        ...envelope,
        receivedAt: new Date(receivedAt),
        sentAt: sentAt === undefined ? undefined : new Date(sentAt),
        message: JSON.stringify(message),
      })),
    ),
  );
}

async function ask(payload: object, url = '/api/query', headers: Record<string, string> = {}) {
  const answer = await app.inject({ method: 'POST', url, payload, headers });
  return { status: answer.statusCode, body: answer.body, headers: answer.headers };
}
async function right(question: object) {
  const { status, body } = await ask(question);
  if (status === 200) return JSON.parse(body);
  throw new Error(`${status} ${body} ← ${JSON.stringify(question)}`);
}

async function all<Q>(
  list: readonly Q[],
  compare: (world: World, asked: Q, ask: typeof right) => Promise<string[]>,
) {
  const wrong: string[] = [];
  for (const asked of list) {
    try {
      wrong.push(...(await compare(world, asked, right)).slice(0, 5));
    } catch (error) {
      wrong.push((error as Error).message);
    }
  }
  expect(wrong.slice(0, 40)).toEqual([]);
}

const every = <T>(list: readonly T[], n: number) => list.filter((_, at) => at % n === 0);

/** Questions that sessions have no part in, which are right before these are built. */
const ofEvents = <Q extends Asked & { dimension?: string; breakdown?: { dimension: string } }>(
  list: readonly Q[],
): Q[] =>
  list
    .filter(({ filters = [], dimension, breakdown }) =>
      [dimension, breakdown?.dimension, ...filters.map((filter) => filter.dimension)].every(
        (name) => name === undefined || kindOf(name) !== 'visit',
      ),
    )
    .map((asked) => ({ ...asked, metrics: asked.metrics.filter((metric) => isOfEvents.has(metric)) }))
    .filter(({ metrics }) => metrics.length > 0);
const isOfEvents = new Set([...questions.ofEvents, 'emails']);

describe.each(['with every hour open', 'counted ahead'])('%s', (state) => {
  const counted = state === 'counted ahead';
  beforeAll(async () => {
    if (counted) await t.rooms[1].settle();
  }, 60_000);
  const some = <Q extends Asked>(list: readonly Q[], n: number) => every(counted ? list : ofEvents(list), n);

  it('every interval in every time zone', { timeout: 60_000 }, () =>
    all(some(questions.plain, 3), compareSeries),
  );
  it('with filters', { timeout: 60_000 }, async () => {
    await all(some(questions.numbers, 3), compareTotals);
    await all(some(questions.filtered, 5), compareSeries);
  });
  it('by dimensions', { timeout: 60_000 }, async () => {
    await all(
      some(
        questions.lists.map((asked) => ({
          ...asked,
          order: { by: 'value', direction: 'ascending' } as const,
        })),
        3,
      ),
      compareTop,
    );
    await all(some(questions.lines, 4), compareSeries);
  });
  it('compared and smoothed', { timeout: 60_000 }, () => all(some(questions.compared, 2), compareSeries));
});

describe('a question', () => {
  const total = { question: 'totals', metrics: ['events'] };
  const problem = async (question: object) => {
    const { status, body } = await ask(question);
    return [status, JSON.parse(body).error];
  };

  it('that is not understood is answered with what was probably meant', async () => {
    expect(await problem({ ...total, metrics: ['vistors'] })).toMatchObject([
      400,
      { code: 'unknown_metric', field: 'metrics[0]', hint: expect.stringContaining('visitors') },
    ]);
    expect(await problem({ ...total, question: 'top', dimension: 'utm_sorce' })).toMatchObject([
      400,
      { code: 'unknown_dimension', field: 'dimension', hint: expect.stringContaining('utm_source') },
    ]);
    expect(await problem({ ...total, timezone: 'Europe/Zurick' })).toMatchObject([
      400,
      { code: 'unknown_timezone', field: 'timezone', hint: expect.stringContaining('Europe/Zurich') },
    ]);
    expect(await problem({ ...total, from: '2026-02-30' })).toMatchObject([400, { field: 'from' }]);
    expect(await problem({ ...total, from: '2026-10-02', to: '2026-10-01' })).toMatchObject([400, {}]);
  });

  it('can name as many values as fit, and no more', async () => {
    const named = (count: number) =>
      Array.from({ length: 20 }, (_, n) => ({
        dimension: 'title',
        operator: 'in',
        // What takes most room once it is quoted.
        values: Array.from({ length: count }, () => "'\\".repeat(10) + n),
      }));
    const metrics = questions.all;
    expect((await ask({ ...total, metrics, filters: named(40) })).status).toBe(200);
    expect(await problem({ ...total, metrics, filters: named(60) })).toMatchObject([
      400,
      { field: 'filters' },
    ]);
  });

  it('can be about the beginning of time', async () => {
    const asked = { from: '1971-01-01T01:00:00Z', to: '1971-01-02T00:00:00Z', timezone: 'UTC' };
    for (const from of [asked.from, '1971-01-01T00:00:00Z']) {
      const { compared } = await right({
        ...total,
        ...asked,
        from,
        metrics: questions.all,
        compare: 'previous_year',
      });
      expect(compared.values).toMatchObject({ events: 0, new_people: 0, sessions: 0 });
    }
  });

  it('is answered as a table too, with nothing in it that a spreadsheet would run', async () => {
    const question = { ...total, question: 'top', dimension: 'property:note', from: '2026-10-01' };
    const note = '=HYPERLINK("https://x","y"), €';
    await append([
      {
        workspace: here.id,
        source: 'http',
        receivedAt: Date.parse('2026-11-12T10:00:00Z'),
        messages: [
          { type: 'track', messageId: 'noted', anonymousId: 'a', event: 'Noted', properties: { note } },
        ],
      },
    ]);
    const filters = [{ dimension: 'property:note', operator: 'exists' }];
    const { body, headers } = await ask({ ...question, filters }, '/api/query?format=csv');
    expect(headers['content-type']).toBe('text/csv; charset=utf-8');
    expect(body).toBe('property:note,events\r\n"\'=HYPERLINK(""https://x"",""y""), €",1\r\n');
  });

  it('about the last half hour is answered', async () => {
    const now = t.clock.now().getTime();
    const at = (minutesAgo: number) => new Date(now - minutesAgo * 60_000).toISOString();
    const view = (id: string, minutesAgo: number, path: string) => ({
      type: 'page' as const,
      messageId: `live-${id}-${minutesAgo}`,
      anonymousId: `live-${id}`,
      timestamp: at(minutesAgo),
      context: { page: { path, url: `https://shop.example${path}`, title: path, referrer: '' } },
    });
    await append([
      {
        workspace: here.id,
        source: 'http',
        receivedAt: now,
        messages: [view('a', 40, '/'), view('a', 20, '/'), view('b', 20, '/'), view('b', 3, '/cart')],
      },
    ]);
    await t.rooms[1].settle();
    const answer = await right({ question: 'realtime' });
    expect(answer).toMatchObject({ active_people: 1, people: 2 });
    expect(answer.minutes).toHaveLength(30);
    expect(answer.minutes.filter(({ events }: { events: number }) => events > 0)).toMatchObject([
      { people: 2, events: 2, page_views: 2 },
      { people: 1, events: 1, page_views: 1 },
    ]);
    expect(answer.pages).toEqual([
      { value: '/', people: 2 },
      { value: '/cart', people: 1 },
    ]);
    expect(answer.events).toEqual([{ value: 'Page Viewed', events: 3 }]);
    expect(answer.traffic_sources).toEqual([{ value: '(direct)', people: 1 }]);
  });

  it('of a workspace with more open hours than a statement can list is answered', async () => {
    await t.engine.clickhouse.run(
      adhoc(
        'open',
        `INSERT INTO hour_marks SELECT {workspace:UUID}, toDateTime('2026-11-12 00:00:00', 'UTC') - 3600 * number,
           now64(3, 'UTC'), 0, [toDateTime('2026-11-12 00:00:00', 'UTC') - 3600 * number] FROM numbers(50000)`,
      ),
      { workspace: here.id },
    );
    await all(every(ofEvents(questions.plain), 12), compareSeries);
    const { body } = await app.inject({ method: 'GET', url: '/api/metrics/events' });
    const count = world.events.filter(({ event }) => event === 'Product Viewed').length;
    expect(JSON.parse(body).items).toContainEqual(expect.objectContaining({ name: 'Product Viewed', count }));
  });

  it('reads nothing of other workspaces', { timeout: 60_000 }, async () => {
    expect(asked.size).toBeGreaterThan(30);
    const read = new Set<string>();
    for (const { text, params } of every([...asked.values()], Math.ceil(asked.size / 60))) {
      const plan = await t.engine.clickhouse.rows<{ explain: string }>(
        adhoc('explain', `EXPLAIN indexes = 1 ${text}`),
        params,
      );
      // Each reading of a table, and by what its primary key is searched.
      const readings = plan
        .map(({ explain }) => explain)
        .join('\n')
        .split('ReadFromMergeTree ')
        .slice(1);
      for (const reading of readings) {
        const table = /^\(\w+\.(\w+)\)/.exec(reading)![1]!;
        read.add(table);
        // One row, the same for all.
        if (table === 'session_builds') continue;
        const [, search] = /Condition: (.*)/.exec(reading.split('PrimaryKey')[1] ?? '') ?? [];
        expect(`${table}: ${search} ← ${text}`).toContain(params.workspace);
      }
    }
    const tables = ['events', 'events_by_person', 'identities', 'metric_hours', 'person_hours', 'sessions'];
    expect([...read]).toEqual(expect.arrayContaining(tables));
  });
});
