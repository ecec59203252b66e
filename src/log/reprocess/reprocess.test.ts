import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestEngine, type TestEngine } from '../../../test/support/engine.ts';
import { some } from '../../../test/support/thorough.ts';
import { adhoc } from '../../engine/index.ts';
import { createLog, type Log } from '../index.ts';
import { createTurn } from './index.ts';
import { type Run, runReprocessing } from './run.ts';
import { type Job, openStore } from './store.ts';
import { sideTables } from './tables.ts';

let t: TestEngine<[Log]>;
let log: Log;
beforeAll(async () => {
  t = await openTestEngine({ rooms: (engine) => [createLog(engine)], now: new Date('2026-06-15T12:00:00Z') });
  [log] = t.rooms;
});
afterAll(() => t?.close());

const workspaceOf = (n: number) => `018f3e00-0000-7000-8000-${String(n).padStart(12, '0')}`;
const rows = <T>(text: string, params: Record<string, unknown> = {}) =>
  t.engine.clickhouse.rows<T>(adhoc('test', text), params);
const run = (text: string, params: Record<string, unknown> = {}) =>
  t.engine.clickhouse.run(adhoc('test', text), params, { settings: { lightweight_deletes_sync: '2' } });

/** An order every ten minutes, backwards from noon, over two months; every tenth is sent twice. */
function orders(workspace: string, count: number, first = 0) {
  return Array.from({ length: count }, (_, i) => {
    const n = first + i;
    const at = new Date(Date.parse('2026-06-15T11:00:00Z') - n * 600_000);
    return {
      workspace,
      source: 'http',
      receivedAt: new Date(at.getTime() + 2_000),
      message: JSON.stringify({
        type: 'track',
        event: 'Order Completed',
        userId: `u${n % 50}`,
        messageId: `m${n}`,
        timestamp: at.toISOString(),
        // A number beyond 64 bits: the engine alone cannot read the text it is in.
        properties: { revenue: 2, order_id: `o${n}`, ...(n % 7 === 0 && { card: 2 ** 67 }) },
      }),
    };
  }).flatMap((message, i) =>
    i % 10 === 0
      ? [message, { ...message, receivedAt: new Date(message.receivedAt.getTime() + 60_000) }]
      : [message],
  );
}

/** What must be the answer: of each workspace its orders, each once, worth 2. */
const answer = async (workspace: string) =>
  (
    await rows<{ events: number; revenue: number; right: number }>(
      `SELECT count() AS events, sum(revenue) AS revenue, countIf(name = 'Order Completed') AS right
       FROM events FINAL WHERE workspace = {workspace:UUID}`,
      { workspace },
    )
  )[0];

/** The processing as it was before the mistake was found: another name, no revenue. */
async function deployMistake(): Promise<() => Promise<void>> {
  const [{ right } = { right: '' }] = await rows<{ right: string }>(
    "SELECT as_select AS right FROM system.tables WHERE database = currentDatabase() AND name = 'messages_to_events'",
  );
  const wrong = right
    .replace("m.type = 'track', m.event", "m.type = 'track', concat(m.event, '?')")
    .replace(/ AS revenue/, ' * 0 AS revenue');
  await run(`ALTER TABLE messages_to_events MODIFY QUERY ${wrong}`);
  return () => run(`ALTER TABLE messages_to_events MODIFY QUERY ${right}`);
}

/** Makes every event of a workspace wrong, in another month too. */
async function spoil(workspace: string) {
  await run(
    `INSERT INTO events SELECT * REPLACE ('Wrong' AS name, hour - INTERVAL 40 DAY AS hour)
     FROM (SELECT * FROM events FINAL WHERE workspace = {workspace:UUID} AND name != 'Wrong')`,
    { workspace },
  );
  await run(`DELETE FROM events WHERE workspace = {workspace:UUID} AND name != 'Wrong'`, { workspace });
}

/** A process of its own, as far as the reprocessing goes: what it knows, it reads. */
const processOf = (interrupt?: Run['interrupt']): Run => ({
  clickhouse: t.engine.clickhouse,
  clock: t.clock,
  store: openStore(t.engine),
  turn: createTurn(t.engine),
  processing: {
    processed: () => log.processed(),
    pause: (work) => log.pauseProcessing(work),
    changed: async () => {},
  },
  // Less than a day's orders.
  chunk: 150,
  graceMs: 0,
  ...(interrupt ? { interrupt } : {}),
});
const asked = (workspace: string | null, more: Partial<Job> = {}) =>
  openStore(t.engine).create({
    workspace,
    from_at: new Date(0),
    until_at: t.clock.now(),
    profiles: false,
    asked_by: 'test',
    ...more,
  });

describe('a mistake in the processing', () => {
  test('the past is right again, while messages arrive and questions are asked all the while', async () => {
    const [a, b] = [workspaceOf(1), workspaceOf(2)];
    const deployFix = await deployMistake();
    await log.append(orders(a, 3_000));
    await log.append(orders(b, 500));
    expect(await answer(a)).toEqual({ events: 3_000, revenue: 0, right: 0 });
    await deployFix();

    let appended = 0;
    let asking = true;
    const seen: { events: number; right: number }[] = [];
    const appending = (async () => {
      for (; asking; appended += 20) {
        // Late messages too: in months that are about to be swapped.
        const more = orders(a, 20, 3_000 + appended).map((m) => ({ ...m, receivedAt: t.clock.now() }));
        await log.accept(more);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    })();
    const reading = (async () => {
      while (asking) {
        const found = await answer(a);
        if (found) seen.push(found);
      }
    })();
    const job = await log.reprocess.request({ workspace: null, by: 'test' });
    await log.reprocess.idle();
    asking = false;
    await Promise.all([appending, reading]);
    await log.processed();

    expect(await log.reprocess.get(undefined, job.id)).toMatchObject({
      status: 'done',
      profiles: true,
      verified: { different: 3_500, derived: 3_500, events: 3_500, messages: 3_850 },
    });
    const total = 3_000 + appended;
    expect(await answer(a)).toEqual({ events: total, revenue: 2 * total, right: total });
    expect(await answer(b)).toEqual({ events: 500, revenue: 1_000, right: 500 });
    // No reader ever saw fewer events than before: neither none nor some were missing at any moment.
    expect(seen.length).toBeGreaterThan(3);
    for (let i = 1; i < seen.length; i++) {
      expect(seen[i]!.events).toBeGreaterThanOrEqual(seen[i - 1]!.events);
      expect(seen[i]!.right).toBeGreaterThanOrEqual(seen[i - 1]!.right);
    }
    expect(await sideTables(t.engine.clickhouse)).toEqual([]);
  });

  test('hours that have other events now, or had some before, are marked to be counted again', async () => {
    const w = workspaceOf(3);
    await log.append(orders(w, 30));
    await spoil(w);
    const [{ now } = { now: '' }] = await rows<{ now: string }>('SELECT toString(now64(3)) AS now');
    await log.reprocess.request({ workspace: w, by: 'test' });
    await log.reprocess.idle();
    const [marked] = await rows<{ hours: number; event_hours: number }>(
      `SELECT uniqExact(hour) AS hours, uniqExactArray(event_hours) AS event_hours FROM hour_marks
       WHERE workspace = {workspace:UUID} AND touched >= parseDateTime64BestEffort({now:String}, 3, 'UTC')`,
      { workspace: w, now },
    );
    // Their time did not change, so the hours are the same; the sender's hours were 40 days earlier.
    expect(marked).toEqual({ hours: 6, event_hours: 12 });
  });

  test('one workspace, one range: nobody else and nothing else changes', async () => {
    const [mine, other] = [workspaceOf(4), workspaceOf(5)];
    for (const w of [mine, other]) await log.append(orders(w, 1_000));
    for (const w of [mine, other]) await spoil(w);
    const from = new Date('2026-06-12T00:00:00Z');
    const job = await log.reprocess.request({ workspace: mine, from, by: 'test' });
    await log.reprocess.idle();
    expect(await log.reprocess.get(mine, job.id)).toMatchObject({ status: 'done', profiles: false });
    await expect(log.reprocess.get(other, job.id)).rejects.toMatchObject({ status: 404 });
    // From June 12th to 11:00 on the 15th: 83 hours, 6 orders each, and that of 11:00 itself.
    expect(await answer(mine)).toEqual({ events: 1_000, revenue: 2_000, right: 499 });
    expect(await answer(other)).toEqual({ events: 1_000, revenue: 2_000, right: 0 });
  });
});

describe('asking', () => {
  test('a range without messages is done at once', async () => {
    const job = await log.reprocess.request({ workspace: workspaceOf(10), by: 'test' });
    await log.reprocess.idle();
    expect(await log.reprocess.get(undefined, job.id)).toMatchObject({ status: 'done', messages: 0 });
  });

  test('a range that is none is refused', async () => {
    const later = new Date('2027-01-01');
    await expect(log.reprocess.request({ workspace: null, from: later, by: 'test' })).rejects.toMatchObject({
      status: 400,
      field: 'from',
    });
  });

  test('what is over cannot be cancelled; what waits can', async () => {
    const w = workspaceOf(11);
    const job = await asked(w);
    expect(await log.reprocess.cancel(w, job.id)).toMatchObject({ status: 'cancelled' });
    await expect(log.reprocess.cancel(w, job.id)).rejects.toMatchObject({ status: 409, code: 'too_late' });
  });

  test('events of an older processing are told of, until they are reprocessed', async () => {
    const w = workspaceOf(12);
    await log.append(orders(w, 10));
    await run(
      `INSERT INTO events SELECT * REPLACE (toUInt16(0) AS version, precedence + 1 AS precedence)
       FROM events WHERE workspace = {workspace:UUID}`,
      { workspace: w },
    );
    const lookBack = await log.reprocess.request({ workspace: workspaceOf(13), by: 'test' });
    await log.reprocess.idle();
    expect(lookBack.status).toBe('queued');
    expect(log.reprocess.pastVersion()).toBe(0);
    await log.reprocess.request({ workspace: w, by: 'test' });
    await log.reprocess.idle();
    expect(log.reprocess.pastVersion()).toBeNull();
  });
});

describe('killed at any line and run again', () => {
  // From here on the tests run it themselves.
  beforeAll(() => log.reprocess.stop());

  test('gives the same, wherever it was', async () => {
    const [w, other] = [workspaceOf(6), workspaceOf(7)];
    await log.append(orders(w, 300));
    await log.append(orders(other, 300));
    await spoil(w);
    const stages: string[] = [];
    await runReprocessing(
      processOf((done) => stages.push(done)),
      await asked(w, { profiles: true }),
    );
    expect(stages).toContain('swapped');
    // Each kind of line once; the views are joined one like the other.
    const lines = stages
      .map((name, at) => ({ name, at }))
      .filter(({ name, at }) => stages.indexOf(name) === at && !/^(profile_|identities).* joined/.test(name));
    for (const [round, { name, at }] of some(lines, 10).entries()) {
      t.clock.advance(1_000);
      await spoil(w);
      await run('DELETE FROM people WHERE workspace = {workspace:UUID}', { workspace: w });
      const job = await asked(w, { profiles: true });
      let count = 0;
      const killed = runReprocessing(
        processOf(() => {
          if (count++ === at) throw new Error('killed');
        }),
        job,
      );
      await expect(killed, `after "${name}"`).rejects.toThrow('killed');
      // Meanwhile life goes on, late messages included.
      const late = orders(w, 2, 300 + 2 * round).map((m) => ({ ...m, receivedAt: t.clock.now() }));
      await log.append(late);
      const again = await openStore(t.engine).find(undefined, job.id);
      if (again?.status === 'running') await runReprocessing(processOf(), again);
      const events = 302 + 2 * round;
      expect(await answer(w), `after "${name}"`).toEqual({
        events,
        revenue: 2 * events,
        right: events,
      });
      const [{ people } = { people: 0 }] = await rows<{ people: number }>(
        'SELECT uniqExact(person) AS people FROM people WHERE workspace = {workspace:UUID}',
        { workspace: w },
      );
      expect(people).toBe(50);
    }
    expect(lines.length).toBeGreaterThan(20);
    expect(await answer(other)).toEqual({ events: 300, revenue: 600, right: 300 });
    expect(await sideTables(t.engine.clickhouse)).toEqual([]);
  }, 240_000);
});

describe('verifying', () => {
  test('a row that is missing is found, and nothing is swapped', async () => {
    const w = workspaceOf(8);
    await log.append(orders(w, 200));
    await spoil(w);
    const job = await asked(w);
    const stop = (done: string) => {
      if (done === 'events chunk saved') throw new Error('killed');
    };
    await expect(runReprocessing(processOf(stop), job)).rejects.toThrow('killed');
    await run("DELETE FROM reprocess_events WHERE message_id = 'm77'");
    const again = await openStore(t.engine).find(undefined, job.id);
    await expect(runReprocessing(processOf(), again!)).rejects.toThrow(/200 .*199 .*m77/);
    expect(await answer(w)).toEqual({ events: 200, revenue: 400, right: 0 });
    await openStore(t.engine).save(job.id, { status: 'failed' });
  });

  test('a processing that leaves messages out is refused, with the reason', async () => {
    const w = workspaceOf(9);
    await log.append(orders(w, 20));
    const job = await asked(w);
    const stop = (done: string) => {
      if (done === 'events begun') throw new Error('killed');
    };
    await expect(runReprocessing(processOf(stop), job)).rejects.toThrow('killed');
    // As if it had derived nothing of the day.
    await openStore(t.engine).save(job.id, { position: null });
    const again = await openStore(t.engine).find(undefined, job.id);
    await expect(runReprocessing(processOf(), again!)).rejects.toThrow('Nothing was changed');
    expect(await answer(w)).toEqual({ events: 20, revenue: 40, right: 20 });
  });
});
