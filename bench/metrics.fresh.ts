import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Running } from '../src/rapport.ts';
import type { LoadResult, LoadTask } from './collect.load.ts';
import { ask, type Shop, share } from './metrics.ask.ts';

const rate = 10_000;
const seconds = 20;

/** How long after it was sent a message is in an answer, while many others come in. */
export async function freshness(running: Running, shop: Shop): Promise<void> {
  const { key } = await running.rooms.access.keys.create(shop.id, 'write', 'bench', 'editor');
  const child = fork(new URL('./collect.load.ts', import.meta.url));
  try {
    const loaded = load(child, { url: running.url, key, batch: 100, connections: 16, seconds, rate });
    await sleep(2_000);
    const times: number[] = [];
    const until = performance.now() + (seconds - 4) * 1_000;
    while (performance.now() < until) times.push(await seen(running.url, shop, key, times.length));
    const { messages, seconds: took, errors } = await loaded;
    times.sort((a, b) => a - b);
    console.log(
      `A message is in an answer ${share(times, 0.5).toFixed(0)} ms (p50), ${share(times, 0.95).toFixed(0)} ms (p95), ${times.at(-1)?.toFixed(0)} ms (longest of ${times.length}) after it was sent (wanted: 2000 ms),` +
        ` while ${Math.round(messages / took)} messages/s (wanted: ${rate}) come in over HTTP from the same machine (${errors} errors)`,
    );
  } finally {
    child.kill();
  }
}

/** Sends one message and asks until it is counted. */
async function seen(url: string, shop: Shop, key: string, before: number): Promise<number> {
  const started = performance.now();
  const answer = await fetch(`${url}/v1/track`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Basic ${btoa(`${key}:`)}` },
    body: JSON.stringify({ userId: 'u', event: 'Marker', timestamp: new Date().toISOString() }),
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  for (;;) {
    const { values } = await ask<{ values: { events: number } }>(url, shop, {
      question: 'totals',
      metrics: ['events'],
      filters: [{ dimension: 'event', operator: 'equals', value: 'Marker' }],
      from: new Date(Date.now() - 3_600_000).toISOString(),
    });
    if (values.events > before) return performance.now() - started;
    await sleep(20);
  }
}

async function load(child: ChildProcess, task: LoadTask): Promise<LoadResult> {
  child.send(task);
  const [result] = (await once(child, 'message')) as [LoadResult];
  return result;
}
