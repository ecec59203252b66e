import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestEngine, type TestEngine } from '../../test/support/engine.ts';
import { runs } from '../../test/support/thorough.ts';
import { adhoc } from '../engine/index.ts';
import { createLog, type Log } from '../log/index.ts';
import { createProfiles, type Profiles } from '../profiles/index.ts';
import { nothingElse } from './context.ts';
import { evaluate } from './evaluate.testing.ts';
import { type AskedOccurrences, createSegments, type Occurrence, type Segments } from './index.ts';
import { occurrencesOf } from './occurrences.ts';

let t: TestEngine<readonly [Log, Profiles, Segments]>;
beforeAll(async () => {
  t = await openTestEngine({
    rooms: (engine) => {
      const log = createLog(engine);
      const profiles = createProfiles(engine, { log });
      return [log, profiles, createSegments(engine, { log, profiles })] as const;
    },
  });
}, 60_000);
afterAll(() => t?.close());

const start = new Date('2026-06-15T12:00:00.000Z').getTime();
const minute = 60_000;

const ids = ['u1', 'u2', 'a1', 'a2', 'a3'] as const;
const who = fc.constantFrom(...ids);
const track = fc.record({
  kind: fc.constant('track' as const),
  who,
  event: fc.constantFrom('Order', `Or'der"`),
  // Of an hour ago, a month, a year; or no time is named.
  ago: fc.constantFrom(0, 1, 61, 45 * 1_440, 400 * 1_440, null),
  properties: fc.record({ revenue: fc.constantFrom<unknown>(10, '20', 30, null), größe: fc.constant('é"') }),
});
const step = fc.oneof(
  { arbitrary: track, weight: 6 },
  // One that came before comes again.
  { arbitrary: fc.record({ kind: fc.constant('again' as const), which: fc.nat() }), weight: 3 },
  {
    arbitrary: fc.record({
      kind: fc.constant('join' as const),
      from: fc.constantFrom('a1', 'a2', 'a3'),
      to: fc.constantFrom('u1', 'u2'),
    }),
    weight: 1,
  },
  { arbitrary: fc.constant({ kind: 'merge' as const }), weight: 1 },
);
const round = fc.record({
  steps: fc.array(step, { maxLength: 8 }),
  minutes: fc.constantFrom(1, 59, 300, 40 * 1_440),
});

interface Sent extends Occurrence {
  event: string;
  id: string;
}

/** What the messages say, in memory. */
class Model {
  readonly sent: { text: object; one: Sent }[] = [];
  readonly #links = new Map<string, string>();

  join = (from: string, to: string) => this.#links.set(from, to);
  ownerOf = (id: string) => this.#links.get(id) ?? id;

  occurrences({ event, where = [] }: AskedOccurrences, after: Date, upTo: Date): Occurrence[] {
    const rule = { event, where: [...where] };
    return this.sent
      .map(({ one }) => one)
      .filter(({ receivedAt }) => receivedAt > after && receivedAt <= upTo)
      .filter(({ event: name, at, properties = {} }) =>
        evaluate(rule, { attributes: {}, events: [{ name, time: at, properties }] }, upTo),
      )
      .map(({ id, message, at, receivedAt, properties }) => ({
        ...{ profile: this.ownerOf(id), message, at, receivedAt, properties: properties! },
      }));
  }
}

const inOrder = (all: readonly Occurrence[]) => [...all].sort((a, b) => (a.message < b.message ? -1 : 1));
const gathered = async (batches: AsyncIterable<Occurrence[]>) => {
  const all: Occurrence[] = [];
  for await (const batch of batches) all.push(...batch);
  return inOrder(all);
};
const asker = (workspace: string, atOnce: number) => (asked: AskedOccurrences, after: Date, upTo: Date) =>
  gathered(
    occurrencesOf({ ...t.engine, elsewhere: nothingElse() }, workspace, asked, { after, upTo }, atOnce),
  );

let workspaces = 0;
const newWorkspace = () => `018f3e00-0000-7000-8004-${String(++workspaces).padStart(12, '0')}`;

test('each event once, when it came first, with who it belongs to now', { timeout: 600_000 }, async () => {
  let serial = 0;
  let seen = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(round, { minLength: 3, maxLength: 6 }),
      fc.constantFrom(1, 2, 5, 1_000),
      async (rounds, atOnce) => {
        const workspace = newWorkspace();
        const model = new Model();
        const ask = asker(workspace, atOnce);
        let now = start;
        const times = [new Date(now - 1)];
        t.clock.set(new Date(now));
        for (const { steps, minutes } of rounds) {
          const append = (message: object) =>
            t.rooms[0].append([
              { workspace, source: 'http', receivedAt: new Date(now), message: JSON.stringify(message) },
            ]);
          for (const one of steps) {
            now += 1;
            if (one.kind === 'merge') {
              await t.engine.clickhouse.run(adhoc('merge', 'OPTIMIZE TABLE events FINAL'));
            } else if (one.kind === 'join') {
              model.join(one.from, one.to);
              await append({
                ...{ type: 'identify', userId: one.to, anonymousId: one.from, messageId: `j${++serial}` },
                timestamp: new Date(now).toISOString(),
                traits: {},
              });
            } else if (one.kind === 'again') {
              const again = model.sent[one.which % Math.max(1, model.sent.length)];
              if (again) await append(again.text);
            } else {
              const message = `m${String(++serial).padStart(6, '0')}`;
              const at = new Date(now - (one.ago ?? 0) * minute);
              const text = {
                ...{ type: 'track', event: one.event, messageId: message, properties: one.properties },
                ...(one.who.startsWith('u') ? { userId: one.who } : { anonymousId: one.who }),
                ...(one.ago === null ? {} : { timestamp: at.toISOString() }),
              };
              const { event, who: id, properties } = one;
              const receivedAt = new Date(now);
              model.sent.push({ text, one: { event, id, profile: '', message, at, receivedAt, properties } });
              await append(text);
            }
          }
          const upTo = new Date(now);
          const latest = await ask({ event: 'Order', properties: true }, times.at(-1)!, upTo);
          expect(latest).toEqual(model.occurrences({ event: 'Order' }, times.at(-1)!, upTo));
          seen += latest.length;
          times.push(upTo);
          now += minutes * minute;
          t.clock.set(new Date(now));
        }
        // The same of other spans, cut anywhere, and by conditions.
        const where = [{ property: 'revenue', operator: 'at_least', value: 20 } as const];
        for (const event of ['Order', `Or'der"`])
          for (const [i, after] of times.entries())
            for (const upTo of times.slice(i)) {
              const expected = model.occurrences({ event, where }, after, upTo);
              expect(await ask({ event, where, properties: true }, after, upTo)).toEqual(expected);
            }
      },
    ),
    { numRuns: runs(4, 40) },
  );
  expect(seen).toBeGreaterThan(0);
});

const order = (workspace: string, messageId: string, receivedAt: Date) => ({
  workspace,
  source: 'http',
  receivedAt,
  message: JSON.stringify({
    ...{ type: 'track', event: 'Order', messageId, anonymousId: 'a1', timestamp: '2026-06-15T09:30:00.000Z' },
    properties: { revenue: 5 },
  }),
});

test('what was received at the first time is not in it, what was at the last time is', async () => {
  const workspace = newWorkspace();
  const [log, , segments] = t.rooms;
  const at = (ms: number) => new Date(start + ms);
  await log.append([0, 1, 2, 3].map((ms) => order(workspace, `m${ms}`, at(ms))));
  await log.append([order(newWorkspace(), 'of others', at(2))]);
  const messages = async (from: number, to: number) =>
    (await gathered(segments.occurrences(workspace, { event: 'Order' }, at(from), at(to)))).map(
      ({ message }) => message,
    );
  expect(await messages(0, 2)).toEqual(['m1', 'm2']);
  expect(await messages(2, 3)).toEqual(['m3']);
  expect(await messages(2, 2)).toEqual([]);
  expect(await messages(3, 0)).toEqual([]);
  expect(await messages(-1, 9)).toHaveLength(4);
  // Properties come when they are asked for.
  const [first] = await gathered(segments.occurrences(workspace, { event: 'Order' }, at(-1), at(0)));
  expect(first).toEqual({
    profile: 'a1',
    message: 'm0',
    at: new Date('2026-06-15T09:30:00.000Z'),
    receivedAt: at(0),
  });
});

test('an hour with more events than are read at once, each twice', async () => {
  const workspace = newWorkspace();
  const many = Array.from({ length: 12_000 }, (_, i) => `m${String(i).padStart(5, '0')}`);
  const at = (ms: number) => new Date(start + ms);
  await t.rooms[0].append(many.map((id, i) => order(workspace, id, at(i % 1_000))));
  await t.rooms[0].append(many.map((id) => order(workspace, id, at(5_000))));
  const sizes: number[] = [];
  const found: string[] = [];
  for await (const batch of t.rooms[2].occurrences(workspace, { event: 'Order' }, at(-1), at(9_000))) {
    sizes.push(batch.length);
    found.push(...batch.map(({ message }) => message));
  }
  expect(found.sort()).toEqual(many);
  expect(sizes.length).toBeGreaterThan(1);
  expect(await gathered(t.rooms[2].occurrences(workspace, { event: 'Order' }, at(4_999), at(9_000)))).toEqual(
    [],
  );
});
