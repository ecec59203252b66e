import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { type RapportProcess, startProcess } from '../support/process.ts';
import { runs } from '../support/thorough.ts';

const kills = runs(4, 10);
const dataDir = mkdtempSync(join(tmpdir(), 'rapport-kill-'));
let rapport: RapportProcess | undefined;
afterAll(async () => {
  await rapport?.stop();
  rmSync(dataDir, { recursive: true, force: true });
});

/** A sender like Segment's libraries: a batch that was not acknowledged is sent again, the same. */
class Sender {
  acknowledged = 0;
  #stopped = false;
  readonly #name: string;
  readonly #where: () => { url: string; key: string };

  constructor(name: string, where: () => { url: string; key: string }) {
    this.#name = name;
    this.#where = where;
  }

  async run(): Promise<void> {
    for (let n = 0; !this.#stopped; n++) {
      const size = 1 + ((n * 7) % 40);
      const batch = Array.from({ length: size }, (_, i) => ({
        type: 'track',
        event: 'Tick',
        userId: `${this.#name}-${i}`,
        messageId: `${this.#name}-${n}-${i}`,
        timestamp: new Date().toISOString(),
      }));
      while (!(await this.#send(batch))) await sleep(20);
      this.acknowledged += size;
    }
  }

  stop(): void {
    this.#stopped = true;
  }

  async #send(batch: object[]): Promise<boolean> {
    const { url, key } = this.#where();
    try {
      const answer = await fetch(`${url}/v1/batch`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Basic ${btoa(`${key}:`)}` },
        body: JSON.stringify({ batch, sentAt: new Date().toISOString() }),
        signal: AbortSignal.timeout(10_000),
      });
      return answer.ok;
    } catch {
      return false;
    }
  }
}

test(`${kills} kills during collect: every acknowledged message is there, exactly once`, {
  timeout: 240_000,
}, async () => {
  rapport = await startProcess(dataDir);
  const { key } = await rapport.client.post<{ key: string }>('/api/keys', { kind: 'write', name: 'fault' });
  let url = rapport.url;
  const senders = ['a', 'b', 'c', 'd'].map((name) => new Sender(name, () => ({ url, key })));
  const sending = senders.map((sender) => sender.run());
  for (let n = 0; n < kills; n++) {
    // Another moment each time, between at once and 1.5 s after it answers.
    await sleep((n * 331) % 1_500);
    await rapport.kill();
    rapport = await startProcess(dataDir);
    url = rapport.url;
  }
  await sleep(300);
  for (const sender of senders) sender.stop();
  await Promise.all(sending);

  const sent = senders.reduce((sum, { acknowledged }) => sum + acknowledged, 0);
  const server = rapport;
  const counted = async () => {
    const { items } = await server.client.get<{ items: { name: string; count: number }[] }>(
      '/api/metrics/events',
    );
    return items.find(({ name }) => name === 'Tick')?.count;
  };
  expect(sent).toBeGreaterThan(1_000);
  // What was acknowledged last is in the views within a second.
  for (let n = 0; n < 50 && (await counted()) !== sent; n++) await sleep(100);
  expect(await counted()).toBe(sent);
});
