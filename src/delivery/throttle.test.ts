import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { type Kysely, sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestEngine, type TestEngine } from '../../test/support/engine.ts';
import { runs } from '../../test/support/thorough.ts';
import type { Room } from '../engine/index.ts';
import type { DeliveryTables } from './tables.ts';
import { forgetMinutes, giveBack, slowDown, take, warmUpToday } from './throttle.ts';

let t: TestEngine<readonly Room[]>;
let db: Kysely<DeliveryTables>;
beforeAll(async () => {
  t = await openTestEngine({ rooms: () => [{ name: 'delivery', folder: new URL('.', import.meta.url) }] });
  db = t.engine.postgres.db.withTables<DeliveryTables>();
}, 60_000);
afterAll(() => t?.close());

const begin = Date.parse('2026-03-01T00:00:00Z');
const at = (ms: number) => new Date(begin + ms);
const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

interface Limits {
  rate: number;
  per_hour?: number | null;
  per_day?: number | null;
  warm_up?: number[];
  in_flight?: number | null;
}

async function account({ rate, per_hour = null, per_day = null, warm_up = [], in_flight = null }: Limits) {
  const burst = Math.max(1, rate / 2);
  const { id } = await db
    .insertInto('accounts')
    .values({
      ...{
        workspace: t.workspace,
        name: randomUUID(),
        kind: 'dev',
        sender: 'shop@example.com',
      },
      settings: JSON.stringify({}) as never,
      ...{ rate_per_second: rate, burst, tokens: burst, refilled_at: at(0), paused_reason: null },
      ...{ per_hour, per_day, warm_up, warm_up_from: warm_up.length > 0 ? at(0) : null, in_flight },
      ...{ slowed_at: null, resumes_at: null, created_at: at(0) },
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

const taking = (id: string, most: number, ms: number) =>
  db.transaction().execute((trx) => take(trx, { account: id, most, now: at(ms) }));

test('whatever is asked when, no window and no bucket is ever exceeded', { timeout: 120_000 }, async () => {
  const limit = fc.option(fc.integer({ min: 1, max: 300 }), { nil: null });
  const step = fc.record({
    wait: fc.oneof(fc.integer({ min: 0, max: 3 * second }), fc.integer({ min: 0, max: 3 * hour })),
    most: fc.integer({ min: 1, max: 100 }),
    unused: fc.integer({ min: 0, max: 20 }),
    workers: fc.integer({ min: 1, max: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        rate: fc.double({ min: 0.1, max: 50, noNaN: true }),
        per_hour: limit,
        per_day: limit,
        warm_up: fc.array(fc.integer({ min: 1, max: 100 }), { maxLength: 3 }),
      }),
      fc.array(step, { minLength: 5, maxLength: 25 }),
      async (limits, steps) => {
        const id = await account(limits);
        const sent: { ms: number; count: number }[] = [];
        let ms = 0;
        for (const { wait, most, unused, workers } of steps) {
          ms += wait;
          const taken = await Promise.all(Array.from({ length: workers }, () => taking(id, most, ms)));
          const count = taken.reduce((sum, { allowed }) => sum + allowed, 0);
          const back = Math.min(unused, count);
          if (back > 0) await giveBack(db, id, back, at(ms));
          sent.push({ ms, count: count - back });
        }
        const burst = Math.max(1, limits.rate / 2);
        for (const { ms: end } of sent) {
          const since = (span: number) =>
            sent.reduce((sum, one) => sum + (one.ms > end - span && one.ms <= end ? one.count : 0), 0);
          if (limits.per_hour !== null) expect(since(hour)).toBeLessThanOrEqual(limits.per_hour);
          if (limits.per_day !== null) expect(since(day)).toBeLessThanOrEqual(limits.per_day);
          const warming = warmUpToday({ warm_up: limits.warm_up, warm_up_from: at(0) }, at(end));
          const here = sent.findLast((one) => one.ms === end)!;
          if (warming !== undefined && here.count > 0) expect(since(day)).toBeLessThanOrEqual(warming);
          for (const { ms: from } of sent) {
            if (from > end) continue;
            const between = sent.reduce(
              (sum, one) => sum + (one.ms >= from && one.ms <= end ? one.count : 0),
              0,
            );
            expect(between).toBeLessThanOrEqual(burst + (limits.rate * (end - from)) / second + 1e-6);
          }
        }
      },
    ),
    { numRuns: runs(25, 300) },
  );
});

test('three that ask all the time get the rate within 2 %, and the window to its last email', async () => {
  const id = await account({ rate: 37 });
  let taken = 0;
  for (let ms = 0; ms < minute; ms += 130) {
    const asked = await Promise.all([taking(id, 10, ms), taking(id, 10, ms), taking(id, 10, ms)]);
    taken += asked.reduce((sum, { allowed }) => sum + allowed, 0);
  }
  expect(Math.abs(taken - 37 * 60) / (37 * 60)).toBeLessThan(0.02);

  const windowed = await account({ rate: 1_000, per_hour: 250 });
  expect(await taking(windowed, 200, 30 * second)).toEqual({ allowed: 200, limit: null });
  expect(await taking(windowed, 200, 31 * second)).toEqual({ allowed: 50, limit: 'hour' });
  expect(await taking(windowed, 200, 59 * minute)).toEqual({ allowed: 0, limit: 'hour' });
  expect((await taking(windowed, 200, 61 * minute + second)).allowed).toBe(200);
});

test('what is given back late leaves the window of the minute it was taken in', async () => {
  const id = await account({ rate: 1_000, per_hour: 100 });
  expect((await taking(id, 60, 0)).allowed).toBe(60);
  expect((await taking(id, 40, minute)).allowed).toBe(40);
  // 30 of the first were not sent after all, which is known a minute later.
  await giveBack(db, id, 30, at(0));
  // The first minute is over an hour ago: 40 of the second are not.
  expect(await taking(id, 100, hour + minute + second)).toEqual({ allowed: 60, limit: 'hour' });
});

test('a plan to warm up: more each day, then without it', async () => {
  const id = await account({ rate: 1_000, warm_up: [10, 50] });
  const got = async (ms: number) => taking(id, 400, ms);
  expect(await got(0)).toEqual({ allowed: 10, limit: 'warm_up' });
  expect(await got(23 * hour)).toEqual({ allowed: 0, limit: 'warm_up' });
  expect(await got(day + 2 * minute)).toEqual({ allowed: 50, limit: 'warm_up' });
  expect(await got(2 * day)).toEqual({ allowed: 400, limit: null });
});

test('a provider that complains is given half, again half, and by and by all of it', async () => {
  const id = await account({ rate: 100 });
  /** Less than the bucket holds. */
  const inFourTenths = async (ms: number) => {
    await taking(id, 1_000, ms);
    return (await taking(id, 1_000, ms + 400)).allowed;
  };
  expect(await inFourTenths(0)).toBe(40);
  await slowDown(db, { account: id, now: at(10 * second) });
  // Of emails that were under way together.
  await slowDown(db, { account: id, now: at(10 * second + 500) });
  expect(await inFourTenths(20 * second)).toBe(20);
  await slowDown(db, { account: id, now: at(30 * second), retryAfterMs: 5_000 });
  expect(await taking(id, 10, 34 * second)).toEqual({ allowed: 0, limit: 'slowed' });
  expect(await inFourTenths(40 * second)).toBe(10);
  expect(await inFourTenths(30 * second + minute)).toBe(20);
  const { rows } = await sql<{ slowed_to: number }>`SELECT slowed_to FROM accounts WHERE id = ${id}`.execute(
    db,
  );
  expect(rows[0]!.slowed_to).toBe(0.25);
});

test('so many under way at once, and no more', async () => {
  const id = await account({ rate: 1_000, in_flight: 3 });
  expect(await taking(id, 10, 0)).toEqual({ allowed: 3, limit: 'in_flight' });
  for (let n = 0; n < 2; n++)
    await sql`INSERT INTO emails (id, workspace, campaign, campaign_name, profile, step, account, template, message_id, status,
        next_attempt_at, queued_at)
      VALUES (uuidv7(), ${t.workspace}, uuidv7(), '', ${String(n)}, '', ${id}, '', '', 'sending', ${at(0)}, ${at(0)})`.execute(
      db,
    );
  expect(await taking(id, 10, second)).toEqual({ allowed: 1, limit: 'in_flight' });
});

test('minutes are forgotten when no window looks at them', async () => {
  const id = await account({ rate: 10 });
  await taking(id, 1, 0);
  await taking(id, 1, 20 * hour);
  await forgetMinutes(db, at(26 * hour));
  const { rows } = await sql`SELECT minute FROM account_minutes WHERE account = ${id}`.execute(db);
  expect(rows).toHaveLength(1);
});
