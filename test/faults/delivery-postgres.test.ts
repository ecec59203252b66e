import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { postmasterPid } from '../../src/engine/postgres/testing.ts';
import { until } from '../support/poll.ts';
import { type RapportProcess, startProcess } from '../support/process.ts';
import { emailsOf, queueAll, setPaused } from '../support/sending.ts';
import { type SmtpProcess, smtpProcess } from '../support/smtp-process.ts';
import { runs } from '../support/thorough.ts';

/** Emails that may be with the provider and not yet written: two batches of ten each (`providers/smtp.ts`). */
const inDoubt = 20;

const dataDir = mkdtempSync(join(tmpdir(), 'rapport-restart-'));
let rapport: RapportProcess;
let smtp: SmtpProcess;
beforeAll(async () => {
  [rapport, smtp] = await Promise.all([startProcess(dataDir), smtpProcess()]);
});
afterAll(async () => {
  await rapport?.stop();
  await smtp?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

test('PostgreSQL dies while emails go out, and is started again: nobody is lost', {
  timeout: 600_000,
}, async () => {
  const rate = 100;
  const kills = runs(2, 8);
  const { client } = rapport;
  const { account, campaign, emails } = await queueAll(client, {
    ...{ crowd: 'restart', people: 300 * kills, emails: 2 },
    account: { kind: 'smtp', settings: { host: '127.0.0.1', port: smtp.port }, rate_per_second: rate },
  });
  await setPaused(client, account, false);
  for (let n = 1; n <= kills; n++) {
    // In the middle of sending: when its share of all has come.
    const share = (emails * n) / (kills + 1);
    await until('emails to go out', async () => (await smtp.count()) >= share, 120_000);
    const killed = postmasterPid(dataDir);
    process.kill(killed, 'SIGKILL');
    await until('PostgreSQL to be started again', async () => {
      await sleep(100);
      return await emailsOf(client, campaign).then(
        () => postmasterPid(dataDir) !== killed,
        () => false,
      );
    });
  }
  // A claim whose answer was lost is noticed a minute later.
  await until(
    'all to be sent',
    async () => (await emailsOf(client, campaign)).sent === emails,
    150_000 + (2_000 * emails) / rate,
  );
  const { ids } = await smtp.taken();
  const repeats = ids.length - new Set(ids).size;
  console.log(`${kills} kills of PostgreSQL, ${emails} emails, ${repeats} repeats`);
  expect(new Set(ids).size).toBe(emails);
  expect(repeats).toBeLessThanOrEqual(kills * inDoubt);
});
