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
import type { App } from '../engine/index.ts';
import { answerError } from '../http/errors.ts';
import { createLog, type Log } from '../log/index.ts';
import { createMetrics, type Metrics } from './index.ts';

/** Answers beside a plain count in memory, of a few thousand random messages; test/e2e has all of them over many more. */
const here = { id: '018f3e00-0000-7000-8000-000000000001', name: 'Test', timezone: 'Europe/Berlin' };
const there = '018f3e00-0000-7000-8000-0000000000ff';
let t: TestEngine<readonly [Log, Metrics]>;
let app: App;
let world: World;

beforeAll(async () => {
  t = await openTestEngine({
    rooms: (engine) => {
      const log = createLog(engine);
      return [log, createMetrics(engine, { log })] as const;
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
    await all(some(questions.numbers, 1), compareTotals);
    await all(some(questions.filtered, 4), compareSeries);
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
