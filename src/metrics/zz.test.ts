import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestEngine } from '../../test/support/engine.ts';
import { compareSeries, compareTop, compareTotals } from '../../test/support/metrics-model-ask.ts';
import { understand } from '../../test/support/metrics-model-events.ts';
import { kindOf } from '../../test/support/metrics-model-filters.ts';
import { lateFrom, randomMessages } from '../../test/support/metrics-model-messages.ts';
import * as questions from '../../test/support/metrics-model-questions.ts';
import { adhoc } from '../engine/index.ts';
import { createLog } from '../log/index.ts';
import { createMetrics } from './index.ts';

it('x', { timeout: 100000 }, async () => {
  const t = await openTestEngine({
    rooms: (engine) => {
      const log = createLog(engine);
      return [log, createMetrics(engine, { log })] as const;
    },
    now: new Date(lateFrom + 36 * 3_600_000),
  });
  const mine = randomMessages(1, 5_000, t.workspace);
  const world = understand(mine);
  let s = performance.now();
  await t.rooms[0].append(
    mine.flatMap(({ messages, receivedAt, sentAt, ...e }) =>
      messages.map((m) => ({
        ...e,
        receivedAt: new Date(receivedAt),
        sentAt: sentAt === undefined ? undefined : new Date(sentAt),
        message: JSON.stringify(m),
      })),
    ),
  );
  console.log('append', performance.now() - s);
  const rows = await t.engine.clickhouse.rows<any>(
    adhoc(
      'x',
      `SELECT message_id, user_id, anonymous_id, name, toUnixTimestamp64Milli(time) AS time, bot, toString(if(l.to_person!=0,l.to_person,person)) AS p, by_rapport FROM events FINAL LEFT ANY JOIN person_links AS l ON person = l.from_person AND events.workspace = l.workspace`,
    ),
  );
  console.log('events', rows.length, world.events.length);
  const by = new Map(rows.map((r) => [r.message_id, r]));
  const ids = new Set(world.events.map((e) => e.id));
  console.log(
    'not in model',
    rows.filter((r) => !ids.has(r.message_id)).length,
    'not in engine',
    world.events.filter((e) => !by.has(e.id)).length,
    'time differs',
    world.events.filter((e) => by.get(e.id)?.time !== e.time).length,
  );
  await t.engine.clickhouse.run(
    adhoc(
      'y',
      'ALTER TABLE events UPDATE bot = true WHERE NOT has({ids:Array(String)}, message_id) SETTINGS mutations_sync = 2',
    ),
    { ids: [...ids] },
  );
  const pairs = new Map<string, Set<string>>();
  for (const e of world.events) {
    const k = by.get(e.id)?.p;
    if (k) {
      const set = pairs.get(k) ?? new Set();
      set.add(e.person);
      pairs.set(k, set);
    }
  }
  console.log('hash with several persons', [...pairs].filter(([, v]) => v.size > 1).length);
  const ask = (q: object) => t.rooms[1].query({ id: t.workspace, timezone: 'UTC' }, q as never);
  const sets = {
    plain: [questions.plain.map((q) => ({ ...q, metrics: questions.ofEvents })), compareSeries],
    filtered: [questions.filtered.map((q) => ({ ...q, metrics: questions.ofEvents })), compareSeries],
    numbers: [questions.numbers.map((q) => ({ ...q, metrics: questions.ofEvents })), compareTotals],
    lines: [questions.lines.map((q) => ({ ...q, metrics: questions.ofEvents })), compareSeries],
    lists: [
      questions.lists.map((q) => ({ ...q, metrics: questions.ofEvents, order: undefined })),
      compareTop,
    ],
    compared: [questions.compared.map((q) => ({ ...q, metrics: questions.ofEvents })), compareSeries],
  } as any;
  const visit = (q: any) =>
    [q.dimension, q.breakdown?.dimension, ...(q.filters ?? []).map((f: any) => f.dimension)].some(
      (d) => d && kindOf(d) === 'visit',
    );
  for (const [name, [list, compare]] of Object.entries(sets) as any) {
    s = performance.now();
    let n = 0,
      bad = 0;
    for (const q of list.filter((q: any) => !visit(q)).filter((_: any, i: number) => i % 3 === 0)) {
      n++;
      try {
        const wrong = await compare(world, q, ask);
        if (wrong.length) {
          bad++;
          console.log(
            name,
            wrong.length,
            wrong.slice(0, 3).map((w: string) => w.slice(0, 400)),
          );
        }
      } catch (e) {
        bad++;
        console.log(name, (e as Error).stack?.slice(0, 600), JSON.stringify(q));
      }
    }
    console.log(name, n, 'questions', bad, 'bad', (performance.now() - s).toFixed(0));
  }
  await t.close();
});
