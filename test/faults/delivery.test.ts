import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Replay, replay } from '../support/bucket.ts';
import { until } from '../support/poll.ts';
import type { RapportProcess } from '../support/process.ts';
import { claimsOf, emailsOf, noteClaims, queueAll, type Sending, setPaused } from '../support/sending.ts';
import { openServers, type Servers } from '../support/servers.ts';
import { type SmtpProcess, smtpProcess } from '../support/smtp-process.ts';
import { runs, thorough } from '../support/thorough.ts';

/** Emails of one process that may be with the provider and not yet written: two batches of ten each (`providers/smtp.ts`). */
const inDoubt = 20;

let servers: Servers;
let smtp: SmtpProcess;
let workers: RapportProcess[];
beforeAll(async () => {
  [servers, smtp] = await Promise.all([openServers(), smtpProcess()]);
  workers = [await servers.start()];
  await noteClaims(servers.postgres.pool);
  workers.push(await servers.start(), await servers.start());
}, 120_000);
afterAll(async () => {
  await servers?.close();
  await smtp?.stop();
}, 60_000);

const client = () => workers.at(-1)!.client;
const accountOf = (rate: number, more: object = {}) => ({
  kind: 'smtp',
  settings: { host: '127.0.0.1', port: smtp.port },
  rate_per_second: rate,
  ...more,
});
const tell = (what: string, { seconds, spilled, second }: Replay, claims: number) =>
  console.log(
    `${what}: ${claims} in ${seconds.toFixed(1)} s, ${(claims / seconds).toFixed(1)}/s; ` +
      `at most ${second} within a second; ${spilled.toFixed(0)} not fetched in time`,
  );

/** Sends all; what was taken of the account's limit by then, as a bucket of half a second gives it out. */
async function sendAll({ account, campaign, emails }: Sending, rate: number) {
  const began = await setPaused(client(), account, false);
  await until(
    'all to be sent',
    async () => (await emailsOf(client(), campaign)).sent === emails,
    120_000 + (2_000 * emails) / rate,
  );
  const claims = await claimsOf(servers.postgres.pool, account);
  return { began, claims, replayed: replay({ rate, burst: rate / 2 }, began, claims) };
}

/**
 * What leaves no room for chance: nothing was taken that the bucket did not hold, so no second saw more than the rate and the
 * burst; and no email was at the server earlier than the bucket could have let it out, by the server's own count.
 */
async function expectWithinLimit(rate: number, began: number, replayed: Replay): Promise<void> {
  expect(replayed.least).toBeGreaterThan(-0.001);
  expect(replayed.second).toBeLessThanOrEqual(rate * 1.5);
  const { at } = await smtp.taken();
  const early = at.filter((time, n) => n + 1 > rate / 2 + (rate * (time - began)) / 1_000 + 0.001);
  expect(early).toEqual([]);
}

test('three processes together keep to the limit of their account, and use it', {
  timeout: 300_000,
}, async () => {
  const rate = 100;
  await smtp.forget();
  const people = runs(10, 60) * (rate / 2);
  const sending = await queueAll(client(), { crowd: 'limit', people, emails: 2, account: accountOf(rate) });
  const { began, claims, replayed } = await sendAll(sending, rate);
  tell('three processes', replayed, claims.length);
  expect(claims).toHaveLength(sending.emails);
  await expectWithinLimit(rate, began, replayed);
  // What was taken and what nobody fetched is all there was, but for what the bucket may still have held.
  const all = rate * replayed.seconds + rate / 2;
  expect(claims.length + replayed.spilled).toBeGreaterThanOrEqual(all - rate / 2 - 0.001);
  // In a usual run other tests have the processor too, and a worker that gets no turn for half a second lets tokens spill.
  if (thorough) expect(replayed.spilled).toBeLessThanOrEqual(0.02 * all);
  const { rows } = await servers.postgres.pool.query('SELECT count(DISTINCT worker) AS workers FROM claims');
  expect(rows[0].workers).toBe(3);
});

test('an account whose hour is full takes nothing from another one', { timeout: 300_000 }, async () => {
  const rate = 100;
  const queue = (crowd: string) =>
    queueAll(client(), { crowd, people: runs(600, 2_000), emails: 1, account: accountOf(rate) });
  const [alone, beside] = [await queue('alone'), await queue('beside')];
  const full = await queueAll(client(), {
    ...{ crowd: 'full', people: 300, emails: 1 },
    account: accountOf(1_000, { limits: { per_hour: 50 } }),
  });
  const before = await sendAll(alone, rate);
  await setPaused(client(), full.account, false);
  await until('the hour to be full', async () => (await emailsOf(client(), full.campaign)).sent === 50);
  const after = await sendAll(beside, rate);
  tell('alone', before.replayed, before.claims.length);
  tell('beside a full one', after.replayed, after.claims.length);
  const ratio = before.replayed.seconds / after.replayed.seconds;
  console.log(`ratio ${ratio.toFixed(3)}`);
  if (thorough) expect(ratio).toBeGreaterThan(0.98);
  expect(await emailsOf(client(), full.campaign)).toMatchObject({ sent: 50, queued: 250 });
});

test('workers are killed while they send: everybody gets every email, and few twice', {
  timeout: 900_000,
}, async () => {
  const rate = thorough ? 400 : 150;
  await smtp.forget();
  const sending = await queueAll(client(), {
    ...{ crowd: 'killed', people: runs(750, 12_500), emails: 4 },
    account: accountOf(rate),
  });
  const began = await setPaused(client(), sending.account, false);
  let kills = 0;
  while ((await smtp.count()) < sending.emails * 0.85) {
    await sleep(5_000);
    const [killed, ...others] = workers;
    await killed!.kill();
    kills++;
    workers = [...others, await servers.start()];
  }
  // What a killed worker held is taken back when its heartbeat is 30 s old.
  await until(
    'all to be sent',
    async () => (await emailsOf(client(), sending.campaign)).sent === sending.emails,
    120_000 + (2_000 * sending.emails) / rate,
  );
  const claims = await claimsOf(servers.postgres.pool, sending.account);
  const replayed = replay({ rate, burst: rate / 2 }, began, claims);
  const { ids } = await smtp.taken();
  const repeats = ids.length - new Set(ids).size;
  tell(`${kills} kills, ${repeats} repeats`, replayed, claims.length);
  await expectWithinLimit(rate, began, replayed);

  const { rows } = await servers.postgres.pool.query<{ message_id: string }>(
    'SELECT message_id FROM emails WHERE campaign = $1',
    [sending.campaign],
  );
  expect(new Set(ids)).toEqual(new Set(rows.map(({ message_id }) => message_id)));
  expect(rows).toHaveLength(sending.emails);
  expect(repeats).toBeLessThanOrEqual(kills * inDoubt);
});
