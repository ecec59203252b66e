import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { table } from '../src/cli/output.ts';
import { messageColumns, messageRows, rowFormat } from '../src/log/rows.ts';
import { type Running, startRapport } from '../src/rapport.ts';
import type { LoadResult, LoadTask } from './collect.load.ts';
import { message } from './messages.ts';

const seconds = 8;

/**
 * Messages/s through HTTP, acknowledged when durable and counted until they are in all views, beside what the engine
 * takes of the same bytes into the same tables, fsync on.
 */
export async function run(): Promise<void> {
  const dataDir = mkdtempSync(join(tmpdir(), 'rapport-bench-'));
  const running = await startRapport({ dataDir, host: '127.0.0.1', port: 0, log: pino({ level: 'error' }) });
  const load = fork(new URL('./collect.load.ts', import.meta.url));
  try {
    const [workspace] = await running.rooms.access.workspaces.list();
    const { key } = await running.rooms.access.keys.create(workspace?.id ?? '', 'write', 'bench', 'editor');
    const raw = await rawInserts(running, workspace?.id ?? '');
    const rows = [];
    for (const task of [
      { name: 'HTTP, batches of 100, 32 connections', batch: 100, connections: 32 },
      { name: 'HTTP, batches of 100, 64 connections', batch: 100, connections: 64 },
      { name: 'HTTP, single messages, 256 connections', batch: 1, connections: 256 },
    ]) {
      const result = await ask(load, { ...task, url: running.url, key, seconds });
      const drained = performance.now();
      await running.rooms.log.processed();
      const lag = (performance.now() - drained) / 1_000;
      const rate = result.messages / (result.seconds + lag);
      rows.push([
        task.name,
        Math.round(rate),
        `${((100 * rate) / raw).toFixed(0)} %`,
        `${result.p50.toFixed(1)} ms`,
        `${result.p99.toFixed(1)} ms`,
        `${lag.toFixed(2)} s`,
        result.errors,
      ]);
    }
    console.log(
      `${cpus().length} cores (${cpus()[0]?.model}), load generator on the same machine, ${seconds} s each\n`,
    );
    console.log(
      table([
        ['', 'messages/s', 'of the engine', 'p50', 'p99', 'views behind at the end', 'errors'],
        ['engine, raw: blocks of 10,000, two at once', Math.round(raw), '100 %', '', '', '', ''],
        ...rows,
      ]),
    );
  } finally {
    load.kill();
    await running.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** The limit: the same rows into the same tables and views, with nothing in between. */
async function rawInserts(running: Running, workspace: string): Promise<number> {
  const now = new Date();
  const blocks = Array.from({ length: 20 }, (_, b) =>
    messageRows(
      Array.from({ length: 10_000 }, (_, n) => ({
        workspace,
        receivedAt: now,
        sentAt: now,
        source: 'http',
        message: JSON.stringify(message(`raw-${b}-${n}`, n)),
      })),
    ),
  );
  const started = performance.now();
  const insert = async (mine: Buffer[]) => {
    for (const block of mine) {
      await running.engine.clickhouse.insert('messages', messageColumns, block, rowFormat);
      await running.engine.clickhouse.insert('incoming', messageColumns, block, rowFormat);
    }
  };
  await Promise.all([insert(blocks.slice(0, 10)), insert(blocks.slice(10))]);
  return 200_000 / ((performance.now() - started) / 1_000);
}

async function ask(load: ChildProcess, task: LoadTask): Promise<LoadResult> {
  load.send(task);
  const [result] = (await once(load, 'message')) as [LoadResult];
  return result;
}
