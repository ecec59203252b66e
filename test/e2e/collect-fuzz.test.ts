import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adhoc } from '../../src/engine/index.ts';
import {
  atOnce,
  expectKept,
  type Neighbour,
  nasty,
  neighbour,
  quoted,
  sendAnything,
  stored,
  withField,
} from '../support/fuzz.ts';
import { startTestRapport, type TestRapport } from '../support/running.ts';

/**
 * Each field of each message type, with anything at all in it, over real HTTP. Whatever is sent is answered 200 or 4xx with a
 * reason, never 5xx; what was acknowledged is in the log and in the views, in the sender's workspace and no other.
 */
let t: TestRapport;
let other: Neighbour;
beforeAll(async () => {
  t = await startTestRapport();
  other = await neighbour(t);
});
afterAll(() => t?.close());

const types = {
  track: { event: 'Fuzzed', userId: 'u', anonymousId: 'a', properties: {} },
  identify: { userId: 'u', anonymousId: 'a', traits: {} },
  page: { name: 'Fuzzed page', userId: 'u', anonymousId: 'a', properties: {} },
  screen: { name: 'Fuzzed screen', userId: 'u', anonymousId: 'a', properties: {} },
  group: { groupId: 'g', userId: 'u', anonymousId: 'a', traits: {} },
  alias: { previousId: 'a', userId: 'u' },
} as const;
type Type = keyof typeof types;
const common = [
  'messageId',
  'type',
  'timestamp',
  'originalTimestamp',
  'sentAt',
  'context',
  'integrations',
  'writeKey',
];
/** Every field, at any depth, that the processing reads. */
const read = [
  ...[
    'url',
    'path',
    'title',
    'referrer',
    'revenue',
    'total',
    'currency',
    'order_id',
    'utm_source',
    'products',
  ].map((name) => `properties.${name}`),
  ...[
    'page',
    'page.url',
    'page.referrer',
    'campaign',
    'campaign.source',
    'userAgent',
    'locale',
    'location',
  ].map((name) => `context.${name}`),
  'traits.email',
  'traits.createdAt',
];
/** Names of columns and of ours: what is in a message chooses nothing but itself. */
const ours = [
  'workspace',
  'received_at',
  'source',
  'message',
  'country',
  'ip',
  'person',
  '__proto__x',
  'constructor_',
];
/** What all types have in common is read alike for all: tried in full on one of them. */
const fieldsOf = (type: Type) => [
  ...new Set([
    ...Object.keys(types[type]),
    ...(type === 'track' ? [...common, ...read, ...ours] : ['messageId', 'timestamp', 'writeKey']),
  ]),
];

const anyRaw = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...nasty) },
  { weight: 2, arbitrary: fc.json() },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 300 }).map(quoted) },
);

let last = 0;
/** An id of its own for a message, so that it can be found again. */
const nextId = () => `fuzz-${++last}`;

describe('each field of each message type', () => {
  test.each(Object.keys(types) as Type[])('%s: all that has broken programs before', async (type) => {
    const taken: { id: string; type: string }[] = [];
    const tries = fieldsOf(type).flatMap((field) => nasty.map((raw) => ({ field, raw })));
    await atOnce(tries, async ({ field, raw }) => {
      const id = nextId();
      const body = withField({ ...types[type], messageId: id }, field, raw);
      const { status } = await sendAnything(t, `/v1/${type}`, body);
      if (status === 200 && field !== 'messageId') taken.push({ id, type });
    });
    expect(taken.length).toBeGreaterThan(50);
    await expectKept(t, other, taken);
  });

  test('several fields at once, in batches: what is refused is counted, all the rest is taken', async () => {
    const sent: string[] = [];
    let acknowledged = 0;
    const change = fc.record({ field: fc.nat(), raw: anyRaw });
    const one = fc.record({
      type: fc.constantFrom(...(Object.keys(types) as Type[])),
      changes: fc.array(change, { maxLength: 4 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(one, { minLength: 1, maxLength: 20 }), async (messages) => {
        const ids: string[] = [];
        const texts = messages.map(({ type, changes }) => {
          const id = nextId();
          const fields = fieldsOf(type).filter((field) => !['messageId', 'type'].includes(field));
          let body: string = JSON.stringify({ type, ...types[type], messageId: id });
          for (const { field, raw } of changes) {
            // Read back, so that several changes add up; what JSON.parse takes away, a single change has tried.
            body = withField(JSON.parse(body), fields[field % fields.length] as string, raw);
          }
          ids.push(id);
          return body;
        });
        const batch = `{"batch":[${texts}],"sentAt":"2026-06-01T00:00:00Z"}`;
        const { status, body } = await sendAnything(t, '/v1/batch', batch);
        sent.push(...ids);
        if (status === 200) acknowledged += ids.length - (body.rejected ?? 0);
      }),
      { numRuns: 100 },
    );
    expect(acknowledged).toBeGreaterThan(100);
    const { log } = await stored(t, t.workspace);
    expect(sent.filter((id) => log.has(id))).toHaveLength(acknowledged);
    await expectKept(t, other, []);
  });

  test('no amount of money makes the sum of all of them none', async () => {
    const { spoilt } = await t.engine.clickhouse.row<{ spoilt: number }>(spoiltSums, {
      workspace: t.workspace,
    });
    expect(spoilt).toBe(0);
  });
});

const spoiltSums = adhoc(
  'test_spoilt_sums',
  `SELECT NOT isFinite(sum(revenue)) AS spoilt FROM events WHERE workspace = {workspace:UUID}`,
);
