import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { until } from '../support/poll.ts';
import { type RapportProcess, runCommand, startProcess } from '../support/process.ts';

const root = new URL('../../', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'rapport-reprocess-'));
const [program, dataDir] = [join(folder, 'program'), join(folder, 'data')];
let rapport: RapportProcess | undefined;
afterAll(async () => {
  await rapport?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A copy of the program, whose processing can be another one. */
function copyProgram(): void {
  for (const name of ['src', 'bin', 'package.json']) {
    cpSync(join(root, name), join(program, name), { recursive: true });
  }
  for (const name of ['node_modules', 'web', 'docs']) symlinkSync(join(root, name), join(program, name));
}

function edit(file: string, change: (text: string) => string): void {
  const text = readFileSync(join(program, file), 'utf8');
  const changed = change(text);
  expect(changed, `${file} has what is to be changed`).not.toBe(text);
  writeFileSync(join(program, file), changed);
}

/** Names have a question mark, money is ten times as much, everything was a day later, and the site has another name. */
function deployMistake(): void {
  edit('src/log/processing/events.sql', (sql) =>
    sql
      .replace("m.type = 'track', m.event,", "m.type = 'track', concat(m.event, '?'),")
      .replace(' AS revenue,', ' * 10 AS revenue,')
      .replace(/^ {4}hostname,$/m, "    'nowhere' AS hostname,"),
  );
  edit('src/log/processing/parsed.sql', (sql) =>
    sql.replace(
      'at <= beginning, received_at,',
      'at <= beginning, received_at, at > beginning, addHours(at, 24),',
    ),
  );
}

/** As it is in the tree, and by the next number. */
function deployFix(): void {
  for (const name of ['events', 'parsed']) {
    cpSync(join(root, `src/log/processing/${name}.sql`), join(program, `src/log/processing/${name}.sql`));
  }
  edit('src/log/processing.ts', (text) => text.replace('processingVersion = 1;', 'processingVersion = 2;'));
  edit('src/log/processing/events.sql', (sql) =>
    sql.replace('toUInt16(1) AS version', 'toUInt16(2) AS version'),
  );
}

const hour = 3_600_000;
const midnight = Math.floor(Date.now() / (24 * hour)) * 24 * hour;
/** Noon four days ago: what is sent lies in the 40 hours after, so that a day later is the past too. */
const begin = midnight - 4 * 24 * hour + 12 * hour;

/** A message of an order, page view or other; every tenth is sent twice. */
const message = (n: number) => {
  const common = {
    messageId: `m${n}`,
    userId: `u${n % 97}`,
    timestamp: new Date(begin + ((n * 7919) % (40 * 60)) * 60_000 + n).toISOString(),
  };
  const page = { url: `https://shop.example/p/${n % 7}` };
  if (n % 4 === 0) return { ...common, type: 'page', properties: page };
  const order = n % 4 === 1;
  return {
    ...common,
    type: 'track',
    event: order ? 'Order Completed' : 'Product Viewed',
    properties: order ? { ...page, revenue: 3, order_id: `o${n}` } : page,
  };
};

const range = { from: new Date(begin).toISOString(), to: new Date(midnight).toISOString() };

test('what a wrong processing derived is right after it is fixed and the past reprocessed, under load', async () => {
  copyProgram();
  deployMistake();
  const start = () => startProcess(dataDir, 0, join(program, 'bin', 'rapport.js'));
  rapport = await start();
  const { key } = await rapport.client.post<{ key: string }>('/api/keys', { kind: 'write', name: 'test' });
  let sent = 0;
  const send = async (count: number) => {
    const batch = Array.from({ length: count }, (_, i) => message(sent + i)).flatMap((one, i) =>
      i % 10 === 0 ? [one, one] : [one],
    );
    const answer = await fetch(`${rapport?.url}/v1/batch`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Basic ${btoa(`${key}:`)}` },
      body: JSON.stringify({ batch }),
    });
    expect(answer.status).toBe(200);
    sent += count;
  };
  type Values = Record<'events' | 'revenue' | 'orders' | 'page_views', number>;
  const ask = <T>(question: object) =>
    (rapport as RapportProcess).client.post<T>('/api/query', { ...range, ...question });
  const totals = async () =>
    (
      await ask<{ values: Values }>({
        question: 'totals',
        metrics: ['events', 'revenue', 'orders', 'page_views'],
      })
    ).values;
  /** What each number must be, of the messages 0 … n. */
  const right = (n: number): Values => {
    const of = (rest: number) => Math.floor((n - 1 - rest) / 4) + 1;
    return { events: n, revenue: 3 * of(1), orders: of(1), page_views: of(0) };
  };

  for (let i = 0; i < 20; i++) await send(200);
  await until(
    'the wrong answer',
    async () => (await totals()).events === sent && (await totals()).orders === 0,
  );
  expect(await totals()).not.toEqual(right(sent));
  expect(await rapport.stop()).toBe(0);

  deployFix();
  rapport = await start();
  const before = sent;
  let busy = true;
  const seen: Values[] = [];
  const writing = (async () => {
    for (; busy; await sleep(50)) await send(20);
  })();
  const reading = (async () => {
    while (busy) seen.push(await totals());
  })();
  const done = await runCommand(['reprocess', '--data', dataDir]);
  expect(`${done.code} ${done.stderr}`).toBe('0 ');
  expect(done.stdout).toMatch(/events derived and swapped in/);
  busy = false;
  // Throws what failed meanwhile, of reads and of writes.
  await Promise.all([writing, reading]);

  await until('the right answer', async () => (await totals()).events === sent);
  expect(await totals()).toEqual(right(sent));
  expect(sent).toBeGreaterThan(before);
  // Every event was counted at every moment: as it was, or as it is now, and never neither nor both.
  expect(seen.length).toBeGreaterThan(3);
  for (const { events } of seen) {
    expect(events).toBeGreaterThanOrEqual(before);
    expect(events).toBeLessThanOrEqual(sent);
  }

  const byDay = new Map<string, number>();
  for (let n = 0; n < sent; n++) {
    const day = message(n).timestamp.slice(0, 10);
    byDay.set(day, (byDay.get(day) ?? 0) + 1);
  }
  const { series } = await ask<{ series: { points: { time: string; value: number }[] }[] }>({
    question: 'series',
    interval: 'day',
    timezone: 'UTC',
    metrics: ['events'],
  });
  const days = series[0]?.points.map(({ time, value }) => [time.slice(0, 10), value] as const) ?? [];
  expect(Object.fromEntries(days.filter(([, events]) => events !== 0))).toEqual(Object.fromEntries(byDay));
  const top = async (dimension: string) =>
    (
      await ask<{ rows: { value: string }[] }>({ question: 'top', dimension, metrics: ['events'], limit: 10 })
    ).rows
      .map(({ value }) => value)
      .sort();
  expect(await top('event')).toEqual(['Order Completed', 'Page Viewed', 'Product Viewed']);
  expect(await top('hostname')).toEqual(['shop.example']);
  const { items } = await rapport.client.get<{ items: { status: string; version: number }[] }>(
    '/api/reprocess',
  );
  expect(items).toMatchObject([{ status: 'done', version: 2 }]);
  expect(await rapport.stop()).toBe(0);
}, 120_000);
