import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createJobs, type Jobs } from './jobs.ts';
import { openPostgres, type Postgres } from './postgres/index.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'rapport-jobs-'));
const logged: { queue?: string; job?: string; attempt?: number }[] = [];
const log = pino({ level: 'error' }, { write: (line) => void logged.push(JSON.parse(line)) });
let postgres: Postgres;
let jobs: Jobs;

beforeAll(async () => {
  postgres = await openPostgres({ dataDir, log });
  jobs = createJobs(postgres, log);
  await jobs.start();
});
afterAll(async () => {
  await jobs.stop();
  await postgres.close();
  rmSync(dataDir, { recursive: true, force: true });
});

/** Something that a test waits for. */
function promised<T>() {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

it('runs a job at once, with its data', async () => {
  const ran = promised<object>();
  await jobs.handle('plain', {}, async (data) => ran.resolve(data));
  const began = performance.now();
  await jobs.enqueue('plain', { list: [1, 'two', null] });
  expect(await ran.promise).toEqual({ list: [1, 'two', null] });
  expect(performance.now() - began).toBeLessThan(900);
});

it('keeps jobs until somebody handles the queue, one waiting for each key', async () => {
  for (const singletonKey of ['a', 'a', 'b', undefined, undefined])
    await jobs.enqueue('keyed', { singletonKey }, { singletonKey });
  const seen: (string | undefined)[] = [];
  const all = promised<void>();
  await jobs.handle<{ singletonKey?: string }>('keyed', { concurrency: 2 }, async ({ singletonKey }) => {
    seen.push(singletonKey);
    if (seen.length === 4) all.resolve();
  });
  await all.promise;
  expect(seen.sort()).toEqual(['a', 'b', undefined, undefined]);
});

it('goes through waiting jobs without pauses', async () => {
  for (let n = 0; n < 20; n++) await jobs.enqueue('many', { n });
  const all = promised<void>();
  const seen: number[] = [];
  const began = performance.now();
  await jobs.handle<{ n: number }>('many', {}, async ({ n }) => {
    if (seen.push(n) === 20) all.resolve();
  });
  await all.promise;
  expect(performance.now() - began).toBeLessThan(5_000);
  expect(seen).toEqual(Array.from({ length: 20 }, (_, n) => n));
});

it('queues news that comes in during the run of the same key', async () => {
  const running = promised<void>();
  const go = promised<void>();
  const twice = promised<void>();
  let runs = 0;
  await jobs.handle('news', {}, async () => {
    runs++;
    if (runs === 2) return twice.resolve();
    running.resolve();
    await go.promise;
  });
  await jobs.enqueue('news', {}, { singletonKey: 'x' });
  await running.promise;
  await jobs.enqueue('news', {}, { singletonKey: 'x' });
  await jobs.enqueue('news', {}, { singletonKey: 'x' });
  go.resolve();
  await twice.promise;
  expect(runs).toBe(2);
});

it('logs a failed run with queue and id, and repeats it', async () => {
  const repeated = promised<void>();
  let runs = 0;
  await jobs.handle('failing', { retryLimit: 2 }, async () => {
    if (++runs === 1) throw new Error('on purpose');
    repeated.resolve();
  });
  await jobs.enqueue('failing', {});
  await repeated.promise;
  const line = logged.find(({ queue }) => queue === 'failing');
  expect(line).toMatchObject({ queue: 'failing', job: expect.stringMatching(/^[0-9a-f-]{36}$/), attempt: 1 });
});

it('waits for a run when stopped; what is cut off, or was under way in a killed process, is run again', async () => {
  const second = createJobs(postgres, log);
  const running = promised<AbortSignal>();
  await second.handle('long', {}, async (_, signal) => {
    running.resolve(signal);
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
  });
  await second.enqueue('long', { n: 1 });
  await running.promise;
  const began = performance.now();
  await second.stop();
  expect(performance.now() - began).toBeLessThan(7_000);

  const again = promised<object>();
  // As a killed process leaves it.
  await postgres.pool.query(`UPDATE pgboss.job SET state = 'active', started_on = now() WHERE name = 'long'`);
  const third = createJobs(postgres, log);
  await third.handle('long', {}, async (data) => again.resolve(data));
  expect(await again.promise).toEqual({ n: 1 });
  await third.stop();
});
