import { Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { connectionGauges } from './connection_gauges.ts';

const now = new Date('2026-06-15T12:00:00Z');
const ago = (seconds: number) => new Date(now.getTime() - seconds * 1_000);
const quiet = { clock: { now: () => now }, log: { warn: () => {} } } as never;

async function figures(freshness: () => Promise<unknown>): Promise<Record<string, number>> {
  const registry = new Registry();
  await connectionGauges(registry, quiet, { freshness, quietMs: () => 250 } as never)();
  const lines = (await registry.metrics()).split('\n').filter((line) => line.startsWith('rapport_'));
  return Object.fromEntries(
    lines.map((line) => [line.replace(/^rapport_connections| .*/g, ''), Number(line.split(' ')[1])]),
  );
}

test('lag by state, the longest wait of what is due, and when anything was last brought in sync', async () => {
  const all = [
    { state: 'in_sync', lagMs: 60_000, syncedAt: ago(60), dueAt: new Date(now.getTime() + 5_000) },
    { state: 'behind', lagMs: 9_000_000, syncedAt: ago(9_000), dueAt: ago(40) },
    { state: 'behind', lagMs: 8_000_000, syncedAt: ago(8_000), dueAt: ago(90) },
    // Paused or running, nothing of it waits.
    { state: 'paused', lagMs: 99_000_000, syncedAt: null, dueAt: null },
  ];
  expect(await figures(async () => all)).toMatchObject({
    '{state="in_sync"}': 1,
    '{state="behind"}': 2,
    '{state="failing"}': 0,
    '_lag_seconds{state="behind"}': 9_000,
    '_lag_seconds{state="in_sync"}': 60,
    _last_success_seconds: 60,
    _queue_seconds: 90,
    _quiet_seconds: 0.25,
  });
});

test('what is not known is left out, and not told as 0', async () => {
  expect(await figures(async () => [])).not.toHaveProperty('_last_success_seconds');
  const broken = await figures(async () => {
    throw new Error('the database does not answer');
  });
  expect(Object.keys(broken)).toEqual(['_quiet_seconds']);
});
